package store

import (
	"context"
	"io"
	"iter"
	"strings"
	"time"
)

// Sub returns the part of s whose names start with prefix, which ends in a slash, as
// a Store of its own: names in it are without the prefix. Its errors tell the names
// that s has. It is a FolderLister, and a Linker where s is one.
func Sub(s Store, prefix string) Store {
	below := sub{s, prefix}
	if l, ok := s.(Linker); ok {
		return subLinker{below, l}
	}
	return below
}

// sub is a Store below a prefix of another one.
type sub struct {
	s      Store
	prefix string
}

var _ FolderLister = sub{}

// subLinker is a sub of a Store that makes links.
type subLinker struct {
	sub
	linker Linker
}

// Link implements Linker.
func (l subLinker) Link(ctx context.Context, name, file string, until time.Time) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	return l.linker.Link(ctx, l.prefix+name, file, until)
}

// URL implements Store.
func (b sub) URL() string {
	return strings.TrimSuffix(b.s.URL(), "/") + "/" + strings.TrimSuffix(b.prefix, "/")
}

// without returns o as it is called in b.
func (b sub) without(o Object) Object {
	o.Name = strings.TrimPrefix(o.Name, b.prefix)
	return o
}

// Put implements Store.
func (b sub) Put(ctx context.Context, name string, r io.Reader, cond Condition) (Object, error) {
	if err := CheckName(name); err != nil {
		return Object{}, err
	}
	o, err := b.s.Put(ctx, b.prefix+name, r, cond)
	return b.without(o), err
}

// Get implements Store.
func (b sub) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return b.s.Get(ctx, b.prefix+name, offset, length)
}

// Stat implements Store.
func (b sub) Stat(ctx context.Context, name string) (Object, error) {
	if err := CheckName(name); err != nil {
		return Object{}, err
	}
	o, err := b.s.Stat(ctx, b.prefix+name)
	return b.without(o), err
}

// Copy implements Store.
func (b sub) Copy(ctx context.Context, src, dst string, cond Condition) (Object, error) {
	for _, name := range []string{src, dst} {
		if err := CheckName(name); err != nil {
			return Object{}, err
		}
	}
	o, err := b.s.Copy(ctx, b.prefix+src, b.prefix+dst, cond)
	return b.without(o), err
}

// Compose implements Store.
func (b sub) Compose(ctx context.Context, srcs []string, dst string, cond Condition) (Object, error) {
	below := make([]string, len(srcs))
	for i, src := range srcs {
		if err := CheckName(src); err != nil {
			return Object{}, err
		}
		below[i] = b.prefix + src
	}
	if err := CheckName(dst); err != nil {
		return Object{}, err
	}
	o, err := b.s.Compose(ctx, below, b.prefix+dst, cond)
	return b.without(o), err
}

// Delete implements Store.
func (b sub) Delete(ctx context.Context, name string, generation int64) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return b.s.Delete(ctx, b.prefix+name, generation)
}

// List implements Store.
func (b sub) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := CheckPrefix(prefix); err != nil {
			yield(Object{}, err)
			return
		}
		for o, err := range b.s.List(ctx, b.prefix+prefix) {
			if !yield(b.without(o), err) {
				return
			}
		}
	}
}

// Folders implements FolderLister.
func (b sub) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := CheckPrefix(prefix); err != nil {
			yield("", err)
			return
		}
		Folders(ctx, b.s, b.prefix+prefix)(yield)
	}
}
