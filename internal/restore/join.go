package restore

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"holdfast/internal/store"
)

// sortedInMemory is how many refs are sorted at a time, some 200 bytes each; the rest
// waits on disk.
const sortedInMemory = 50_000

// Join makes the list of the ids of a phase from the results of its batches, for the
// phases after it; a list that is there is replaced. It keeps refs in the folder scratch
// meanwhile.
func (f Folder) Join(ctx context.Context, phase PlanPhase, scratch string, moved func()) error {
	j := joiner{scratch: scratch, limit: sortedInMemory}
	defer j.close()
	for n, err := range f.results(ctx, phase) {
		if err == nil {
			moved()
			err = j.add(n.Refs)
		}
		if err != nil {
			return fmt.Errorf("join the ids of %s: %w", phase.Name, err)
		}
	}
	if err := j.finish(ctx, f, phase.Name); err != nil {
		return fmt.Errorf("join the ids of %s: %w", phase.Name, err)
	}
	return nil
}

// joiner sorts refs in constant memory.
type joiner struct {
	scratch string
	limit   int
	refs    []numberedRef
	seq     int
	runs    []*os.File // sorted
}

// numberedRef is a ref with its place among all: of two of the same record the later counts.
type numberedRef struct {
	Ref
	Seq int `json:"seq"`
}

func (r numberedRef) compare(o numberedRef) int {
	return cmp.Or(keyOf(r.Ref).compare(keyOf(o.Ref)), cmp.Compare(r.Seq, o.Seq))
}

func (j *joiner) close() {
	for _, f := range j.runs {
		_ = f.Close()
	}
}

func (j *joiner) add(refs []Ref) error {
	for _, r := range refs {
		j.refs = append(j.refs, numberedRef{r, j.seq})
		j.seq++
		if len(j.refs) >= j.limit {
			if err := j.spill(); err != nil {
				return fmt.Errorf("keep ids on disk: %w; make room there", err)
			}
		}
	}
	return nil
}

func (j *joiner) sort() { slices.SortFunc(j.refs, numberedRef.compare) }

// spill writes what is in memory to a file, sorted.
func (j *joiner) spill() error {
	j.sort()
	f, err := os.CreateTemp(j.scratch, "ids-*")
	if err != nil {
		return err
	}
	j.runs = append(j.runs, f)
	if err := os.Remove(f.Name()); err != nil { // it goes with its last handle
		return err
	}
	w := bufio.NewWriterSize(f, 256<<10)
	enc := json.NewEncoder(w)
	for _, r := range j.refs {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	j.refs = j.refs[:0]
	return w.Flush()
}

// sources are the sorted parts.
func (j *joiner) sources() (merge, error) {
	j.sort()
	var m merge
	add := func(next func() (numberedRef, error)) error {
		r, err := next()
		if err == nil {
			m = append(m, merging{r, next})
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
	for _, f := range j.runs {
		dec := json.NewDecoder(bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), 64<<10))
		if err := add(func() (r numberedRef, err error) { return r, decodeInto(dec, &r) }); err != nil {
			return nil, err
		}
	}
	rest := j.refs
	err := add(func() (numberedRef, error) {
		if len(rest) == 0 {
			return numberedRef{}, io.EOF
		}
		r := rest[0]
		rest = rest[1:]
		return r, nil
	})
	heap.Init(&m)
	return m, err
}

func decodeInto(dec *json.Decoder, v any) error { return dec.Decode(v) }

// finish writes the list, and then where to look in it.
func (j *joiner) finish(ctx context.Context, f Folder, phase string) error {
	m, err := j.sources()
	if err != nil {
		return err
	}
	// What there was of an earlier try points into a list that is replaced.
	if err := f.remove(ctx, idsIndexName(phase)); err != nil {
		return err
	}
	var index idIndex
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := index.write(w, m)
		_ = w.CloseWithError(err)
		done <- err
	}()
	err = f.stream(ctx, idsName(phase), r)
	_ = r.CloseWithError(errors.Join(errors.New("the list was not taken"), err))
	if werr := <-done; err == nil {
		err = werr
	}
	if err != nil {
		return err
	}
	return f.write(ctx, idsIndexName(phase), index)
}

// stream stores what r gives in place of whatever is there.
func (f Folder) stream(ctx context.Context, name string, r io.Reader) error {
	cond := store.IfAbsent()
	if o, err := f.s.Stat(ctx, name); err == nil {
		cond = store.IfGeneration(o.Generation)
	} else if !errors.Is(err, store.ErrNotExist) {
		return err
	}
	_, err := f.s.Put(ctx, name, r, cond)
	return err
}

// write writes the merged refs, each record once.
func (x *idIndex) write(to io.Writer, m merge) error {
	out := bufio.NewWriterSize(to, 64<<10)
	block := int64(0)
	for len(m) > 0 {
		r, err := m.take()
		if err != nil {
			return err
		}
		if len(m) > 0 && keyOf(m[0].numberedRef.Ref) == keyOf(r.Ref) {
			continue // a later one follows
		}
		line, err := json.Marshal(r.Ref)
		if err != nil {
			return err
		}
		if len(x.Blocks) == 0 || x.Bytes-block >= idBlock {
			block = x.Bytes
			x.Blocks = append(x.Blocks, idStart{r.Kind, r.From, x.Bytes})
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
		x.Bytes += int64(len(line)) + 1
		x.Refs++
	}
	return out.Flush()
}

// merge is a heap of sorted sources.
type merge []merging

type merging struct {
	numberedRef
	next func() (numberedRef, error)
}

func (m merge) Len() int           { return len(m) }
func (m merge) Less(i, j int) bool { return m[i].numberedRef.compare(m[j].numberedRef) < 0 }
func (m merge) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

// Push implements heap.Interface.
func (m *merge) Push(x any) { *m = append(*m, x.(merging)) }

// Pop implements heap.Interface.
func (m *merge) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}

// take returns the lowest ref.
func (m *merge) take() (numberedRef, error) {
	r := (*m)[0].numberedRef
	next, err := (*m)[0].next()
	switch {
	case err == io.EOF:
		heap.Pop(m)
	case err != nil:
		return r, err
	default:
		(*m)[0].numberedRef = next
		heap.Fix(m, 0)
	}
	return r, nil
}
