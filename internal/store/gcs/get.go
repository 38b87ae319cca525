package gcs

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"cloud.google.com/go/storage"

	"holdfast/internal/store"
)

// Get implements store.Store. A read that breaks off or stands still goes on
// where it was, in the same generation. An object that is read whole is held
// against the checksum that the bucket keeps.
func (s *Store) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := s.checkName(name); err != nil {
		return nil, err
	}
	if offset < 0 {
		return nil, s.fault("get", name, fmt.Errorf("offset %d", offset))
	}
	r := &reader{ctx: ctx, s: s, name: name, offset: offset, left: length, tries: s.newTries()}
	if length == 0 || offset > 0 {
		// The service answers ranges past the end, and empty ones, in ways of its own.
		if err := r.measure(); err != nil {
			return nil, s.fault("get", name, err)
		}
		if r.left == 0 {
			return r, nil
		}
	}
	for {
		err := r.open()
		if err == nil {
			return r, nil
		}
		if !r.tries.again(ctx, err) {
			return nil, s.fault("get", name, err)
		}
	}
}

// reader reads one generation of an object and gives exactly as many bytes as
// were asked for, or an error.
type reader struct {
	ctx        context.Context
	s          *Store
	name       string
	generation int64 // 0: whichever there is
	offset     int64
	left       int64 // < 0: to the end, which is not known yet
	tries      *tries

	body   *storage.Reader
	cancel context.CancelFunc
	inner  context.Context
	still  *watch

	whole          bool // the object is read from its first byte to its last
	crc32c, wanted uint32
	err            error
}

// measure looks up the object and holds the range against its size.
func (r *reader) measure() error {
	attrs, err := r.s.attrs(r.ctx, r.name)
	if err != nil {
		return err
	}
	r.generation = attrs.Generation
	return r.limit(attrs.Size)
}

// errPastEnd is an io.ErrUnexpectedEOF that is no fault of the network.
var errPastEnd = fmt.Errorf("past its end: %w", io.ErrUnexpectedEOF)

// limit holds the range against the object's size.
func (r *reader) limit(size int64) error {
	switch {
	case r.offset > size, r.left > size-r.offset:
		return fmt.Errorf("%d bytes from %d of an object of %d bytes: %w", r.left, r.offset, size, errPastEnd)
	case r.left < 0:
		r.left = size - r.offset
	}
	return nil
}

// open opens the object at offset.
func (r *reader) open() error {
	inner, cancel := context.WithCancel(r.ctx)
	still := newWatch(r.s.patience.request, cancel)
	o := r.s.object(r.name)
	if r.generation != 0 {
		o = o.Generation(r.generation)
	}
	still.arm()
	body, err := o.NewRangeReader(inner, r.offset, r.left, storage.WithDisableReaderChecksum())
	still.disarm()
	if err != nil {
		err = cause(r.ctx, inner, err, still.limit)
		cancel()
		return r.s.missing(r.ctx, err)
	}
	r.body, r.inner, r.cancel, r.still = body, inner, cancel, still
	if r.generation != 0 {
		return nil
	}
	r.generation = body.Attrs.Generation
	if err := r.limit(body.Attrs.Size); err != nil {
		r.drop()
		return err
	}
	r.whole, r.wanted = r.offset == 0 && r.left == body.Attrs.Size, body.Attrs.CRC32C
	return nil
}

// drop gives the open body up.
func (r *reader) drop() {
	if r.body != nil {
		r.cancel()
		_ = r.body.Close() // what it lacks shows in left
		r.body = nil
	}
}

func (r *reader) Read(p []byte) (int, error) {
	for r.err == nil && len(p) > 0 {
		if r.ctx.Err() != nil {
			r.err = r.s.fault("read", r.name, r.ctx.Err())
			break
		}
		if r.left == 0 {
			r.err = io.EOF
			break
		}
		n, err := r.some(p)
		if n > 0 {
			r.tries.progress()
			return n, r.end()
		}
		if err != nil && !r.tries.again(r.ctx, err) {
			if r.ctx.Err() != nil {
				err = r.ctx.Err()
			}
			r.err = r.s.fault("read", r.name, err)
		}
	}
	return 0, r.err
}

// some reads once, and opens the object again if need be. What came with an error
// counts; the error shows again if it lasts.
func (r *reader) some(p []byte) (int, error) {
	if r.body == nil {
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	r.still.arm()
	n, err := r.body.Read(p[:min(int64(len(p)), r.left)])
	r.still.disarm()
	r.offset += int64(n)
	r.left -= int64(n)
	r.crc32c = crc32.Update(r.crc32c, castagnoli(), p[:n])
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // left tells the end
	}
	if err != nil {
		err = cause(r.ctx, r.inner, err, r.still.limit)
		r.drop()
		err = r.s.missing(r.ctx, err)
	}
	return n, err
}

// end returns what is wrong with the bytes when the last one is read.
func (r *reader) end() error {
	if r.left > 0 {
		return nil
	}
	r.drop()
	if r.whole && r.crc32c != r.wanted {
		r.err = r.s.fault("read", r.name, fmt.Errorf("%w: what comes back has another checksum than the bucket keeps", store.ErrCorrupt))
	}
	return r.err
}

// Close ends the reading.
func (r *reader) Close() error {
	r.drop()
	if r.err == nil {
		r.err = errors.New("read of a closed object")
	}
	return nil
}
