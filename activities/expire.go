package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// ExpireInput says which backup's bytes are deleted.
type ExpireInput struct {
	PolicyID string `json:"policyId"`
	// Backup is the backup's row, EXPIRED already.
	Backup backup.Backup `json:"backup"`
	Now    time.Time     `json:"now"` // the workflow's clock
}

// Expire deletes the bytes of a backup (S5): it writes state.json first, which says
// EXPIRED, then deletes the manifest, and then the rest, with what is left of its
// run and of its downloads. state.json and report.json stay. A second call finishes
// what the first began. It is StoreHeld where a retention policy or a hold keeps an
// object: a manifest that is kept keeps all that it lists, and anything else only
// itself.
func (a *Activities) Expire(ctx context.Context, in ExpireInput) error {
	beat := startPulse(ctx)
	defer beat.end()
	if in.Backup.Status != backup.Expired {
		return failure.New(failure.InvalidArgument, fmt.Sprintf("backup %s is %s: only what is EXPIRED is deleted", in.Backup.ID, in.Backup.Status))
	}
	if err := a.owned(ctx, in.PolicyID); err != nil {
		return err
	}
	s, dir := a.deps.Store, archive.BackupDir(in.PolicyID, in.Backup.ID)
	if err := writeRow(ctx, s, in.PolicyID, in.Backup, 0); err != nil {
		return deletionFailed(err)
	}
	if err := remove(ctx, s, dir+archive.ManifestName); err != nil {
		return deletionFailed(err)
	}
	details := func(name string) bool { return name == dir+archive.StateName || name == dir+archive.ReportName }
	var kept keptObjects
	for _, part := range []struct {
		prefix string
		keep   func(string) bool
	}{
		{dir, details},
		{archive.RunDir(in.PolicyID, in.Backup.ID), nil},
		{archive.DownloadsDir(in.PolicyID) + in.Backup.ID + ".", nil},
	} {
		if err := kept.removeAll(ctx, s, part.prefix, beat, part.keep); err != nil {
			return deletionFailed(err)
		}
	}
	return deletionFailed(kept.err())
}

// keptObjects are the objects that could not be deleted because a retention policy
// or a hold keeps them.
type keptObjects struct {
	mu    sync.Mutex
	count int
	name  string // the first of them
	first error
}

// removeAll is removeAll that goes on after an object that is kept.
func (k *keptObjects) removeAll(ctx context.Context, s store.Store, prefix string, beat *pulse, keep func(name string) bool) error {
	return removeEach(ctx, s, prefix, beat, keep, k.drop)
}

// drop is drop that notes an object that is kept.
func (k *keptObjects) drop(ctx context.Context, s store.Store, o store.Object) error {
	err := drop(ctx, s, o)
	if !errors.Is(err, store.ErrHeld) {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.count++; k.first == nil || o.Name < k.name {
		k.name, k.first = o.Name, err
	}
	return nil
}

// err tells of the objects that are kept, nil where none is.
func (k *keptObjects) err() error {
	if k.count > 1 {
		return fmt.Errorf("%w (and %d more objects)", k.first, k.count-1)
	}
	return k.first
}

// deletionFailed is failed for what deletes: an object that is kept is StoreHeld.
func deletionFailed(err error) error {
	if kind, _ := failure.Of(err); kind == "" && errors.Is(err, store.ErrHeld) {
		return failure.New(failure.StoreHeld, fmt.Sprintf("%v; the rest is deleted, and this is tried again: release the hold, or wait for the end of the retention", err))
	}
	return failed(err)
}
