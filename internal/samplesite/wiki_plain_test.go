package samplesite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/rawjson"
)

func TestPagesOfRESTv1(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	page := func(path string) (p wikiPage) {
		t.Helper()
		c.get(path).decode(t, &p)
		return p
	}
	groups := page("/wiki/rest/api/group?limit=1000")
	require.Equal(t, 200, groups.Limit, "larger limits are cut without a word")
	require.Len(t, groups.Results, 200)
	require.Equal(t, "/rest/api/group?limit=200&start=200", groups.Links.Next, "relative to base, and without /wiki")
	require.Equal(t, "https://sample.atlassian.net/wiki", groups.Links.Base)
	require.Equal(t, "/wiki", groups.Links.Context)
	last := page("/wiki" + groups.Links.Next)
	require.Len(t, last.Results, 5)
	require.Empty(t, last.Links.Next)
	require.Equal(t, 200, last.Start)
	beyond := page("/wiki/rest/api/group?start=9000")
	require.Empty(t, beyond.Results)
	require.Empty(t, beyond.Links.Next)
	none := page("/wiki/rest/api/settings/theme?limit=0")
	require.Empty(t, none.Results)
	require.Equal(t, "/rest/api/settings/theme?limit=0&start=0", none.Links.Next, "a page of none leads to itself")
	require.Len(t, page("/wiki/rest/api/template/page").Results, 25, "templates come in pages of 25")
	var all []string
	for g := range site.Truth().WikiRecords("group") {
		all = append(all, g.ID)
	}
	var members wikiPage
	for _, id := range all {
		if p := page("/wiki/rest/api/group/" + id + "/membersByGroupId?shouldReturnTotalSize=true"); p.Total > 200 {
			members = p
		}
	}
	require.Greater(t, members.Total, 230)
	require.Len(t, members.Results, 200)
	require.Equal(t, http.StatusBadRequest, c.get("/wiki/rest/api/group/"+all[0]+"/membersByGroupId?limit=201").status)
	require.Equal(t, http.StatusNotFound, c.get("/wiki/rest/api/group/none/membersByGroupId").status)
	for _, bad := range []string{"start=-1", "limit=-1", "start=100001", "start=x", "limit=x"} {
		a := c.get("/wiki/rest/api/group?" + bad)
		require.Equal(t, http.StatusBadRequest, a.status, bad)
		require.Equal(t, "application/json", a.header.Get("Content-Type"))
		require.Contains(t, string(a.body), `{"statusCode":400,"message":"`)
	}
	template := page("/wiki/rest/api/template/page?limit=1").Results[0]
	require.NotContains(t, string(template), `"body":`, "bodies come only when they are asked for")
}

func TestMembersOfEveryGroup(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	want := map[string][]string{}
	for r := range site.Truth().WikiRecords("groupMember") {
		want[r.Parent] = append(want[r.Parent], string(r.Body))
	}
	for g := range site.Truth().WikiRecords("group") {
		var got []string
		for _, r := range walkWiki(t, c, "/wiki/rest/api/group/"+g.ID+"/membersByGroupId?limit=200") {
			got = append(got, string(r))
		}
		require.Equal(t, want[g.ID], got)
	}
}

func TestTheAccountItself(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	operations := func() string { return string(c.get("/wiki/rest/api/user/current?expand=operations").body) }
	require.Contains(t, operations(), site.AccountID())
	require.Contains(t, operations(), `{"operation":"administer","targetType":"application"}`)
	site.WithdrawAdmin()
	require.NotContains(t, operations(), "administer")
	require.Contains(t, operations(), `{"operation":"use","targetType":"application"}`)
	plain := string(c.get("/wiki/rest/api/user/current").body)
	require.NotContains(t, plain, `"operations":[`)
	require.Contains(t, plain, `"_expandable":{"operations":"","personalSpace":""}`)
	require.Contains(t, string(c.get("/wiki/rest/api/user/current?expand=personalSpace").body), `"personalSpace":`)
	site.RevokeToken()
	a := c.get("/wiki/rest/api/user/current")
	require.Equal(t, http.StatusForbidden, a.status)
	require.Contains(t, string(a.body), `"statusCode":403`)
	site.RestoreToken()
	require.Equal(t, http.StatusOK, c.get("/wiki/rest/api/user/current").status)
}

