package activities

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"holdfast/internal/store"
)

// storeFault marks an error as the store's own, so that it can be told from one of
// the site or of the scratch disk when it leaves an activity.
type storeFault struct{ err error }

func (f *storeFault) Error() string { return f.err.Error() }

// Unwrap returns what the store said.
func (f *storeFault) Unwrap() error { return f.err }

// definite reports whether the store answered, as opposed to being away.
func (f *storeFault) definite() bool {
	for _, answer := range []error{store.ErrNotExist, store.ErrPrecondition, store.ErrRefused, store.ErrCorrupt, store.ErrName} {
		if errors.Is(f.err, answer) {
			return true
		}
	}
	return false
}

// markedStore is a store whose errors are storeFaults.
type markedStore struct{ store.Store }

// markedLinker is a markedStore of a store that makes links.
type markedLinker struct{ markedStore }

// Link implements store.Linker.
func (m markedLinker) Link(ctx context.Context, name, file string, until time.Time) (string, error) {
	link, err := m.Store.(store.Linker).Link(ctx, name, file, until)
	return link, mark(err)
}

// markStore returns s with its errors marked; nil stays nil. It is a store.Linker
// where s is.
func markStore(s store.Store) store.Store {
	switch s.(type) {
	case nil, markedStore, markedLinker:
		return s
	case store.Linker:
		return markedLinker{markedStore{s}}
	}
	return markedStore{s}
}

func mark(err error) error {
	if err == nil {
		return nil
	}
	return &storeFault{err}
}

// Put marks what the store says, not what the reader said.
func (m markedStore) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	in := &faultyReader{r: r}
	o, err := m.Store.Put(ctx, name, in, cond)
	if err != nil && in.err != nil && errors.Is(err, in.err) {
		return o, err
	}
	return o, mark(err)
}

// Get marks the errors of the reader too.
func (m markedStore) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r, err := m.Store.Get(ctx, name, offset, length)
	if err != nil {
		return nil, mark(err)
	}
	return markedReader{r}, nil
}

func (m markedStore) Stat(ctx context.Context, name string) (store.Object, error) {
	o, err := m.Store.Stat(ctx, name)
	return o, mark(err)
}

func (m markedStore) Copy(ctx context.Context, src, dst string, cond store.Condition) (store.Object, error) {
	o, err := m.Store.Copy(ctx, src, dst, cond)
	return o, mark(err)
}

func (m markedStore) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (store.Object, error) {
	o, err := m.Store.Compose(ctx, srcs, dst, cond)
	return o, mark(err)
}

func (m markedStore) Delete(ctx context.Context, name string, generation int64) error {
	return mark(m.Store.Delete(ctx, name, generation))
}

func (m markedStore) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return markAll(m.Store.List(ctx, prefix))
}

// Folders implements store.FolderLister.
func (m markedStore) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return markAll(store.Folders(ctx, m.Store, prefix))
}

func markAll[T any](all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range all {
			if !yield(v, mark(err)) {
				return
			}
		}
	}
}

type markedReader struct{ io.ReadCloser }

func (m markedReader) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = mark(err)
	}
	return n, err
}

// faultyReader remembers what the reader failed with.
type faultyReader struct {
	r   io.Reader
	err error
}

func (f *faultyReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}
