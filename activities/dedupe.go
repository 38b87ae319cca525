package activities

import (
	"context"
	"hash/maphash"
	"slices"
	"time"
)

// DedupeInput names a census of several pages.
type DedupeInput struct {
	Run    Run        `json:"run"`
	Try    int        `json:"try"`
	Shards []ShardSet `json:"shards"`
	Items  int        `json:"items"` // of the census
}

// DedupeResult is the census without ids that it had twice.
type DedupeResult struct {
	Shards  []ShardSet `json:"shards"`
	Items   int        `json:"items"`
	Dropped int        `json:"dropped"`
}

// maxHashes is how many ids are compared at a time: 32 MiB of memory.
const maxHashes = 4 << 20

// Dedupe drops ids that the census has twice: an item that moved from one
// container to another while the lists were made is in both. It stays in the list
// that was made last, and a backup holds it once. Sets that change are written
// anew under another tag; usually none does.
func (a *Activities) Dedupe(ctx context.Context, in DedupeInput) (DedupeResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	d := &deduper{dir: openRunDir(a.deps.Store, in.Run), in: in, beat: beat, seed: maphash.MakeSeed()}
	result, err := d.run(ctx, tagOf(ctx, in.Try))
	return result, failed(err)
}

type deduper struct {
	dir  runDir
	in   DedupeInput
	beat *pulse
	seed maphash.Seed
}

func (d *deduper) run(ctx context.Context, tag string) (DedupeResult, error) {
	result := DedupeResult{Shards: slices.Clone(d.in.Shards), Items: d.in.Items}
	suspects, err := d.suspects(ctx)
	if err != nil || len(suspects) == 0 {
		return result, err
	}
	drop, err := d.earlier(ctx, suspects)
	if err != nil {
		return result, err
	}
	for at := range result.Shards {
		dropped, err := d.rewrite(ctx, &result.Shards[at], tag, drop)
		if err != nil {
			return result, err
		}
		result.Dropped += dropped
	}
	result.Items -= result.Dropped
	return result, nil
}

// each calls f with all lists of the census.
func (d *deduper) each(ctx context.Context, f func(ref ShardRef, list ShardList)) error {
	for _, set := range d.in.Shards {
		for n := range set.Shards {
			var list ShardList
			if err := d.dir.read(ctx, d.dir.shard(set.Shard(n)), &list); err != nil {
				return err
			}
			d.beat.add(StepProgress{})
			f(set.Shard(n), list)
		}
	}
	return nil
}

// suspects returns the hashes that come more than once, by walking over the census as
// often as its size needs.
func (d *deduper) suspects(ctx context.Context) (map[uint64]bool, error) {
	suspects := make(map[uint64]bool)
	parts := uint64(d.in.Items/maxHashes + 1)
	for part := range parts {
		var hashes []uint64
		err := d.each(ctx, func(_ ShardRef, list ShardList) {
			for _, s := range list.Slices {
				for _, id := range s.IDs {
					if h := maphash.String(d.seed, id); h%parts == part {
						hashes = append(hashes, h)
					}
				}
			}
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(hashes)
		for i := 1; i < len(hashes); i++ {
			if hashes[i] == hashes[i-1] {
				suspects[hashes[i]] = true
			}
		}
	}
	return suspects, nil
}

// place is where an id stands.
type place struct {
	shard   ShardRef
	slice   int
	takenAt time.Time
}

// earlier returns which ids to drop where: all places of an id but the last.
func (d *deduper) earlier(ctx context.Context, suspects map[uint64]bool) (map[ShardRef]map[int]map[string]bool, error) {
	last := make(map[string]place)
	drop := make(map[ShardRef]map[int]map[string]bool)
	err := d.each(ctx, func(ref ShardRef, list ShardList) {
		for at, s := range list.Slices {
			for _, id := range s.IDs {
				if !suspects[maphash.String(d.seed, id)] {
					continue
				}
				now := place{ref, at, list.TakenAt}
				old, twice := last[id]
				if twice && now.takenAt.Before(old.takenAt) {
					old, now = now, old
				}
				last[id] = now
				if !twice {
					continue
				}
				if drop[old.shard] == nil {
					drop[old.shard] = make(map[int]map[string]bool)
				}
				if drop[old.shard][old.slice] == nil {
					drop[old.shard][old.slice] = make(map[string]bool)
				}
				drop[old.shard][old.slice][id] = true
			}
		}
	})
	return drop, err
}

// rewrite writes a set anew under a tag without what is to be dropped, and counts
// that; a set of which nothing is dropped stays.
func (d *deduper) rewrite(ctx context.Context, set *ShardSet, tag string, drop map[ShardRef]map[int]map[string]bool) (dropped int, err error) {
	changed := false
	for n := range set.Shards {
		changed = changed || drop[set.Shard(n)] != nil
	}
	if !changed {
		return 0, nil
	}
	anew := *set
	anew.Tag = tag
	var problems CensusProblems
	if err := d.dir.read(ctx, d.dir.problems(*set), &problems); err != nil {
		return 0, err
	}
	if err := d.dir.write(ctx, d.dir.problems(anew), problems); err != nil {
		return 0, err
	}
	for n := range set.Shards {
		var list ShardList
		if err := d.dir.read(ctx, d.dir.shard(set.Shard(n)), &list); err != nil {
			return 0, err
		}
		for at := range list.Slices {
			gone, s := drop[set.Shard(n)][at], &list.Slices[at]
			before := len(s.IDs)
			s.IDs = slices.DeleteFunc(s.IDs, func(id string) bool { return gone[id] })
			dropped += before - len(s.IDs)
		}
		if err := d.dir.write(ctx, d.dir.shard(anew.Shard(n)), list); err != nil {
			return 0, err
		}
	}
	*set = anew
	return dropped, nil
}
