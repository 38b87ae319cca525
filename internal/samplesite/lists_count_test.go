package samplesite_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

func TestListsAreCountedByPage(t *testing.T) {
	site, c := start(t, fast(samplesite.Demo(40, 0)))
	optIn := func(r *http.Request) { r.Header.Set("X-ExperimentalApi", "opt-in") }
	var plans struct{ NextPageCursor string }
	c.get("/rest/api/3/plans/plan?includeArchived=true&maxResults=1").decode(t, &plans)
	for _, path := range []string{
		"/rest/servicedeskapi/servicedesk/1/customer?limit=2&start=2", "/rest/api/3/screens?startAt=1&maxResults=1",
		"/rest/api/3/plans/plan?includeArchived=true&maxResults=1&cursor=" + plans.NextPageCursor,
	} {
		require.Equal(t, 200, c.get(path, optIn).status, path)
	}
	n := site.Counts()
	for _, template := range []string{"/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer", "/rest/api/3/screens", "/rest/api/3/plans/plan"} {
		require.Equal(t, 1, n.Pages["GET "+template], template)
	}
	require.Zero(t, n.Unmatched)
}

func TestFaultsAndQuotasOfLists(t *testing.T) {
	site, c := start(t, samplesite.Config{Rate: 1000, Content: samplesite.Demo(5, 0).Content})
	f := site.Inject(samplesite.Rule{Route: "/rest/agile/1.0/board/{boardId}/quickfilter", Effect: samplesite.Effect{Status: 502}})
	require.Equal(t, 502, c.get("/rest/agile/1.0/board/1/quickfilter").status)
	require.Equal(t, 1, f.Fired())
	f.Heal()
	a := c.get("/rest/agile/1.0/board/1/quickfilter")
	require.Equal(t, 200, a.status)
	require.Equal(t, "1000", a.header.Get("X-Ratelimit-Limit"))
	require.Equal(t, 1, site.Counts().Provoked["GET /rest/agile/1.0/board/{boardId}/quickfilter"])
	site.RevokeToken()
	a = c.get("/rest/api/3/filter/search")
	require.Equal(t, 200, a.status, "an account that is not known is shown an empty list")
	require.Equal(t, "AUTHENTICATED_FAILED", a.header.Get("X-Seraph-Loginreason"))
	require.Contains(t, string(a.body), `"total":0`)
}

func TestFiltersOfOthersAreShownOnlyOnRequest(t *testing.T) {
	_, c := start(t, fast(samplesite.Everything()))
	total := func(query string) (n int) {
		var p struct{ Total int }
		c.get("/rest/api/3/filter/search?"+query).decode(t, &p)
		return p.Total
	}
	require.Equal(t, 200, total("overrideSharePermissions=true"))
	require.Less(t, total(""), 200)
	require.Equal(t, total(""), total("overrideSharePermissions=false"))
}

func TestListsAreNarrowedAndOrdered(t *testing.T) {
	_, c := checked(t, fast(samplesite.Everything()))
	ids := func(path string) (out []string) {
		var p struct{ Values []map[string]any }
		c.get(path).decode(t, &p)
		for _, v := range p.Values {
			for _, name := range []string{"id", "contextId", "issueTypeSchemeId", "fieldId"} {
				if id, ok := v[name].(string); ok {
					out = append(out, id)
					break
				}
			}
		}
		return out
	}
	require.Equal(t, []string{"10002", "10001"}, ids("/rest/api/3/issuetypescheme?id=10001&id=10002&orderBy=-id"))
	for _, id := range ids("/rest/api/3/issuetypescheme/mapping?issueTypeSchemeId=10003") {
		require.Equal(t, "10003", id)
	}
	require.Equal(t, []string{"customfield_10101"}, ids("/rest/api/3/field/search?type=custom&query=team"))
	require.Equal(t, "summary", ids("/rest/api/3/field/search?type=system")[0])
	byName := ids("/rest/api/3/dashboard/search")
	require.Equal(t, byName, ids("/rest/api/3/dashboard/search?orderBy=name"))
	require.NotEqual(t, byName, ids("/rest/api/3/dashboard/search?orderBy=-name"))
	all, some := c.get("/rest/api/3/filter/search?expand=jql").body, c.get("/rest/api/3/filter/search").body
	require.Contains(t, string(all), `"jql":`)
	require.NotContains(t, string(some), `"jql":`)
	require.NotContains(t, string(c.get("/rest/api/3/permissionscheme").body), `"holder":`)
	require.NotContains(t, string(c.get("/rest/api/3/workflows/search").body), `"transitions":`)
	require.NotContains(t, string(c.get("/rest/api/3/plans/plan").body), `"Archived"`)
	members := func(query string) int {
		var g struct{ Values []struct{ GroupID string } }
		c.get("/rest/api/3/group/bulk?groupName=jira-users").decode(t, &g)
		var p struct{ Total int }
		c.get("/rest/api/3/group/member?groupId="+g.Values[0].GroupID+query).decode(t, &p)
		return p.Total
	}
	require.Less(t, members(""), members("&includeInactiveUsers=true"))
	require.Equal(t, 2, strings.Count(string(c.get("/rest/api/3/issuetypescheme/project?projectId=10000&projectId=10001").body), `"10000"`), "both projects have the default scheme 10000")
	require.Contains(t, string(c.get("/rest/api/3/issuetypescheme/project?projectId=10000&projectId=10001").body), `"projectIds":["10000","10001"]`)
}
