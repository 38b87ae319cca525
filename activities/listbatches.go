package activities

import (
	"context"
	"fmt"

	"holdfast/internal/failure"
	"holdfast/internal/restore"
)

// ListBatchesInput asks for the batches of a phase from one on.
type ListBatchesInput struct {
	RestoreStep
	Phase string `json:"phase"`
	From  int    `json:"from"`
}

// ListBatchesResult has at most 200 batches; the next call begins after the last.
type ListBatchesResult struct {
	Batches []restore.Head `json:"batches"`
	Total   int            `json:"total"`
}

// ListBatches tells the next batches of a phase; none after the last one.
func (a *Activities) ListBatches(ctx context.Context, in ListBatchesInput) (ListBatchesResult, error) {
	defer startPulse(ctx).end()
	folder := restore.OpenFolder(a.deps.Store, in.Spec.ID)
	plan, err := folder.Plan(ctx)
	if err != nil {
		return ListBatchesResult{}, restoreFailed(err)
	}
	for _, phase := range plan.Phases {
		if phase.Name != in.Phase {
			continue
		}
		result := ListBatchesResult{Batches: []restore.Head{}, Total: phase.Batches}
		if in.From >= phase.Batches {
			return result, nil
		}
		if result.Batches, err = folder.Heads(ctx, in.Phase, in.From); err != nil {
			return ListBatchesResult{}, restoreFailed(err)
		}
		return result, nil
	}
	return ListBatchesResult{}, failure.New(failure.InvalidArgument, fmt.Sprintf("the plan of restore %s has no phase %q: plan again", in.Spec.ID, in.Phase))
}
