package gcs

import (
	"bytes"
	"context"
	"crypto/rand"
	"hash/crc32"
	"io"
	"net/http"

	"cloud.google.com/go/storage"

	"holdfast/internal/store"
)

const (
	// contentType keeps the library from guessing one.
	contentType = "application/octet-stream"
	// writeKey is the metadata that holds the id of the write that made an object.
	writeKey = "holdfast-write"
)

// castagnoli returns the table of CRC32C; the library keeps it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// write is one write: what it must become, and the id that tells whether an
// object is of it.
type write struct {
	op, name string
	cond     store.Condition
	id       string
	size     int64
	crc32c   uint32
}

func (w *write) metadata() map[string]string { return map[string]string{writeKey: w.id} }

// add counts what is sent.
func (w *write) add(data []byte) {
	w.size += int64(len(data))
	w.crc32c = crc32.Update(w.crc32c, castagnoli(), data)
}

// Put implements store.Store. An object that fits into one chunk is sent in one
// request that has the checksum in it; a larger one in chunks.
func (s *Store) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	if err := s.checkName(name); err != nil {
		return store.Object{}, err
	}
	if err := checkCondition(cond); err != nil {
		return store.Object{}, s.fault("put", name, err)
	}
	w := &write{op: "put", name: name, cond: cond, id: rand.Text()}
	chunk, give := s.buffers.take()
	defer give()
	in := &source{ctx: ctx, r: r}
	head, err := in.head(chunk)
	switch {
	case in.err != nil:
		return store.Object{}, in.err // the caller's own
	case ctx.Err() != nil:
		return store.Object{}, s.fault("put", name, ctx.Err())
	case err == io.EOF:
		return s.putWhole(ctx, w, head)
	}
	return s.putChunks(ctx, w, head, in)
}

// putWhole sends an object in one request.
func (s *Store) putWhole(ctx context.Context, w *write, data []byte) (store.Object, error) {
	w.add(data)
	var attrs *storage.ObjectAttrs
	err := s.tryFor(ctx, s.patience.carry(len(data)), func(ctx context.Context) error {
		out := s.object(w.name).If(conditions(w.cond)).NewWriter(ctx)
		out.ContentType, out.Metadata = contentType, w.metadata()
		out.CRC32C, out.SendCRC32C = w.crc32c, true
		out.ChunkSize = 0                          // data is at hand to be sent again: the library needs no copy
		_, _ = io.Copy(out, bytes.NewReader(data)) // Close tells
		err := out.Close()
		attrs = out.Attrs()
		return err
	})
	return s.settle(ctx, w, attrs, err)
}

// settle tells what became of a write that ended with err, or made an object of
// these attributes.
func (s *Store) settle(ctx context.Context, w *write, attrs *storage.ObjectAttrs, err error) (store.Object, error) {
	if err != nil {
		attrs, err = s.look(ctx, w, err)
		if err != nil {
			return store.Object{}, s.fault(w.op, w.name, err)
		}
	}
	if attrs.Size == w.size && attrs.CRC32C == w.crc32c {
		return object(w.name, attrs), nil
	}
	// What is wrong must not be found, even if the caller has gone by now.
	if err := s.Delete(context.WithoutCancel(ctx), w.name, attrs.Generation); err != nil {
		return store.Object{}, s.fault(w.op, w.name, &corrupt{err})
	}
	return store.Object{}, s.fault(w.op, w.name, store.ErrCorrupt)
}

// corrupt is store.ErrCorrupt of an object that could not be deleted.
type corrupt struct{ err error }

func (c *corrupt) Error() string {
	return store.ErrCorrupt.Error() + ", and it could not be deleted: " + c.err.Error()
}

// Unwrap returns store.ErrCorrupt.
func (c *corrupt) Unwrap() error { return store.ErrCorrupt }

// look looks for the object of a write that failed with err: the reply to a write
// that took place can be lost, and the write, repeated, fails on itself. It
// returns err where the object is not there.
func (s *Store) look(ctx context.Context, w *write, err error) (*storage.ObjectAttrs, error) {
	exists := answered(err, http.StatusPreconditionFailed)
	gone := answered(err, http.StatusNotFound) || answered(err, http.StatusGone)
	if ctx.Err() != nil || !exists && !gone && !passing(err) {
		return nil, err
	}
	attrs, lerr := s.attrs(ctx, w.name)
	switch {
	case lerr == nil && attrs.Metadata[writeKey] == w.id:
		return attrs, nil
	case lerr == nil && exists, lerr == store.ErrNotExist && exists:
		return nil, store.ErrPrecondition
	case lerr == errNoBucket, exists:
		return nil, lerr
	}
	return nil, err
}

// source reads from the caller's reader and tells its errors from others.
type source struct {
	ctx context.Context
	r   io.Reader
	err error // the reader's own
}

// Read ends with the context, too.
func (s *source) Read(p []byte) (int, error) {
	for range 100 {
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
		n, err := s.r.Read(p)
		if err != nil && err != io.EOF {
			s.err = err
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	s.err = io.ErrNoProgress
	return 0, s.err
}

// head reads as many bytes; io.EOF means that there are no more.
func (s *source) head(size int) ([]byte, error) {
	head := make([]byte, 0, 32<<10)
	for len(head) < size {
		if len(head) == cap(head) {
			grown := make([]byte, len(head), min(4*cap(head), size))
			copy(grown, head)
			head = grown
		}
		n, err := s.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if err != nil {
			return head, err
		}
	}
	return head, nil
}
