package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// validateImport refuses to rebuild a policy that is there. The same import that
// comes again, because its answer was lost, is answered.
func (p *policyRun) validateImport(ctx workflow.Context, in message.ImportInput) error {
	if err := backup.Validate(in.Policy); err != nil {
		return failure.New(failure.InvalidArgument, err.Error())
	}
	if p.configured() && !(p.Imported == in.Version && equal(in.Policy, p.Policy)) {
		return failure.New(failure.AlreadyExists, fmt.Sprintf("policy %s is there already: look at it with `holdfast policy show %s`", p.Policy.ID, p.Policy.ID))
	}
	return nil
}

// handleImport makes the policy what the store has of it: held and extended backups
// stay so, and what has expired meanwhile expires now.
func (p *policyRun) handleImport(ctx workflow.Context, in message.ImportInput) (message.PolicyView, error) {
	if p.configured() {
		return p.view(ctx), nil
	}
	if err := p.setSchedules(ctx, in.Policy, in.Standing); err != nil {
		return message.PolicyView{}, err
	}
	p.Policy, p.Standing, p.Version, p.Imported = in.Policy, in.Standing, in.Version, in.Version
	p.Backups = slices.Clone(in.Backups)
	slices.SortStableFunc(p.Backups, func(a, b backup.Backup) int { return a.StartedAt.Compare(b.StartedAt) })
	p.LastComplete = in.LastComplete
	if last := backup.LastComplete(p.Backups); last.After(p.LastComplete) {
		p.LastComplete = last
	}
	for i := range p.Backups {
		row := &p.Backups[i]
		if row.Status == backup.InProgress {
			// Its workflow was in another cluster: it is looked after, and settled as terminated.
			p.Running, p.lookNow = row.ID, true
		}
		if openDownload(*row) {
			d := *row.Download
			d.Status, d.Reason = backup.DownloadExpired, "the policy was imported from its store: prepare the download again"
			row.Download = &d
		}
	}
	p.touch(ctx)
	return p.view(ctx), nil
}
