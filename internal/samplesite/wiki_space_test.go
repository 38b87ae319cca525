package samplesite_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// smallWiki is a site with every trap of a large one.
func smallWiki() samplesite.Config {
	return samplesite.Config{Rate: -1, Content: content.Spec{Seed: 3, Users: 12}, Wiki: content.WikiSpec{
		Seed: 12, Attachments: 20, Accounts: 230, Groups: 205, Templates: 28, Roles: 30,
		Spaces: []content.SpaceSpec{
			{Key: "ENG", Pages: 60, Blogs: 12, Others: 3, Tasks: 9, CustomContent: 8, Properties: 30, Labels: 210, Templates: 27, Permissions: 31, Watchers: 205},
			{Key: "DOC", Pages: 240, Others: 1}, {Personal: true, Pages: 5}, {Key: "OLD", Archived: true, Pages: 6, Blogs: 2}, {Key: "NIL"},
		},
		Nodes: []content.NodeSpec{
			{Space: "ENG", Number: 2, Versions: 4, Footer: 3, Inline: 2, Replies: 2, Labels: 40, Props: 5, Likes: 7, Odd: true},
			{Space: "ENG", Number: 3, Readers: 203, FileVersions: 3, Files: []content.FileSpec{{Name: "a b.csv", Size: 9000}, {Name: "z.zip", Size: 70_000}}},
		},
	}}
}

// spaceID is the id of the space of that key.
func spaceID(t testing.TB, site *samplesite.Site, key string) string {
	t.Helper()
	for s := range site.Truth().Spaces() {
		if s.Key == key {
			return fmt.Sprint(s.ID)
		}
	}
	t.Fatalf("no space %s", key)
	return ""
}

// nodeAt is the n-th page or blog post of a space, from 1.
func nodeAt(t testing.TB, site *samplesite.Site, key string, n int) samplesite.TrueNode {
	t.Helper()
	for one := range site.Truth().WikiNodes(key) {
		if one.HasText() {
			if n--; n == 0 {
				return one
			}
		}
	}
	t.Fatalf("no such page in space %s", key)
	return samplesite.TrueNode{}
}

// wikiPage is a page of either API.
type wikiPage struct {
	Results []rawjson.Raw
	Start   int
	Limit   int
	Size    int
	Total   int `json:"totalSize"`
	Links   struct {
		Next, Base, Self, Context string
	} `json:"_links"`
}

// walkWiki reads a list of either API to its end, as each says that it is done.
func walkWiki(t testing.TB, c *client, path string, edit ...func(*http.Request)) []rawjson.Raw {
	t.Helper()
	var all []rawjson.Raw
	for n := 0; ; n++ {
		var page wikiPage
		c.get(path, edit...).decode(t, &page)
		all = append(all, page.Results...)
		if page.Links.Next == "" {
			return all
		}
		require.Less(t, n, 500, "the list does not end")
		path = page.Links.Next
		if !strings.HasPrefix(path, "/wiki") {
			path = "/wiki" + path
		}
	}
}

func TestWikiListsAreWholeAndWithinAtlassiansDocuments(t *testing.T) {
	cfg := smallWiki()
	cfg.ShortPages = true
	site, c := checkedWiki(t, cfg)
	id := spaceID(t, site, "ENG")
	for _, one := range []struct {
		kind, path string
		least      int
	}{
		{"theme", "/wiki/rest/api/settings/theme?limit=2", 3},
		{"spaceRole", "/wiki/api/v2/space-roles?limit=7", 30}, {"spacePermission", "/wiki/api/v2/space-permissions?limit=9", 30},
		{"group", "/wiki/rest/api/group", 205}, {"template", "/wiki/rest/api/template/page?expand=body.storage", 28},
		{"blueprint", "/wiki/rest/api/template/blueprint?expand=body.storage&limit=10", 28},
		{"spaceLabel", "/wiki/rest/api/space/ENG/label", 210}, {"spaceProperty", "/wiki/api/v2/spaces/" + id + "/properties?limit=8", 30},
		{"spacePermissionAssignment", "/wiki/api/v2/spaces/" + id + "/permissions", 31},
		{"spaceRoleAssignment", "/wiki/api/v2/spaces/" + id + "/role-assignments?limit=3", 5},
		{"spaceTemplate", "/wiki/rest/api/template/page?spaceKey=ENG&expand=body", 27}, {"spaceWatcher", "/wiki/rest/api/space/ENG/watch?limit=10", 205},
	} {
		t.Run(one.kind, func(t *testing.T) {
			var want []string
			for r := range site.Truth().WikiRecords(one.kind) {
				if r.Parent == "" || r.Parent == id {
					want = append(want, string(r.Body))
				}
			}
			require.GreaterOrEqual(t, len(want), one.least)
			var got []string
			for _, r := range walkWiki(t, c, one.path) {
				got = append(got, string(r))
			}
			require.Equal(t, want, got)
		})
	}
}

