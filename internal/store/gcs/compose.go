package gcs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"cloud.google.com/go/storage"

	"holdfast/internal/store"
)

// Compose implements store.Store. The bucket composes by itself, of the
// generations that srcs have now, and is told what must come of it: it refuses to
// make an object that has another checksum.
func (s *Store) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (store.Object, error) {
	err := errors.Join(store.CheckSources(srcs), s.checkName(dst))
	for _, src := range srcs {
		err = errors.Join(err, s.checkName(src))
	}
	if err != nil {
		return store.Object{}, fmt.Errorf("compose %s in %s: %w", dst, s.URL(), err)
	}
	if err := checkCondition(cond); err != nil {
		return store.Object{}, s.fault("compose", dst, err)
	}
	w := &write{op: "compose", name: dst, cond: cond, id: rand.Text()}
	parts := make([]*storage.ObjectHandle, len(srcs))
	for i, src := range srcs {
		from, err := s.attrs(ctx, src)
		if err != nil {
			return store.Object{}, s.fault("compose "+dst+" of", src, err)
		}
		w.size, w.crc32c = w.size+from.Size, store.ConcatCRC32C(w.crc32c, from.CRC32C, from.Size)
		parts[i] = s.object(src).Generation(from.Generation)
	}

	var attrs *storage.ObjectAttrs
	// The service may take longer over it than over what it only looks up.
	err = s.tryFor(ctx, s.patience.request+s.patience.faults, func(ctx context.Context) error {
		composer := s.object(dst).If(conditions(cond)).ComposerFrom(parts...)
		composer.ContentType, composer.Metadata = contentType, w.metadata()
		composer.CRC32C, composer.SendCRC32C = w.crc32c, true
		attrs, err = composer.Run(ctx)
		return err
	})
	if answered(err, http.StatusNotFound) {
		// A part was deleted or replaced meanwhile; by our own write, where dst is a
		// part, whose reply was lost.
		if attrs, err = s.look(ctx, w, err); err != nil {
			return store.Object{}, s.fault("compose", dst, absentPart(s.missing(ctx, err)))
		}
	}
	return s.settle(ctx, w, attrs, err)
}

// absentPart says of a 404 what it is that is absent.
func absentPart(err error) error {
	if errors.Is(err, store.ErrNotExist) {
		return fmt.Errorf("a part of it was deleted or replaced meanwhile: %w", err)
	}
	return err
}
