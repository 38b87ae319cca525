package activities

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"holdfast/internal/store"
)

// maxRaces is how often a write or delete is tried again because someone else
// changed the object in between.
const maxRaces = 10

// replace has put write an object in place of whatever is there: put is called
// with the condition to write under, again where that did not hold.
func replace(ctx context.Context, s store.Store, name string, put func(store.Condition) error) error {
	cond := store.IfAbsent()
	for range maxRaces {
		err := put(cond)
		if !errors.Is(err, store.ErrPrecondition) {
			if err != nil {
				return fmt.Errorf("write %s: %w", name, err)
			}
			return nil
		}
		have, err := s.Stat(ctx, name)
		switch {
		case err == nil:
			cond = store.IfGeneration(have.Generation)
		case errors.Is(err, store.ErrNotExist):
			cond = store.IfAbsent()
		default:
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return fmt.Errorf("write %s: others keep changing it", name)
}

// remove deletes an object, whatever its generation.
func remove(ctx context.Context, s store.Store, name string) error {
	for range maxRaces {
		have, err := s.Stat(ctx, name)
		if errors.Is(err, store.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = s.Delete(ctx, name, have.Generation)
		}
		if !errors.Is(err, store.ErrPrecondition) {
			if err != nil {
				return fmt.Errorf("delete %s: %w", name, err)
			}
			return nil
		}
	}
	return fmt.Errorf("delete %s: others keep changing it", name)
}

// maxDeletions is how many objects are deleted at a time: a bucket takes some 30 ms
// for each.
const maxDeletions = 8

// removeAll deletes the objects whose names start with prefix, except those that
// keep, if given, wants. It ends with the first that can't be deleted.
func removeAll(ctx context.Context, s store.Store, prefix string, beat *pulse, keep func(name string) bool) error {
	return removeEach(ctx, s, prefix, beat, keep, drop)
}

// removeEach is removeAll that leaves each object to remove, which runs several
// times at once.
func removeEach(
	ctx context.Context, s store.Store, prefix string, beat *pulse, keep func(name string) bool,
	remove func(context.Context, store.Store, store.Object) error,
) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(maxDeletions)
	var stop error
	for o, err := range s.List(gctx, prefix) {
		if err != nil {
			stop = fmt.Errorf("list %s: %w", prefix, err)
			break
		}
		beat.add(StepProgress{})
		if keep != nil && keep(o.Name) {
			continue
		}
		group.Go(func() error { return remove(gctx, s, o) })
	}
	if err := group.Wait(); err != nil {
		return err // the first one: the list breaks off after it
	}
	return stop
}

// drop deletes an object that was listed, also where it has changed since then.
func drop(ctx context.Context, s store.Store, o store.Object) error {
	err := s.Delete(ctx, o.Name, o.Generation)
	if errors.Is(err, store.ErrPrecondition) {
		return remove(ctx, s, o.Name)
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", o.Name, err)
	}
	return nil
}
