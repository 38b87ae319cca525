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
	"iter"
	"os"
	"slices"

	"holdfast/internal/store"
)

// sortedInMemory is how many entries of a list are sorted at a time, some 200 bytes
// each; the rest waits on disk.
const sortedInMemory = 50_000

// Join makes the lists of a phase from the results of its batches: of the ids, for the
// phases after it, and of the rows that are not plainly created, for Compare. Lists that
// are there are replaced. What does not fit into memory is in the folder scratch meanwhile.
func (f Folder) Join(ctx context.Context, phase PlanPhase, scratch string, moved func()) error {
	refs := joiner[Ref]{scratch: scratch, limit: sortedInMemory, key: refKey}
	defer refs.close()
	rows := joiner[Row]{scratch: scratch, limit: sortedInMemory, key: rowKey, join: Row.with}
	defer rows.close()
	join := func() error {
		for result, err := range f.results(ctx, phase) {
			if err != nil {
				return err
			}
			moved()
			for _, ref := range result.Refs {
				if err := refs.add(ref); err != nil {
					return err
				}
			}
			for _, row := range result.Rows {
				if row.Outcome == Created {
					continue
				}
				if err := rows.add(row); err != nil {
					return err
				}
				if row.Parent == "" {
					continue
				}
				if err := rows.add(row.ofParent()); err != nil {
					return err
				}
			}
		}
		if err := refs.finish(ctx, f, idsName(phase.Name)); err != nil {
			return err
		}
		return rows.finish(ctx, f, rowsName(phase.Name))
	}
	if err := join(); err != nil {
		return fmt.Errorf("join what the batches of %s made: %w", phase.Name, err)
	}
	return nil
}

// joiner sorts the entries of a list in constant memory.
type joiner[T any] struct {
	scratch string
	limit   int
	key     func(T) recordKey
	join    func(T, T) T // makes one of two entries of one record; nil: the later counts
	entries []numbered[T]
	seq     int
	runs    []*os.File // sorted
}

// numbered is an entry with its place among all.
type numbered[T any] struct {
	Seq   int `json:"seq"`
	Entry T   `json:"entry"`
}

func (j *joiner[T]) compare(a, b numbered[T]) int {
	return cmp.Or(j.key(a.Entry).compare(j.key(b.Entry)), cmp.Compare(a.Seq, b.Seq))
}

func (j *joiner[T]) close() {
	for _, f := range j.runs {
		_ = f.Close()
	}
}

func (j *joiner[T]) add(entry T) error {
	j.entries = append(j.entries, numbered[T]{j.seq, entry})
	j.seq++
	if len(j.entries) < j.limit {
		return nil
	}
	if err := j.spill(); err != nil {
		return fmt.Errorf("keep a list on disk: %w; make room there", err)
	}
	return nil
}

// spill writes what is in memory to a file, sorted.
func (j *joiner[T]) spill() error {
	slices.SortFunc(j.entries, j.compare)
	f, err := os.CreateTemp(j.scratch, "list-*")
	if err != nil {
		return err
	}
	j.runs = append(j.runs, f)
	if err := os.Remove(f.Name()); err != nil { // it goes with its last handle
		return err
	}
	w := bufio.NewWriterSize(f, 256<<10)
	enc := json.NewEncoder(w)
	for _, e := range j.entries {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	j.entries = j.entries[:0]
	return w.Flush()
}

// sources are the sorted parts.
func (j *joiner[T]) sources() (*merge[T], error) {
	m := &merge[T]{compare: j.compare}
	add := func(next func() (numbered[T], error)) error {
		e, err := next()
		if err == nil {
			m.heads = append(m.heads, merging[T]{e, next})
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
	for _, f := range j.runs {
		dec := json.NewDecoder(bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), 64<<10))
		if err := add(func() (numbered[T], error) {
			var e numbered[T]
			err := dec.Decode(&e)
			return e, err
		}); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(j.entries, j.compare)
	rest := j.entries
	err := add(func() (numbered[T], error) {
		if len(rest) == 0 {
			return numbered[T]{}, io.EOF
		}
		e := rest[0]
		rest = rest[1:]
		return e, nil
	})
	heap.Init(m)
	return m, err
}

// finish writes the list, and then where to look in it.
func (j *joiner[T]) finish(ctx context.Context, f Folder, name string) error {
	m, err := j.sources()
	if err != nil {
		return err
	}
	// What there was of an earlier try points into a list that is replaced.
	if err := f.remove(ctx, listIndexName(name)); err != nil {
		return err
	}
	var index listIndex
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := j.write(w, m, &index)
		_ = w.CloseWithError(err)
		done <- err
	}()
	err = f.stream(ctx, linesName(name), r)
	_ = r.CloseWithError(errors.Join(errors.New("the list was not taken"), err))
	if werr := <-done; err == nil {
		err = werr
	}
	if err != nil {
		return err
	}
	return f.write(ctx, listIndexName(name), index)
}

// all yields the entries in their order, each record once.
func (j *joiner[T]) all(m *merge[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for len(m.heads) > 0 {
			e, err := m.take()
			for err == nil && len(m.heads) > 0 && j.key(m.heads[0].Entry) == j.key(e.Entry) {
				before := e.Entry
				e, err = m.take()
				if j.join != nil {
					e.Entry = j.join(before, e.Entry)
				}
			}
			if !yield(e.Entry, err) || err != nil {
				return
			}
		}
	}
}

// write writes the entries, and notes where blocks begin.
func (j *joiner[T]) write(to io.Writer, m *merge[T], x *listIndex) error {
	out := bufio.NewWriterSize(to, 64<<10)
	begun := int64(0)
	for entry, err := range j.all(m) {
		if err != nil {
			return err
		}
		line, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		if len(x.Blocks) == 0 || x.Bytes-begun >= listBlock {
			key := j.key(entry)
			begun = x.Bytes
			x.Blocks = append(x.Blocks, blockStart{key.kind, key.id, x.Bytes})
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
		x.Bytes += int64(len(line)) + 1
		x.Entries++
	}
	return out.Flush()
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
