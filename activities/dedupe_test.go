package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store/dir"
)

func TestDedupeKeepsAnItemWhereItMovedTo(t *testing.T) {
	t.Parallel()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	run := testRun("https://acme.atlassian.net")
	d := openRunDir(s, run)
	sets := []ShardSet{{Page: 0, Shards: 2, Tag: "1-4-1"}, {Page: 1, Shards: 1, Tag: "1-5-1"}, {Page: 2, Shards: 1, Tag: "1-6-1"}}
	put := func(ref ShardRef, after time.Duration, slices ...Slice) {
		require.NoError(t, d.write(t.Context(), d.shard(ref), ShardList{ID: ref.ID, TakenAt: runStart.Add(after), Slices: slices}))
	}
	put(sets[0].Shard(0), 1, Slice{ee, true, ids(1, 5)})
	put(sets[0].Shard(1), 2, Slice{ee, false, ids(6, 9)})
	put(sets[1].Shard(0), 3, Slice{tiny, true, []string{"3", "20"}})
	put(sets[2].Shard(0), 0, Slice{none, true, []string{"9", "20"}}) // was listed first
	for _, set := range sets {
		require.NoError(t, d.write(t.Context(), d.problems(set), CensusProblems{}))
	}

	in := DedupeInput{Run: run, Try: 1, Shards: sets, Items: 13}
	result, err := New(Deps{Store: s}).Dedupe(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, DedupeResult{Dropped: 3, Items: 10, Shards: []ShardSet{
		{Page: 0, Shards: 2, Tag: "1"}, sets[1], {Page: 2, Shards: 1, Tag: "1"},
	}}, result)
	var got [][]string
	for _, set := range result.Shards {
		require.NoError(t, d.read(t.Context(), d.problems(set), &CensusProblems{}))
		for n := range set.Shards {
			var list ShardList
			require.NoError(t, d.read(t.Context(), d.shard(set.Shard(n)), &list))
			require.Equal(t, n == 0, list.Slices[0].First)
			got = append(got, list.Slices[0].IDs)
		}
	}
	require.Equal(t, [][]string{{"1", "2", "4", "5"}, ids(6, 9), {"3", "20"}, {}}, got)

	t.Run("nothing is there twice", func(t *testing.T) {
		in := DedupeInput{Run: run, Try: 2, Shards: result.Shards, Items: result.Items}
		again, err := New(Deps{Store: s}).Dedupe(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, DedupeResult{Shards: result.Shards, Items: 10}, again)
	})
}
