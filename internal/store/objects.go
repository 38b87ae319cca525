package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// ReadAll returns the content of a small object; one larger than limit bytes is
// an error.
func ReadAll(ctx context.Context, s Store, name string, limit int64) ([]byte, error) {
	r, err := s.Get(ctx, name, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: it is larger than the %d bytes that such an object may have", name, limit)
	}
	return data, nil
}

// PutBytes stores data under name, if cond holds.
func PutBytes(ctx context.Context, s Store, name string, data []byte, cond Condition) (Object, error) {
	return s.Put(ctx, name, bytes.NewReader(data), cond)
}

// Replace stores data under name, whether or not there is an object of that
// name. It looks first, and writes under what it saw: ErrPrecondition means that
// somebody else wrote in between.
func Replace(ctx context.Context, s Store, name string, data []byte) (Object, error) {
	cond, err := current(ctx, s, name)
	if err != nil {
		return Object{}, err
	}
	return PutBytes(ctx, s, name, data, cond)
}

// Update replaces the content of a small object by what change makes of it: old
// is nil where there is no object, and a nil result leaves everything as it is.
// When somebody else writes in between, change is asked again, five times in
// all; the last error is then ErrPrecondition.
func Update(ctx context.Context, s Store, name string, limit int64, change func(old []byte) ([]byte, error)) error {
	var err error
	for range 5 {
		// The generation is looked up before the content is read: content that
		// changes in between fails the condition.
		var cond Condition
		if cond, err = current(ctx, s, name); err != nil {
			return err
		}
		var old []byte
		if !cond.Absent() {
			old, err = ReadAll(ctx, s, name, limit)
			if errors.Is(err, ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
		}
		data, cerr := change(old)
		if cerr != nil || data == nil {
			return cerr
		}
		if _, err = PutBytes(ctx, s, name, data, cond); !errors.Is(err, ErrPrecondition) {
			return err
		}
	}
	return fmt.Errorf("update %s, which others change at the same time: %w", name, err)
}

// current returns the condition that the object stays as it is now.
func current(ctx context.Context, s Store, name string) (Condition, error) {
	o, err := s.Stat(ctx, name)
	if errors.Is(err, ErrNotExist) {
		return IfAbsent(), nil
	}
	if err != nil {
		return Condition{}, err
	}
	return IfGeneration(o.Generation), nil
}

// PutOnce stores an object whose size and CRC32C are known beforehand and which
// nobody writes with other content: one that is there already, or that an
// ambiguous error left behind, counts as stored when it equals. One that differs
// is ErrPrecondition. open is called once at most.
func PutOnce(ctx context.Context, s Store, name string, size int64, crc32c uint32, open func() (io.ReadCloser, error)) (Object, error) {
	r, err := open()
	if err != nil {
		return Object{}, err
	}
	defer r.Close()
	o, err := s.Put(ctx, name, r, IfAbsent())
	switch {
	case errors.Is(err, ErrName), errors.Is(err, ErrRefused), errors.Is(err, ErrCorrupt), ctx.Err() != nil:
		return o, err
	case err != nil:
		found, serr := s.Stat(ctx, name)
		if serr != nil {
			return Object{}, err
		}
		o = found
	}
	if o.Size != size || o.CRC32C != crc32c {
		return Object{}, fmt.Errorf("store %s: another object of %d bytes has the name, not ours of %d bytes: %w", name, o.Size, size, ErrPrecondition)
	}
	return o, nil
}

// FolderLister is implemented by stores that can list folders without listing
// all that is in them.
type FolderLister interface {
	// Folders yields the elements that follow prefix (which is empty or ends in a
	// slash) in names that have a further slash, in their order, each once.
	Folders(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// Folders yields the names of the folders directly below prefix, without slash,
// in order, each once; prefix is empty or ends in a slash. A Store that is no
// FolderLister has all its objects below prefix listed.
func Folders(ctx context.Context, s Store, prefix string) iter.Seq2[string, error] {
	if l, ok := s.(FolderLister); ok {
		return l.Folders(ctx, prefix)
	}
	return func(yield func(string, error) bool) {
		last := ""
		for o, err := range s.List(ctx, prefix) {
			if err != nil {
				yield("", err)
				return
			}
			folder, _, ok := strings.Cut(strings.TrimPrefix(o.Name, prefix), "/")
			if !ok || folder == last {
				continue
			}
			last = folder
			if !yield(folder, nil) {
				return
			}
		}
	}
}
