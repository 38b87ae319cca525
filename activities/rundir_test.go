package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/store/dir"
)

func TestNamesOfShards(t *testing.T) {
	t.Parallel()
	require.Equal(t, ShardRef{ID: "002-017", Tag: "1-5-1"}, ShardSet{Page: 2, Shards: 20, Tag: "1-5-1"}.Shard(17))
	require.Equal(t, ShardRef{ID: "late-003", Tag: "1"}, ShardSet{Page: LatePage, Shards: 4, Tag: "1"}.Shard(3))
	one, two := RestShard(shard0, 1), RestShard(shard0, 2)
	require.NotEqual(t, one.ID, two.ID, "the rests of two attempts never meet")
	require.Equal(t, shard0.Tag, one.Tag)
}

func TestAnObjectOfARunIsWrittenOnce(t *testing.T) {
	t.Parallel()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	a, run := New(Deps{Store: s}), testRun("https://acme.atlassian.net")
	in := SaveWinnersInput{Run: run, Batch: "000", Winners: []Winner{{Shard: shard0, Result: "r"}}}
	require.NoError(t, a.SaveWinners(t.Context(), in))
	require.NoError(t, a.SaveWinners(t.Context(), in), "a retry finds what it wrote")
	in.Winners[0].Result = "another"
	require.Error(t, a.SaveWinners(t.Context(), in))
	in.Winners[0].Result = ""
	require.Error(t, a.SaveWinners(t.Context(), in), "also one whose beginning is the same")
	var page winnersPage
	d := openRunDir(s, run)
	require.NoError(t, d.read(t.Context(), d.winners("000"), &page))
	require.Equal(t, "r", page.Winners[0].Result)
}
