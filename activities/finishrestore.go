package activities

import (
	"context"
	"time"

	"holdfast/internal/restore"
)

// FinishRestoreInput says how a restore ended.
type FinishRestoreInput struct {
	RestoreStep
	Status    restore.Status `json:"status"`
	Reason    string         `json:"reason,omitempty"`
	AppliedAt time.Time      `json:"appliedAt,omitzero"`
	EndedAt   time.Time      `json:"endedAt"`
	By        string         `json:"by,omitempty"`
	Compared  bool           `json:"compared,omitempty"`
}

// FinishRestoreResult is what the report says.
type FinishRestoreResult struct {
	Counts map[string]restore.Counts `json:"counts"`
	Score  *restore.Score            `json:"score,omitempty"`
}

// FinishRestore writes the report of a restore, and of what Compare found, and removes
// the uploaded file and what restores that ended long ago left. The file of a restore that
// can be tried again stays for that.
func (a *Activities) FinishRestore(ctx context.Context, in FinishRestoreInput) (FinishRestoreResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.begin(ctx, in.RestoreStep); err != nil {
		return FinishRestoreResult{}, err
	}
	steps := a.folderSteps(in.RestoreStep, beat)
	steps.Target = newTarget(nil, in.Spec.Product, nil)
	counts, score, err := steps.Finish(ctx, restore.ReportInput{
		Status: in.Status, Reason: in.Reason, By: in.By, AppliedAt: in.AppliedAt, EndedAt: in.EndedAt, Compared: in.Compared,
	})
	if err != nil {
		return FinishRestoreResult{}, restoreFailed(err)
	}
	// The report is there: what can't be removed now is when the next restore ends.
	if err := a.sweepRestores(ctx, in.EndedAt, beat); err != nil {
		a.deps.Log.Warn("what restores that are over left in the store was not removed", "restore", in.Spec.ID, "error", err)
	}
	return FinishRestoreResult{Counts: counts, Score: score}, nil
}
