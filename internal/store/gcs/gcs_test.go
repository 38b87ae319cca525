package gcs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/gcs/gcstest"
	"holdfast/internal/store/storetest"
)

// hasty is a patience for tests, whose bucket is near.
func hasty() patience {
	return patience{request: 2 * time.Second, faults: 2 * time.Second, rate: 1 << 20, pause: 5 * time.Millisecond, maxPause: 50 * time.Millisecond}
}

// open opens the store gs://bucket/prefix of the server.
func open(t testing.TB, server *gcstest.Server) *Store {
	t.Helper()
	s, err := Open(t.Context(), "bucket", "prefix", server.Options()...)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	s.patience = hasty()
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, gcstest.Start(t, "bucket")) })
}

func TestConformanceOfSmallChunksAndSteps(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		server := gcstest.Start(t, "bucket")
		server.RewriteStep = 100
		s := open(t, server)
		s.buffers.left = 0
		return s
	})
}
