package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// DiscardInput says which run leaves nothing, and why.
type DiscardInput struct {
	Run    Run       `json:"run"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Now    time.Time `json:"now"` // the workflow's clock
}

// Discard removes what a failed or cancelled run stored (R5): the manifest first,
// if there ever was one, then all data and the run's folder. It leaves state.json,
// which says FAILED and why. A second call finishes what the first began.
func (a *Activities) Discard(ctx context.Context, in DiscardInput) error {
	beat := startPulse(ctx)
	defer beat.end()
	a.endAtSite(ctx, in.Run)
	if err := a.owned(ctx, in.Run.Policy.ID); err != nil {
		return err
	}

	dir := archive.BackupDir(in.Run.Policy.ID, in.Run.BackupID)
	manifest := dir + archive.ManifestName
	if err := remove(ctx, a.deps.Store, manifest); err != nil {
		return failed(err)
	}
	state, err := archive.Encode(archive.State{
		Backup: in.Run.BackupID, Status: backup.Failed, Reason: in.Reason,
		StartedAt: in.Run.StartedAt, EndedAt: in.Now, By: in.By,
	})
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	first := true
	err = store.Update(ctx, a.deps.Store, dir+archive.StateName, maxDocument, func(old []byte) ([]byte, error) {
		var have archive.State
		first = json.Unmarshal(old, &have) != nil || have.Status != backup.Failed
		return state, nil
	})
	if err != nil {
		return failed(err)
	}
	if first {
		a.deps.Metrics.RunEnded(in.Run.Policy, backup.Failed, in.Run.StartedAt)
	}
	// An attempt to seal that was given up may have written its manifest just
	// now. Once it has, it looks at the state; we wrote that, and look for the
	// manifest: one of the two sees the other.
	if err := remove(ctx, a.deps.Store, manifest); err != nil {
		return failed(err)
	}
	if err := removeAll(ctx, a.deps.Store, dir, beat, func(name string) bool { return name == dir+archive.StateName }); err != nil {
		return failed(err)
	}
	return failed(removeAll(ctx, a.deps.Store, openRunDir(a.deps.Store, in.Run).path, beat, nil))
}
