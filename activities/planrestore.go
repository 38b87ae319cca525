package activities

import (
	"context"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// PlanRestore makes the plan of a restore and writes it to the store. A plan that is
// there already stays as it is.
func (a *Activities) PlanRestore(ctx context.Context, in RestoreStep) (restore.Summary, error) {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.begin(ctx, in); err != nil {
		return restore.Summary{}, err
	}
	options := backup.Options{Attachments: true}
	target, product, err := a.deps.Sites.Target(in.Spec.Site, "", in.Spec.Product, in.Spec.Credential, options)
	if err != nil {
		return restore.Summary{}, err
	}
	cloudID, err := product.CloudID(ctx)
	if err != nil {
		return restore.Summary{}, failed(err)
	}
	steps := a.folderSteps(in, beat)
	steps.Target = target
	summary, err := steps.Plan(ctx, cloudID, time.Now())
	return summary, restoreFailed(err)
}
