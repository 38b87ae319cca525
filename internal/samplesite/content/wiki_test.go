package content_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

var wikiSpec = content.WikiSpec{Seed: 7, Attachments: 120, Accounts: 60, Spaces: []content.SpaceSpec{
	{Key: "ENG", Name: "Engineering & more", Pages: 240, Blogs: 30, Others: 5, Tasks: 40, CustomContent: 9, Deep: 14},
	{Personal: true, Pages: 20, Others: 1},
	{Key: "OLD", Archived: true, Pages: 30, Flat: true},
	{Key: "EMPTY"},
}}

func generateWiki(t testing.TB, spec content.WikiSpec) content.Wiki {
	t.Helper()
	w, err := content.GenerateWiki(spec, generate(t, content.Spec{Seed: spec.Seed}).People())
	require.NoError(t, err)
	return w
}

func TestTreesAddUp(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	byID := map[int64]content.Node{}
	for _, n := range w.Nodes() {
		byID[n.ID] = n
	}
	deepest, below := map[int]int{}, map[string]int{}
	for _, n := range w.Nodes() {
		level := 1
		for at := n; at.Parent != 0; level++ {
			up, found := byID[at.Parent]
			require.True(t, found)
			require.Equal(t, n.Space, up.Space)
			require.Equal(t, up.Type, at.ParentType)
			require.Equal(t, "current", up.Status)
			require.Less(t, level, 30, "a circle")
			at = up
		}
		deepest[n.Space] = max(deepest[n.Space], level)
		below[n.ParentType]++
	}
	require.Equal(t, map[int]int{0: 14, 1: 6, 2: 2}, deepest)
	for _, kind := range []string{content.PageType, content.FolderType, content.WhiteboardType, content.DatabaseType, content.EmbedType, ""} {
		require.Positive(t, below[kind], "something below %q", kind)
	}
}

func TestLookUpsEqualLists(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	files, comments := 0, 0
	var last int64
	for _, n := range w.Nodes() {
		require.Greater(t, n.ID, last, "one number space")
		last = n.ID
		if n.Type != content.PageType && n.Type != content.BlogType {
			continue
		}
		c := w.Content(n)
		for _, f := range c.Files() {
			files++
			require.Greater(t, f.ID, last)
			last = f.ID
			found, known := w.File(f.ID)
			require.True(t, known)
			require.Equal(t, f, found)
		}
		for _, one := range c.Comments() {
			comments++
			require.Greater(t, one.ID, last)
			last = one.ID
			found, known := w.Comment(one.ID)
			require.True(t, known)
			require.Equal(t, one, found)
		}
	}
	require.Equal(t, 120, files)
	require.Positive(t, comments)
	for _, id := range []int64{0, 1, last + 1} {
		_, known := w.File(id)
		require.False(t, known)
		_, known = w.Comment(id)
		require.False(t, known)
	}
}
