package confluence

import (
	"context"
	"slices"
	"time"

	"holdfast/internal/restore"
)

// notArchived is why something is in use that was archived.
const notArchived = "the site does not archive it: it is in use"

// How long the site is given to archive pages, and how often it is asked.
const (
	archiveWait = time.Minute
	archivePoll = 500 * time.Millisecond
)

// archive archives pages, whose Extra is their id in the destination. The site does so in the
// background, for one request at a time: it refuses one while another is under way (OpenAPI).
func (r *run) archive(ctx context.Context, pages []restore.Position) error {
	until := time.Now().Add(archiveWait)
	asked, refusals := false, 0
	for {
		var err error
		if pages, err = r.inUse(ctx, pages); err != nil || len(pages) == 0 {
			return err
		}
		if !asked {
			_, err := r.write(ctx, "POST "+v1+"/content/archive", nil, object{"pages": pageIDs(pages)})
			if err != nil && !isRefusal(err) {
				return err
			}
			if asked = err == nil; asked {
				continue
			}
			refusals++
		}
		switch {
		case !asked && refusals > maxTries && len(pages) > 1:
			for _, p := range pages { // one of them it is
				if err := r.archive(ctx, []restore.Position{p}); err != nil {
					return err
				}
			}
			return nil
		case !asked && refusals > maxTries, time.Now().After(until):
			for _, p := range pages {
				r.done(p.Kind, p.ID, "", notArchived)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(archivePoll):
		}
	}
}

func pageIDs(pages []restore.Position) []object {
	var ids []object
	for _, p := range pages {
		ids = append(ids, object{"id": raw(p.Extra)}) // a number
	}
	return ids
}

// inUse are those of some pages that are not archived yet.
func (r *run) inUse(ctx context.Context, pages []restore.Position) ([]restore.Position, error) {
	var failed error
	left := slices.DeleteFunc(slices.Clone(pages), func(p restore.Position) bool {
		if failed != nil {
			return false
		}
		page, err := r.get(ctx, v2+"/pages/{id}", anyStatus(pageKind), p.Extra)
		failed = err
		return text(page, "status") == "archived"
	})
	return left, failed
}
