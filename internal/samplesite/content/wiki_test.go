package content_test

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

var wikiSpec = content.WikiSpec{Seed: 7, Attachments: 120, Accounts: 60, Spaces: []content.SpaceSpec{
	{Key: "ENG", Name: "Engineering & more", Pages: 240, Blogs: 30, Others: 5, Tasks: 40, CustomContent: 9, Deep: 14},
	{Personal: true, Pages: 20, Others: 1},
	{Key: "OLD", Archived: true, Pages: 30, Flat: true},
	{Key: "EMPTY"},
}, Nodes: []content.NodeSpec{
	{Space: "ENG", Number: 2, Versions: 12, Labels: 60, Likes: 70, Props: 20, Readers: 80, Odd: true},
	{Space: "ENG", Number: 3, Footer: 30, Inline: 20, Replies: 25, Depth: 9, CommentVersions: 7},
	{Space: "ENG", Number: 4, FileVersions: 5, Files: []content.FileSpec{{Name: "a b.log", Size: 5000}, {Name: "../x", Size: 10}}},
	{Space: "ENG", Number: 5, Versions: -1, Footer: -1, Inline: -1, Labels: -1, Likes: -1, Props: -1, Readers: -1},
}}

func generateWiki(t testing.TB, spec content.WikiSpec) content.Wiki {
	t.Helper()
	w, err := content.GenerateWiki(spec, generate(t, content.Spec{Seed: spec.Seed}).People())
	require.NoError(t, err)
	return w
}

func hasContent(n content.Node) bool { return n.Type == content.PageType || n.Type == content.BlogType }

// numbered returns a page or blog post of the first space by its number.
func numbered(t testing.TB, w content.Wiki, number int) content.Node {
	t.Helper()
	for _, n := range w.Nodes() {
		if n.Space == 0 && hasContent(n) {
			if number--; number == 0 {
				return n
			}
		}
	}
	t.Fatal("no such page")
	return content.Node{}
}

// dumpNode writes everything of a node.
func dumpNode(t testing.TB, w content.Wiki, n content.Node) []byte {
	if !hasContent(n) {
		return w.Detail(n)
	}
	var b bytes.Buffer
	c := w.Content(n)
	for _, m := range c.Members() {
		b.WriteString(m.Name)
		b.Write(m.Value)
	}
	for _, v := range c.Versions() {
		b.Write(v.Body)
		b.WriteString(v.Title + c.Body(v.Number, content.StorageFormat) + c.Body(v.Number, content.ADFFormat))
	}
	for _, entries := range [][]content.Entry{c.Labels(), c.Properties()} {
		for _, e := range entries {
			b.Write(e.Body)
		}
	}
	b.WriteString(strings.Join(c.Likes(), ","))
	b.Write(c.Restrictions())
	for _, one := range c.Comments() {
		for _, v := range one.Versions {
			b.Write(v.Body)
			b.WriteString(one.Body(v.Number))
		}
		for _, m := range one.Members {
			b.Write(m.Value)
		}
	}
	for _, f := range c.Files() {
		for _, v := range f.Versions {
			for _, m := range v.Members {
				b.Write(m.Value)
			}
			_, err := io.Copy(&b, io.LimitReader(v.Open(), 5000))
			require.NoError(t, err)
		}
	}
	return b.Bytes()
}

func TestTheSameWikiSpecGivesTheSameBytes(t *testing.T) {
	one, two := generateWiki(t, wikiSpec), generateWiki(t, wikiSpec)
	other := wikiSpec
	other.Seed++
	three := generateWiki(t, other)
	require.Len(t, one.Nodes(), 240+30+20+20+4+30)
	differ := 0
	for i := len(one.Nodes()) - 1; i >= 0; i-- { // in another order than they were laid out
		n := one.Nodes()[i]
		require.Equal(t, n, two.Nodes()[i])
		require.Equal(t, dumpNode(t, one, n), dumpNode(t, two, two.Nodes()[i]), n.ID)
		if !bytes.Equal(dumpNode(t, one, n), dumpNode(t, three, three.Nodes()[i])) {
			differ++
		}
	}
	require.Equal(t, len(one.Nodes()), differ, "another seed gives other bytes")
	require.Equal(t, one.Spaces(), two.Spaces())
	for i := range one.Spaces() {
		require.Equal(t, one.Tasks(i), two.Tasks(i))
	}
}

