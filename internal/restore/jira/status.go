package jira

import (
	"context"
	"encoding/json"
	"net/url"

	"holdfast/internal/atlassian"
)

// way is a transition that leads out of a status.
type way struct {
	id, to     string
	resolution bool // its screen asks for the resolution
}

// ways are the transitions of a project's workflows, as far as issues of the batch have shown
// them: by the type of the issue and the status that they lead out of.
type ways struct {
	target   *Target
	project  string
	known    map[[2]string][]way
	statuses map[string]map[string]bool // of each issue type; nil until it is read
}

func newWays(t *Target, project string) *ways {
	return &ways{target: t, project: project, known: map[[2]string][]way{}}
}

// reachable reports whether the workflow of a type has a status at all; true where the site does
// not tell.
func (w *ways) reachable(ctx context.Context, issueType, status string) (bool, error) {
	if w.statuses == nil {
		all, err := w.target.client.List(ctx, atlassian.Request{Route: "GET " + projectRoute + "/statuses", Path: []string{w.project}})
		if err != nil && refused(err) == nil {
			return false, err
		}
		w.statuses = map[string]map[string]bool{}
		for _, t := range all {
			has := map[string]bool{}
			for s := range atlassian.Elements(atlassian.Member(t, "statuses")) {
				has[textOf(s, "id")] = true
			}
			w.statuses[textOf(t, "id")] = has
		}
	}
	has, told := w.statuses[issueType]
	return !told || has[status], nil
}

// from returns the transitions of an issue that is in a status.
func (w *ways) from(ctx context.Context, issue, issueType, status string) ([]way, error) {
	if known, ok := w.known[[2]string{issueType, status}]; ok {
		return known, nil
	}
	body, err := w.target.get(ctx, issueRoute+"/transitions", url.Values{"expand": {"transitions.fields"}}, issue)
	if err != nil {
		return nil, err
	}
	ways := []way{}
	for t := range atlassian.Elements(atlassian.Member(body, "transitions")) {
		ways = append(ways, way{
			id: textOf(t, "id"), to: textOf(atlassian.Member(t, "to"), "id"),
			resolution: len(atlassian.Member(t, "fields", "resolution")) > 0,
		})
	}
	w.known[[2]string{issueType, status}] = ways
	return ways, nil
}

// next is the first transition of the shortest way from a status to another, or to the nearest
// one of which the transitions are not known yet; closed are those that an issue could not go.
func (w *ways) next(issueType, from, to string, closed map[string]bool) (way, bool) {
	type step struct {
		status string
		first  way
	}
	seen := map[string]bool{from: true}
	queue := []step{{status: from}}
	var unknown *way
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		known, ok := w.known[[2]string{issueType, at.status}]
		if !ok {
			if unknown == nil && at.status != from {
				unknown = &at.first
			}
			continue
		}
		for _, way := range known {
			if closed[at.status+"\x00"+way.id] || seen[way.to] {
				continue
			}
			first := at.first
			if at.status == from {
				first = way
			}
			if way.to == to {
				return first, true
			}
			seen[way.to] = true
			queue = append(queue, step{way.to, first})
		}
	}
	if unknown != nil {
		return *unknown, true
	}
	return way{}, false
}

const maxSteps = 60 // transitions that an issue is taken through, at most

// status takes the issue to its status by the shortest way, and gives it its resolution.
func (d *issueDetails) status(ctx context.Context) error {
	fields := atlassian.Member(d.group.Item.Body, "fields")
	from := textOf(atlassian.Member(fields, "status"), "id")
	resolution, hasResolution := d.job.Mapping.To("resolution", textOf(atlassian.Member(fields, "resolution"), "id"))
	to, ok := d.job.Mapping.To("status", from)
	if !ok {
		d.flawed("the destination does not have its status", "fields.status")
		return d.resolve(ctx, fields, resolution, hasResolution, false)
	}
	moved, err := d.walk(ctx, to, resolution)
	if err != nil {
		return err
	}
	return d.resolve(ctx, fields, resolution, hasResolution, moved)
}

// walk takes the issue to a status; moved says whether it made any transition.
func (d *issueDetails) walk(ctx context.Context, to, resolution string) (moved bool, err error) {
	issueType := textOf(atlassian.Member(d.now.fields, "issuetype"), "id")
	at := textOf(atlassian.Member(d.now.fields, "status"), "id")
	if at == to {
		return false, nil
	}
	if ok, err := d.ways.reachable(ctx, issueType, to); err != nil {
		return false, err
	} else if !ok {
		d.flawed("its workflow does not have its status: it is in the first one", "fields.status")
		return false, nil
	}
	start, closed := at, map[string]bool{}
	for range maxSteps {
		if _, err := d.ways.from(ctx, d.now.ref.ID, issueType, at); err != nil {
			return moved, err
		}
		way, ok := d.ways.next(issueType, at, to, closed)
		if !ok {
			break
		}
		took, err := d.transition(ctx, way, resolution)
		if err != nil {
			return moved, err
		}
		if !took {
			closed[at+"\x00"+way.id] = true
			continue
		}
		moved, at = true, way.to
		if at == to {
			return moved, nil
		}
	}
	d.flawed("no transition reaches its status", "fields.status")
	return moved, d.back(ctx, issueType, at, start, closed)
}

// back takes an issue whose status could not be reached to where it began.
func (d *issueDetails) back(ctx context.Context, issueType, at, start string, closed map[string]bool) error {
	for range maxSteps {
		if at == start {
			return nil
		}
		way, ok := d.ways.next(issueType, at, start, closed)
		if !ok {
			return nil
		}
		took, err := d.transition(ctx, way, "")
		if err != nil {
			return err
		}
		if !took {
			closed[at+"\x00"+way.id] = true
			continue
		}
		at = way.to
		if _, err := d.ways.from(ctx, d.now.ref.ID, issueType, at); err != nil {
			return err
		}
	}
	return nil
}

// transition makes a transition; false where the site refuses it.
func (d *issueDetails) transition(ctx context.Context, w way, resolution string) (bool, error) {
	body := map[string]any{"transition": map[string]string{"id": w.id}}
	if w.resolution && resolution != "" {
		body["fields"] = map[string]any{"resolution": map[string]string{"id": resolution}}
	}
	_, err := d.send(ctx, "POST "+issueRoute+"/transitions", body, d.now.ref.ID)
	if refused(err) != nil {
		return false, nil
	}
	return err == nil, err
}

// resolve gives the issue its resolution where the way to its status did not, and reads
// again who is its assignee.
func (d *issueDetails) resolve(ctx context.Context, fields json.RawMessage, to string, mapped, moved bool) error {
	if moved {
		body, err := d.target.get(ctx, issueRoute, url.Values{"fields": {"resolution,assignee,status"}}, d.now.ref.ID)
		if err != nil {
			return err
		}
		d.now.fields = atlassian.Member(body, "fields")
	}
	had := !isNull(atlassian.Member(fields, "resolution"))
	if had && !mapped {
		d.flawed("the destination does not have its resolution", "fields.resolution")
		return nil
	}
	if textOf(atlassian.Member(d.now.fields, "resolution"), "id") == to {
		return nil
	}
	var value any
	if had {
		value = map[string]string{"id": to}
	}
	r, err := d.edit(ctx, map[string]any{"resolution": value})
	if r != nil {
		d.flawed("its resolution is not as it was: "+r.reason(), "fields.resolution")
	}
	return err
}
