package restore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"holdfast/internal/store"
)

func (k recordKey) compare(o recordKey) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), compareIDs(k.id, o.id))
}

// The lists of a phase, and where to look in them.
func idsName(phase string) string      { return "ids/" + phase }
func rowsName(phase string) string     { return "rows/" + phase }
func linesName(list string) string     { return list + ".ndjson" }
func listIndexName(list string) string { return list + ".index.json" }

// listBlock is about how many bytes of a list are read at a time, maxBlocks how many
// such blocks of a list are held.
const (
	listBlock = 32 << 10
	maxBlocks = 32
)

// listIndex says where the blocks of a list begin.
type listIndex struct {
	Entries int          `json:"entries"`
	Bytes   int64        `json:"bytes"`
	Blocks  []blockStart `json:"blocks"`
}

// blockStart is the first entry of a block.
type blockStart struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	At   int64  `json:"at"`
}

// list is what a phase noted of records: entries as lines, in order of kind and id,
// each record once. It is safe for concurrent use.
type list[T any] struct {
	s     store.Store
	name  string
	key   func(T) recordKey
	index listIndex

	mu     sync.Mutex
	blocks []block[T] // the last used first
}

type block[T any] struct {
	n       int
	entries []T
}

// openLists opens the lists of phases, later phases first. Those of phases that have not
// ended yet are left out.
func openLists[T any](ctx context.Context, f Folder, name func(phase string) string, key func(T) recordKey, phases []string) ([]*list[T], error) {
	var all []*list[T]
	for _, phase := range slices.Backward(phases) {
		l := &list[T]{s: f.s, name: linesName(name(phase)), key: key}
		err := f.read(ctx, listIndexName(name(phase)), &l.index)
		if errors.Is(err, store.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(l.index.Blocks) > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

// lookUp returns what the first of the lists has that knows a record.
func lookUp[T any](ctx context.Context, lists []*list[T], key recordKey) (T, bool, error) {
	for _, l := range lists {
		if entry, ok, err := l.get(ctx, key); ok || err != nil {
			return entry, ok, err
		}
	}
	var none T
	return none, false, nil
}

func (l *list[T]) get(ctx context.Context, key recordKey) (entry T, ok bool, err error) {
	n, exact := slices.BinarySearchFunc(l.index.Blocks, key, func(s blockStart, key recordKey) int {
		return recordKey{s.Kind, s.ID}.compare(key)
	})
	if !exact {
		n--
	}
	if n < 0 {
		return entry, false, nil
	}
	entries, err := l.block(ctx, n)
	if err != nil {
		return entry, false, fmt.Errorf("look up %s %s: %w", key.kind, key.id, err)
	}
	at, ok := slices.BinarySearchFunc(entries, key, func(e T, key recordKey) int { return l.key(e).compare(key) })
	if ok {
		entry = entries[at]
	}
	return entry, ok, nil
}

// block returns the entries of a block. Two that ask for the same one at a time may
// both read it.
func (l *list[T]) block(ctx context.Context, n int) ([]T, error) {
	if entries, ok := l.held(n); ok {
		return entries, nil
	}
	entries, err := l.readBlock(ctx, n)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocks = slices.Insert(l.blocks, 0, block[T]{n, entries})
	if len(l.blocks) > maxBlocks {
		l.blocks = slices.Delete(l.blocks, maxBlocks, len(l.blocks))
	}
	return entries, nil
}

// held returns a block that is held, which is then the last used.
func (l *list[T]) held(n int) ([]T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.blocks, func(b block[T]) bool { return b.n == n })
	if i < 0 {
		return nil, false
	}
	b := l.blocks[i]
	copy(l.blocks[1:i+1], l.blocks[:i])
	l.blocks[0] = b
	return b.entries, true
}

func (l *list[T]) readBlock(ctx context.Context, n int) ([]T, error) {
	from, to := l.index.Blocks[n].At, l.index.Bytes
	if n+1 < len(l.index.Blocks) {
		to = l.index.Blocks[n+1].At
	}
	r, err := l.s.Get(ctx, l.name, from, to-from)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var entries []T
	for line := range bytes.Lines(data) {
		var e T
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s is damaged: %w; end the restore and begin a new one", l.name, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
