package jira

import (
	"context"
	"encoding/json"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// links links the issues of a batch with others. A link is that of two issues: it is created with
// the one that shows the other as its outward issue.
func (a *applying) links(ctx context.Context) error {
	there, err := a.there(ctx, []string{"issuelinks"})
	if err != nil {
		return err
	}
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, kindIssue) {
		if err != nil {
			return err
		}
		now, ok := there[g.Item.ID]
		have := map[linkID]string{}
		for link := range atlassian.Elements(atlassian.Member(now.fields, "issuelinks")) {
			if other := atlassian.Member(link, "outwardIssue"); len(other) > 0 {
				have[linkID{textOf(atlassian.Member(link, "type"), "id"), textOf(other, "id")}] = textOf(link, "id")
			}
		}
		for link := range atlassian.Elements(atlassian.Member(g.Item.Body, "fields", "issuelinks")) {
			if err := a.link(ctx, g.Item, now, ok, link, have); err != nil {
				return err
			}
		}
		a.beat(1, 0)
	}
	return nil
}

// linkID is what a link of an issue is known by: its type and the outward issue.
type linkID struct{ kind, outward string }

func (a *applying) link(ctx context.Context, issue archive.Record, now issueNow, there bool, link json.RawMessage, have map[linkID]string) error {
	r := archive.Record{Kind: kindLink, ID: textOf(link, "id"), Parent: issue.ID}
	if !a.wanted(r.Kind, r.ID) {
		return nil
	}
	side := "outwardIssue"
	other := atlassian.Member(link, side)
	outward := len(other) > 0
	if !outward {
		other = atlassian.Member(link, "inwardIssue")
	}
	ref, ok, err := a.job.IDs.Get(ctx, kindIssue, textOf(other, "id"))
	if err != nil {
		return err
	}
	switch {
	case !ok && !a.selectedIssue(textOf(other, "key")):
		a.skipped(r, "the other issue is not restored")
		return nil
	case !outward:
		return nil // the other issue's
	case !ok || !there:
		a.missed(r, "one of its issues is not there")
		return nil
	}
	kind, ok := a.job.Mapping.To("issueLinkType", textOf(atlassian.Member(link, "type"), "id"))
	if !ok {
		a.missed(r, "the destination does not have links of its type")
		return nil
	}
	id, linked := have[linkID{kind, ref.ID}]
	if !linked {
		_, err := a.target.write(ctx, "POST /rest/api/3/issueLink", map[string]any{
			"type": map[string]string{"id": kind}, "inwardIssue": map[string]string{"id": now.ref.ID}, "outwardIssue": map[string]string{"id": ref.ID},
		})
		if why := refused(err); why != nil {
			a.missed(r, why.reason())
			return nil
		}
		if err != nil {
			return err
		}
	}
	a.put(kindLink, r.ID, id, "", "")
	a.written(r)
	return nil
}

// selectedIssue reports whether an issue may be one that is restored: with chosen issues only
// those that were created are.
func (a *applying) selectedIssue(key string) bool {
	p := a.job.Plan
	if len(p.Spec.Selection.Items) > 0 {
		return false
	}
	return restored(p, projectOf(key))
}
