package content_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

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
