package jira

import (
	"context"
	"encoding/json"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// exporter reads one kind of the site with what belongs to it, as a backup does.
type exporter interface {
	ExportKind(ctx context.Context, kind string, only func(atlassian.Entry) bool, emit func(atlassian.Item) error) ([]atlassian.Problem, error)
}

// shared compares the batch's items of a kind that the site has, each with what belongs to it.
func (c *comparing) shared(ctx context.Context, kind string) error {
	there := map[string]string{} // id in the destination → id in the backup
	for _, at := range c.batch.Items {
		ref, ok, err := c.job.IDs.Get(ctx, kind, at.ID)
		if err != nil {
			return err
		}
		if ok {
			there[ref.ID] = at.ID
		}
	}
	got, others, err := c.export(ctx, kind, there)
	if err != nil {
		return err
	}
	plans := map[string]bool{}
	for g, err := range c.job.Archive.Groups(ctx, c.batch.Items, c.target.roots()...) {
		if err != nil {
			return err
		}
		if g.Item.Kind != kind {
			return fmt.Errorf("compare the %s %s: the plan is of another version of holdfast", g.Item.Kind, g.Item.ID)
		}
		want, err := collect(g.Parts.All())
		if err != nil {
			return err
		}
		if err := c.tree(ctx, g.Item, want, got[g.Item.ID]); err != nil {
			return err
		}
		for _, made := range got[g.Item.ID][kindPlan] {
			plans[planText(nameOf(made), atlassian.Member(made.Body, "issueSources"))] = true
		}
		if c.job.Beat != nil {
			c.job.Beat(1, 0)
		}
	}
	for _, one := range others {
		if kind != kindPlan || plans[one.text] {
			c.job.Diff.TooMany(kind, one.id)
		}
	}
	return nil
}

// another is a record of the destination that may be one of the restore too many.
type another struct{ id, text string }

// export reads the counterparts with what belongs to them, by their ids in the backup and by kind, and
// names records that look as if the restore had made them, and that are no counterpart.
func (c *comparing) export(ctx context.Context, kind string, there map[string]string) (map[string]map[string][]archive.Record, []another, error) {
	product, ok := c.target.product.(exporter)
	if !ok {
		return nil, nil, fmt.Errorf("compare %ss: the reader of the destination cannot read them by themselves", kind)
	}
	ours := map[string]bool{}
	for _, at := range c.batch.Items {
		ours[at.ID] = true
	}
	var others []another
	only := func(e atlassian.Entry) bool {
		if _, is := there[e.ID]; is {
			return true
		}
		switch from := markedAs(c.job.Plan.Spec.ID, textOf(e.Body, "description")); {
		case kind == kindPlan:
			others = append(others, another{e.ID, planText(textOf(e.Body, "name"), atlassian.Member(e.Body, "issueSources"))})
		case kind == kindBoard:
			if key := textOf(atlassian.Member(e.Body, "location"), "projectKey"); key != "" && key == c.job.Plan.Spec.Selection.Key(c.batch.Container) && textOf(e.Body, "type") != "simple" {
				others = append(others, another{id: e.ID})
			}
		case ours[from]:
			others = append(others, another{id: e.ID})
		}
		return false
	}
	got := map[string]map[string][]archive.Record{}
	at := ""
	_, err := product.ExportKind(ctx, kind, only, func(i atlassian.Item) error {
		if i.Kind == kind {
			at = there[i.ID]
			got[at] = map[string][]archive.Record{}
		}
		got[at][i.Kind] = append(got[at][i.Kind], recordOf(i))
		return nil
	})
	return got, others, err
}

// tree compares a record of the site and what belongs to it.
func (c *comparing) tree(ctx context.Context, root archive.Record, want, got map[string][]archive.Record) error {
	if len(got[root.Kind]) == 0 {
		if row, ok := c.said(root); ok && row.Outcome == restore.Degraded && len(row.Fields) == 0 {
			c.job.Diff.Missing(root.Kind, root.ID, restore.Expected)
		} else {
			c.missing(root)
		}
		for _, kind := range partsOf(root.Kind) {
			for _, w := range want[kind] {
				c.job.Diff.Missing(kind, w.ID, restore.Expected) // counted with what it belongs to
			}
		}
		return nil
	}
	if err := c.compare(ctx, root, got[root.Kind][0]); err != nil {
		return err
	}
	switch root.Kind {
	case kindDashboard:
		return c.gadgets(ctx, want, got)
	case kindPlan:
		if err := c.list(ctx, kindPlanDetail, want[kindPlanDetail], got[kindPlanDetail]); err != nil {
			return err
		}
		return c.named(ctx, kindPlanTeam, want[kindPlanTeam], got[kindPlanTeam], func(r archive.Record) string { return teamText(r.Body) })
	case kindBoard:
		return c.board(ctx, root, want, got)
	}
	return nil
}

// said is what the report says of a record.
func (c *comparing) said(r archive.Record) (restore.Row, bool) {
	if c.job.Report == nil {
		return restore.Row{}, false
	}
	return c.job.Report(r.Kind, r.ID)
}

// partsOf are the kinds of what belongs to a record of the site and is compared.
func partsOf(root string) []string {
	switch root {
	case kindDashboard:
		return []string{kindGadget, kindItemProperty}
	case kindPlan:
		return []string{kindPlanDetail, kindPlanTeam}
	case kindBoard:
		return []string{"boardConfiguration", "boardProperty", kindSprint, "sprintIssue", "backlogIssue"}
	}
	return nil
}

// gadgets compares those of a dashboard in the order of their places, and their properties.
func (c *comparing) gadgets(ctx context.Context, want, got map[string][]archive.Record) error {
	mine, theirs := c.restored(want[kindGadget]), byPosition(got[kindGadget])
	if err := c.list(ctx, kindGadget, mine, theirs); err != nil {
		return err
	}
	below := func(records []archive.Record, gadgets []archive.Record, i int) []archive.Record {
		var all []archive.Record
		for _, r := range records {
			if i < len(gadgets) && r.Parent == gadgets[i].ID {
				all = append(all, r)
			}
		}
		return all
	}
	for i := range max(len(mine), len(theirs)) {
		err := c.named(ctx, kindItemProperty, below(want[kindItemProperty], mine, i), below(got[kindItemProperty], theirs, i), func(r archive.Record) string { return r.ID })
		if err != nil {
			return err
		}
	}
	return nil
}

// restored are the gadgets that the report does not call missing, in the order of their places.
func (c *comparing) restored(gadgets []archive.Record) []archive.Record {
	var all []archive.Record
	for _, r := range byPosition(gadgets) {
		if c.job.Excused(r.Kind, r.ID, "") {
			c.missing(r)
			continue
		}
		all = append(all, r)
	}
	return all
}

// sharedRules are the rules of what the site has, as the table has them.
func (c *comparing) sharedRules(kind string) restore.Rules {
	var rules restore.Rules
	for _, f := range kindOf(kind).fields {
		switch f.how {
		case unwritable:
			rules = append(rules, restore.Rule{Path: f.path, Unwritable: f.note})
		case elsewhere:
			rules = append(rules, restore.Rule{Path: f.path, Elsewhere: true})
		}
	}
	switch kind {
	case kindFilter, kindDashboard:
		rules = append(rules, restore.Rule{Path: "description", Want: c.withoutMarker, Got: c.withoutMarker},
			restore.Rule{Path: "sharePermissions", By: "."}, restore.Rule{Path: "editPermissions", By: "."},
			restore.Rule{Path: "jql", Want: c.jql})
	case "projectRole":
		rules = append(rules, restore.Rule{Path: "actors", By: "."})
	}
	return rules
}

// withoutMarker takes from a description what the restore knows it by; an empty one is none.
func (c *comparing) withoutMarker(v json.RawMessage) (json.RawMessage, error) {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return v, nil
	}
	if id := markedAs(c.job.Plan.Spec.ID, s); id != "" {
		s = s[:len(s)-len(restore.PanelMark+": "+c.job.Plan.Spec.ID+"/"+id)]
		if s != "" {
			s = s[:len(s)-1]
		}
	}
	if s == "" {
		return json.RawMessage("null"), nil
	}
	return text(s), nil
}

// jql is what a filter looks for in the destination.
func (c *comparing) jql(v json.RawMessage) (json.RawMessage, error) {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return v, nil
	}
	return text(jqlFor(c.job.Plan, c.job.Mapping, s)), nil
}
