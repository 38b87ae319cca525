package samplesite_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// walker reads the lists of a site whose content is known.
type walker struct {
	*client
	w          content.Wiki
	page, blog content.Node // of which every list is longer than a page
}

func TestListsOfContentAreWhole(t *testing.T) {
	for name, short := range map[string]bool{"full pages": false, "short and empty pages": true} {
		t.Run(name, func(t *testing.T) {
			cfg := deepWiki()
			cfg.ShortPages = short
			site, c := checkedWiki(t, cfg)
			w := wikiContent(t, site, cfg)
			r := walker{client: c, w: w, page: numbered(t, w, 0, 3), blog: numbered(t, w, 0, 4)}
			require.Equal(t, []string{content.PageType, content.BlogType}, []string{r.page.Type, r.blog.Type})
			t.Run("of pages and blog posts", r.nodes)
			t.Run("below a page", func(t *testing.T) { r.below(t, r.page) })
			t.Run("below a blog post", func(t *testing.T) { r.below(t, r.blog) })
			t.Run("of replies", r.replies)
			t.Run("of tasks", r.tasks)
			t.Run("of the whole site", r.everywhere)
		})
	}
}

func (r walker) walk(t *testing.T, path string) []rawjson.Raw {
	return walkWiki(t, r.client, "/wiki/api/v2"+path)
}

// nodes walks lists of pages and blog posts by status, space and place.
func (r walker) nodes(t *testing.T) {
	type match = func(content.Node) bool
	is := func(kind string, statuses ...string) match {
		return func(n content.Node) bool { return n.Type == kind && slices.Contains(statuses, n.Status) }
	}
	in := func(also match) match {
		return func(n content.Node) bool { return n.Space == 0 && also(n) }
	}
	root := func(n content.Node) bool { return is("page", "current")(n) && n.Parent == 0 }
	eng := fmt.Sprint(r.w.Spaces()[0].ID)
	for path, want := range map[string]match{
		"/pages?limit=250":          is("page", "current", "archived"),
		"/pages":                    is("page", "current", "archived"),
		"/pages?status=trashed":     is("page", "trashed"),
		"/pages?space-id=" + eng:    in(is("page", "current", "archived")),
		"/spaces/" + eng + "/pages": in(is("page", "current", "archived")),
		"/blogposts?limit=250":      is("blogpost", "current"),
		"/blogposts?status=trashed": is("blogpost", "trashed"),
		"/spaces/" + eng + "/blogposts?status=current&status=trashed":                        in(is("blogpost", "current", "trashed")),
		"/spaces/" + eng + "/pages?sort=id&limit=250&status=current,archived&status=trashed": in(is("page", "current", "archived", "trashed")),
		"/spaces/" + eng + "/pages?depth=root&status=current":                                in(root),
	} {
		require.NotEmpty(t, nodesOf(r.w, want), path)
		require.Equal(t, nodesOf(r.w, want), members(t, r.walk(t, path), "id"), path)
	}
}

