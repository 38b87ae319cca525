package activities

import (
	"context"
	"errors"
	"fmt"

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

// removeAll deletes the objects whose names start with prefix, except those that
// keep, if given, wants.
func removeAll(ctx context.Context, s store.Store, prefix string, beat *pulse, keep func(name string) bool) error {
	for o, err := range s.List(ctx, prefix) {
		if err != nil {
			return fmt.Errorf("list %s: %w", prefix, err)
		}
		beat.add(StepProgress{})
		if keep != nil && keep(o.Name) {
			continue
		}
		if err := drop(ctx, s, o); err != nil {
			return err
		}
	}
	return nil
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
