package samplesite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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
