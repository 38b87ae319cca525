package jira

import (
	"context"
	"encoding/json"
	"net/url"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

const planRoute = "/rest/api/3/plans/plan"

// plans restores plans with their teams. Plans have neither properties nor a description: one that an
// earlier attempt created is known by its name and by where it takes its issues from, since that is
// what this restore created.
func (a *applying) plans(ctx context.Context) error {
	have, err := a.plansThere(ctx)
	if err != nil {
		return err
	}
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, a.target.roots()...) {
		if err != nil {
			return err
		}
		w := &planWriter{applying: a, plan: g.Item}
		if err := w.restore(ctx, g, have); err != nil {
			return err
		}
		a.beat(1, 0)
	}
	return nil
}

// plansThere are the plans of the destination, by name and sources, in the order of the site's list.
func (a *applying) plansThere(ctx context.Context) (map[string][]foundThere, error) {
	found := map[string][]foundThere{}
	list := atlassian.Cursors{Items: "values", Request: atlassian.Request{Route: "GET " + planRoute,
		Query: url.Values{"maxResults": {"50"}, "includeTrashed": {"true"}, "includeArchived": {"true"}}}}
	err := list.Pages(ctx, a.target.client, func(page []json.RawMessage) error {
		for _, one := range page {
			key := planText(textOf(one, "name"), atlassian.Member(one, "issueSources"))
			found[key] = append(found[key], foundThere{id: textOf(one, "id"), name: textOf(one, "status")})
		}
		return nil
	})
	if refused(err) != nil {
		return found, nil // it will say so of each plan
	}
	return found, err
}

// planText tells plans from each other by their names and sources.
func planText(name string, sources json.RawMessage) string {
	s := name
	for one := range atlassian.Elements(sources) {
		s += "\x00" + textOf(one, "type") + " " + textOf(one, "value")
	}
	return s
}

// planWriter restores one plan.
type planWriter struct {
	*applying
	plan  archive.Record
	id    string
	flaws []flaw
}

func (w *planWriter) restore(ctx context.Context, g restore.Group, have map[string][]foundThere) error {
	parts, err := collect(g.Parts.All(kindPlanDetail, kindPlanTeam))
	if err != nil {
		return err
	}
	why := "the backup does not have its details"
	status := "Active"
	if details := parts[kindPlanDetail]; len(details) > 0 {
		b := &planBody{applying: w.applying, ctx: ctx, from: details[0].Body}
		body, err := b.make()
		if err != nil {
			return err
		}
		w.flaws = b.flaws
		if why, err = w.find(ctx, body, have, &status); err != nil {
			return err
		}
	}
	if why != "" {
		w.missed(w.plan, why)
		for _, kind := range []string{kindPlanDetail, kindPlanTeam} {
			for _, r := range parts[kind] {
				w.missed(r, "its plan is not there")
			}
		}
		return nil
	}
	w.put(kindPlan, w.plan.ID, w.id, "", "")
	if err := w.teams(ctx, parts[kindPlanTeam], status); err != nil {
		return err
	}
	if err := w.end(ctx, status); err != nil {
		return err
	}
	w.written(w.plan, w.flaws...)
	for _, r := range parts[kindPlanDetail] {
		w.written(r, w.flaws...)
	}
	return nil
}

// find finds the plan that an earlier attempt created, or creates it. why says why it is not there.
func (w *planWriter) find(ctx context.Context, body map[string]any, have map[string][]foundThere, status *string) (why string, err error) {
	sources := encode(body["issueSources"])
	if string(sources) == "[]" {
		return "nothing that it takes its issues from is restored", nil
	}
	key := planText(textOf(w.plan.Body, "name"), sources)
	ref, known, err := w.job.IDs.Get(ctx, kindPlan, w.plan.ID)
	if err != nil {
		return "", err
	}
	for i, one := range have[key] {
		if known && one.id != ref.ID {
			continue
		}
		w.id, *status = one.id, one.name
		have[key] = append(have[key][:i:i], have[key][i+1:]...)
		return "", nil
	}
	reply, err := w.target.writeWith(ctx, "POST "+planRoute, url.Values{"useGroupId": {"true"}}, body)
	if r := refused(err); r != nil {
		return r.reason(), nil
	}
	w.id = string(reply)
	return "", err
}

// teams adds the teams that the plan does not have yet.
func (w *planWriter) teams(ctx context.Context, teams []archive.Record, status string) error {
	if len(teams) == 0 {
		return nil
	}
	have := map[string]int{}
	list := atlassian.Cursors{Items: "values", Request: atlassian.Request{Route: "GET " + planRoute + "/{planId}/team", Path: []string{w.id}, Query: url.Values{"maxResults": {"50"}}}}
	if err := list.Pages(ctx, w.target.client, func(page []json.RawMessage) error {
		for _, one := range page {
			have[teamText(one)]++
		}
		return nil
	}); err != nil && refused(err) == nil {
		return err
	}
	for _, r := range teams {
		if have[teamText(r.Body)] > 0 {
			have[teamText(r.Body)]--
			w.written(r)
			continue
		}
		if !w.wanted(r.Kind, r.ID) {
			continue
		}
		if status != "Active" {
			w.missed(r, "its plan is not active any more")
			continue
		}
		if err := w.team(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// teamText tells teams of a plan from each other: those of the plan alone by their names, others by their ids.
func teamText(body json.RawMessage) string {
	if textOf(body, "type") == "Atlassian" {
		return "Atlassian\x00" + textOf(body, "id")
	}
	return "PlanOnly\x00" + textOf(body, "name")
}

// team adds a team. How it plans is not in the backup.
func (w *planWriter) team(ctx context.Context, r archive.Record) error {
	route, body := "/{planId}/team/planonly", map[string]any{"name": textOf(r.Body, "name"), "planningStyle": "Scrum"}
	if textOf(r.Body, "type") == "Atlassian" {
		route, body = "/{planId}/team/atlassian", map[string]any{"id": textOf(r.Body, "id"), "planningStyle": "Scrum"}
	}
	_, err := w.target.write(ctx, "POST "+planRoute+route, body, w.id)
	if why := refused(err); why != nil {
		if why.status == 404 {
			w.missed(r, "the destination does not have the team")
			return nil
		}
		w.missed(r, why.reason())
		return nil
	}
	if err != nil {
		return err
	}
	w.written(r)
	return nil
}

// end archives the plan, or moves it to the trash, where it was there.
func (w *planWriter) end(ctx context.Context, status string) error {
	want, route := textOf(w.plan.Body, "status"), ""
	switch want {
	case "Archived":
		route = "/{planId}/archive"
	case "Trashed":
		route = "/{planId}/trash"
	}
	if route == "" || status != "Active" {
		return nil
	}
	_, err := w.target.write(ctx, "PUT "+planRoute+route, nil, w.id)
	if why := refused(err); why != nil {
		w.flaws = append(w.flaws, flawed("it is active: "+why.reason(), "status"))
		return nil
	}
	return err
}
