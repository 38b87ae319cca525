package restore

import (
	"context"
	"slices"
	"sync"
)

// IDs tells which id a record of the backup has in the destination. It is safe for
// concurrent use.
//
// What earlier phases created it looks up in their sorted lists, of which it holds
// where the blocks begin, and a few blocks.
type IDs struct {
	phases []*list[Ref] // later phases first

	mu  sync.Mutex
	own map[recordKey]Ref
}

// recordKey tells records of a backup apart.
type recordKey struct{ kind, id string }

func refKey(r Ref) recordKey { return recordKey{r.Kind, r.From} }

// IDs opens the lists of ids that these phases have made so far; of two that tell of the
// same record the later phase counts.
func (f Folder) IDs(ctx context.Context, phases ...string) (*IDs, error) {
	lists, err := openLists(ctx, f, idsName, refKey, phases)
	return &IDs{phases: lists, own: map[recordKey]Ref{}}, err
}

// Get returns what a record is in the destination; false where it was not created.
func (i *IDs) Get(ctx context.Context, kind, from string) (Ref, bool, error) {
	key := recordKey{kind, from}
	i.mu.Lock()
	r, ok := i.own[key]
	i.mu.Unlock()
	if ok {
		return r, true, nil
	}
	return lookUp(ctx, i.phases, key)
}

// Put notes what this batch created or found.
func (i *IDs) Put(r Ref) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.own[refKey(r)] = r
}

// refs are those that were put, in order of kind and id.
func (i *IDs) refs() []Ref {
	i.mu.Lock()
	defer i.mu.Unlock()
	refs := make([]Ref, 0, len(i.own))
	for _, r := range i.own {
		refs = append(refs, r)
	}
	slices.SortFunc(refs, func(a, b Ref) int { return refKey(a).compare(refKey(b)) })
	return refs
}
