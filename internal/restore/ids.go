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

// IDs tells which id a record of the backup has in the destination. It is safe for
// concurrent use.
//
// What earlier phases created it looks up in their sorted lists, of which it holds the
// first entry of each block, and a few blocks.
type IDs struct {
	phases []*idList // later phases first

	mu  sync.Mutex
	own map[refKey]Ref
}

type refKey struct{ kind, from string }

func keyOf(r Ref) refKey { return refKey{r.Kind, r.From} }

func (k refKey) compare(o refKey) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), cmp.Compare(k.from, o.from))
}

// IDs opens the lists of ids that these phases have made so far; of two that tell of the
// same record the later phase counts.
func (f Folder) IDs(ctx context.Context, phases ...string) (*IDs, error) {
	ids := &IDs{own: map[refKey]Ref{}}
	for _, phase := range slices.Backward(phases) {
		l := &idList{s: f.s, name: idsName(phase)}
		err := f.read(ctx, idsIndexName(phase), &l.index)
		if errors.Is(err, store.ErrNotExist) {
			continue // it has not ended yet
		}
		if err != nil {
			return nil, err
		}
		if len(l.index.Blocks) > 0 {
			ids.phases = append(ids.phases, l)
		}
	}
	return ids, nil
}

// Get returns what a record is in the destination; false where it was not created.
func (i *IDs) Get(ctx context.Context, kind, from string) (Ref, bool, error) {
	key := refKey{kind, from}
	i.mu.Lock()
	r, ok := i.own[key]
	i.mu.Unlock()
	if ok {
		return r, true, nil
	}
	for _, l := range i.phases {
		if r, ok, err := l.get(ctx, key); ok || err != nil {
			return r, ok, err
		}
	}
	return Ref{}, false, nil
}

// Put notes what this batch created or found.
func (i *IDs) Put(r Ref) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.own[keyOf(r)] = r
}

// refs are those that were put, in order of kind and id.
func (i *IDs) refs() []Ref {
	i.mu.Lock()
	defer i.mu.Unlock()
	refs := make([]Ref, 0, len(i.own))
	for _, r := range i.own {
		refs = append(refs, r)
	}
	slices.SortFunc(refs, func(a, b Ref) int { return keyOf(a).compare(keyOf(b)) })
	return refs
}

// The list of the ids of a phase, and where to look in it.
func idsName(phase string) string      { return "ids/" + phase + ".ndjson" }
func idsIndexName(phase string) string { return "ids/" + phase + ".index.json" }

// idBlock is about how many bytes of a list are read at a time, maxBlocks how many
// such blocks of a list are held.
const (
	idBlock   = 32 << 10
	maxBlocks = 32
)

// idIndex says where the blocks of a list begin.
type idIndex struct {
	Refs   int       `json:"refs"`
	Bytes  int64     `json:"bytes"`
	Blocks []idStart `json:"blocks"`
}

// idStart is the first entry of a block.
type idStart struct {
	Kind string `json:"kind"`
	From string `json:"from"`
	At   int64  `json:"at"`
}

// idList is the list of one phase: Refs as lines, in order of kind and id.
type idList struct {
	s     store.Store
	name  string
	index idIndex

	mu     sync.Mutex
	blocks []heldBlock // the last used first
}

type heldBlock struct {
	n    int
	refs []Ref
}

func (l *idList) get(ctx context.Context, key refKey) (Ref, bool, error) {
	n, exact := slices.BinarySearchFunc(l.index.Blocks, key, func(s idStart, key refKey) int {
		return refKey{s.Kind, s.From}.compare(key)
	})
	if !exact {
		n--
	}
	if n < 0 {
		return Ref{}, false, nil
	}
	refs, err := l.block(ctx, n)
	if err != nil {
		return Ref{}, false, fmt.Errorf("look up the new id of %s %s: %w", key.kind, key.from, err)
	}
	at, ok := slices.BinarySearchFunc(refs, key, func(r Ref, key refKey) int { return keyOf(r).compare(key) })
	if !ok {
		return Ref{}, false, nil
	}
	return refs[at], true, nil
}

// block returns the entries of a block. Two that ask for the same one at a time may
// read it twice.
func (l *idList) block(ctx context.Context, n int) ([]Ref, error) {
	l.mu.Lock()
	if i := slices.IndexFunc(l.blocks, func(b heldBlock) bool { return b.n == n }); i >= 0 {
		b := l.blocks[i]
		copy(l.blocks[1:i+1], l.blocks[:i])
		l.blocks[0] = b
		l.mu.Unlock()
		return b.refs, nil
	}
	l.mu.Unlock()
	refs, err := l.readBlock(ctx, n)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocks = slices.Insert(l.blocks, 0, heldBlock{n, refs})
	l.blocks = l.blocks[:min(len(l.blocks), maxBlocks)]
	return refs, nil
}

func (l *idList) readBlock(ctx context.Context, n int) ([]Ref, error) {
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
	var refs []Ref
	for line := range bytes.Lines(data) {
		var ref Ref
		if err := json.Unmarshal(line, &ref); err != nil {
			return nil, fmt.Errorf("%s is damaged: %w; end the restore and begin a new one", l.name, err)
		}
		refs = append(refs, ref)
	}
	return refs, nil
}
