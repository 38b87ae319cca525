package restore

import (
	"context"
	"slices"
	"sync"
)

// maxCached is how many restores a Cache keeps.
const maxCached = 2

// Cache keeps what all steps of a restore share, so that many batches at a time hold it
// once: the plan and the mapping, which don't change once they are made, and the
// backup's manifest. It is safe for concurrent use.
type Cache struct {
	mu   sync.Mutex
	kept []*shared // the last used first
}

// shared is what the steps of one restore share.
type shared struct {
	id      string
	plan    *Plan
	mapping *Mapping
	archive *Archive
}

// get returns what the steps of a restore share. While one step reads it, others wait.
func (c *Cache) get(ctx context.Context, s *Steps) (*shared, error) {
	if c == nil {
		return open(ctx, s)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.kept, func(k *shared) bool { return k.id == s.Spec.ID }); i >= 0 {
		k := c.kept[i]
		copy(c.kept[1:i+1], c.kept[:i])
		c.kept[0] = k
		return k, nil
	}
	k, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	c.kept = slices.Insert(c.kept, 0, k)
	if len(c.kept) > maxCached {
		c.kept = slices.Delete(c.kept, maxCached, len(c.kept))
	}
	return k, nil
}

// open reads what the steps of a restore share.
func open(ctx context.Context, s *Steps) (*shared, error) {
	f := s.folder()
	plan, err := f.Plan(ctx)
	if err != nil {
		return nil, err
	}
	mapping, err := f.Mapping(ctx)
	if err != nil {
		return nil, err
	}
	a, err := OpenArchive(ctx, s.Store, s.Spec, s.Scratch)
	if err != nil {
		return nil, err
	}
	return &shared{id: s.Spec.ID, plan: plan, mapping: mapping, archive: a}, nil
}
