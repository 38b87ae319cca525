package samplesite_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

func wikiOf(t *testing.T, spec content.WikiSpec) content.Wiki {
	t.Helper()
	g, err := content.Generate(content.Spec{Seed: 1})
	require.NoError(t, err)
	w, err := content.GenerateWiki(spec, g.People())
	require.NoError(t, err)
	return w
}

func isText(n content.Node) bool { return n.Type == content.PageType || n.Type == content.BlogType }

// longest collects how long the longest list of each kind is.
type longest map[string]int

func (l longest) see(kind string, n int) { l[kind] = max(l[kind], n) }

func TestEveryWikiPassesTheFirstPageOfEachList(t *testing.T) {
	w := wikiOf(t, samplesite.EveryWiki())
	require.Len(t, w.Spaces(), 40)
	l := longest{}
	personal, texts := 0, 0
	inSpace, children := map[string]map[int]int{}, map[int64]int{}
	for i, s := range w.Spaces() {
		if s.Type == "personal" {
			personal++
		}
		l.see("task", len(w.Tasks(i)))
	}
	require.Equal(t, 10, personal)
	for _, n := range w.Nodes() {
		if inSpace[n.Type] == nil {
			inSpace[n.Type] = map[int]int{}
		}
		inSpace[n.Type][n.Space]++
		children[n.Parent]++
		if !isText(n) {
			continue
		}
		texts++
		c := w.Content(n)
		at := n.Type + " "
		l.see(at+"version", n.Version)
		l.see(at+"label", len(c.Labels()))
		l.see(at+"property", len(c.Properties()))
		l.see(at+"like", len(c.Likes()))
		users, groups := c.Restriction("read")
		l.see(at+"restricted user", len(users))
		l.see(at+"restricted group", len(groups))
		files := c.Files()
		l.see(at+"file", len(files))
		for _, f := range files {
			l.see(at+"file version", len(f.Versions))
		}
		replies := map[int64]int{}
		roots := map[bool]int{}
		for _, one := range c.Comments() {
			if one.Parent == 0 {
				roots[one.Inline]++
			} else {
				replies[one.Parent]++
			}
			name := map[bool]string{true: "inline", false: "footer"}[one.Inline]
			l.see(at+name+" comment version", len(one.Versions))
			l.see(at+name+" comment", roots[one.Inline])
			l.see(at+name+" reply", replies[one.Parent])
		}
	}
	require.Equal(t, 5000, texts)
	delete(children, 0)
	l.see("child", slices.Max(slices.Collect(maps.Values(children))))
	for kind, spaces := range inSpace {
		l.see(kind, slices.Max(slices.Collect(maps.Values(spaces))))
	}
	setup := w.Setup()
	for _, kind := range []string{"theme", "spaceRole", "spacePermission", "group", "groupMember", "template", "blueprint", "spaceLabel", "spaceProperty",
		"spacePermissionAssignment", "spaceRoleAssignment", "spaceTemplate", "spaceWatcher", "customContent"} {
		for _, owner := range setup.Owners(kind) {
			l.see(kind, len(setup.List(kind, owner)))
		}
	}
	page := map[string]int{"theme": 200, "group": 200, "groupMember": 200, "template": 25, "blueprint": 25, "spaceTemplate": 25, "spaceLabel": 200, "spaceWatcher": 200,
		"folder": 50, "whiteboard": 50, "database": 50, "embed": 50}
	for _, at := range []string{content.PageType + " ", content.BlogType + " "} {
		page[at+"version"], page[at+"inline comment version"], page[at+"footer comment version"] = 50, 50, 50
		page[at+"restricted user"], page[at+"restricted group"] = 200, 200
	}
	for kind, n := range l {
		first := page[kind]
		if first == 0 {
			first = 250
		}
		require.Greater(t, n, first, "the longest list of kind %s", kind)
	}
}

func TestDemoWikiHasALittleOfEverything(t *testing.T) {
	w := wikiOf(t, samplesite.DemoWiki(400, 60))
	texts, files, comments := 0, 0, 0
	types, status, spaces := map[string]int{}, map[string]int{}, map[string]int{}
	for _, s := range w.Spaces() {
		spaces[s.Type+" "+s.Status]++
	}
	for _, n := range w.Nodes() {
		types[n.Type]++
		status[n.Status]++
		if isText(n) {
			c := w.Content(n)
			texts, files, comments = texts+1, files+len(c.Files()), comments+len(c.Comments())
		}
	}
	require.Equal(t, 400, texts)
	require.Equal(t, 60, files)
	require.Positive(t, comments)
	require.Equal(t, map[string]int{"global current": 3, "personal current": 1, "global archived": 1}, spaces)
	require.Len(t, types, 6)
	require.Len(t, status, 4)
	for _, pages := range []int{-1, 0, 1, 7} {
		n := 0
		for _, one := range wikiOf(t, samplesite.DemoWiki(pages, 3)).Nodes() {
			if isText(one) {
				n++
			}
		}
		require.Equal(t, max(0, pages), n)
	}
}

func TestPagesOfALargeSpaceHaveAboutFiveVersions(t *testing.T) {
	w := wikiOf(t, samplesite.LargeSpace(2000))
	texts, versions := 0, 0
	for _, n := range w.Nodes() {
		if isText(n) {
			texts, versions = texts+1, versions+n.Version
		}
	}
	require.Equal(t, 2000, texts)
	require.InDelta(t, 5, float64(versions)/float64(texts), 0.3)
}
