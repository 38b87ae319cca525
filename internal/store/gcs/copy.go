package gcs

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"cloud.google.com/go/storage"

	"holdfast/internal/store"
)

// Copy implements store.Store. The bucket copies by itself, for large objects in
// several steps. The copy is of the generation that src has now.
func (s *Store) Copy(ctx context.Context, src, dst string, cond store.Condition) (store.Object, error) {
	if err := errors.Join(s.checkName(src), s.checkName(dst)); err != nil {
		return store.Object{}, err
	}
	if err := checkCondition(cond); err != nil {
		return store.Object{}, s.fault("copy to", dst, err)
	}
	from, err := s.attrs(ctx, src)
	if err != nil {
		return store.Object{}, s.fault("copy", src, err)
	}
	w := &write{op: "copy to", name: dst, cond: cond, id: rand.Text(), size: from.Size, crc32c: from.CRC32C}
	copier := s.object(dst).If(conditions(cond)).CopierFrom(s.object(src).Generation(from.Generation))
	copier.ContentType, copier.Metadata = contentType, w.metadata()

	var attrs *storage.ObjectAttrs
	for t := s.newTries(); ; {
		if attrs, err = s.rewrite(ctx, copier, t); err == nil || !t.again(ctx, err) {
			break
		}
	}
	if answered(err, http.StatusNotFound) {
		return store.Object{}, s.fault("copy", src, s.missing(ctx, err)) // deleted meanwhile
	}
	return s.settle(ctx, w, attrs, err)
}

// rewrite goes on with a copy where the last call left it. The service ends a step
// by itself when it takes long; one that does not come back is a stall.
func (s *Store) rewrite(ctx context.Context, copier *storage.Copier, t *tries) (*storage.ObjectAttrs, error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	still := newWatch(s.patience.request+s.patience.faults, cancel)
	defer still.disarm()
	copier.ProgressFunc = func(uint64, uint64) {
		still.progress()
		t.progress()
	}
	still.arm()
	attrs, err := copier.Run(inner)
	return attrs, cause(ctx, inner, err, still.limit)
}
