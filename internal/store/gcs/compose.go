package gcs

import (
	"context"
	"errors"

	"holdfast/internal/store"
)

// Compose implements store.Store.
func (s *Store) Compose(ctx context.Context, srcs []string, dst string, cond store.Condition) (store.Object, error) {
	return store.Object{}, errors.New("not there yet")
}
