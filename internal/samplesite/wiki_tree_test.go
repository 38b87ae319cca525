package samplesite_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// treePath is where a node is read.
func treePath(n content.Node) string {
	return fmt.Sprintf("/wiki/api/v2/%ss/%d", n.Type, n.ID)
}

// below is the nodes that lists show below one, down to a depth, from the content itself.
func below(w content.Wiki, top content.Node, depth int) (out []content.Node) {
	level := []content.Node{top}
	for range depth {
		var next []content.Node
		for _, up := range level {
			var children []content.Node
			for _, n := range w.Nodes() {
				if n.Parent == up.ID {
					children = append(children, n)
				}
			}
			slices.SortFunc(children, func(a, b content.Node) int { return cmp.Compare(a.Position, b.Position) })
			next = append(next, children...)
		}
		level = next
		for _, n := range next {
			if n.Status == "current" || n.Status == "archived" {
				out = append(out, n)
			}
		}
	}
	return out
}

func idsIn(nodes []content.Node) []string {
	out := []string{}
	for _, n := range nodes {
		out = append(out, fmt.Sprint(n.ID))
	}
	return out
}

func TestTreesAreThoseOfTheContent(t *testing.T) {
	cfg := trapWiki()
	cfg.ShortPages = true
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	types, deepest := map[string]bool{}, 0
	for _, n := range w.Nodes() {
		if n.Type == content.BlogType || n.Status == "draft" || n.Space == 1 && n.Parent != 0 {
			continue
		}
		require.Equal(t, idsIn(below(w, n, 1)), members(t, walkWiki(t, c, treePath(n)+"/direct-children?limit=3"), "id"))
		if len(below(w, n, 1)) == 0 {
			continue
		}
		for depth, query := range map[int]string{2: "?limit=7", 10: "?depth=10&limit=9", 1: "?depth=1"} {
			got := walkWiki(t, c, treePath(n)+"/descendants"+query)
			require.Equal(t, idsIn(below(w, n, depth)), members(t, got, "id"), "top to bottom, depth %d", depth)
			for i, one := range below(w, n, depth) {
				types[one.Type] = true
				require.Equal(t, []string{one.Type, fmt.Sprint(one.Parent), fmt.Sprint(one.Position), one.Status},
					[]string{member(t, got[i], "type"), member(t, got[i], "parentId"), member(t, got[i], "childPosition"), member(t, got[i], "status")})
				deepest = max(deepest, int(parsed(t, member(t, got[i], "depth"))))
			}
		}
	}
	require.Len(t, types, 5)
	require.GreaterOrEqual(t, deepest, 5)
}

func TestNodesOfTreesAreReadByTheirKind(t *testing.T) {
	cfg := trapWiki()
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	kinds := []string{content.PageType, content.FolderType, content.WhiteboardType, content.DatabaseType, content.EmbedType}
	read := map[string]bool{}
	for _, n := range w.Nodes() {
		if n.Type == content.PageType || n.Type == content.BlogType {
			continue
		}
		read[n.Type] = true
		for _, kind := range kinds {
			a := c.get(fmt.Sprintf("/wiki/api/v2/%ss/%d", kind, n.ID))
			if kind != n.Type {
				require.Equal(t, http.StatusNotFound, a.status)
				require.JSONEq(t, `{"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found","detail":null}]}`, string(a.body))
				continue
			}
			require.Equal(t, fmt.Sprint(n.ID), member(t, a.body, "id"))
			require.Equal(t, content.Base+"/wiki", member(t, a.body, "_links.base"))
			body, err := rawjson.Split(w.Detail(n))
			require.NoError(t, err)
			require.Equal(t, string(rawjson.Get(body, "version")), member(t, a.body, "version"))
		}
		var above []string
		for up := n.Parent; up != 0; {
			above = append([]string{fmt.Sprint(up)}, above...)
			i := slices.IndexFunc(w.Nodes(), func(n content.Node) bool { return n.ID == up })
			up = w.Nodes()[i].Parent
		}
		a := c.get(treePath(n) + "/ancestors")
		require.Empty(t, a.header.Get("Link"), "the document declares none")
		require.Equal(t, above, append([]string(nil), members(t, resultsOf(t, a), "id")...), "the highest first")
	}
	require.Len(t, read, 4)
}

func resultsOf(t testing.TB, a answer) []rawjson.Raw {
	var p wikiPage
	a.decode(t, &p)
	return p.Results
}

// chainOf is a page with a page below it and one below that, from the highest.
func chainOf(t testing.TB, w content.Wiki) [3]content.Node {
	t.Helper()
	byID := map[int64]content.Node{}
	for _, n := range w.Nodes() {
		byID[n.ID] = n
	}
	current := func(n content.Node) bool { return n.Type == content.PageType && n.Status == "current" }
	for _, n := range w.Nodes() {
		up := byID[n.Parent]
		if top := byID[up.Parent]; current(n) && current(up) && current(top) && top.Parent != 0 {
			return [3]content.Node{top, up, n}
		}
	}
	t.Fatal("the tree is flat")
	return [3]content.Node{}
}