func TestWikiSinglesAreWithinAtlassiansDocuments(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	body := func(kind, parent string) string {
		for r := range site.Truth().WikiRecords(kind) {
			if r.Parent == parent {
				return string(r.Body)
			}
		}
		t.Fatalf("no %s of %q", kind, parent)
		return ""
	}
	for kind, path := range map[string]string{"systemInfo": "/wiki/rest/api/settings/systemInfo", "lookAndFeel": "/wiki/rest/api/settings/lookandfeel",
		"selectedTheme": "/wiki/rest/api/settings/theme/selected", "spaceRoleMode": "/wiki/api/v2/space-role-mode"} {
		a := c.get(path)
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, body(kind, ""), string(a.body))
	}
	require.Equal(t, http.StatusOK, c.get("/wiki/api/v2/classification-levels").status)
	themes, levels := 0, 0
	for s := range site.Truth().Spaces() {
		id := fmt.Sprint(s.ID)
		key := url.PathEscape(s.Key)
		require.Equal(t, body("spaceSettings", id), string(c.get("/wiki/rest/api/space/"+key+"/settings").body))
		require.Equal(t, body("spaceLookAndFeel", id), string(c.get("/wiki/rest/api/settings/lookandfeel?spaceKey="+url.QueryEscape(s.Key)).body))
		require.Equal(t, http.StatusOK, c.get("/wiki/rest/api/space/"+key+"/state").status)
		a := c.get("/wiki/api/v2/spaces/" + id + "?description-format=plain&include-icon=true")
		require.Equal(t, string(s.Body()), string(a.body))
		require.Equal(t, body("space", id), string(a.body))
		require.Contains(t, string(a.body), `"plain":{`)
		require.NotContains(t, string(a.body), `"view":{`)
		require.NotContains(t, string(c.get("/wiki/api/v2/spaces/"+id).body), `"icon"`)
		for path, n := range map[string]*int{"/wiki/rest/api/space/" + key + "/theme": &themes, "/wiki/api/v2/spaces/" + id + "/classification-level/default": &levels} {
			switch c.get(path).status {
			case http.StatusOK:
				*n++
			case http.StatusNotFound:
			default:
				t.Fatalf("%s", path)
			}
		}
	}
	require.Equal(t, 2, themes)
	require.Equal(t, 1, levels)
	a := c.get("/wiki/api/v2/spaces/" + spaceID(t, site, "ENG") + "?include-labels=true&include-properties=true&include-permissions=true&include-role-assignments=true")
	for _, want := range []string{`"labels":{"results":[`, `"properties":{"results":[`, `"permissions":{"results":[`, `"hasMore":`} {
		require.Contains(t, string(a.body), want)
	}
}

func TestSpacesAreListedByFilter(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	keys := func(query string) []string {
		out := []string{}
		for _, r := range walkWiki(t, c, "/wiki/api/v2/spaces?limit=2&"+query) {
			m, err := rawjson.Split(r)
			require.NoError(t, err)
			out = append(out, strings.Trim(string(rawjson.Get(m, "key")), `"`))
		}
		return out
	}
	all := keys("")
	require.Len(t, all, 5, "archived and personal ones too, unless a filter is given")
	personal := all[2]
	require.Equal(t, []string{"OLD"}, keys("status=archived"))
	require.Equal(t, []string{personal}, keys("type=personal"))
	require.Equal(t, []string{"DOC", "NIL"}, keys("keys=NIL&keys=DOC,NONE"))
	require.Equal(t, []string{"ENG"}, keys("ids="+spaceID(t, site, "ENG")+"&description-format=view&include-icon=true"))
	require.Equal(t, []string{"NIL", "ENG", "DOC"}, keys("sort=-key&keys=DOC,ENG,NIL"))
	site.ForbidSpace("DOC")
	site.DeleteSpace("NIL")
	require.Equal(t, []string{"ENG", personal, "OLD"}, keys(""))
	for _, bad := range []string{"limit=251", "limit=0", "status=trashed", "type=x", "ids=x", "sort=x", "include-icon=2", "description-format=x", "cursor=x"} {
		require.Equal(t, http.StatusBadRequest, c.get("/wiki/api/v2/spaces?"+bad).status, bad)
	}
	id := spaceID(t, site, "DOC")
	for _, path := range []string{"/wiki/api/v2/spaces/" + id, "/wiki/api/v2/spaces/" + id + "/permissions", "/wiki/api/v2/spaces/1", "/wiki/api/v2/spaces/" + id + "/labels",
		"/wiki/rest/api/space/DOC/settings", "/wiki/rest/api/space/DOC/label", "/wiki/rest/api/template/page?spaceKey=DOC", "/wiki/rest/api/settings/lookandfeel?spaceKey=NIL"} {
		require.Equal(t, http.StatusNotFound, c.get(path).status, path)
	}
	require.Equal(t, http.StatusBadRequest, c.get("/wiki/api/v2/spaces/ENG").status, "spaces are named by id")
	site.AllowSpace("DOC")
	require.Equal(t, http.StatusOK, c.get("/wiki/api/v2/spaces/"+id).status)
	site.EmptySite()
	require.Empty(t, keys(""))
	site.RefillSite()
	require.Len(t, keys(""), 4)
}

