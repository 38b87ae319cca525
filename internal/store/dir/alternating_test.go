//go:build unix

package dir

import (
	"context"
	"io"
	"iter"
	"sync/atomic"

	"holdfast/internal/store"
)

// alternating asks two Stores of one directory in turn.
type alternating struct {
	stores [2]*Store
	n      atomic.Int64
}

func (a *alternating) next() *Store { return a.stores[a.n.Add(1)%2] }
func (a *alternating) URL() string  { return a.next().URL() }

func (a *alternating) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	return a.next().Put(ctx, name, r, cond)
}

func (a *alternating) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	return a.next().Get(ctx, name, offset, length)
}

func (a *alternating) Stat(ctx context.Context, name string) (store.Object, error) {
	return a.next().Stat(ctx, name)
}

func (a *alternating) Copy(ctx context.Context, src, dst string, cond store.Condition) (store.Object, error) {
	return a.next().Copy(ctx, src, dst, cond)
}

func (a *alternating) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (store.Object, error) {
	return a.next().Compose(ctx, srcs, dst, cond)
}

func (a *alternating) Delete(ctx context.Context, name string, generation int64) error {
	return a.next().Delete(ctx, name, generation)
}

func (a *alternating) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return a.next().List(ctx, prefix)
}

// once reads once from r, then io.EOF.
type once struct {
	r    io.Reader
	done bool
}

func (o *once) Read(p []byte) (int, error) {
	if o.done {
		return 0, io.EOF
	}
	o.done = true
	return o.r.Read(p)
}
