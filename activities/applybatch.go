package activities

import (
	"context"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
)

// BatchInput names a batch.
type BatchInput struct {
	RestoreStep
	Phase string `json:"phase"`
	N     int    `json:"n"`
	// Retry is that of the restore: what failed in an earlier try is tried again, the rest stays.
	Retry int `json:"retry,omitempty"`
}

// BatchResult is what a batch came to, by kind of record.
type BatchResult struct {
	Counts map[string]restore.Counts `json:"counts"`
}

// ApplyBatch restores a batch. One that is done is answered from what is stored of it:
// it is gone on with only where something of it failed in an earlier try.
func (a *Activities) ApplyBatch(ctx context.Context, in BatchInput) (BatchResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.begun(ctx, in.RestoreStep); err != nil {
		return BatchResult{}, err
	}
	steps, err := a.steps(in.RestoreStep, backup.Options{Attachments: true}, beat)
	if err != nil {
		return BatchResult{}, err
	}
	result, err := steps.Apply(ctx, in.Phase, in.N, in.Retry)
	return BatchResult{Counts: result.Counts}, restoreFailed(err)
}
