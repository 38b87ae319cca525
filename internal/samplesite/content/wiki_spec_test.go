package content_test

import (
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

func TestNodesHaveTheSizesOfTheirSpec(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	c := w.Content(numbered(t, w, 2))
	require.Len(t, c.Versions(), 12)
	require.Len(t, c.Labels(), 60)
	require.Len(t, c.Likes(), 70)
	require.Len(t, c.Properties(), 21)
	require.Contains(t, string(c.Properties()[20].Body), "1e400")
	users, groups := c.Restriction("read")
	require.Len(t, users, 80)
	require.Len(t, groups, 5, "all that there are")
	require.Equal(t, 80, strings.Count(string(c.Restrictions()), `"type":"known"`)-strings.Count(string(c.Restrictions()), `"none"`)-len(first(c.Restriction("update"))))

	comments := w.Content(numbered(t, w, 3)).Comments()
	count := map[bool]int{}
	replies := map[int64]int{}
	deepest, depth := 0, map[int64]int{}
	for _, one := range comments {
		if one.Parent == 0 {
			count[one.Inline]++
		}
		replies[one.Parent]++
		depth[one.ID] = depth[one.Parent] + 1
		deepest = max(deepest, depth[one.ID])
	}
	require.Equal(t, map[bool]int{false: 30, true: 20}, count)
	require.Equal(t, 10, deepest)
	require.Equal(t, 25, replies[comments[0].ID])
	require.Len(t, comments[0].Versions, 7)

	for _, f := range w.Content(numbered(t, w, 4)).Files() {
		require.Len(t, f.Versions, 5)
		bytes := map[string]bool{}
		for _, v := range f.Versions {
			require.Equal(t, f.Versions[0].Size, v.Size, "versions of the same size")
			b, err := io.ReadAll(v.Open())
			require.NoError(t, err)
			bytes[string(b)] = true
		}
		require.Len(t, bytes, 5, "and of other bytes")
	}

	c = w.Content(numbered(t, w, 5))
	require.Len(t, c.Versions(), 1)
	require.Empty(t, c.Comments())
	require.Empty(t, c.Labels())
	require.Empty(t, c.Likes())
	require.Empty(t, c.Properties())
}

func first[T any](one T, _ T) T { return one }

func TestVersionsKeepTheirTextWhenThePageIsEdited(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	n := numbered(t, w, 2)
	edited := n
	edited.Version++
	edited.Title, edited.Parent, edited.Status = "Other", 0, "trashed"
	a, b := w.Content(n), w.Content(edited)
	texts := map[string]bool{}
	for v := 1; v <= n.Version; v++ {
		for _, format := range []string{content.StorageFormat, content.ADFFormat} {
			require.Equal(t, a.Body(v, format), b.Body(v, format))
			texts[a.Body(v, format)] = true
		}
		require.Equal(t, a.Versions()[n.Version-v].Title, b.Versions()[edited.Version-v].Title)
	}
	require.Len(t, texts, 2*n.Version, "each version says something else")
	require.NotEmpty(t, b.Body(n.Version+1, content.StorageFormat))
	require.Empty(t, a.Body(n.Version+1, content.StorageFormat))
	require.Empty(t, a.Body(0, content.StorageFormat))
	require.Len(t, a.Comments(), len(b.Comments()))

	added := content.Node{ID: w.Nodes()[len(w.Nodes())-1].ID + 1000, Type: content.PageType, Status: "current", Title: "New", Version: 1, Created: n.Created, Modified: n.Created}
	c := w.Content(added)
	require.NotEmpty(t, c.Body(1, content.StorageFormat))
	require.True(t, json.Valid([]byte(c.Body(1, content.ADFFormat))))
	require.Len(t, c.Versions(), 1)
	require.Empty(t, c.Comments())
	require.Empty(t, c.Files())
}

func TestNodesAddedLaterHaveNothingOfTheirNeighbours(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	before := numbered(t, w, 3)
	require.NotEmpty(t, w.Content(before).Comments())
	before.ID++ // an id that no node has
	require.Empty(t, w.Content(before).Comments())
	require.Empty(t, w.Content(before).Files())
	users, groups := w.Content(before).Restriction("read")
	require.Empty(t, users)
	require.Empty(t, groups)
}

func TestGivenBodiesAreUsedInTurn(t *testing.T) {
	spec := wikiSpec
	spec.Bodies = []string{"<p>a &lt;b&gt;</p>", "<p>b</p><p><![CDATA[x<y]]>", ""}
	w := generateWiki(t, spec)
	seen := map[string]int{}
	for _, n := range w.Nodes() {
		if hasContent(n) {
			c := w.Content(n)
			seen[c.Body(n.Version, content.StorageFormat)]++
			for v := 1; v <= n.Version; v++ {
				require.Contains(t, spec.Bodies, c.Body(v, content.StorageFormat))
			}
			require.True(t, json.Valid([]byte(c.Body(n.Version, content.ADFFormat))))
			for _, one := range c.Comments() {
				require.Contains(t, spec.Bodies, one.Body(1))
			}
			if n.Version > 1 {
				require.NotEqual(t, c.Body(1, content.StorageFormat), c.Body(2, content.StorageFormat))
			}
		}
	}
	require.Len(t, seen, 3, "as current bodies")
}

func TestBadWikiSpecs(t *testing.T) {
	for _, bad := range []content.WikiSpec{
		{Spaces: []content.SpaceSpec{{Key: "A"}, {Key: "A"}}},
		{Spaces: []content.SpaceSpec{{Key: "A", Pages: -1}}},
		{Spaces: []content.SpaceSpec{{Key: "A", Pages: 1}}, Nodes: []content.NodeSpec{{Space: "A", Number: 2}}},
		{Nodes: []content.NodeSpec{{Space: "A", Number: 1}}},
	} {
		_, err := content.GenerateWiki(bad, nil)
		require.ErrorContains(t, err, "generating the sample site")
	}
	w, err := content.GenerateWiki(content.WikiSpec{}, nil)
	require.NoError(t, err)
	require.Empty(t, w.Spaces())
	require.Empty(t, w.Nodes())
	require.NotEmpty(t, w.Setup().List("systemInfo", ""))
}

func TestLargeWikiIsLaidOutQuickly(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	at := time.Now()
	w := generateWiki(t, content.WikiSpec{Versions: 9, Attachments: 4000, Spaces: []content.SpaceSpec{{Key: "A", Pages: 20_000}}})
	require.Less(t, time.Since(at), 5*time.Second)
	t.Log("laid out in", time.Since(at))
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Log("MiB:", (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>20)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(16<<20))
	require.Len(t, w.Nodes(), 20_000)
	at = time.Now()
	versions, size := 0, 0
	for _, n := range w.Nodes()[:1000] {
		c := w.Content(n)
		for v := range n.Version {
			size += len(c.Body(v+1, content.StorageFormat))
			versions++
		}
		_ = c.Comments()
	}
	t.Log(versions, "versions in", time.Since(at), "of", size/versions, "bytes")
	require.Less(t, time.Since(at), 30*time.Second)
}
