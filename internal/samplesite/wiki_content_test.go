package samplesite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// deepWiki is a site with a page of which every list is longer than a page.
func deepWiki() samplesite.Config {
	files := make([]content.FileSpec, 260)
	for i := range files {
		files[i] = content.FileSpec{Name: fmt.Sprintf("file %d.csv", i), Size: 100}
	}
	return samplesite.Config{Rate: -1, Content: content.Spec{Seed: 3, Users: 12}, Wiki: content.WikiSpec{
		Seed: 9, Attachments: 30, Accounts: 300,
		Spaces: []content.SpaceSpec{
			{Key: "ENG", Pages: 300, Blogs: 280, Others: 4, Tasks: 60, CustomContent: 60},
			{Key: "DOC", Pages: 60, Blogs: 5, Others: 2, Flat: true},
		},
		Nodes: []content.NodeSpec{
			{Space: "ENG", Number: 3, Versions: 120, Footer: 300, Inline: 280, Replies: 260, Depth: 5, Labels: 270, Props: 270, Likes: 280, Files: files, FileVersions: 30, CommentVersions: 60},
			{Space: "ENG", Number: 4, Versions: 60, Footer: 30, Inline: 30, Labels: 60, Props: 51, Likes: 50},
		},
	}}
}

// wikiContent is the content of a site, made once more without the site.
func wikiContent(t testing.TB, site *samplesite.Site, cfg samplesite.Config) content.Wiki {
	t.Helper()
	w, err := content.GenerateWiki(cfg.Wiki, site.Truth().People())
	require.NoError(t, err)
	return w
}

// numbered is the n-th page or blog post of a space.
func numbered(t testing.TB, w content.Wiki, space, n int) content.Node {
	t.Helper()
	for _, one := range w.Nodes() {
		if one.Space != space || one.Type != content.PageType && one.Type != content.BlogType {
			continue
		}
		if n--; n == 0 {
			return one
		}
	}
	t.Fatal("no such page")
	return content.Node{}
}

// member is the text of a member of a body, "" where it has none.
func member(t testing.TB, body rawjson.Raw, path string) string {
	t.Helper()
	for name := range strings.SplitSeq(path, ".") {
		var m map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(body, &m), "%s of %s", path, body)
		if body = m[name]; body == nil {
			return ""
		}
	}
	var s string
	if json.Unmarshal(body, &s) == nil {
		return s
	}
	return string(body)
}

func members(t testing.TB, bodies []rawjson.Raw, path string) []string {
	out := []string{}
	for _, b := range bodies {
		out = append(out, member(t, b, path))
	}
	return out
}

// nodesOf is the ids of the nodes that match.
func nodesOf(w content.Wiki, match func(content.Node) bool) []string {
	out := []string{}
	for _, n := range w.Nodes() {
		if match(n) {
			out = append(out, strconv.FormatInt(n.ID, 10))
		}
	}
	return out
}

