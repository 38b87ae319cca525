package restore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"holdfast/internal/store"
)

// readAhead is how many results are read at a time: a bucket takes some 50 ms for each.
const readAhead = 8

// Result reads what a batch came to; store.ErrNotExist where it is not done.
func (f Folder) Result(ctx context.Context, phase string, n int) (BatchResult, error) {
	var b BatchResult
	return b, f.read(ctx, resultName(phase, n), &b)
}

// putResult writes what a batch came to, under what was there when it began: of two
// that apply the same batch at a time one writes.
func (f Folder) putResult(ctx context.Context, phase string, n int, b BatchResult, generation int64) error {
	cond := store.IfAbsent()
	if generation != 0 {
		cond = store.IfGeneration(generation)
	}
	data, err := json.Marshal(b)
	if err == nil {
		_, err = store.PutBytes(ctx, f.s, resultName(phase, n), data, cond)
	}
	if err != nil {
		return fmt.Errorf("write %s of restore %s: %w", resultName(phase, n), f.id, err)
	}
	return nil
}

// results yields what the batches of a phase came to, in their order; those that are
// not done are left out.
func (f Folder) results(ctx context.Context, phase PlanPhase) iter.Seq2[BatchResult, error] {
	return readEach[BatchResult](ctx, f, phase.Batches, func(n int) string { return resultName(phase.Name, n) })
}

// readEach yields the documents of these names in their order, without those that are
// not there. It reads some ahead.
func readEach[T any](ctx context.Context, f Folder, count int, name func(n int) string) iter.Seq2[T, error] {
	type read struct {
		v   T
		err error
	}
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		queue := make(chan chan read, readAhead)
		go func() {
			defer close(queue)
			for n := range count {
				one := make(chan read, 1)
				select {
				case queue <- one:
				case <-ctx.Done():
					return
				}
				go func() {
					var r read
					r.err = f.read(ctx, name(n), &r.v)
					one <- r
				}()
			}
		}()
		for one := range queue {
			r := <-one
			if errors.Is(r.err, store.ErrNotExist) {
				continue
			}
			if !yield(r.v, r.err) || r.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}

// report opens what the phases say of records that are not plainly created: what a batch
// has restored may have been gone on with in a later phase.
func (f Folder) report(ctx context.Context, phases []string) (*reported, error) {
	lists, err := openLists(ctx, f, rowsName, rowKey, phases)
	return &reported{ctx: ctx, lists: lists}, err
}

// reported looks up rows. The first error of the store is kept: whoever asks can't be told.
type reported struct {
	ctx   context.Context
	lists []*list[Row]

	mu  sync.Mutex
	err error
}

// row is what is said of a record; what several phases say of it is put together.
func (r *reported) row(kind, id string) (all Row, found bool) {
	for _, l := range r.lists {
		row, ok, err := l.get(r.ctx, recordKey{kind, id})
		if err != nil {
			r.mu.Lock()
			if r.err == nil {
				r.err = err
			}
			r.mu.Unlock()
			return Row{}, false
		}
		if ok && found {
			row = row.with(all)
		}
		if ok {
			all, found = row, true
		}
	}
	return all, found
}

func rowKey(r Row) recordKey { return recordKey{r.Kind, r.ID} }

// ofParent is a row under an id that names also what the record belongs to.
func (r Row) ofParent() Row {
	r.ID, r.Parent = r.Parent+"\x00"+r.ID, ""
	return r
}

// with is what two rows of one record say together, of which o is the later: the worse
// of them, and where both degrade it, all that they say.
func (r Row) with(o Row) Row {
	if r.Outcome == Degraded && o.Outcome == Degraded {
		if len(r.Fields) == 0 || len(o.Fields) == 0 {
			o.Fields = nil
		} else {
			o.Fields = slices.Concat(r.Fields, o.Fields)
			slices.Sort(o.Fields)
			o.Fields = slices.Compact(o.Fields)
		}
		switch {
		case strings.Contains(r.Reason, o.Reason):
			o.Reason = r.Reason
		case !strings.Contains(o.Reason, r.Reason):
			o.Reason = r.Reason + "; " + o.Reason
		}
		return o
	}
	if slices.Index(worse(), r.Outcome) > slices.Index(worse(), o.Outcome) {
		return r
	}
	return o
}

// worse are the outcomes, a worse one after a better: what one step skipped and another
// one created is there.
func worse() []Outcome { return []Outcome{Skipped, Created, Degraded, Missed} }
