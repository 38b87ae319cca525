package confluence

import (
	"context"

	"holdfast/internal/archive"
)

// close gives spaces what belongs to them as a whole, and archives those that were.
func (r *run) close(ctx context.Context) error {
	rec, err := r.spaceRecord(ctx)
	if err != nil || rec.ID == "" {
		return err
	}
	if r.space.ID == "" {
		return r.eachOf(ctx, func(rec archive.Record) error {
			r.miss(rec.Kind, rec.ID, rec.Parent, noSpace)
			return nil
		})
	}
	if err := r.furnish(ctx); err != nil {
		return err
	}
	if text(rec.Body, "status") != "archived" {
		return nil
	}
	_, err = r.write(ctx, "PUT "+v1+"/space/{spaceKey}", nil, object{"status": "archived"}, r.space.Key)
	if isRefusal(err) {
		r.done(spaceKind, rec.ID, "", notArchived)
		return nil
	}
	return err
}
