package activities

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// lateWindow is how long before the start of a run an item may have been created
// and still be missing from the site's search index when the census looked.
const lateWindow = time.Hour

// maxLate is how many late items are held against the census at a time.
const maxLate = 20_000

// LateSearchInput says what the census has.
type LateSearchInput struct {
	Run            Run        `json:"run"`
	Try            int        `json:"try"`
	Shards         []ShardSet `json:"shards"` // the census
	ContainerPages int        `json:"containerPages"`
	ContainerTag   string     `json:"containerTag"`
}

// LateSearch finds items that were created in the hour before the start and that
// the census does not have, because they were indexed late, and writes shards for
// them: a ShardSet of page LatePage. Items of containers that the run does not
// have are left out.
func (a *Activities) LateSearch(ctx context.Context, in LateSearchInput) (CensusResult, error) {
	product, err := a.product(in.Run)
	if err != nil {
		return CensusResult{}, err
	}
	beat := startPulse(ctx)
	defer beat.end()

	set := ShardSet{Page: LatePage, Tag: tagOf(ctx, in.Try)}
	dir := openRunDir(a.deps.Store, in.Run)
	s := lateSearch{in: in, dir: dir, found: make(map[string]string),
		cut: &cutter{dir: dir, name: set.Shard, max: MaxShardItems(in.Run.Policy.Product), beat: beat}}
	err = product.Late(ctx, in.Run.StartedAt.Add(-lateWindow), in.Run.StartedAt, func(container, id string) error {
		beat.add(StepProgress{})
		s.found[id] = container
		if len(s.found) < maxLate {
			return nil
		}
		return s.settle(ctx)
	})
	if err == nil {
		err = s.settle(ctx)
	}
	if err != nil {
		return CensusResult{}, failed(err)
	}
	return CensusResult{Tag: set.Tag, Shards: s.cut.shards, Items: s.cut.items}, nil
}

// lateSearch holds a bounded number of found items against the census.
type lateSearch struct {
	in    LateSearchInput
	dir   runDir
	found map[string]string // id → container's id
	cut   *cutter
}

// settle drops what the census has, and writes shards of the rest.
func (s *lateSearch) settle(ctx context.Context) error {
	for _, set := range s.in.Shards {
		for n := range set.Shards {
			if len(s.found) == 0 {
				return nil
			}
			if err := s.drop(ctx, set.Shard(n)); err != nil {
				return err
			}
		}
	}
	ids := make(map[string][]string) // by container's id
	for id, container := range s.found {
		ids[container] = append(ids[container], id)
	}
	clear(s.found)
	for page := range s.in.ContainerPages {
		if len(ids) == 0 {
			break
		}
		if err := s.take(ctx, page, ids); err != nil {
			return err
		}
	}
	return s.cut.flush(ctx)
}

// drop forgets what one shard of the census has.
func (s *lateSearch) drop(ctx context.Context, shard ShardRef) error {
	var list ShardList
	if err := s.dir.read(ctx, s.dir.shard(shard), &list); err != nil {
		return err
	}
	s.cut.beat.add(StepProgress{})
	for _, slice := range list.Slices {
		for _, id := range slice.IDs {
			delete(s.found, id)
		}
	}
	return nil
}

// take cuts the ids of the containers of one page.
func (s *lateSearch) take(ctx context.Context, page int, ids map[string][]string) error {
	var containers ContainerPage
	if err := s.dir.read(ctx, s.dir.containers(page, s.in.ContainerTag), &containers); err != nil {
		return err
	}
	for _, c := range containers.Containers {
		if len(ids[c.ID]) == 0 {
			continue
		}
		if err := s.cut.container(c, false).add(ctx, inOrder(ids[c.ID])); err != nil {
			return err
		}
		delete(ids, c.ID)
	}
	return nil
}

// inOrder sorts ids as the census lists them: numbers by value, which for ids
// without leading zeros is by length first.
func inOrder(ids []string) []string {
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return ids
}
