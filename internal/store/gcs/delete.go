package gcs

import (
	"context"
	"errors"
	"net/http"

	"cloud.google.com/go/storage"

	"holdfast/internal/store"
)

// Delete implements store.Store. In a bucket with versioning or soft delete the
// generation stays recoverable for as long as the bucket says. One under a
// retention policy or a hold is store.ErrHeld.
func (s *Store) Delete(ctx context.Context, name string, generation int64) error {
	if err := s.checkName(name); err != nil {
		return err
	}
	if generation <= 0 { // no object has it
		return s.fault("delete", name, s.other(ctx, name))
	}
	err := s.try(ctx, func(ctx context.Context) error {
		return s.object(name).If(storage.Conditions{GenerationMatch: generation}).Delete(ctx)
	})
	if answered(err, http.StatusPreconditionFailed) {
		err = s.other(ctx, name)
	}
	if err = s.missing(ctx, err); errors.Is(err, store.ErrNotExist) {
		return nil // perhaps by a first request whose answer was lost
	}
	return s.fault("delete", name, err)
}

// other tells an object of another generation, which is store.ErrPrecondition,
// from none.
func (s *Store) other(ctx context.Context, name string) error {
	_, err := s.attrs(ctx, name)
	switch {
	case err == nil:
		return store.ErrPrecondition
	case errors.Is(err, store.ErrNotExist):
		return nil
	}
	return err
}
