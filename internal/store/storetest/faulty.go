package storetest

import (
	"context"
	"io"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/store"
)

// Method is a method of store.Store that can be planned to fail.
type Method string

// The methods of store.Store. Read stands for the reading of what Get opened.
const (
	Put     Method = "Put"
	Get     Method = "Get"
	Read    Method = "Read"
	Stat    Method = "Stat"
	Copy    Method = "Copy"
	Compose Method = "Compose"
	Delete  Method = "Delete"
	List    Method = "List"
)

// Fault is one planned fault.
type Fault struct {
	Method Method
	// Name is contained in the names (of Copy and Compose: the new one; of List: the prefix)
	// that the fault is for; empty: all.
	Name string
	// After is how many calls that match pass before it fires.
	After int
	// Times is how often it fires; 0 means once, < 0 for ever.
	Times int
	// Err, where set, is the error of the method. Of a write it comes instead of
	// the write, or after it, if Done. A Read fails where FlipBit would flip.
	Err error
	// Done lets a write take place before its error: the ambiguous case.
	Done bool
	// FlipBit inverts the lowest bit of byte Offset of the object that is read
	// (Method Read).
	FlipBit bool
	Offset  int64
	// Delay passes before the method goes on, or until its context ends.
	Delay time.Duration
	// Before, where set, is called first.
	Before func()
}

// Faulty is a Store that fails as planned.
type Faulty struct {
	store.Store
	mu    sync.Mutex
	plans []*plan
}

type plan struct {
	Fault
	seen, fired int
}

// NewFaulty returns a Store that is s but for the faults.
func NewFaulty(s store.Store, faults ...Fault) *Faulty {
	f := &Faulty{Store: s}
	f.Plan(faults...)
	return f
}

// Plan adds faults.
func (f *Faulty) Plan(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range faults {
		if fault.Times == 0 {
			fault.Times = 1
		}
		f.plans = append(f.plans, &plan{Fault: fault})
	}
}

// AllFired fails the test if a planned fault did not fire as often as planned
// (one without end: at least once).
func (f *Faulty) AllFired(t testing.TB) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.plans {
		if p.fired == 0 || p.fired < p.Times {
			t.Errorf("the fault of %s %q fired %d times of %d", p.Method, p.Name, p.fired, p.Times)
		}
	}
}

// fire returns the fault that is due, or nil, after its delay.
func (f *Faulty) fire(ctx context.Context, m Method, name string) *Fault {
	fault := f.due(m, name)
	if fault == nil {
		return nil
	}
	if fault.Before != nil {
		fault.Before()
	}
	if fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-ctx.Done():
		}
	}
	return fault
}

func (f *Faulty) due(m Method, name string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.plans {
		if p.Method != m || !strings.Contains(name, p.Name) || p.Times >= 0 && p.fired == p.Times {
			continue
		}
		if p.seen++; p.seen <= p.After {
			continue
		}
		p.fired++
		fault := p.Fault
		return &fault
	}
	return nil
}

// write runs a write with the fault that is due.
func (f *Faulty) write(ctx context.Context, m Method, name string, do func() (store.Object, error)) (store.Object, error) {
	fault := f.fire(ctx, m, name)
	if fault == nil || fault.Err == nil {
		return do()
	}
	if fault.Done {
		if o, err := do(); err != nil {
			return o, err
		}
	}
	return store.Object{}, fault.Err
}

// Put implements store.Store.
func (f *Faulty) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	return f.write(ctx, Put, name, func() (store.Object, error) { return f.Store.Put(ctx, name, r, cond) })
}

// Copy implements store.Store.
func (f *Faulty) Copy(ctx context.Context, src, dst string, cond store.Condition) (store.Object, error) {
	return f.write(ctx, Copy, dst, func() (store.Object, error) { return f.Store.Copy(ctx, src, dst, cond) })
}

// Compose implements store.Store.
func (f *Faulty) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (store.Object, error) {
	return f.write(ctx, Compose, dst, func() (store.Object, error) { return f.Store.Compose(ctx, srcs, dst, cond) })
}

// Delete implements store.Store.
func (f *Faulty) Delete(ctx context.Context, name string, generation int64) error {
	_, err := f.write(ctx, Delete, name, func() (store.Object, error) {
		return store.Object{}, f.Store.Delete(ctx, name, generation)
	})
	return err
}

// Stat implements store.Store.
func (f *Faulty) Stat(ctx context.Context, name string) (store.Object, error) {
	return f.write(ctx, Stat, name, func() (store.Object, error) { return f.Store.Stat(ctx, name) })
}

// List implements store.Store.
func (f *Faulty) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) {
		if fault := f.fire(ctx, List, prefix); fault != nil && fault.Err != nil {
			yield(store.Object{}, fault.Err)
			return
		}
		f.Store.List(ctx, prefix)(yield)
	}
}

// Get implements store.Store.
func (f *Faulty) Get(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if fault := f.fire(ctx, Get, name); fault != nil && fault.Err != nil {
		return nil, fault.Err
	}
	r, err := f.Store.Get(ctx, name, offset, length)
	if err != nil {
		return nil, err
	}
	if fault := f.fire(ctx, Read, name); fault != nil {
		return &faultyReader{ReadCloser: r, fault: fault, at: offset}, nil
	}
	return r, nil
}

type faultyReader struct {
	io.ReadCloser
	fault *Fault
	at    int64
}

func (r *faultyReader) Read(p []byte) (int, error) {
	if r.fault.Err != nil {
		left := r.fault.Offset - r.at
		if left <= 0 {
			return 0, r.fault.Err
		}
		p = p[:min(int64(len(p)), left)]
	}
	n, err := r.ReadCloser.Read(p)
	if i := r.fault.Offset - r.at; r.fault.FlipBit && i >= 0 && i < int64(n) {
		p[i] ^= 1
	}
	r.at += int64(n)
	return n, err
}
