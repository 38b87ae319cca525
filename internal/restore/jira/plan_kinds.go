package jira

import (
	"context"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// kinds counts what the backup has of each kind, and what becomes of it.
func (p *planning) kinds(ctx context.Context) error {
	manifest := p.job.Archive.Manifest()
	site := map[string]int{}
	for _, s := range manifest.Segments {
		if s.Container == "" {
			for kind, n := range s.Records {
				site[kind] += n
			}
		}
	}
	here, skipped := map[string]int{}, map[string]int{}
	for _, c := range p.job.Plan.Containers {
		counts := here
		if c.Skip != "" {
			counts = skipped
		}
		for kind, n := range p.selected[c.Key].counts {
			counts[kind] += n
		}
	}
	if err := p.boardCounts(ctx, site, skipped); err != nil {
		return err
	}
	if err := p.sharedCounts(ctx, site, skipped); err != nil {
		return err
	}
	rows := append(p.target.product.Kinds(), atlassian.Kind{Name: kindLink, Title: "links between issues"})
	for _, k := range rows {
		n := here[k.Name] + site[k.Name]
		if n+skipped[k.Name] == 0 {
			continue
		}
		p.job.Plan.Kinds = append(p.job.Plan.Kinds, p.kind(k, n, skipped[k.Name]))
	}
	return nil
}

// kind is the row of a kind of which there are n records, and so many in what is skipped.
func (p *planning) kind(k atlassian.Kind, n, skipped int) restore.PlanKind {
	rule, options := kindOf(k.Name), p.job.Plan.Spec.Options
	if k.Name == kindLink {
		rule = kindRule{kind: kindLink, how: written}
	}
	row := restore.PlanKind{Kind: k.Name, Title: k.Title, Archive: n + skipped, Skip: skipped, Note: rule.note}
	switch {
	case k.Name == "attachment" && options.NoAttachments:
		row.Skip, row.Note = n+skipped, "left out"
	case k.Name == "attachment" && !p.job.Archive.Manifest().Options.Attachments:
		row.Cannot, row.Note = n, "their bytes are not in the backup"
	case k.Name == "projectRole" && !options.Permissions:
		row.Skip, row.Note = n+skipped, "permissions are not restored"
	case rule.how == written:
		row.Create = n
		if sharable(k.Name) && !options.Permissions {
			row.Note += "; permissions are not restored: it is the restoring account's, and shared with nobody"
		}
	case rule.how == mapped, rule.how == left:
		row.Skip = n + skipped
	default:
		row.Cannot = n
	}
	if skipped > 0 && row.Note == "" {
		row.Note = "those of projects that are not restored are left out"
	}
	return row
}

// findBoards finds the boards that are restored: those whose project is, where whole projects are.
func (p *planning) findBoards(ctx context.Context) error {
	if len(p.job.Plan.Spec.Selection.Items) > 0 {
		return nil
	}
	for found, err := range p.job.Archive.Walk(ctx, "") {
		if err != nil {
			return err
		}
		if found.Record.Kind != kindBoard {
			continue
		}
		project := textOf(atlassian.Member(found.Record.Body, "location"), "projectKey")
		if s := p.selected[project]; s != nil && s.plan.Skip == "" {
			found.Position.Parent = project
			p.boards = append(p.boards, found.Position)
		}
	}
	return nil
}

// boardCounts moves what belongs to boards that are not restored from the site's counts to
// what is skipped.
func (p *planning) boardCounts(ctx context.Context, site, skipped map[string]int) error {
	ours := map[string]bool{}
	for _, b := range p.boards {
		ours[b.ID] = true
	}
	board := ""
	for r, err := range p.job.Archive.Site(ctx, boardKinds()...) {
		if err != nil {
			return err
		}
		if r.Kind == kindBoard {
			board = r.ID
		}
		if !ours[board] {
			site[r.Kind]--
			skipped[r.Kind]++
		}
	}
	return nil
}

// boardKinds are boards and what belongs to them.
func boardKinds() []string {
	return []string{kindBoard, "boardConfiguration", "quickFilter", "boardFeature", "boardProperty", kindSprint, "sprintIssue", "backlogIssue"}
}
