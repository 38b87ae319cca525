package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// WritePolicyInput is what a Policy knows.
type WritePolicyInput struct {
	Policy            backup.Policy   `json:"policy"`
	Backups           []backup.Backup `json:"backups"`
	Standing          backup.Standing `json:"standing"`
	LastCompleteStart time.Time       `json:"lastCompleteStart,omitzero"`
	Version           int64           `json:"version"` // grows with each change
	// Changed are the ids of the backups whose expiry, hold, status, reason or
	// verification has changed: their state.json is to say so too.
	Changed []string `json:"changed,omitempty"`
}

// WritePolicy writes policy.json, and before it the state.json of the sealed
// backups that have changed: so state.json is never older than policy.json. What is
// older than what is there changes nothing. A store that is away is a retryable
// StoreAway: no step waits for this one, so the server asks again until the store
// answers.
func (a *Activities) WritePolicy(ctx context.Context, in WritePolicyInput) error {
	beat := startPulse(ctx)
	defer beat.end()
	err := a.writePolicy(ctx, in, beat)
	if errors.Is(err, errRemoved) {
		return nil
	}
	err = failed(err)
	if kind, message := failure.Of(err); kind == failure.StoreAway {
		return failure.NewRetryable(kind, message)
	}
	return err
}

func (a *Activities) writePolicy(ctx context.Context, in WritePolicyInput, beat *pulse) error {
	if err := a.mayPublish(ctx, in); err != nil {
		return err
	}
	name := archive.PolicyName(in.Policy.ID)
	want := catalog.File{
		Format: archive.FormatVersion, Version: in.Version, Policy: in.Policy,
		LastCompleteStart: in.LastCompleteStart, Standing: in.Standing, Backups: newest(in.Backups),
	}
	data, err := archive.Encode(want)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return store.Update(ctx, a.deps.Store, name, catalog.MaxFile, func(old []byte) ([]byte, error) {
		var have catalog.File
		// One that can't be read is replaced: all that it should say is in want.
		if old != nil && json.Unmarshal(old, &have) == nil && !replaces(want, have) {
			return nil, nil
		}
		beat.add(StepProgress{})
		return data, a.writeChanged(ctx, in)
	})
}

// mayPublish takes a policy that nobody owns. One that is deleted, and of which the
// store has nothing any more, stays so.
func (a *Activities) mayPublish(ctx context.Context, in WritePolicyInput) error {
	if in.Standing.Retired == nil {
		return a.own(ctx, in.Policy.ID)
	}
	have, err := a.ownerOf(ctx, in.Policy.ID)
	if err != nil {
		return err
	}
	if have == nil {
		return errRemoved
	}
	return a.mine(in.Policy.ID, *have)
}

// errRemoved is that of a policy that is deleted and removed from the store.
var errRemoved = errors.New("the policy is removed from the store")

// writeChanged brings the state.json of the backups that have changed to what their
// rows say. A folder that never was a backup, or is one no more, says so already.
func (a *Activities) writeChanged(ctx context.Context, in WritePolicyInput) error {
	for _, row := range in.Backups {
		if row.Status == backup.InProgress || !slices.Contains(in.Changed, row.ID) {
			continue
		}
		is, err := isBackup(ctx, a.deps.Store, in.Policy.ID, row.ID)
		if err == nil && is {
			err = writeRow(ctx, a.deps.Store, in.Policy.ID, row, in.Version)
		}
		if err != nil {
			return fmt.Errorf("write the state of %s: %w", row.ID, err)
		}
	}
	return nil
}

// isBackup reports whether there is a backup of that id, or should be: its manifest
// is there, or its state.json says that it is.
func isBackup(ctx context.Context, s store.Store, policyID, backupID string) (bool, error) {
	_, err := s.Stat(ctx, archive.BackupDir(policyID, backupID)+archive.ManifestName)
	if !errors.Is(err, store.ErrNotExist) {
		return err == nil, err
	}
	state, err := archive.ReadState(ctx, s, policyID, backupID)
	if errors.Is(err, store.ErrNotExist) || errors.Is(err, archive.ErrCorrupt) {
		return false, nil
	}
	return err == nil && (state.Status == backup.Complete || state.Status == backup.Incomplete), err
}

// replaces reports whether f is newer than old: of a policy that was made
// anew, or a later version of the same.
func replaces(f, old catalog.File) bool {
	if !f.Policy.CreatedAt.Equal(old.Policy.CreatedAt) {
		return f.Policy.CreatedAt.After(old.Policy.CreatedAt)
	}
	return f.Version > old.Version
}

// newest returns the last catalog.MaxRows backups, newest first.
func newest(backups []backup.Backup) []backup.Backup {
	rows := slices.Clone(backups)
	slices.SortStableFunc(rows, func(a, b backup.Backup) int { return b.StartedAt.Compare(a.StartedAt) })
	return rows[:min(len(rows), catalog.MaxRows)]
}