func TestListsOfContentAreWhole(t *testing.T) {
	for _, short := range []bool{false, true} {
		t.Run(map[bool]string{false: "full pages", true: "short and empty pages"}[short], func(t *testing.T) {
			cfg := deepWiki()
			cfg.ShortPages = short
			site, c := checkedWiki(t, cfg)
			w := wikiContent(t, site, cfg)
			page, blog := numbered(t, w, 0, 3), numbered(t, w, 0, 4)
			require.Equal(t, []string{content.PageType, content.BlogType}, []string{page.Type, blog.Type})
			eng := fmt.Sprint(w.Spaces()[0].ID)
			type status = func(content.Node) bool
			is := func(kind string, statuses ...string) status {
				return func(n content.Node) bool { return n.Type == kind && slices.Contains(statuses, n.Status) }
			}
			in := func(space int, also status) status {
				return func(n content.Node) bool { return n.Space == space && also(n) }
			}
			for path, want := range map[string][]string{
				"/pages?limit=250":          nodesOf(w, is("page", "current", "archived")),
				"/pages":                    nodesOf(w, is("page", "current", "archived")),
				"/pages?status=trashed":     nodesOf(w, is("page", "trashed")),
				"/pages?space-id=" + eng:    nodesOf(w, in(0, is("page", "current", "archived"))),
				"/spaces/" + eng + "/pages": nodesOf(w, in(0, is("page", "current", "archived"))),
				"/blogposts?limit=250":      nodesOf(w, is("blogpost", "current")),
				"/blogposts?status=trashed": nodesOf(w, is("blogpost", "trashed")),
				"/spaces/" + eng + "/blogposts?status=current&status=trashed":                        nodesOf(w, in(0, is("blogpost", "current", "trashed"))),
				"/spaces/" + eng + "/pages?sort=id&limit=250&status=current,archived&status=trashed": nodesOf(w, in(0, is("page", "current", "archived", "trashed"))),
				"/spaces/" + eng + "/pages?depth=root&status=current":                                nodesOf(w, in(0, func(n content.Node) bool { return n.Type == "page" && n.Parent == 0 && n.Status == "current" })),
			} {
				require.NotEmpty(t, want, path)
				require.Equal(t, want, members(t, walkWiki(t, c, "/wiki/api/v2"+path), "id"), path)
			}
			for name, n := range map[string]content.Node{"/pages/": page, "/blogposts/": blog} {
				own := w.Content(n)
				id := name + fmt.Sprint(n.ID)
				roots := func(inline bool, statuses string) (out []string) {
					for _, one := range own.Comments() {
						if one.Inline == inline && one.Parent == 0 && strings.Contains(statuses, one.Status) {
							out = append(out, fmt.Sprint(one.ID))
						}
					}
					return out
				}
				files := []string{}
				for _, f := range own.Files() {
					files = append(files, fmt.Sprintf("att%d", f.ID))
				}
				for path, want := range map[string][]string{
					id + "/footer-comments":                                              roots(false, "current"),
					id + "/footer-comments?body-format=storage":                          roots(false, "current"),
					id + "/inline-comments?limit=250":                                    roots(true, "current"),
					id + "/attachments?status=current,archived&status=trashed&limit=250": files,
				} {
					require.Equal(t, want, members(t, walkWiki(t, c, "/wiki/api/v2"+path), "id"), path)
				}
				for path, want := range map[string][]rawjson.Raw{
					id + "/labels?limit=250": bodiesOf(own.Labels()), id + "/labels": bodiesOf(own.Labels()),
					id + "/properties": bodiesOf(own.Properties()), id + "/properties?limit=250": bodiesOf(own.Properties()),
				} {
					require.Equal(t, rawTexts(want), rawTexts(walkWiki(t, c, "/wiki/api/v2"+path)), path)
				}
				require.Equal(t, own.Likes(), members(t, walkWiki(t, c, "/wiki/api/v2"+id+"/likes/users"), "accountId"))
				require.Equal(t, fmt.Sprintf(`{"count":%d}`, len(own.Likes())), string(c.get("/wiki/api/v2"+id+"/likes/count").body))
				got := walkWiki(t, c, "/wiki/api/v2"+id+"/versions?body-format=storage&limit=250")
				require.Len(t, got, n.Version)
				for i, v := range own.Versions() {
					require.Equal(t, fmt.Sprint(v.Number), member(t, got[i], "number"))
					of := strings.TrimSuffix(strings.Trim(name, "/"), "s")
					require.Equal(t, own.Body(v.Number, "storage"), member(t, got[i], of+".body.storage.value"))
					require.Equal(t, v.Title, member(t, got[i], of+".title"))
				}
			}
			answers := map[int64][]string{}
			all := w.Content(page).Comments()
			require.Greater(t, len(all), 1000)
			for _, one := range all {
				answers[one.Parent] = append(answers[one.Parent], fmt.Sprint(one.ID))
			}
			levels := 0
			for i, one := range all {
				want := answers[one.ID]
				if want == nil && i%100 != 0 {
					continue
				}
				path := fmt.Sprintf("/wiki/api/v2/footer-comments/%d/children?limit=100&body-format=storage", one.ID)
				if one.Inline {
					path = fmt.Sprintf("/wiki/api/v2/inline-comments/%d/children?limit=100&body-format=storage", one.ID)
				}
				require.Equal(t, want, append([]string(nil), members(t, walkWiki(t, c, path), "id")...))
				if one.Parent != 0 {
					levels++
				}
			}
			require.GreaterOrEqual(t, levels, 4, "replies to replies")
			tasks := [2]int{len(w.Tasks(0)), len(w.Tasks(0)) + len(w.Tasks(1))}
			require.Len(t, walkWiki(t, c, "/wiki/api/v2/tasks?limit=7"), tasks[1])
			require.Len(t, walkWiki(t, c, "/wiki/api/v2/tasks?space-id="+eng+"&body-format=storage"), tasks[0])
			every := map[string][]string{}
			for _, n := range w.Nodes() {
				if n.Status != "current" || n.Type != content.PageType && n.Type != content.BlogType {
					continue
				}
				for _, one := range w.Content(n).Comments() {
					if one.Status == "current" {
						kind := map[bool]string{false: "footer-comments", true: "inline-comments"}[one.Inline]
						every[kind] = append(every[kind], fmt.Sprint(one.ID))
					}
				}
				for _, f := range w.Content(n).Files() {
					if f.Status != "trashed" {
						every["attachments"] = append(every["attachments"], fmt.Sprintf("att%d", f.ID))
					}
				}
			}
			for kind, want := range every {
				require.Equal(t, want, members(t, walkWiki(t, c, "/wiki/api/v2/"+kind+"?limit=90"), "id"), kind)
				sorted := members(t, walkWiki(t, c, "/wiki/api/v2/"+kind+"?limit=90&sort=-modified-date"), "id")
				require.NotEqual(t, want, sorted)
				require.ElementsMatch(t, want, sorted, kind)
			}
		})
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

func TestBodiesOfPagesComeOnlyWhenAsked(t *testing.T) {
	cfg := deepWiki()
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	page := numbered(t, w, 0, 3)
	own := w.Content(page)
	path := fmt.Sprintf("/wiki/api/v2/pages/%d", page.ID)
	a := c.get(path)
	require.Equal(t, "application/json", a.header.Get("Content-Type"), "without a charset")
	require.Equal(t, "{}", member(t, a.body, "body"))
	require.Equal(t, "120", member(t, a.body, "version.number"))
	require.Equal(t, content.Base+"/wiki", member(t, a.body, "_links.base"))
	require.Empty(t, member(t, a.body, "labels"))
	require.Empty(t, a.header.Get("Link"))
	for _, format := range []string{"storage", "atlas_doc_format"} {
		one := c.get(path + "?body-format=" + format).body
		require.Equal(t, own.Body(120, format), member(t, one, "body."+format+".value"))
		require.Equal(t, format, member(t, one, "body."+format+".representation"))
	}
	old := c.get(path + "?version=7&body-format=storage").body
	require.Equal(t, own.Body(7, "storage"), member(t, old, "body.storage.value"))
	require.Equal(t, "7", member(t, old, "version.number"))
	require.Equal(t, http.StatusNotFound, c.get(path+"?version=121").status)
	require.Empty(t, member(t, c.get(path+"?include-version=false").body, "version"))

	bulk := walkWiki(t, c, fmt.Sprintf("/wiki/api/v2/pages?id=%d&id=%d,%d&id=1&body-format=atlas_doc_format", page.ID+1, page.ID, numbered(t, w, 0, 9).ID))
	require.Equal(t, []string{fmt.Sprint(page.ID), fmt.Sprint(numbered(t, w, 0, 9).ID)}, members(t, bulk, "id"), "what is no page is left out without a word")
	require.Equal(t, own.Body(120, "atlas_doc_format"), member(t, bulk[0], "body.atlas_doc_format.value"))
	require.Empty(t, member(t, bulk[0], "_links.base"))
}

func TestIncludedListsHoldFiftyAndSayWhereTheRestIs(t *testing.T) {
	cfg := deepWiki()
	site, c := checkedWiki(t, cfg)
	w := wikiContent(t, site, cfg)
	page, blog := numbered(t, w, 0, 3), numbered(t, w, 0, 4)
	for path, n := range map[string]content.Node{"/pages/": page, "/blogposts/": blog} {
		path = fmt.Sprintf("/wiki/api/v2%s%d", path, n.ID)
		a := c.get(path + "?include-labels=true&include-properties=true&include-likes=true&include-versions=true&include-operations=true").body
		for name, list := range map[string]string{"labels": "labels", "properties": "properties", "likes": "likes/users", "versions": "versions"} {
			var one struct {
				Results []rawjson.Raw
				Meta    struct {
					HasMore bool
					Cursor  string
				}
			}
			require.NoError(t, json.Unmarshal([]byte(member(t, a, name)), &one))
			whole := walkWiki(t, c, path+"/"+list)
			require.Equal(t, len(whole) > 50, one.Meta.HasMore, name)
			require.Equal(t, one.Meta.HasMore, one.Meta.Cursor != "")
			require.Len(t, one.Results, min(50, len(whole)))
			if one.Meta.HasMore {
				rest := walkWiki(t, c, path+"/"+list+"?limit=100&cursor="+url.QueryEscape(one.Meta.Cursor))
				require.Equal(t, len(whole), 50+len(rest), name)
				require.Equal(t, firstMember(t, whole[50]), firstMember(t, rest[0]))
			}
			require.Equal(t, firstMember(t, whole[49]), firstMember(t, one.Results[49]))
		}
		require.Contains(t, member(t, a, "operations.results"), `"operation":"read"`)
	}
}

// firstMember is the value that the first member of a body has.
func firstMember(t testing.TB, body rawjson.Raw) string {
	m, err := rawjson.Split(body)
	require.NoError(t, err)
	return string(m[0].Value)
}