func TestWhatMayNotBeSeen(t *testing.T) {
	cfg := trapWiki()
	cfg.Wiki.Spaces[0].Tasks = 20
	cfg.Wiki.Comments = 12
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	chain := chainOf(t, w)
	home := w.Spaces()[chain[0].Space].Homepage
	get := func(n content.Node, path string) int { return c.get(treePath(n) + path).status }
	listed := func(n content.Node) bool {
		for _, path := range []string{"/pages?limit=250", fmt.Sprintf("/pages?id=%d", n.ID), fmt.Sprintf("/spaces/%d/pages?limit=250", w.Spaces()[n.Space].ID),
			fmt.Sprintf("/pages/%d/descendants?depth=10&limit=250", home), fmt.Sprintf("/pages/%d/direct-children?limit=250", n.Parent)} {
			a := c.get("/wiki/api/v2" + path)
			if a.status == http.StatusNotFound {
				continue // what is above is hidden as well
			}
			if slices.Contains(members(t, walkWiki(t, c, "/wiki/api/v2"+path), "id"), fmt.Sprint(n.ID)) {
				return true
			}
		}
		return false
	}
	under := []string{"", "/labels", "/properties", "/likes/users", "/likes/count", "/versions", "/versions/1", "/footer-comments", "/inline-comments", "/attachments",
		"/custom-content?type=x", "/descendants", "/direct-children", "/ancestors", "/children", "/operations"}
	hidden := func(n content.Node) {
		t.Helper()
		for _, path := range under {
			require.Equal(t, http.StatusNotFound, get(n, path), path)
		}
		require.False(t, listed(n))
	}
	shown := func(n content.Node) {
		t.Helper()
		for _, path := range under {
			require.Equal(t, http.StatusOK, get(n, path), path)
		}
		require.True(t, listed(n))
	}
	shown(chain[2])

	t.Run("a restricted page hides what is below it", func(t *testing.T) {
		site.RestrictPage(chain[0].ID)
		for _, n := range chain {
			hidden(n)
		}
	})
	t.Run("a page below it may be seen all the same", func(t *testing.T) {
		site.ShowBelowRestricted(chain[2].ID)
		hidden(chain[0])
		hidden(chain[1])
		shown(chain[2])
		require.Equal(t, fmt.Sprint(chain[1].ID), member(t, c.get(treePath(chain[2])).body, "parentId"), "it names a page that is not there")
	})
	t.Run("an Admin Key that is in force opens it", func(t *testing.T) {
		withKey := func(r *http.Request) { r.Header.Set("Atl-Confluence-With-Admin-Key", "true") }
		require.Equal(t, http.StatusNotFound, c.get(treePath(chain[0]), withKey).status)
		require.Equal(t, http.StatusOK, c.post("/wiki/api/v2/admin-key", `{"durationInMinutes":60}`).status)
		for _, path := range under {
			require.Equal(t, http.StatusOK, c.get(treePath(chain[0])+path, withKey).status, path)
		}
		require.Contains(t, members(t, walkWiki(t, c, "/wiki/api/v2/pages", withKey), "id"), fmt.Sprint(chain[0].ID))
		require.Equal(t, http.StatusNotFound, get(chain[0], ""))
	})
	t.Run("lifted, it is there again", func(t *testing.T) {
		site.UnrestrictPage(chain[0].ID)
		shown(chain[0])
		shown(chain[1])
	})
	t.Run("a deleted page is gone, what was below it moves up", func(t *testing.T) {
		site.DeletePage(chain[1].ID)
		hidden(chain[1])
		require.Equal(t, fmt.Sprint(chain[0].ID), member(t, c.get(treePath(chain[2])).body, "parentId"))
	})
	t.Run("a forbidden space hides all that is in it", func(t *testing.T) {
		key := w.Spaces()[chain[0].Space].Key
		site.ForbidSpace(key)
		hidden(chain[0])
		for _, n := range w.Nodes() {
			if n.Space == chain[0].Space && n.Type != content.BlogType {
				require.Equal(t, http.StatusNotFound, get(n, ""))
				require.Equal(t, http.StatusNotFound, get(n, "/descendants"))
			}
			if n.Space != chain[0].Space || n.Type != content.PageType {
				continue
			}
			for _, one := range w.Content(n).Comments() {
				kind := map[bool]string{false: "footer", true: "inline"}[one.Inline]
				require.Equal(t, http.StatusNotFound, c.get(fmt.Sprintf("/wiki/api/v2/%s-comments/%d/children", kind, one.ID)).status)
			}
			for _, f := range w.Content(n).Files() {
				require.Equal(t, http.StatusNotFound, c.get(fmt.Sprintf("/wiki/api/v2/attachments/att%d", f.ID)).status)
			}
		}
		require.Equal(t, http.StatusNotFound, c.get(fmt.Sprintf("/wiki/api/v2/spaces/%d/pages", w.Spaces()[0].ID)).status)
		for _, list := range []string{"pages", "footer-comments", "inline-comments", "attachments", "tasks"} {
			for _, one := range walkWiki(t, c, "/wiki/api/v2/"+list+"?limit=250") {
				require.NotEqual(t, fmt.Sprint(w.Spaces()[0].ID), member(t, one, "spaceId"))
			}
		}
		require.Len(t, walkWiki(t, c, "/wiki/api/v2/tasks?limit=250"), len(w.Tasks(1)))
		site.AllowSpace(key)
		shown(chain[0])
	})
}