func TestLabelsOfSpacesAreMineAndTeamsInV2(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	id := spaceID(t, site, "ENG")
	all := walkWiki(t, c, "/wiki/rest/api/space/ENG/label?limit=50")
	require.Len(t, all, 210)
	few := walkWiki(t, c, "/wiki/api/v2/spaces/"+id+"/labels?limit=2")
	require.NotEmpty(t, few)
	for _, l := range few {
		require.NotContains(t, string(l), `"prefix":"global"`)
	}
	team := walkWiki(t, c, "/wiki/api/v2/spaces/"+id+"/labels?prefix=team")
	require.Less(t, len(team), len(few))
	require.Len(t, walkWiki(t, c, "/wiki/rest/api/space/ENG/label?prefix=team"), len(team))
	require.NotEmpty(t, walkWiki(t, c, "/wiki/api/v2/spaces/"+id+"/content/labels"))
	require.Equal(t, http.StatusBadRequest, c.get("/wiki/rest/api/space/ENG/label?limit=0").status)
	require.Equal(t, http.StatusBadRequest, c.get("/wiki/api/v2/spaces/"+id+"/labels?prefix=global").status)
}

func TestAdminKey(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	cfg := smallWiki()
	cfg.Now = func() time.Time { return now }
	site, c := checkedWiki(t, cfg)
	const path = "/wiki/api/v2/admin-key"
	page := nodeAt(t, site, "ENG", 5)
	site.RestrictPage(page.ID)
	restrictions := fmt.Sprintf("/wiki/rest/api/content/%d/restriction/byOperation", page.ID)
	withKey := func(r *http.Request) { r.Header.Set("Atl-Confluence-With-Admin-Key", "true") }
	require.Equal(t, http.StatusNotFound, c.get(path).status)
	require.Equal(t, http.StatusNotFound, c.get(restrictions, withKey).status, "the header alone opens nothing")
	a := c.post(path, `{"durationInMinutes":60}`)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	require.Contains(t, string(a.body), `"expirationTime":"2026-11-23T10:00:00.000Z"`)
	require.Equal(t, string(a.body), string(c.get(path).body))
	require.Equal(t, http.StatusOK, c.get(restrictions, withKey).status)
	require.Equal(t, http.StatusNotFound, c.get(restrictions).status, "the key alone opens nothing")
	now = now.Add(time.Hour)
	require.Equal(t, http.StatusNotFound, c.get(restrictions, withKey).status, "it has expired")
	require.Contains(t, string(c.do(http.MethodPost, path, "").body), "10:10:00.000Z", "ten minutes where nothing is asked for")
	require.Equal(t, http.StatusOK, c.get(restrictions, withKey).status)
	require.Equal(t, http.StatusNoContent, c.do(http.MethodDelete, path, "").status)
	require.Equal(t, http.StatusNotFound, c.get(restrictions, withKey).status)
	for _, bad := range []string{`{"durationInMinutes":61}`, `{"durationInMinutes":-1}`, `{"durationInMinutes":"x"}`, `x`} {
		require.Equal(t, http.StatusBadRequest, c.post(path, bad).status, bad)
	}
	for name, change := range map[string][2]func(){"no administrator": {site.WithdrawAdmin, site.GrantAdmin}, "no Premium": {site.ForbidAdminKey, site.AllowAdminKey}} {
		change[0]()
		require.Equal(t, http.StatusNotFound, c.post(path, "").status, name)
		change[1]()
		require.Equal(t, http.StatusOK, c.post(path, "").status, name)
	}
	require.Equal(t, http.StatusOK, c.get(restrictions, withKey).status)
	site.WithdrawAdmin()
	require.Equal(t, http.StatusNotFound, c.get(path).status)
	require.Equal(t, http.StatusNotFound, c.get(restrictions, withKey).status)
}

func TestAccountsInBulk(t *testing.T) {
	site, c := checkedWiki(t, smallWiki())
	var ids []string
	for p := range site.Truth().WikiRecords("user") {
		ids = append(ids, p.ID)
	}
	require.Greater(t, len(ids), 230)
	ask := func(ids ...string) answer {
		return c.post("/wiki/api/v2/users-bulk", string(rawjson.Object("accountIds", ids)))
	}
	var page wikiPage
	ask(ids[0], "nobody", ids[7], ids[0]).decode(t, &page)
	require.Len(t, page.Results, 2, "once each, and of those that there are")
	body, found := site.Truth().WikiUser(ids[7])
	require.True(t, found)
	require.Equal(t, string(body), string(page.Results[1]))
	require.Equal(t, http.StatusOK, ask(ids[:min(250, len(ids))]...).status)
	require.Equal(t, http.StatusBadRequest, ask(make([]string, 251)...).status)
	require.Equal(t, http.StatusBadRequest, ask().status)
	require.Equal(t, http.StatusBadRequest, c.post("/wiki/api/v2/users-bulk", "x").status)
}
