package main

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
	"holdfast/internal/store/storeurl"
)

// away is a store that does not answer.
type away struct{ store.Store }

var errAway = errors.New("no answer")

func (away) Stat(context.Context, string) (store.Object, error) { return store.Object{}, errAway }

func TestReachable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a store") // its address has an escape
	require.NoError(t, os.Mkdir(dir, 0o700))
	s, err := storeurl.Open(t.Context(), (&url.URL{Scheme: "file", Path: dir}).String())
	require.NoError(t, err)
	require.NoError(t, reachable(t.Context(), s), "an empty store is one")
	require.ErrorIs(t, reachable(t.Context(), away{s}), errAway)
	require.NoError(t, os.RemoveAll(dir))
	require.ErrorIs(t, reachable(t.Context(), s), fs.ErrNotExist, "a folder that is not mounted is no store")
}