// restrictions is what one operation is restricted to.
type restrictions struct {
	Operation    string
	Restrictions struct{ User, Group wikiPage }
}

func TestRestrictionsAreCutAt200(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	page := nodeAt(t, site, "ENG", 3)
	users, groups := page.RestrictedTo("read")
	require.Len(t, users, 203)
	require.Len(t, groups, 203)
	path := "/wiki/rest/api/content/" + page.IDText() + "/restriction"
	a := c.get(path + "/byOperation?expand=restrictions.user,restrictions.group")
	require.Equal(t, string(page.Restriction()), string(a.body))
	var by struct{ Read, Update restrictions }
	a.decode(t, &by)
	for name, one := range map[string]wikiPage{"user": by.Read.Restrictions.User, "group": by.Read.Restrictions.Group} {
		require.Equal(t, 200, one.Size)
		require.Equal(t, 203, one.Total)
		require.NotEmpty(t, one.Links.Next)
		got := slices.Clone(one.Results)
		for start := 200; ; start += 2 {
			var rest restrictions
			c.get(fmt.Sprintf("%s/byOperation/read?expand=restrictions.%s&start=%d&limit=2", path, name, start)).decode(t, &rest)
			part := map[string]wikiPage{"user": rest.Restrictions.User, "group": rest.Restrictions.Group}[name]
			got = append(got, part.Results...)
			if part.Links.Next == "" {
				break
			}
		}
		want := map[string]int{"user": len(users), "group": len(groups)}[name]
		require.Len(t, got, want)
	}
	require.NotContains(t, string(c.get(path+"/byOperation").body), `"restrictions":{`, "lists come only when they are asked for")
	require.Equal(t, http.StatusOK, c.get(path+"?expand=restrictions.user,update.restrictions.group").status)
	require.Equal(t, http.StatusBadRequest, c.get(path+"/byOperation/fly").status)
	for node := range site.Truth().WikiNodes("ENG") {
		if !node.HasText() {
			continue
		}
		a := c.get("/wiki/rest/api/content/" + node.IDText() + "/restriction/byOperation?expand=restrictions.user,restrictions.group")
		if want := node.Restriction(); want != nil {
			require.Equal(t, string(want), string(a.body))
		} else {
			require.Equal(t, http.StatusNotFound, a.status, "what is in the trash and drafts have none")
		}
	}
}

