package gcs

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

// TestConformanceOfARealBucket needs a bucket without retention policy, named by
// HOLDFAST_TEST_BUCKET, and credentials for it. It works below a prefix of its
// own, which it empties.
func TestConformanceOfARealBucket(t *testing.T) {
	bucket := os.Getenv("HOLDFAST_TEST_BUCKET")
	if bucket == "" {
		t.Skip("no bucket to test with: set HOLDFAST_TEST_BUCKET to the name of one")
	}
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := Open(t.Context(), bucket, "holdfast-test-"+rand.Text())
		require.NoError(t, err)
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			for o, err := range s.List(ctx, "") {
				if err != nil {
					t.Errorf("clean up: %v", err)
					break
				}
				if err := s.Delete(ctx, o.Name, o.Generation); err != nil {
					t.Errorf("clean up: %v", err)
				}
			}
			s.Close()
		})
		return s
	})
}
