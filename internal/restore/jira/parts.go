package jira

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// queryOf is the query of a write to an issue: nobody is mailed where that can be said, and the
// estimate stays as it was set.
func queryOf(route string) url.Values {
	switch {
	case route == "PUT "+issueRoute:
		return quietly()
	case strings.HasSuffix(route, "/worklog"):
		q := quietly()
		q.Set("adjustEstimate", "leave")
		return q
	}
	return nil
}

// none reports whether the issue had no entries of a list when it was read.
func (d *issueDetails) none(field string) bool {
	n, ok := atlassian.Int(atlassian.Member(d.now.fields, field, "total"))
	return ok && n == 0
}

// maxComments is how many comments are asked for by their ids at once, at most.
const maxComments = 1000

// commentsThere are those of the issue's comments that earlier attempts wrote, by their ids in the
// backup. The list of an issue's comments does not tell their properties, a list by ids does.
func (d *issueDetails) commentsThere(ctx context.Context) (map[string]string, error) {
	found := map[string]string{}
	if d.none("comment") {
		return found, nil
	}
	all, err := d.target.list(ctx, issueRoute+"/comment", "comments", 100, nil, d.now.ref.ID)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(all, maxComments) {
		ids := make([]json.RawMessage, len(some))
		for i, one := range some {
			ids[i] = asNumber(textOf(one, "id"))
		}
		reply, err := d.target.client.Do(ctx, atlassian.Request{
			Route: "POST /rest/api/3/comment/list", Query: url.Values{"expand": {"properties"}}, Body: map[string]any{"ids": ids},
		})
		if err != nil {
			return nil, err
		}
		for one := range atlassian.Elements(atlassian.Member(reply.Body, "values")) {
			d.note(found, one)
		}
	}
	return found, nil
}

// note notes what an entry was in the backup, where this restore wrote it.
func (d *issueDetails) note(found map[string]string, entry json.RawMessage) {
	if o, ok := d.ours(atlassian.Member(entry, "properties")); ok {
		found[o.ID] = textOf(entry, "id")
	}
}

// worklogsThere is commentsThere for work logs.
func (d *issueDetails) worklogsThere(ctx context.Context) (map[string]string, error) {
	found := map[string]string{}
	if d.none("worklog") {
		return found, nil
	}
	all, err := d.target.list(ctx, issueRoute+"/worklog", "worklogs", 1000, url.Values{"expand": {"properties"}}, d.now.ref.ID)
	for _, one := range all {
		d.note(found, one)
	}
	return found, err
}

// comments writes the comments in their order.
func (d *issueDetails) comments(ctx context.Context) error {
	if d.group.Parts.Len("comment") == 0 {
		return nil
	}
	have, err := d.commentsThere(ctx)
	if err != nil {
		return err
	}
	for r, err := range d.group.Parts.All("comment") {
		if err != nil {
			return err
		}
		if err := d.part(ctx, r, have, "/comment", "body", nil); err != nil {
			return err
		}
	}
	return nil
}

// worklogs writes the work logs, which leave the estimate as it is.
func (d *issueDetails) worklogs(ctx context.Context) error {
	if d.group.Parts.Len("worklog") == 0 {
		return nil
	}
	have, err := d.worklogsThere(ctx)
	if err != nil {
		return err
	}
	for r, err := range d.group.Parts.All("worklog") {
		if err != nil {
			return err
		}
		body := map[string]any{"started": atlassian.Member(r.Body, "started"), "timeSpentSeconds": atlassian.Member(r.Body, "timeSpentSeconds")}
		if err := d.part(ctx, r, have, "/worklog", "comment", body); err != nil {
			return err
		}
	}
	return nil
}

// part writes a comment or a work log, or keeps what an earlier attempt wrote.
func (d *issueDetails) part(ctx context.Context, r archive.Record, have map[string]string, route, member string, body map[string]any) error {
	id, there := have[r.ID]
	if !there && !d.wanted(r.Kind, r.ID) {
		return nil
	}
	if body == nil {
		body = map[string]any{}
	}
	o := d.originOf(r)
	var flaws []flaw
	if text := atlassian.Member(r.Body, member); !isNull(text) {
		doc, failed := d.document(ctx)
		made := doc.remap(text)
		if *failed != nil {
			return *failed
		}
		for _, reason := range doc.reasons {
			flaws = append(flaws, flawed(reason, member))
		}
		if !d.job.Plan.Spec.Options.NoPanels {
			made = underPanel(o, made)
		}
		body[member] = made
	}
	if v := atlassian.Member(r.Body, "visibility"); !isNull(v) {
		to, ok := d.visibility(v)
		if !ok {
			// Whom it is for is not there: it is not shown to all instead.
			d.missed(r, "the role or group that it is for is not in the destination")
			return nil
		}
		body["visibility"] = to
	}
	if there {
		d.put(r.Kind, r.ID, id, "", "")
		d.written(r, flaws...)
		return nil
	}
	body["properties"] = append([]property{{restore.OriginKey, o}}, propertiesOf(r.Body)...)
	reply, err := d.send(ctx, "POST "+issueRoute+route, body, d.now.ref.ID)
	if why := refused(err); why != nil {
		d.missed(r, why.reason())
		return nil
	}
	if err != nil {
		return err
	}
	d.put(r.Kind, r.ID, textOf(reply, "id"), "", "")
	d.written(r, flaws...)
	return nil
}

// propertiesOf are those that a comment or work log has in the backup.
func propertiesOf(body json.RawMessage) []property {
	var all []property
	for p := range atlassian.Elements(atlassian.Member(body, "properties")) {
		if key := textOf(p, "key"); key != restore.OriginKey {
			all = append(all, property{key, atlassian.Member(p, "value")})
		}
	}
	if string(atlassian.Member(body, "jsdPublic")) == "false" {
		// A service project keeps by this property what customers do not see.
		all = append(all, property{"sd.public.comment", map[string]bool{"internal": true}})
	}
	return all
}

// visibility is whom something is for, in the destination.
func (d *issueDetails) visibility(v json.RawMessage) (any, bool) {
	kind := kindRole
	if textOf(v, "type") == "group" {
		kind = kindGroup
	}
	id := textOf(v, "identifier")
	row, ok := d.job.Mapping.Row(kind, id)
	if !ok || id == "" {
		for one := range d.job.Mapping.All(kind) {
			if one.Name == textOf(v, "value") {
				row, ok = one, true
			}
		}
	}
	if !ok || row.To == "" {
		return nil, false
	}
	out := map[string]string{"type": textOf(v, "type"), "identifier": row.To}
	if kind == kindRole {
		out = map[string]string{"type": "role", "value": row.ToName}
	}
	return out, true
}
