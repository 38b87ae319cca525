package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

const dashboardRoute = "/rest/api/3/dashboard"

// dashboards restores dashboards with their gadgets.
func (a *applying) dashboards(ctx context.Context) error {
	have, err := a.marked(ctx, dashboardRoute+"/search", url.Values{})
	if err != nil {
		return err
	}
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, a.target.roots()...) {
		if err != nil {
			return err
		}
		w := &dashboardWriter{applying: a, record: g.Item}
		if err := w.restore(ctx, g, have[g.Item.ID]); err != nil {
			return err
		}
		a.beat(1, 0)
	}
	return nil
}

// dashboardWriter restores one dashboard.
type dashboardWriter struct {
	*applying
	record archive.Record
	id     string
	flaws  []flaw
}

func (w *dashboardWriter) restore(ctx context.Context, g restore.Group, there foundThere) error {
	parts, err := collect(g.Parts.All(kindGadget, kindItemProperty))
	if err != nil {
		return err
	}
	shares, edits, flaws, err := w.sharing(ctx, w.record)
	if err != nil {
		return err
	}
	w.flaws = flaws
	w.id = there.id
	if ref, ok, err := w.job.IDs.Get(ctx, kindDashboard, w.record.ID); err != nil {
		return err
	} else if ok && w.id == "" {
		w.id, there.name = ref.ID, textOf(w.record.Body, "name")
	}
	made := w.id == ""
	if made {
		if there, err = w.create(ctx, shares, edits); err != nil {
			return err
		}
		if w.id = there.id; w.id == "" {
			for _, kind := range []string{kindGadget, kindItemProperty} {
				for _, r := range parts[kind] {
					w.missed(r, "its dashboard is not there")
				}
			}
			return nil
		}
	}
	if there.name != textOf(w.record.Body, "name") {
		w.flaws = append(w.flaws, flawed("its number was added to its name, which another dashboard has", "name"))
	}
	w.put(kindDashboard, w.record.ID, w.id, "", "")
	if w.wanted(kindDashboard, w.record.ID) {
		w.written(w.record, w.flaws...)
	}
	return w.gadgets(ctx, parts, made)
}

// create makes the dashboard; without id where the site refuses it.
func (w *dashboardWriter) create(ctx context.Context, shares, edits []any) (foundThere, error) {
	name := textOf(w.record.Body, "name")
	for {
		reply, err := w.target.write(ctx, "POST "+dashboardRoute, map[string]any{
			"name": name, "description": w.marker(w.record), "sharePermissions": shares, "editPermissions": edits,
		})
		why := refused(err)
		switch {
		case err == nil:
			return foundThere{id: textOf(reply, "id"), name: name}, nil
		case why == nil:
			return foundThere{}, err
		case len(shares)+len(edits) > 0 && (slices.Contains(why.fields, "sharePermissions") || slices.Contains(why.fields, "editPermissions")):
			shares, edits = []any{}, []any{}
			w.flaws = append(w.flaws, flawed("the site refuses whom it is shared with", "sharePermissions", "editPermissions"))
		case name == textOf(w.record.Body, "name"):
			name += " (dashboard " + w.record.ID + ")"
		default:
			w.missed(w.record, why.reason())
			return foundThere{}, nil
		}
	}
}

// gadgets puts the gadgets onto the dashboard, column by column from the top: each new one is the last of
// its column.
func (w *dashboardWriter) gadgets(ctx context.Context, parts map[string][]archive.Record, made bool) error {
	have := map[string][]string{}
	if !made {
		body, err := w.target.get(ctx, dashboardRoute+"/{dashboardId}/gadget", nil, w.id)
		if err != nil && refused(err) == nil {
			return err
		}
		for one := range atlassian.Elements(atlassian.Member(body, "gadgets")) {
			have[gadgetText(one)] = append(have[gadgetText(one)], textOf(one, "id"))
		}
	}
	for _, r := range byPosition(parts[kindGadget]) {
		id, err := w.gadget(ctx, r, have)
		if err != nil {
			return err
		}
		for _, p := range parts[kindItemProperty] {
			if p.Parent != r.ID {
				continue
			}
			if err := w.property(ctx, p, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// byPosition orders gadgets by their columns, and in these by their rows.
func byPosition(gadgets []archive.Record) []archive.Record {
	at := func(r archive.Record, name string) int64 {
		n, _ := atlassian.Int(atlassian.Member(r.Body, "position", name))
		return n
	}
	out := slices.Clone(gadgets)
	slices.SortStableFunc(out, func(x, y archive.Record) int {
		return cmp.Or(cmp.Compare(at(x, "column"), at(y, "column")), cmp.Compare(at(x, "row"), at(y, "row")))
	})
	return out
}

// gadgetText tells gadgets of a dashboard from each other, as far as they differ.
func gadgetText(body json.RawMessage) string {
	position := atlassian.Member(body, "position")
	return textOf(position, "column") + "\x00" + textOf(position, "row") + "\x00" + textOf(body, "uri") + "\x00" + textOf(body, "moduleKey") + "\x00" + textOf(body, "title")
}

// gadget puts one gadget onto the dashboard, be its app there or not, and returns its id: "" where the
// site refuses it.
func (w *dashboardWriter) gadget(ctx context.Context, r archive.Record, have map[string][]string) (string, error) {
	if there := have[gadgetText(r.Body)]; len(there) > 0 {
		have[gadgetText(r.Body)] = there[1:]
		if w.wanted(r.Kind, r.ID) {
			w.put(r.Kind, r.ID, there[0], "", "")
			w.written(r)
		}
		return there[0], nil
	}
	if !w.wanted(r.Kind, r.ID) {
		return "", nil
	}
	body := map[string]any{"ignoreUriAndModuleKeyValidation": true}
	for _, name := range []string{"uri", "moduleKey", "color", "title", "position"} {
		if v := atlassian.Member(r.Body, name); !isNull(v) {
			body[name] = v
		}
	}
	var flaws []flaw
	for {
		reply, err := w.target.write(ctx, "POST "+dashboardRoute+"/{dashboardId}/gadget", body, w.id)
		why := refused(err)
		switch {
		case err == nil:
			id := textOf(reply, "id")
			w.put(r.Kind, r.ID, id, "", "")
			w.written(r, flaws...)
			return id, nil
		case why == nil:
			return "", err
		case body["position"] != nil && why.status == 400:
			delete(body, "position")
			flaws = append(flaws, flawed("the site refuses its position: it is where the site puts it", "position"))
		default:
			w.missed(r, why.reason())
			return "", nil
		}
	}
}

// property sets a property of a gadget.
func (w *dashboardWriter) property(ctx context.Context, r archive.Record, gadget string) error {
	if !w.wanted(r.Kind, r.ID) {
		return nil
	}
	if gadget == "" {
		w.missed(r, "its gadget is not there")
		return nil
	}
	value, lost, err := preferences{ctx: ctx, plan: w.job.Plan, mapping: w.job.Mapping, ids: w.job.IDs}.translate(atlassian.Member(r.Body, "value"))
	if err != nil {
		return err
	}
	_, err = w.target.write(ctx, "PUT "+dashboardRoute+"/{dashboardId}/items/{itemId}/properties/{propertyKey}", value, w.id, gadget, textOf(r.Body, "key"))
	if why := refused(err); why != nil {
		w.missed(r, why.reason())
		return nil
	}
	if err != nil {
		return err
	}
	if lost {
		w.written(r, flawed("it names something that is not restored, by its id in the backup", "value"))
		return nil
	}
	w.written(r)
	return nil
}