func TestTreesAddUp(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	byID := map[int64]content.Node{}
	children := map[int64]map[int]bool{}
	for _, n := range w.Nodes() {
		byID[n.ID] = n
	}
	deepest, below, status := map[int]int{}, map[string]int{}, map[string]int{}
	emptyFolders := 0
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
		status[n.Status]++
		if n.Type == content.BlogType {
			require.Zero(t, n.Parent)
			require.NotEqual(t, "archived", n.Status)
			continue
		}
		if children[n.Parent] == nil {
			children[n.Parent] = map[int]bool{}
		}
		if n.Parent != 0 {
			require.False(t, children[n.Parent][n.Position], "two at the same place")
			children[n.Parent][n.Position] = true
		}
	}
	for _, n := range w.Nodes() {
		if n.Type == content.FolderType && n.Parent == 0 && children[n.ID] == nil {
			emptyFolders++
		}
	}
	require.Equal(t, map[int]int{0: 14, 1: 6, 2: 2}, deepest)
	require.Positive(t, emptyFolders)
	for _, kind := range []string{content.PageType, content.FolderType, content.WhiteboardType, content.DatabaseType, content.EmbedType, ""} {
		require.Positive(t, below[kind], "something below %q", kind)
	}
	for _, s := range []string{"current", "archived", "trashed", "draft"} {
		require.Positive(t, status[s], s)
	}
	for i, s := range w.Spaces() {
		require.Equal(t, i != 3, s.Homepage != 0)
		if s.Homepage != 0 {
			require.Equal(t, i, byID[s.Homepage].Space)
			require.Zero(t, byID[s.Homepage].Parent)
			require.Equal(t, "current", byID[s.Homepage].Status)
		}
	}
	require.Equal(t, "~"+w.Spaces()[1].Owner, w.Spaces()[1].Key)
	require.Equal(t, "personal", w.Spaces()[1].Type)
	require.Equal(t, "archived", w.Spaces()[2].Status)
}

func TestLookUpsEqualLists(t *testing.T) {
	w := generateWiki(t, wikiSpec)
	files, comments := 0, 0
	var last int64
	tasks := map[int64][]int64{}
	for i := range w.Spaces() {
		for _, task := range w.Tasks(i) {
			tasks[task.Node] = append(tasks[task.Node], task.ID)
		}
	}
	for _, n := range w.Nodes() {
		require.Greater(t, n.ID, last, "one number space")
		last = n.ID
		if !hasContent(n) {
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
			require.Equal(t, n.ID, f.Node)
		}
		seen := map[int64]bool{}
		for _, one := range c.Comments() {
			comments++
			require.Greater(t, one.ID, last)
			last = one.ID
			found, known := w.Comment(one.ID)
			require.True(t, known)
			require.Equal(t, one, found)
			require.True(t, one.Parent == 0 || seen[one.Parent], "a reply follows what it answers")
			require.Equal(t, n.ID, one.Node)
			seen[one.ID] = true
		}
		for _, id := range tasks[n.ID] {
			require.Greater(t, id, last)
			last = id
			_, known := w.File(id)
			require.False(t, known)
			_, known = w.Comment(id)
			require.False(t, known)
		}
	}
	require.Equal(t, 120+2, files)
	require.Greater(t, comments, 150)
	for _, id := range []int64{-1, 0, 1, last + 1} {
		_, known := w.File(id)
		require.False(t, known)
		_, known = w.Comment(id)
		require.False(t, known)
	}
}

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
