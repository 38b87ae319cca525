package storetest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/storetest"
)

func TestFaulty(t *testing.T) {
	away := errors.New("away")
	open := func(faults ...storetest.Fault) *storetest.Faulty {
		s, err := dir.Open(t.TempDir())
		require.NoError(t, err)
		_, err = store.PutBytes(t.Context(), s, "x", []byte("content"), store.IfAbsent())
		require.NoError(t, err)
		return storetest.NewFaulty(s, faults...)
	}
	t.Run("an error instead of the write", func(t *testing.T) {
		s := open(storetest.Fault{Method: storetest.Put, Name: "y", After: 1, Err: away})
		for i, want := range []error{nil, away, nil} {
			_, err := store.PutBytes(t.Context(), s, "y"+strings.Repeat("y", i), nil, store.IfAbsent())
			require.Equal(t, want, err)
		}
		_, err := s.Stat(t.Context(), "yy")
		require.ErrorIs(t, err, store.ErrNotExist)
		s.AllFired(t)
	})
	t.Run("an error after the write", func(t *testing.T) {
		s := open(storetest.Fault{Method: storetest.Copy, Err: away, Done: true})
		_, err := s.Copy(t.Context(), "x", "y", store.IfAbsent())
		require.Equal(t, away, err)
		_, err = s.Stat(t.Context(), "y")
		require.NoError(t, err)
		s.AllFired(t)
	})
	t.Run("a flipped bit", func(t *testing.T) {
		s := open(storetest.Fault{Method: storetest.Read, FlipBit: true, Offset: 2})
		for _, want := range []string{"cootent", "content"} {
			data, err := store.ReadAll(t.Context(), s, "x", 100)
			require.NoError(t, err)
			require.Equal(t, want, string(data))
		}
	})
	t.Run("an error in the middle of a read", func(t *testing.T) {
		s := open(storetest.Fault{Method: storetest.Read, Err: away, Offset: 3})
		_, err := store.ReadAll(t.Context(), s, "x", 100)
		require.ErrorIs(t, err, away)
	})
	t.Run("a slow call", func(t *testing.T) {
		s := open(storetest.Fault{Method: storetest.Stat, Delay: 20 * time.Millisecond})
		start := time.Now()
		_, err := s.Stat(t.Context(), "x")
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(start), 20*time.Millisecond)
	})
	t.Run("AllFired fails for a fault that did not fire", func(t *testing.T) {
		s := open(storetest.Fault{Method: storetest.List, Times: -1, Err: away})
		var spy spy
		s.AllFired(&spy)
		require.True(t, spy.failed)
	})
}

// spy is a test that notes whether it was failed.
type spy struct {
	testing.TB
	failed bool
}

func (s *spy) Helper()               {}
func (s *spy) Errorf(string, ...any) { s.failed = true }
