package jira

import (
	"context"
	"net/url"
	"slices"

	"holdfast/internal/archive"
)

// filters restores the filters that no board needed, and gives all of them to their owners, shared as they
// were.
func (a *applying) filters(ctx context.Context) error {
	have, err := a.marked(ctx, "/rest/api/3/filter/search", url.Values{"overrideSharePermissions": {"true"}})
	if refused(err) != nil { // only administrators see what is not shared with them
		have, err = a.marked(ctx, "/rest/api/3/filter/search", url.Values{})
	}
	if err != nil {
		return err
	}
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, a.target.roots()...) {
		if err != nil {
			return err
		}
		if r := g.Item; a.wanted(kindFilter, r.ID) {
			w := &filterWriter{applying: a, record: r, forBoard: g.Position.Extra == ofBoard}
			if err := w.restore(ctx, have[r.ID]); err != nil {
				return err
			}
		}
		a.beat(1, 0)
	}
	return nil
}

// filterWriter restores one filter.
type filterWriter struct {
	*applying
	record        archive.Record
	forBoard      bool
	shares, edits []any
	flaws         []flaw
}

func (w *filterWriter) restore(ctx context.Context, there foundThere) error {
	var err error
	if w.shares, w.edits, w.flaws, err = w.sharing(ctx, w.record); err != nil {
		return err
	}
	me, err := w.account(ctx)
	if err != nil {
		return err
	}
	shared := there.id == ""
	if there.id == "" {
		if ref, ok, err := w.job.IDs.Get(ctx, kindFilter, w.record.ID); err != nil {
			return err
		} else if ok { // the account does not see it any more: it is its owner's
			w.written(w.record, w.flaws...)
			return w.noted(ref.ID)
		}
		if there, err = w.create(ctx); err != nil || there.id == "" {
			return err
		}
	}
	if there.name != textOf(w.record.Body, "name") {
		w.flaws = append(w.flaws, flawed("its number was added to its name, which another filter has", "name"))
	}
	if there.owner == "" || there.owner == me {
		if !shared && len(w.shares) > 0 || len(w.edits) > 0 {
			if err := w.share(ctx, there); err != nil {
				return err
			}
		}
		if err := w.give(ctx, there.id); err != nil {
			return err
		}
	}
	w.written(w.record, w.flaws...)
	return w.noted(there.id)
}

// noted keeps the id that the filter has.
func (w *filterWriter) noted(id string) error {
	w.put(kindFilter, w.record.ID, id, "", "")
	return nil
}

// create makes the filter; without id where the site refuses it.
func (w *filterWriter) create(ctx context.Context) (foundThere, error) {
	name := textOf(w.record.Body, "name")
	body := map[string]any{"name": name, "description": w.marker(w.record), "jql": jqlFor(w.job.Plan, w.job.Mapping, textOf(w.record.Body, "jql"))}
	if len(w.shares) > 0 {
		body["sharePermissions"] = w.shares
	}
	for {
		reply, err := w.target.write(ctx, "POST /rest/api/3/filter", body)
		why := refused(err)
		switch {
		case err == nil:
			return foundThere{id: textOf(reply, "id"), name: name}, nil
		case why == nil:
			return foundThere{}, err
		case body["sharePermissions"] != nil && slices.Contains(why.fields, "sharePermissions"):
			delete(body, "sharePermissions")
			w.shares = nil
			w.flaws = append(w.flaws, flawed("the site refuses whom it is shared with", "sharePermissions"))
		case name == textOf(w.record.Body, "name") && !slices.Contains(why.fields, "jql"):
			name += " (filter " + w.record.ID + ")"
			body["name"] = name
		default:
			w.missed(w.record, why.reason())
			return foundThere{}, nil
		}
	}
}

// share sets whom a filter is shared with, and who may edit it: that cannot be said when it is made.
func (w *filterWriter) share(ctx context.Context, there foundThere) error {
	_, err := w.target.write(ctx, "PUT /rest/api/3/filter/{id}", map[string]any{
		"name": there.name, "description": w.marker(w.record), "sharePermissions": w.shares, "editPermissions": w.edits,
		"jql": jqlFor(w.job.Plan, w.job.Mapping, textOf(w.record.Body, "jql")),
	}, there.id)
	if why := refused(err); why != nil {
		w.flaws = append(w.flaws, flawed("the site refuses whom it is shared with", "sharePermissions", "editPermissions"))
		return nil
	}
	return err
}

// give gives the filter to its owner. One that a board needs and that is shared with nobody stays the
// account's: the board would be gone from its sight.
func (w *filterWriter) give(ctx context.Context, id string) error {
	owner, flaws, err := w.ownerFor(ctx, w.record)
	w.flaws = append(w.flaws, flaws...)
	if err != nil || owner == "" {
		return err
	}
	if w.forBoard && len(w.shares) == 0 {
		w.flaws = append(w.flaws, flawed("it stays the restoring account's: a board needs it, and it is shared with nobody", "owner"))
		return nil
	}
	_, err = w.target.write(ctx, "PUT /rest/api/3/filter/{id}/owner", map[string]string{"accountId": owner}, id)
	if why := refused(err); why != nil {
		w.flaws = append(w.flaws, flawed("it stays the restoring account's: "+why.reason(), "owner"))
		return nil
	}
	return err
}