func TestSearchFindsContent(t *testing.T) {
	cfg := smallWiki()
	cfg.ShortPages = true
	site, c := checkedWiki(t, cfg)
	ids := func(cql, more string) []string {
		t.Helper()
		out := []string{}
		for _, r := range walkWiki(t, c, "/wiki/rest/api/search?limit=7&cql="+url.QueryEscape(cql)+more) {
			var one struct {
				Content struct{ ID, Type, Status string }
			}
			require.NoError(t, json.Unmarshal(r, &one))
			out = append(out, one.Content.ID)
		}
		return out
	}
	want := func(key, status string, types ...string) []string {
		out := []string{}
		for n := range site.Truth().WikiNodes(key) {
			if n.Status == status && slices.Contains(types, n.Type) && !n.Hidden {
				out = append(out, n.IDText())
			}
		}
		return out
	}
	pages := want("ENG", "current", "page")
	require.Greater(t, len(pages), 30)
	require.Equal(t, pages, ids(`space = "ENG" and type = page`, ""))
	require.Equal(t, pages, ids(`TYPE=Page AND space="ENG"`, ""))
	require.Equal(t, want("ENG", "current", "page", "blogpost"), ids(`space = ENG and type in (page, "blogpost")`, ""))
	tree := []string{"folder", "whiteboard", "database", "embed"}
	require.Len(t, ids(`space = "ENG" and type in (folder,whiteboard,database,embed)`, ""), 12)
	require.Equal(t, want("ENG", "current", tree...), ids(`space in ("ENG") and type in (folder,whiteboard,database,embed)`, ""))
	statuses := "&cqlcontext=" + url.QueryEscape(`{"contentStatuses":["draft","archived"]}`)
	require.ElementsMatch(t, append(want("ENG", "draft", "page", "blogpost"), want("ENG", "archived", "page", "blogpost")...),
		ids(`space = "ENG" and type in (page, blogpost)`, statuses))
	require.Empty(t, ids(`space = "OLD" and type = page`, ""), "archived spaces are left out")
	require.Equal(t, want("OLD", "current", "page"), ids(`space = "OLD" and type = page`, "&includeArchivedSpaces=true"))
	require.Empty(t, ids(`space = "NONE"`, ""))
	require.Equal(t, pages[:1], ids(`id = `+pages[0], ""))

	site.RestrictPage(nodeAt(t, site, "ENG", 3).ID)
	c.post("/wiki/api/v2/admin-key", "")
	left := want("ENG", "current", "page")
	require.Less(t, len(left), len(pages))
	withKey := func(r *http.Request) { r.Header.Set("Atl-Confluence-With-Admin-Key", "true") }
	require.Len(t, walkWiki(t, c, "/wiki/rest/api/search?cql="+url.QueryEscape(`space = "ENG" and type = page`), withKey), len(left), "search knows no Admin Key")
}

func TestSearchPagesByItsCursorAlone(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	cql := "cql=" + url.QueryEscape(`space = "ENG" and type = page`)
	var first, second, again wikiPage
	c.get("/wiki/rest/api/search?limit=5&"+cql).decode(t, &first)
	require.True(t, strings.HasPrefix(first.Links.Next, "/rest/api/search?"), "without /wiki, the opposite of REST v2")
	c.get("/wiki"+first.Links.Next).decode(t, &second)
	require.NotEqual(t, first.Results, second.Results)
	require.Equal(t, 5, second.Start)
	c.get("/wiki/rest/api/search?limit=5&start=5&"+cql).decode(t, &again)
	require.Equal(t, first.Results, again.Results, "start is echoed and does not position")
	require.Equal(t, 5, again.Start)
	// What is created meanwhile moves no page.
	_, err := site.AddPage("ENG")
	require.NoError(t, err)
	var later wikiPage
	c.get("/wiki"+first.Links.Next).decode(t, &later)
	require.Equal(t, second.Results, later.Results)
	a := c.get("/wiki/rest/api/search?limit=x&" + cql)
	require.Equal(t, http.StatusNotFound, a.status)
	require.Empty(t, a.body)
	for _, bad := range []string{"", "cql=", "cql=space", "cql=space+%3D", "cql=space+in+(ENG", "cql=space+in+ENG", "cql=type%3Dx", "cql=space%21%3DENG", "cql=colour%3Dred",
		"cql=space%3DENG+or+type%3Dpage", "cql=space%3D%22ENG", "cql=space%3DENG+type%3Dpage", "cql=space%3DENG+and", "cursor=x&" + cql, "cqlcontext=x&" + cql, "start=x&" + cql} {
		a := c.get("/wiki/rest/api/search?" + bad)
		require.Equal(t, http.StatusBadRequest, a.status, bad)
		require.Contains(t, string(a.body), `"statusCode":400`)
	}
}

// download follows the redirect by hand, without credentials.
func download(t testing.TB, c *client, path string) answer {
	t.Helper()
	a := c.get(path)
	require.Equal(t, http.StatusFound, a.status, "%s: %s", path, a.body)
	location, err := url.Parse(a.header.Get("Location"))
	require.NoError(t, err)
	require.NotEqual(t, a.req.URL.Hostname(), location.Hostname(), "bytes are at another host")
	return c.get(location.String(), func(r *http.Request) { r.Header.Del("Authorization") })
}

