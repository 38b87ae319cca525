package activities

import (
	"context"
	"errors"
	"path"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
	"holdfast/internal/store"
)

// uploadRest is how long an uploaded file that no restore needs is left alone: its
// upload may not be through, or its restore not asked for yet.
const uploadRest = 24 * time.Hour

// sweepRestores removes what restores of this installation left that ended long ago,
// and the uploaded files that no restore needs any more, whosever it is. What a hold of
// the bucket keeps stays until the next time.
func (a *Activities) sweepRestores(ctx context.Context, now time.Time, beat *pulse) error {
	needed := map[string]bool{}    // uploaded files
	done := map[string]time.Time{} // when the last restore of an uploaded file was over
	for id, err := range store.Folders(ctx, a.deps.Store, restore.Restores) {
		if err != nil {
			return err
		}
		beat.add(StepProgress{})
		if err := a.sweepRestore(ctx, id, now, beat, needed, done); err != nil {
			return err
		}
	}
	for sha, err := range store.Folders(ctx, a.deps.Store, restore.Imports) {
		if err != nil {
			return err
		}
		if needed[sha] {
			continue
		}
		dir := restore.ImportDir(sha)
		newest, whole, err := uploaded(ctx, a.deps.Store, dir, beat)
		if err != nil {
			return err
		}
		// What came after the end of a restore is being uploaded for another one, and what
		// broke off is gone on with where the file is given again.
		if (newest.After(done[sha]) || !whole) && now.Sub(newest) < uploadRest {
			continue
		}
		var kept keptObjects
		if err := kept.removeAll(ctx, a.deps.Store, dir, beat, nil); err != nil {
			return err
		}
	}
	return nil
}

// sweepRestore looks at one restore: it is removed where its time is over, and notes
// otherwise whether it needs the file that was uploaded for it, or is done with it.
func (a *Activities) sweepRestore(ctx context.Context, id string, now time.Time, beat *pulse, needed map[string]bool, done map[string]time.Time) error {
	folder := restore.OpenFolder(a.deps.Store, id)
	request, err := folder.Request(ctx)
	if errors.Is(err, store.ErrNotExist) {
		return a.sweepUnbegun(ctx, id, now, beat)
	}
	if err != nil {
		return err
	}
	file := request.Spec.Import
	end, err := folder.End(ctx)
	ended := err == nil
	if err != nil && !errors.Is(err, store.ErrNotExist) {
		return err
	}
	over := ended && !now.Before(end.EndedAt.Add(restore.Kept))
	if !ended {
		// Its workflow may have been ended by an operator: then nothing happens here any more.
		newest, err := newestOf(ctx, a.deps.Store, restore.Dir(id), beat)
		if err != nil {
			return err
		}
		over = now.Sub(newest) >= restore.Kept
	}
	if over && request.Installation == a.deps.Installation {
		var kept keptObjects
		if err := kept.removeAll(ctx, a.deps.Store, restore.Dir(id), beat, nil); err != nil {
			return err
		}
	}
	if file == "" {
		return nil
	}
	if !over && !(ended && !end.Retriable()) {
		needed[file] = true
	} else if end.EndedAt.After(done[file]) {
		done[file] = end.EndedAt
	}
	return nil
}

// sweepUnbegun removes what is there of a restore that no worker has begun, whosever it is: the
// mapping file of one that was never asked for, or what an earlier sweep that broke off left.
func (a *Activities) sweepUnbegun(ctx context.Context, id string, now time.Time, beat *pulse) error {
	newest, err := newestOf(ctx, a.deps.Store, restore.Dir(id), beat)
	if err != nil || now.Sub(newest) < restore.Kept {
		return err
	}
	var kept keptObjects
	return kept.removeAll(ctx, a.deps.Store, restore.Dir(id), beat, nil)
}

// uploaded is when the newest object of an uploaded file was written, and whether all of
// it is there: its manifest comes last.
func uploaded(ctx context.Context, s store.Store, dir string, beat *pulse) (newest time.Time, whole bool, err error) {
	for o, err := range s.List(ctx, dir) {
		if err != nil {
			return newest, whole, err
		}
		beat.add(StepProgress{})
		if o.Updated.After(newest) {
			newest = o.Updated
		}
		whole = whole || path.Base(o.Name) == archive.ManifestName
	}
	return newest, whole, nil
}

// newestOf is when the newest object below a prefix was written.
func newestOf(ctx context.Context, s store.Store, prefix string, beat *pulse) (time.Time, error) {
	var newest time.Time
	for o, err := range s.List(ctx, prefix) {
		if err != nil {
			return newest, err
		}
		beat.add(StepProgress{})
		if o.Updated.After(newest) {
			newest = o.Updated
		}
	}
	return newest, nil
}
