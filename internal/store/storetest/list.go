package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store"
)

func listed(t *testing.T, s store.Store, prefix string) []string {
	t.Helper()
	var names []string
	for o, err := range s.List(background(t), prefix) {
		require.NoError(t, err)
		names = append(names, o.Name)
	}
	return names
}

func list(t *testing.T, s store.Store) {
	// The order of the names' bytes is not that of folders.
	names := []string{"a-", "a.b", "a/0", "a/b/c", "a/b/d", "a/b.c/d", "a/bc", "a0", "ab/x", "b/x", "é", "日"}
	for i := len(names) - 1; i >= 0; i-- {
		put(t, s, names[i], names[i])
	}
	want := slices.Clone(names)
	slices.Sort(want)
	require.Equal(t, want, listed(t, s, ""))
	for o, err := range s.List(background(t), "") {
		require.NoError(t, err)
		st, err := s.Stat(background(t), o.Name)
		require.NoError(t, err)
		require.Equal(t, st.Size, o.Size)
		require.Equal(t, st.Generation, o.Generation)
		require.True(t, st.Updated.Equal(o.Updated))
		require.Zero(t, o.CRC32C, "List does not read objects")
	}
}

func listPrefix(t *testing.T, s store.Store) {
	for _, name := range []string{"a.b", "a/b/c", "a/b/d", "a/b.c/d", "a/bc", "ab/x", "b"} {
		put(t, s, name, "")
	}
	for prefix, want := range map[string][]string{
		"a":     {"a.b", "a/b.c/d", "a/b/c", "a/b/d", "a/bc", "ab/x"},
		"a/":    {"a/b.c/d", "a/b/c", "a/b/d", "a/bc"},
		"a/b":   {"a/b.c/d", "a/b/c", "a/b/d", "a/bc"},
		"a/b/":  {"a/b/c", "a/b/d"},
		"a/b/c": {"a/b/c"},
		"a/b.":  {"a/b.c/d"},
		"b":     {"b"},
		"b/":    nil,
		"c":     nil,
		"no/su": nil,
	} {
		require.Equal(t, want, listed(t, s, prefix), "prefix %q", prefix)
	}
	for _, prefix := range []string{"/", "a//", "../", "a/../b"} {
		var failed error
		for _, err := range s.List(background(t), prefix) {
			failed = err
		}
		require.ErrorIs(t, failed, store.ErrName, "prefix %q", prefix)
	}
}

func listMany(t *testing.T, s store.Store) {
	var want []string
	for i := range 1100 { // more than a bucket's page of 1,000
		name := fmt.Sprintf("many/%d", i)
		if i%100 == 0 {
			name += "/in a folder"
		}
		want = append(want, name)
	}
	ctx := background(t)
	var wg sync.WaitGroup
	for part := range slices.Chunk(want, 70) {
		wg.Go(func() {
			for _, name := range part {
				if _, err := store.PutBytes(ctx, s, name, nil, store.IfAbsent()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(want)
	require.Equal(t, want, listed(t, s, "many/"))
}

func listBreak(t *testing.T, s store.Store) {
	for _, name := range []string{"a/1", "a/2", "b"} {
		put(t, s, name, "")
	}
	seq := s.List(background(t), "")
	for range 2 {
		for o, err := range seq {
			require.NoError(t, err)
			require.Equal(t, "a/1", o.Name)
			break
		}
	}
	require.Equal(t, []string{"a/1", "a/2", "b"}, listed(t, s, ""))
}

func folders(t *testing.T, s store.Store) {
	for _, name := range []string{"p/backups/2/x", "p/backups/1/x", "p/backups/1/y/z", "p/backups/object", "p/backups/1.5/x", "p/policy.json"} {
		put(t, s, name, "")
	}
	// A Store without Folders of its own is listed.
	for _, st := range []store.Store{s, struct{ store.Store }{s}} {
		for prefix, want := range map[string][]string{"": {"p"}, "p/": {"backups"}, "p/backups/": {"1", "1.5", "2"}, "p/backups/2/": nil, "q/": nil} {
			var got []string
			for folder, err := range store.Folders(context.Background(), st, prefix) {
				require.NoError(t, err)
				got = append(got, folder)
			}
			require.ElementsMatch(t, want, got, "below %q", prefix)
		}
	}
}
