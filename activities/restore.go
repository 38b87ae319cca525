package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/restore"
	"holdfast/internal/store"
)

// RestoreStep names a restore.
type RestoreStep struct {
	Spec   restore.Spec  `json:"spec"`
	Limits backup.Limits `json:"limits"`
}

// settleTime is how long a batch of a restore that another attempt may hold is left alone. A
// write of that attempt that is under way when it notices has half of it to arrive.
const settleTime = 5 * time.Second

// begin makes this installation the owner of a restore's folder, and says there that
// the restore has not ended (yet, or again). Owned where another one is.
func (a *Activities) begin(ctx context.Context, in RestoreStep) error {
	have, err := restore.OpenFolder(a.deps.Store, in.Spec.ID).Begin(ctx, restore.Request{Installation: a.deps.Installation, Spec: in.Spec})
	if err != nil {
		return restoreFailed(err)
	}
	return a.myRestore(in, have)
}

// begun is nil where this installation has begun the restore: every activity that
// writes something of it, to the store or to a site, asks first.
func (a *Activities) begun(ctx context.Context, in RestoreStep) error {
	have, err := restore.OpenFolder(a.deps.Store, in.Spec.ID).Request(ctx)
	if errors.Is(err, store.ErrNotExist) {
		return failure.New(failure.NotFound, fmt.Sprintf(
			"the store %s holds nothing of a restore %s: check that the worker has the store that it was planned in, and plan again", a.deps.Store.URL(), in.Spec.ID))
	}
	if err != nil {
		return restoreFailed(err)
	}
	return a.myRestore(in, have)
}

func (a *Activities) myRestore(in RestoreStep, have restore.Request) error {
	if have.Installation == a.deps.Installation {
		return nil
	}
	return failure.New(failure.Owned, fmt.Sprintf(
		"restore %s in store %s belongs to installation %s, and this is %s, which leaves it alone: go on with it there, or plan a new one here",
		in.Spec.ID, a.deps.Store.URL(), have.Installation, a.deps.Installation))
}

// steps are those of a restore, which read the destination as a backup of these
// options does.
func (a *Activities) steps(in RestoreStep, options backup.Options, beat *pulse) (*restore.Steps, error) {
	target, _, err := a.deps.Sites.Target(in.Spec.Site, "", in.Spec.Product, in.Spec.Credential, options)
	if err != nil {
		return nil, err
	}
	steps := a.folderSteps(in, beat)
	steps.Target = target
	return steps, nil
}

// folderSteps are those that work without the destination.
func (a *Activities) folderSteps(in RestoreStep, beat *pulse) *restore.Steps {
	return &restore.Steps{
		Store: a.deps.Store, Spec: in.Spec, Cache: a.restores, Settle: settleTime,
		Beat: func(items int, bytes int64) { beat.add(StepProgress{Items: items, Bytes: bytes}) },
	}
}

// restoreFailed is failed for what reads a backup to restore it.
func restoreFailed(err error) error {
	switch {
	case typedError(err) != nil:
		return typedError(err)
	case errors.Is(err, restore.ErrRequest):
		return failure.New(failure.InvalidArgument, err.Error())
	case errors.Is(err, archive.ErrNoManifest):
		return failure.New(failure.NotAvailable, err.Error())
	case errors.Is(err, archive.ErrFormat):
		return failure.New(failure.InvalidArgument, err.Error())
	case errors.Is(err, archive.ErrCorrupt):
		return failure.New(failure.Corrupt, fmt.Sprintf("%v; verify the backup with `holdfast backup verify`, and restore another one where it is damaged", err))
	case errors.Is(err, store.ErrNotExist):
		return failure.New(failure.NotAvailable, fmt.Sprintf(
			"%v: it is not in the store any more; a backup that was deleted meanwhile can't be restored, and a restore whose folder is gone is to be planned again", err))
	}
	return failed(err)
}
