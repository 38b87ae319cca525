package samplesite_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// trapWiki is a site of a few pages.
func trapWiki() samplesite.Config {
	return samplesite.Config{Rate: -1, Content: content.Spec{Seed: 3, Users: 12}, Wiki: content.WikiSpec{
		Seed: 4, Attachments: 40, Spaces: []content.SpaceSpec{{Key: "ENG", Pages: 90, Blogs: 12, Others: 4}, {Key: "DOC", Pages: 30}},
	}}
}

var nextLink = regexp.MustCompile(`^<([^>]+)>; rel="next", <([^>]+)>; rel="base"$`)

func TestCursors(t *testing.T) {
	site, c := checkedWiki(t, trapWiki())
	const path = "/wiki/api/v2/pages?limit=20&body-format=storage&sort=id"
	first := func(path string) (wikiPage, answer) {
		var p wikiPage
		a := c.get(path)
		a.decode(t, &p)
		return p, a
	}
	p, a := first(path)
	next, err := url.Parse(p.Links.Next)
	require.NoError(t, err)
	token := next.Query().Get("cursor")

	t.Run("next is relative to the host and begins with /wiki, base is the site's", func(t *testing.T) {
		require.Equal(t, "/wiki/api/v2/pages", next.Path)
		require.Empty(t, next.Host)
		require.Equal(t, "https://sample.atlassian.net/wiki", p.Links.Base)
	})
	t.Run("the Link header says the same", func(t *testing.T) {
		m := nextLink.FindStringSubmatch(a.header.Get("Link"))
		require.NotNil(t, m, a.header.Get("Link"))
		require.Equal(t, []string{p.Links.Next, p.Links.Base}, m[1:])
	})
	t.Run("the cursor is not the last parameter and is escaped once", func(t *testing.T) {
		require.False(t, strings.HasSuffix(p.Links.Next, url.QueryEscape(token)))
		require.Contains(t, p.Links.Next, "cursor="+url.QueryEscape(token)+"&")
		require.NotEqual(t, token, url.QueryEscape(token))
		require.Equal(t, http.StatusBadRequest, c.get(path+"&cursor="+url.QueryEscape(url.QueryEscape(token))).status)
	})
	t.Run("the last page has a base and no next", func(t *testing.T) {
		p, a := first("/wiki/api/v2/pages?limit=250")
		require.Empty(t, p.Links.Next)
		require.Equal(t, `<https://sample.atlassian.net/wiki>; rel="base"`, a.header.Get("Link"))
	})
	t.Run("what is no cursor of this list is refused", func(t *testing.T) {
		for _, bad := range []string{p.Links.Next, "https://sample.atlassian.net" + p.Links.Next, "x", token[1:]} {
			a := c.get(path + "&cursor=" + url.QueryEscape(bad))
			require.Equal(t, http.StatusBadRequest, a.status, bad)
			require.Contains(t, string(a.body), `{"errors":[{"status":400,"code":"INVALID_REQUEST_PARAMETER","title":"`)
			require.Equal(t, "application/json", a.header.Get("Content-Type"))
		}
		require.Equal(t, http.StatusBadRequest, c.get("/wiki/api/v2/pages?sort=-id&body-format=storage&cursor="+url.QueryEscape(token)).status)
	})
	t.Run("a cursor outlives its item and what is added", func(t *testing.T) {
		last := member(t, p.Results[19], "id")
		site.DeletePage(parsed(t, last))
		_, err := site.AddPage("ENG")
		require.NoError(t, err)
		after, _ := first(p.Links.Next)
		require.Len(t, after.Results, 20)
		require.Greater(t, parsed(t, member(t, after.Results[0], "id")), parsed(t, last))
	})
	t.Run("through the gateway the addresses are the same", func(t *testing.T) {
		c.auth = func(r *http.Request) { r.SetBasicAuth(site.Email(), site.ScopedToken()) }
		p, a := first(site.WikiGatewayURL() + path)
		require.True(t, strings.HasPrefix(p.Links.Next, "/wiki/api/v2/pages?"), p.Links.Next)
		require.True(t, strings.HasPrefix(a.header.Get("Link"), "</wiki/api/v2/pages?"))
		require.Equal(t, http.StatusOK, c.get(site.WikiGatewayURL()+p.Links.Next).status)
	})
}

