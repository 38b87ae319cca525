//go:build unix

package dir

import (
	"context"
	"fmt"
	"io"
	"os"

	"holdfast/internal/store"
)

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := store.CheckName(name); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, s.fault("get", name, err)
	}
	f, o, err := s.open(name)
	if err != nil {
		return nil, s.fault("get", name, err)
	}
	switch {
	case offset < 0:
		err = fmt.Errorf("offset %d", offset)
	case offset > o.Size:
		err = fmt.Errorf("offset %d of an object of %d bytes: %w", offset, o.Size, io.ErrUnexpectedEOF)
	case offset > 0:
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, s.fault("get", name, err)
	}
	if length < 0 {
		length = o.Size - offset
	}
	return &reader{ctx: ctx, s: s, name: name, f: f, left: length}, nil
}

// reader gives exactly as many bytes as were asked for, or an error.
type reader struct {
	ctx  context.Context
	s    *Store
	name string
	f    *os.File
	left int64
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, r.s.fault("read", r.name, err)
	}
	if r.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.f.Read(p)
	r.left -= int64(n)
	switch {
	case err == io.EOF && r.left > 0:
		return n, r.s.fault("read", r.name, fmt.Errorf("it ends %d bytes early: %w", r.left, io.ErrUnexpectedEOF))
	case err == io.EOF:
		return n, nil
	case err != nil:
		return n, r.s.fault("read", r.name, err)
	}
	return n, nil
}

func (r *reader) Close() error { return r.f.Close() }
