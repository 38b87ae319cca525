package activities

import (
	"context"

	"holdfast/internal/restore"
)

// CompareBatch holds what a batch restored against the archive, reading the destination
// as the backup was made. It keeps what it finds in the store; of each kind the result
// counts as created what was looked for and found, and as failed what was not.
func (a *Activities) CompareBatch(ctx context.Context, in BatchInput) (BatchResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.begun(ctx, in.RestoreStep); err != nil {
		return BatchResult{}, err
	}
	backedUp, err := restore.OpenArchive(ctx, a.deps.Store, in.Spec, "")
	if err != nil {
		return BatchResult{}, restoreFailed(err)
	}
	options := backedUp.Manifest().Options
	options.AdminKey = false // what is restored is there for the account as it is
	steps, err := a.steps(in.RestoreStep, options, beat)
	if err != nil {
		return BatchResult{}, err
	}
	found, err := steps.Compare(ctx, in.Phase, in.N)
	if err != nil {
		return BatchResult{}, restoreFailed(err)
	}
	counts := make(map[string]restore.Counts, len(found.Kinds))
	for _, k := range found.Kinds {
		counts[k.Kind] = restore.Counts{Created: k.Records - k.Absent - k.Expected, Skipped: k.Expected, Failed: k.Absent}
	}
	return BatchResult{Counts: counts}, nil
}
