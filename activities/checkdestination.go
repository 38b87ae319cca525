package activities

import (
	"context"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// DestinationState says whether the destination is still what the plan was made for.
type DestinationState struct {
	// Changed names the parts of the destination that changed; none where it is the same.
	Changed []string `json:"changed,omitempty"`
}

// CheckDestination reads the destination again and holds it against the plan: which
// site it is ("site"), and what of it the plan depends on.
func (a *Activities) CheckDestination(ctx context.Context, in RestoreStep) (DestinationState, error) {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.begun(ctx, in); err != nil {
		return DestinationState{}, err
	}
	if err := a.begin(ctx, in); err != nil { // a retry: it has not ended any more
		return DestinationState{}, err
	}
	target, product, err := a.deps.Sites.Target(in.Spec.Site, "", in.Spec.Product, in.Spec.Credential, backup.Options{Attachments: true})
	if err != nil {
		return DestinationState{}, err
	}
	plan, err := restore.OpenFolder(a.deps.Store, in.Spec.ID).Plan(ctx)
	if err != nil {
		return DestinationState{}, restoreFailed(err)
	}
	cloudID, err := product.CloudID(ctx)
	if err != nil {
		return DestinationState{}, failed(err)
	}
	if cloudID != plan.CloudID {
		return DestinationState{Changed: []string{"site"}}, nil
	}
	steps := a.folderSteps(in, beat)
	steps.Target = target
	changed, err := steps.Changed(ctx)
	return DestinationState{Changed: changed}, restoreFailed(err)
}
