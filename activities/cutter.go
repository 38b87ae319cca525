package activities

import (
	"context"
	"time"

	"holdfast/internal/atlassian"
)

// cutter cuts the ids of a census into shards and writes each as soon as it is
// full: it never holds more than one.
type cutter struct {
	dir  runDir
	name func(n int) ShardRef
	max  int // ids of one shard
	beat *pulse

	list   ShardList
	held   int // ids in list
	shards int // written
	items  int // ids in all
}

// container begins the slices of c. The first is opened only when there is
// something to say of c: ids, or that it has none.
func (k *cutter) container(c atlassian.Container, first bool) *sliceCutter {
	return &sliceCutter{cutter: k, container: c, first: first}
}

// sliceCutter cuts the ids of one container.
type sliceCutter struct {
	*cutter
	container atlassian.Container
	first     bool   // the next slice is the container's first
	open      *Slice // in the list; nil before the first and after each flush
}

// add appends ids to the container's slices.
func (s *sliceCutter) add(ctx context.Context, ids []string) error {
	s.beat.add(StepProgress{Items: len(ids)})
	for len(ids) > 0 {
		if err := s.slice(ctx); err != nil {
			return err
		}
		n := min(len(ids), s.max-s.held)
		s.open.IDs = append(s.open.IDs, ids[:n]...)
		s.held += n
		s.items += n
		ids = ids[n:]
	}
	return nil
}

// bare gives a container that has no ids a slice without any, so that it is
// captured itself.
func (s *sliceCutter) bare(ctx context.Context) error { return s.slice(ctx) }

// slice makes sure that there is an open slice with room for an id.
func (s *sliceCutter) slice(ctx context.Context) error {
	if s.held == s.max || s.open == nil && len(s.list.Slices) == MaxSlices {
		if err := s.flush(ctx); err != nil {
			return err
		}
		s.open = nil
	}
	if s.open == nil {
		s.list.Slices = append(s.list.Slices, Slice{Container: s.container, First: s.first, IDs: []string{}})
		s.open = &s.list.Slices[len(s.list.Slices)-1]
		s.first = false
	}
	return nil
}

// flush writes the shard that is being cut, if it has anything.
func (k *cutter) flush(ctx context.Context) error {
	if len(k.list.Slices) == 0 {
		return nil
	}
	ref := k.name(k.shards)
	k.list.ID, k.list.TakenAt = ref.ID, time.Now().UTC()
	if err := k.dir.write(ctx, k.dir.shard(ref), k.list); err != nil {
		return err
	}
	k.shards++
	k.held = 0
	k.list = ShardList{}
	return nil
}
