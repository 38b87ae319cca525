package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// rubbish finds and removes what runs of a policy left that were cut off for good:
// the folder of a backup with neither manifest nor state.json, what a discarded run
// has beside its state.json, and the folders of runs that are over.
type rubbish struct {
	store  store.Store
	policy string
	beat   *pulse
	// over reports whether the run of a backup has ended: nothing of a run in
	// progress is rubbish.
	over func(backupID string) bool

	kept    keptObjects
	removed []string // ids of the backups of which something was removed
}

// remove removes all rubbish. An object that a retention policy or a hold keeps
// stays, and is no error.
func (r *rubbish) remove(ctx context.Context) error {
	for id, err := range archive.BackupIDs(ctx, r.store, r.policy) {
		if err != nil {
			return err
		}
		r.beat.add(StepProgress{})
		if r.over(id) {
			if err := r.backup(ctx, id); err != nil {
				return err
			}
		}
	}
	for id, err := range store.Folders(ctx, r.store, archive.RunsDir(r.policy)) {
		if err != nil {
			return fmt.Errorf("list the runs of %s: %w", r.policy, err)
		}
		if of, _, err := backup.ParseBackupID(id); err != nil || of != r.policy || !r.over(id) {
			continue
		}
		if err := r.empty(ctx, id, archive.RunDir(r.policy, id), nil); err != nil {
			return err
		}
	}
	return nil
}

// backup removes what is rubbish in the folder of a backup.
func (r *rubbish) backup(ctx context.Context, id string) error {
	dir := archive.BackupDir(r.policy, id)
	state, err := archive.ReadState(ctx, r.store, r.policy, id)
	stated := err == nil
	switch {
	case errors.Is(err, archive.ErrCorrupt):
		return nil // damage is no rubbish
	case err != nil && !errors.Is(err, store.ErrNotExist):
		return err
	case stated && (state.Status != backup.Failed || !state.ExpiresAt.IsZero()):
		return nil // a backup, or what a verification or an expiry left of one
	}
	_, err = r.store.Stat(ctx, dir+archive.ManifestName)
	if !errors.Is(err, store.ErrNotExist) {
		return err
	}
	if !stated {
		return r.empty(ctx, id, dir, nil)
	}
	return r.empty(ctx, id, dir, func(name string) bool { return name == dir+archive.StateName })
}

func (r *rubbish) empty(ctx context.Context, id, dir string, keep func(string) bool) error {
	n := 0
	err := r.kept.removeAll(ctx, r.store, dir, r.beat, func(name string) bool {
		if keep != nil && keep(name) {
			return true
		}
		n++
		return false
	})
	if last := len(r.removed) - 1; n > 0 && (last < 0 || r.removed[last] != id) {
		r.removed = append(r.removed, id)
	}
	return err
}