// below walks the lists that belong to a page or blog post.
func (r walker) below(t *testing.T, n content.Node) {
	own := r.w.Content(n)
	path := fmt.Sprintf("/%ss/%d", n.Type, n.ID)
	roots := func(inline bool) (out []string) {
		for _, one := range own.Comments() {
			if one.Inline == inline && one.Parent == 0 && one.Status == "current" {
				out = append(out, fmt.Sprint(one.ID))
			}
		}
		return out
	}
	files := []string{}
	for _, f := range own.Files() {
		files = append(files, fmt.Sprintf("att%d", f.ID))
	}
	for list, want := range map[string][]string{
		"/footer-comments": roots(false), "/footer-comments?body-format=storage": roots(false), "/inline-comments?limit=250": roots(true),
		"/attachments?status=current,archived&status=trashed&limit=250": files,
	} {
		require.Equal(t, want, members(t, r.walk(t, path+list), "id"), list)
	}
	for list, want := range map[string][]content.Entry{
		"/labels?limit=250": own.Labels(), "/labels": own.Labels(), "/properties": own.Properties(), "/properties?limit=250": own.Properties(),
	} {
		require.Equal(t, rawTexts(bodiesOf(want)), rawTexts(r.walk(t, path+list)), list)
	}
	require.Equal(t, own.Likes(), members(t, r.walk(t, path+"/likes/users"), "accountId"))
	require.Equal(t, fmt.Sprintf(`{"count":%d}`, len(own.Likes())), string(r.get("/wiki/api/v2"+path+"/likes/count").body))
	got := r.walk(t, path+"/versions?body-format=storage&limit=250")
	require.Len(t, got, n.Version)
	for i, v := range own.Versions() {
		require.Equal(t, fmt.Sprint(v.Number), member(t, got[i], "number"))
		require.Equal(t, own.Body(v.Number, "storage"), member(t, got[i], n.Type+".body.storage.value"))
		require.Equal(t, v.Title, member(t, got[i], n.Type+".title"))
	}
}

// replies walks what answers the comments of a page, and what answers that.
func (r walker) replies(t *testing.T) {
	answers := map[int64][]string{}
	all := r.w.Content(r.page).Comments()
	require.Greater(t, len(all), 1000)
	for _, one := range all {
		answers[one.Parent] = append(answers[one.Parent], fmt.Sprint(one.ID))
	}
	nested := 0
	for i, one := range all {
		want := answers[one.ID]
		if want == nil && i%100 != 0 {
			continue
		}
		kind := map[bool]string{false: "footer", true: "inline"}[one.Inline]
		got := r.walk(t, fmt.Sprintf("/%s-comments/%d/children?limit=100&body-format=storage", kind, one.ID))
		require.Equal(t, append([]string{}, want...), members(t, got, "id"))
		if one.Parent != 0 {
			nested++
		}
	}
	require.GreaterOrEqual(t, nested, 4, "replies to replies")
}

func (r walker) tasks(t *testing.T) {
	of := [2]int{len(r.w.Tasks(0)), len(r.w.Tasks(1))}
	require.Len(t, r.walk(t, "/tasks?limit=7"), of[0]+of[1])
	require.Len(t, r.walk(t, fmt.Sprintf("/tasks?space-id=%d&body-format=storage", r.w.Spaces()[0].ID)), of[0])
}

// everywhere walks the lists of comments and files of all pages and blog posts.
func (r walker) everywhere(t *testing.T) {
	every := map[string][]string{}
	for _, n := range r.w.Nodes() {
		if n.Status != "current" || n.Type != content.PageType && n.Type != content.BlogType {
			continue
		}
		for _, one := range r.w.Content(n).Comments() {
			if one.Status == "current" {
				kind := map[bool]string{false: "footer-comments", true: "inline-comments"}[one.Inline]
				every[kind] = append(every[kind], fmt.Sprint(one.ID))
			}
		}
		for _, f := range r.w.Content(n).Files() {
			if f.Status != "trashed" {
				every["attachments"] = append(every["attachments"], fmt.Sprintf("att%d", f.ID))
			}
		}
	}
	require.Len(t, every, 3)
	for kind, want := range every {
		require.Equal(t, want, members(t, r.walk(t, "/"+kind+"?limit=90"), "id"), kind)
		sorted := members(t, r.walk(t, "/"+kind+"?limit=90&sort=-modified-date"), "id")
		require.NotEqual(t, want, sorted)
		require.ElementsMatch(t, want, sorted, kind)
	}
}

func bodiesOf(entries []content.Entry) (out []rawjson.Raw) {
	for _, e := range entries {
		out = append(out, e.Body)
	}
	return out
}

func rawTexts(all []rawjson.Raw) (out []string) {
	for _, r := range all {
		out = append(out, string(r))
	}
	return out
}
