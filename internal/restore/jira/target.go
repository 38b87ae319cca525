// Package jira restores into Jira: projects with what belongs to them, issues in the
// order of their keys, what belongs to issues, links, boards and sprints. The table
// in table.go says of every kind of record and every field what the API can write.
package jira

import (
	"context"
	"fmt"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// Target restores into one site. It is safe for concurrent use.
type Target struct {
	client  *atlassian.Client
	product atlassian.Product // reads the destination as a backup would, for Compare
}

// New returns the target of a client; product reads the same site.
func New(client *atlassian.Client, product atlassian.Product) *Target {
	return &Target{client: client, product: product}
}

// Apply implements restore.Target. A passing fault ends it, also one of a write of which
// it is not known whether it arrived: when it is called again, it looks.
func (t *Target) Apply(ctx context.Context, j *restore.Job, b restore.Batch) error {
	a := &applying{target: t, job: j, batch: b}
	switch b.Phase {
	case phaseProjects:
		return a.project(ctx)
	case phaseIssues:
		return a.issues(ctx)
	case phaseDetails:
		return a.details(ctx)
	case phaseLinks:
		return a.links(ctx)
	case phaseBoards:
		return a.boards(ctx)
	case phaseFilters:
		return a.filters(ctx)
	case phaseDashboards:
		return a.dashboards(ctx)
	case phaseOwners:
		return a.owners(ctx)
	case phasePlans:
		return a.plans(ctx)
	case phaseVersions:
		return a.archiveVersions(ctx)
	}
	return fmt.Errorf("%w: there is no phase %q: plan again with this version of holdfast", restore.ErrRequest, b.Phase)
}

// Plan implements restore.Target.
func (t *Target) Plan(ctx context.Context, j *restore.Job, w *restore.Planner) error {
	p := &planning{target: t, job: j, out: w}
	return p.plan(ctx)
}
