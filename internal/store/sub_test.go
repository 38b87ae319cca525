package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/storetest"
)

func TestSubIsAStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := dir.Open(t.TempDir())
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		for _, name := range []string{"a", "imports/abc", "imports/abcd/x", "imports/b"} { // its neighbours
			_, err := store.PutBytes(t.Context(), s, name, []byte("x"), store.IfAbsent())
			require.NoError(t, err)
		}
		return store.Sub(s, "imports/abc.d/")
	})
}

func TestSubReachesNothingElse(t *testing.T) {
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	_, err = store.PutBytes(t.Context(), s, "a/secret", []byte("x"), store.IfAbsent())
	require.NoError(t, err)
	below := store.Sub(s, "b/")
	for _, name := range []string{"../a/secret", "/a/secret", "a/../../a/secret", ""} {
		_, err := below.Get(t.Context(), name, 0, -1)
		require.ErrorIs(t, err, store.ErrName, name)
		_, err = below.Copy(t.Context(), name, "c", store.IfAbsent())
		require.ErrorIs(t, err, store.ErrName, name)
		_, err = below.Compose(t.Context(), []string{name}, "c", store.IfAbsent())
		require.ErrorIs(t, err, store.ErrName, name)
	}
	for _, err := range below.List(t.Context(), "../a/") {
		require.ErrorIs(t, err, store.ErrName)
	}
	_, err = below.Get(t.Context(), "a/secret", 0, -1)
	require.ErrorIs(t, err, store.ErrNotExist)
	require.Equal(t, s.URL()+"/b", below.URL())
}

type linking struct{ store.Store }

func (linking) Link(_ context.Context, name, _ string, _ time.Time) (string, error) { return name, nil }

func TestSubMakesLinksWhereItsStoreDoes(t *testing.T) {
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	_, is := store.Sub(s, "b/").(store.Linker)
	require.False(t, is)
	l, is := store.Sub(linking{s}, "b/").(store.Linker)
	require.True(t, is)
	link, err := l.Link(t.Context(), "c", "", time.Time{})
	require.NoError(t, err)
	require.Equal(t, "b/c", link)
}
