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

func TestTheEmulatorThatTheEnvironmentNames(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	t.Setenv("STORAGE_EMULATOR_HOST", server.URL())
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
	for prefix, url := range map[string]string{"": "gs://bucket", "a/b": "gs://bucket/a/b", "a/b/": "gs://bucket/a/b"} {
		s, err := Open(t.Context(), "bucket", prefix)
		require.NoError(t, err)
		require.Equal(t, url, s.URL())
		require.NoError(t, store.Probe(t.Context(), s))
		require.NoError(t, s.Close())
	}
	require.Empty(t, server.Names("bucket"))
}

func TestStoresOfOneBucketDoNotMeet(t *testing.T) {
	server := gcstest.Start(t, "bucket")
	inner := open(t, server)
	outer, err := Open(t.Context(), "bucket", "", server.Options()...)
	require.NoError(t, err)
	t.Cleanup(func() { outer.Close() })
	for _, name := range []string{"prefix2/x", "other", "prefix-"} {
		_, err := store.PutBytes(t.Context(), outer, name, nil, store.IfAbsent())
		require.NoError(t, err)
	}
	stored(1)(t, server, inner)
	var names []string
	for o, err := range inner.List(t.Context(), "") {
		require.NoError(t, err)
		names = append(names, o.Name)
	}
	require.Equal(t, []string{"x"}, names)
	_, err = outer.Stat(t.Context(), "prefix/x")
	require.NoError(t, err)
}