func parsed(t testing.TB, id string) (n int64) {
	t.Helper()
	_, err := fmt.Sscan(id, &n)
	require.NoError(t, err)
	return n
}

func TestShortPagesOfCursorLists(t *testing.T) {
	cfg := trapWiki()
	cfg.ShortPages = true
	site, c := checkedWiki(t, cfg)
	empty, short, seen := 0, 0, map[string]bool{}
	path, got := "/wiki/api/v2/pages?limit=5", 0
	for path != "" {
		var p wikiPage
		c.get(path).decode(t, &p)
		require.False(t, seen[path], "a cursor is given once")
		seen[path] = true
		got += len(p.Results)
		path = p.Links.Next
		switch {
		case len(p.Results) == 0 && path != "":
			empty++
		case len(p.Results) < 5 && path != "":
			short++
		}
	}
	require.Positive(t, empty, "an empty page is not the last")
	require.Positive(t, short)
	n := 0
	for _, key := range []string{"ENG", "DOC"} {
		for one := range site.Truth().WikiNodes(key) {
			if one.Type == content.PageType && (one.Status == "current" || one.Status == "archived") {
				n++
			}
		}
	}
	require.Equal(t, n, got)
	counts := site.Counts()
	require.Equal(t, len(seen), counts.Requests["GET /wiki/api/v2/pages"])
	require.Equal(t, len(seen)-1, counts.Pages["GET /wiki/api/v2/pages"])
	require.Equal(t, empty+short, counts.Provoked["GET /wiki/api/v2/pages"], "the site caused what follows a short page")
}

func TestPagesAreCutBeforeWhatIsHiddenIsTakenOut(t *testing.T) {
	site, c := checkedWiki(t, trapWiki())
	site.ForbidSpace("ENG")
	path, got, empty := "/wiki/api/v2/pages?limit=2", 0, 0
	for path != "" {
		var p wikiPage
		c.get(path).decode(t, &p)
		got += len(p.Results)
		if path = p.Links.Next; len(p.Results) == 0 && path != "" {
			empty++
		}
	}
	require.Positive(t, empty)
	require.Positive(t, got)
	require.Equal(t, got, len(walkWiki(t, c, "/wiki/api/v2/spaces/"+spaceID(t, site, "DOC")+"/pages")))
}

func TestPagesOfVersionsWithBodiesHoldFifty(t *testing.T) {
	cfg := trapWiki()
	cfg.Wiki.Nodes = []content.NodeSpec{{Space: "ENG", Number: 1, Versions: 260}}
	site, c := checkedWiki(t, cfg)
	path := fmt.Sprintf("/wiki/api/v2/pages/%d/versions", nodeAt(t, site, "ENG", 1).ID)
	for query, want := range map[string]int{"": 25, "?limit=250": 250, "?body-format=storage": 25, "?limit=250&body-format=storage": 50, "?limit=50&body-format=atlas_doc_format": 50} {
		var p wikiPage
		c.get(path+query).decode(t, &p)
		require.Len(t, p.Results, want, query)
		require.NotEmpty(t, p.Links.Next)
		require.Equal(t, strings.Contains(query, "body"), strings.Contains(string(p.Results[0]), `"body"`))
	}
	require.Equal(t, http.StatusBadRequest, c.get(path+"?limit=251").status)
	require.Equal(t, "260", member(t, walkWiki(t, c, path)[0], "number"))
	require.Equal(t, "1", member(t, walkWiki(t, c, path+"?sort=modified-date")[0], "number"))
	one := c.get(path + "/7").body
	require.Equal(t, []string{"7", "6", "8"}, []string{member(t, one, "number"), member(t, one, "prevVersion"), member(t, one, "nextVersion")})
	require.Equal(t, http.StatusNotFound, c.get(path+"/261").status)
}