func filePath(f samplesite.TrueFile, query string) string {
	return fmt.Sprintf("/wiki/rest/api/content/%d/child/attachment/%s/download?%s", f.Node, f.IDText(), query)
}

func TestFilesComeByteForByte(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	seen, versions := 0, 0
	for _, key := range []string{"ENG", "DOC", "OLD"} {
		for n := range site.Truth().WikiNodes(key) {
			for _, f := range n.Files() {
				for i, v := range f.Versions {
					if v.Size > 1<<20 && i > 0 {
						continue
					}
					query := fmt.Sprintf("version=%d&status=%s", v.Number, f.Status)
					got := download(t, c, filePath(f, query))
					require.Equal(t, http.StatusOK, got.status)
					want := readAll(t, v.Open())
					require.Equal(t, want, got.body, query)
					require.EqualValues(t, v.Size, len(got.body))
					versions++
				}
				a := c.get(filePath(f, ""))
				require.Equal(t, map[bool]int{true: http.StatusFound, false: http.StatusNotFound}[f.Status == "current"], a.status, "only current files unless a status is asked for")
				seen++
			}
		}
	}
	require.Greater(t, seen, 20)
	require.Greater(t, versions, seen)
	require.Zero(t, site.Counts().Leaks)

	f := nodeAt(t, site, "ENG", 3).Files()[0]
	require.Equal(t, readAll(t, f.Versions[0].Open()), download(t, c, filePath(f, "")).body, "the newest where no version is asked for")
	part := c.get(c.get(filePath(f, "version=2")).header.Get("Location"), func(r *http.Request) { r.Header.Del("Authorization"); r.Header.Set("Range", "bytes=10-19") })
	require.Equal(t, http.StatusPartialContent, part.status)
	require.Equal(t, readAll(t, f.Versions[1].Open())[10:20], part.body)
	for query, status := range map[string]int{"version=4": 400, "version=0": 400, "version=x": 400, "status=trashed": 404} {
		require.Equal(t, status, c.get(filePath(f, query)).status, query)
	}
	require.Equal(t, http.StatusNotFound, c.get(strings.Replace(filePath(f, ""), f.IDText(), "att1", 1)).status)
	require.Equal(t, http.StatusNotFound, c.get(strings.Replace(filePath(f, ""), fmt.Sprint(f.Node), nodeAt(t, site, "ENG", 2).IDText(), 1)).status, "not a file of that page")

	signed := c.get(filePath(f, "")).header.Get("Location")
	require.Equal(t, http.StatusBadRequest, c.get(signed).status, "the media host wants no credentials")
	require.Equal(t, 1, site.Counts().Leaks)
	bare := func(r *http.Request) { r.Header.Del("Authorization") }
	require.Equal(t, http.StatusForbidden, c.get(strings.Replace(signed, "v3/binary", "v1/binary", 1), bare).status, "the signature is of one version")
}

func TestWikiOfTheGateway(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	c.auth = func(r *http.Request) { r.SetBasicAuth(site.Email(), site.ScopedToken()) }
	base := strings.Replace(site.GatewayURL(), "/ex/jira/", "/ex/confluence/", 1)
	var page wikiPage
	c.get(base+"/wiki/rest/api/group?limit=5").decode(t, &page)
	require.Equal(t, "/rest/api/group?limit=5&start=5", page.Links.Next)
	require.Equal(t, http.StatusOK, c.get(base+"/wiki/api/v2/spaces").status)
	m, err := rawjson.Split(c.get(base + "/wiki/rest/api/user/current").body)
	require.NoError(t, err)
	require.Contains(t, string(rawjson.Get(m, "accountId")), site.AccountID())
}
