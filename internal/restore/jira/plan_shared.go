package jira

import (
	"context"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// ofBoard marks, as the extra of a filter's position, one that a board needs.
const ofBoard = "board"

// wholeSite reports whether what belongs to no project is restored: with all projects, of which
// at least one is not there yet.
func (p *planning) wholeSite() bool {
	plan := p.job.Plan
	if !plan.Spec.Selection.All() {
		return false
	}
	for _, c := range plan.Containers {
		if c.Skip == "" {
			return true
		}
	}
	return len(plan.Containers) == 0
}

// findShared finds the filters, dashboards and plans that are restored: all with the whole site, otherwise
// filters that boards need, and plans whose issues all come from what is restored.
func (p *planning) findShared(ctx context.Context) error {
	if len(p.job.Plan.Spec.Selection.Items) > 0 {
		return nil
	}
	boards, needed := map[string]bool{}, map[string]bool{}
	for _, b := range p.boards {
		boards[b.ID] = true
	}
	whole, board := p.wholeSite(), ""
	for found, err := range p.job.Archive.Walk(ctx, "") {
		if err != nil {
			return err
		}
		r, at := found.Record, found.Position
		switch r.Kind {
		case kindFilter:
			p.filters = append(p.filters, at)
		case kindDashboard:
			// Each site has a system dashboard of its own.
			if whole && string(atlassian.Member(r.Body, "systemDashboard")) != "true" {
				p.dashboards = append(p.dashboards, at)
			}
		case kindBoard:
			board = r.ID
		case "boardConfiguration":
			if boards[board] {
				needed[textOf(atlassian.Member(r.Body, "filter"), "id")] = true
			}
		case kindPlan:
			if whole || p.fed(r.Body, boards, needed) {
				p.plans = append(p.plans, at)
			}
		}
	}
	var left []restore.Position
	for _, f := range p.filters {
		if needed[f.ID] {
			f.Extra = ofBoard
		}
		if needed[f.ID] || whole {
			left = append(left, f)
		}
	}
	p.filters = left
	return nil
}

// fed reports whether all that a plan takes issues from is restored.
func (p *planning) fed(plan []byte, boards, filters map[string]bool) bool {
	n := 0
	for source := range atlassian.Elements(atlassian.Member(plan, "issueSources")) {
		n++
		there := false
		switch id := textOf(source, "value"); textOf(source, "type") {
		case "Project":
			for _, c := range p.job.Plan.Containers {
				there = there || c.ID == id && c.Skip == ""
			}
		case "Board":
			there = boards[id]
		case "Filter":
			there = filters[id]
		}
		if !there {
			return false
		}
	}
	return n > 0
}

// sharedCounts moves what of filters, dashboards and plans is not restored from the site's
// counts to what is skipped.
func (p *planning) sharedCounts(ctx context.Context, site, skipped map[string]int) error {
	for _, some := range []struct {
		ours  []restore.Position
		kinds []string
	}{
		{p.filters, []string{kindFilter}},
		{p.dashboards, []string{kindDashboard, kindGadget, kindItemProperty}},
		{p.plans, []string{kindPlan, kindPlanDetail, kindPlanTeam}},
	} {
		ours := map[string]bool{}
		for _, at := range some.ours {
			ours[at.ID] = true
		}
		root := ""
		for r, err := range p.job.Archive.Site(ctx, some.kinds...) {
			if err != nil {
				return err
			}
			if r.Kind == some.kinds[0] {
				root = r.ID
			}
			if !ours[root] {
				site[r.Kind]--
				skipped[r.Kind]++
			}
		}
	}
	return nil
}

// sharedPhases cuts filters, dashboards and plans into batches. Plans are told from each other within one.
func (p *planning) sharedPhases() error {
	owners := p.dashboards
	if !p.job.Plan.Spec.Options.Permissions {
		owners = nil
	}
	for _, phase := range []struct {
		name, title string
		items       []restore.Position
		whole       bool
	}{
		{phaseFilters, "filters", p.filters, false},
		{phaseDashboards, "dashboards", p.dashboards, false},
		{phaseOwners, "owners of dashboards", owners, false},
		{phasePlans, "plans", p.plans, true},
	} {
		if len(phase.items) == 0 {
			continue
		}
		if err := p.out.Phase(phase.name, phase.title); err != nil {
			return err
		}
		if phase.whole {
			if err := p.out.Batch(restore.Batch{Lane: phase.name, Items: phase.items}); err != nil {
				return err
			}
		} else if err := p.out.Items(phase.name, "", phase.items); err != nil {
			return err
		}
	}
	return nil
}

// roots are the kinds of the site that belong to nothing: where one of them begins, what belongs to the
// one before it ends.
func (t *Target) roots() []string {
	var all []string
	for _, k := range t.product.Kinds() {
		if k.Scope == atlassian.ScopeSite && k.Parent == "" {
			all = append(all, k.Name)
		}
	}
	return all
}
