package samplesite_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

func TestPageSizes(t *testing.T) {
	_, c := checked(t, fast(samplesite.Everything()))
	for _, one := range []struct {
		path           string
		usual, largest int
	}{
		{"/rest/api/3/field/search?type=custom", 50, 100},
		{"/rest/api/3/field/customfield_10101/context", 50, 100},
		{"/rest/api/3/statuses/search", 200, 200},
		{"/rest/api/3/screens", 100, 100},
		{"/rest/api/3/screenscheme", 25, 100},
		{"/rest/api/3/group/bulk", 50, 50},
		{"/rest/api/3/filter/search", 50, 100},
		{"/rest/api/3/plans/plan?includeArchived=true&includeTrashed=true", 50, 50},
		{"/rest/api/3/project/search?status=archived", 50, 100},
		{"/rest/agile/1.0/board/1/sprint", 50, 50},
	} {
		t.Run(one.path, func(t *testing.T) {
			sep := "?"
			if strings.Contains(one.path, "?") {
				sep = "&"
			}
			for asked, want := range map[string]int{"": one.usual, "10000": one.largest, "7": 7, "0": 1, "-3": 1} {
				var p struct{ Values []struct{} }
				path := one.path
				if asked != "" {
					path += sep + "maxResults=" + asked
				}
				c.get(path).decode(t, &p)
				require.Len(t, p.Values, want, "maxResults=%s", asked)
			}
			a := c.get(one.path + sep + "maxResults=x")
			require.Equal(t, 400, a.status)
			require.Contains(t, string(a.body), "Failed to convert 'maxResults' with value: 'x'")
		})
	}
	for asked, want := range map[string]int{"": 50, "10000": 1000, "1000&startAt=1000": 500, "1000&startAt=2000": 0} {
		var users []struct{}
		path := "/rest/api/3/users/search"
		if asked != "" {
			path += "?maxResults=" + asked
		}
		c.get(path).decode(t, &users)
		require.Len(t, users, want, asked)
	}
}

func TestRefusalsOfLists(t *testing.T) {
	_, c := checked(t, fast(samplesite.Demo(20, 2)))
	for _, one := range []struct {
		path     string
		status   int
		contains string
	}{
		{"/rest/api/3/field/customfield_1/context", 404, "errorMessages"},
		{"/rest/api/3/field/customfield_10101/context/1/option", 404, "errorMessages"},
		{"/rest/api/3/field/customfield_10101/context/x/option", 400, "Failed to convert"},
		{"/rest/api/3/field/customfield_10104/context/30800/option", 404, "errorMessages"},
		{"/rest/api/3/field/search?type=other", 400, "other"},
		{"/rest/api/3/field/search?orderBy=colour", 400, "colour"},
		{"/rest/api/3/screens/99/tabs", 404, "99"},
		{"/rest/api/3/screens/1/tabs/99/fields", 404, "99"},
		{"/rest/api/3/screens/x/tabs", 400, "screenId"},
		{"/rest/api/3/config/fieldschemes?maxResults=101", 400, ""},
		{"/rest/api/3/config/fieldschemes?startAt=-1", 400, ""},
		{"/rest/api/3/group/member", 400, "groupId"},
		{"/rest/api/3/group/member?groupId=none", 404, "none"},
		{"/rest/api/3/filter/search?expand=everything", 400, "everything"},
		{"/rest/api/3/filter/search?orderBy=size", 400, "size"},
		{"/rest/api/3/filter/search?owner=a&accountId=b", 400, "owner"},
		{"/rest/api/3/filter/search?overrideSharePermissions=perhaps", 400, "perhaps"},
		{"/rest/api/3/dashboard/search?status=odd", 400, "odd"},
		{"/rest/api/3/dashboard/99/gadget", 404, "99"},
		{"/rest/api/3/dashboard/10001/items/99/properties", 404, "99"},
		{"/rest/api/3/plans/plan?cursor=x", 400, "cursor"},
		{"/rest/api/3/plans/plan/99", 404, "99"},
		{"/rest/api/3/project/search?status=burnt", 400, "burnt"},
		{"/rest/api/3/project/NONE/roledetails", 404, "NONE"},
		{"/rest/api/3/project/SHOP/role/99", 404, "99"},
		{"/rest/api/3/project/SHOP/properties/none", 404, "none"},
		{"/rest/api/3/project/SHOP/email", 404, "SHOP"},
		{"/rest/api/3/workflowscheme/project", 400, "projectId"},
		{"/rest/api/3/issuetypescheme/project?projectId=SHOP", 400, "projectId"},
		{"/rest/agile/1.0/board/99/configuration", 404, "99"},
		{"/rest/agile/1.0/board/x/sprint", 400, "boardId"},
		{"/rest/agile/1.0/board/3/sprint", 400, "does not support sprints"},
		{"/rest/agile/1.0/board/1/sprint?state=late", 400, "late"},
		{"/rest/agile/1.0/board?projectKeyOrId=NONE", 400, "NONE"},
		{"/rest/software/1.0/sprint/99/issue", 404, "99"},
		{"/rest/software/1.0/sprint/1000/issue?maxResults=0", 400, "5000"},
		{"/rest/software/1.0/board/1/backlog?nextPageToken=x", 400, "token"},
	} {
		a := c.get(one.path)
		require.Equal(t, one.status, a.status, "%s: %s", one.path, a.body)
		require.Contains(t, string(a.body), one.contains, one.path)
		if strings.Contains(one.contains, "convert") || strings.HasSuffix(one.contains, "Id") && one.status == 400 && strings.Contains(one.path, "/x/") {
			require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), one.path)
		}
	}
	c.auth = nil
	for _, path := range []string{"/rest/api/3/role", "/rest/api/3/users/search", "/rest/api/3/configuration", "/rest/agile/1.0/board", "/rest/api/3/plans/plan"} {
		require.Equal(t, 401, c.get(path).status, path)
	}
	for _, path := range []string{"/rest/api/3/issuetype", "/rest/api/3/filter/search", "/rest/api/3/dashboard/search", "/rest/api/3/project/search?status=archived"} {
		a := c.get(path)
		require.Equal(t, 200, a.status, path)
		require.True(t, strings.Contains(string(a.body), `"values":[]`) || string(a.body) == "[]", "%s: %s", path, a.body)
	}
	require.Equal(t, 404, c.get("/rest/api/3/project/SHOP/roledetails").status)
}

func TestCustomers(t *testing.T) {
	site, c := checked(t, fast(samplesite.Demo(20, 2)))
	desk := func(id string) string { return "/rest/servicedeskapi/servicedesk/" + id + "/customer" }
	optIn := func(r *http.Request) { r.Header.Set("X-ExperimentalApi", "opt-in") }
	a := c.get(desk("1"))
	require.Equal(t, http.StatusPreconditionFailed, a.status)
	require.Contains(t, string(a.body), "X-ExperimentalApi")
	id := ""
	for p := range site.Truth().Projects() {
		if p.Key == "HR" {
			id = fmt.Sprint(p.ID)
		}
	}
	for _, name := range []string{"1", "projectId:" + id, "projectKey:HR"} {
		var p struct {
			Values      []struct{ AccountID string }
			IsLastPage  bool
			Size, Limit int
		}
		c.get(desk(name)+"?limit=4", optIn).decode(t, &p)
		require.Len(t, p.Values, 4, name)
		require.Equal(t, []any{4, 4, false}, []any{p.Size, p.Limit, p.IsLastPage})
		c.get(desk(name)+"?start=8", optIn).decode(t, &p)
		require.True(t, p.IsLastPage)
		require.Len(t, p.Values, 1)
	}
	for _, name := range []string{id, "99", "projectId:10000", "projectId:1"} { // a bare number is a desk's, not a project's
		a = c.get(desk(name), optIn)
		require.Equal(t, 404, a.status, name)
		require.Contains(t, string(a.body), "errorMessage")
	}
	require.Equal(t, 400, c.get(desk("1")+"?start=-1", optIn).status)
}

func TestSwitchedOffFeaturesOfIssues(t *testing.T) {
	for _, one := range []struct {
		name   string
		lacks  samplesite.Lacks
		member string
		field  string
		path   string
		status int
	}{
		{"voting", samplesite.Lacks{Voting: true}, "votingEnabled", "votes", "/votes", 404},
		{"watching", samplesite.Lacks{Watching: true}, "watchingEnabled", "watches", "/watchers", 404},
		{"time tracking", samplesite.Lacks{TimeTracking: true}, "timeTrackingEnabled", "worklog", "/worklog", 404},
		{"issue linking", samplesite.Lacks{IssueLinking: true}, "issueLinkingEnabled", "issuelinks", "/remotelink", 403},
	} {
		t.Run(one.name, func(t *testing.T) {
			site, c := checked(t, small())
			require.Contains(t, string(c.get("/rest/api/3/configuration").body), `"`+one.member+`":true`)
			require.Contains(t, string(first(t, site, "BIG-1").Body()), `"`+one.field+`":`)
			site.Lack(func(l *samplesite.Lacks) { *l = one.lacks })
			require.Contains(t, string(c.get("/rest/api/3/configuration").body), `"`+one.member+`":false`)
			require.Equal(t, one.status, c.get("/rest/api/3/issue/BIG-1"+one.path).status)
			a := c.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["BIG-1"],"fields":["*all"]}`)
			require.Equal(t, 200, a.status)
			require.NotContains(t, string(a.body), `"`+one.field+`":`)
			require.NotContains(t, string(first(t, site, "BIG-1").Body()), `"`+one.field+`":`)
		})
	}
}

func TestSprintsOfSeveralBoards(t *testing.T) {
	site, c := start(t, fast(samplesite.Demo(30, 0)))
	boards := map[string][]string{}
	for board := range site.Truth().Records("board") {
		var p struct {
			Values []struct {
				ID            int
				State         string
				OriginBoardID int
			}
		}
		a := c.get("/rest/agile/1.0/board/" + board.ID + "/sprint")
		if a.status != 200 {
			continue
		}
		a.decode(t, &p)
		order := 0
		for _, s := range p.Values {
			id := fmt.Sprint(s.ID)
			boards[id] = append(boards[id], board.ID)
			now := map[string]int{"closed": 1, "active": 2, "future": 3}[s.State]
			require.GreaterOrEqual(t, now, order, "closed, active, future")
			order = now
		}
	}
	shared := 0
	for _, on := range boards {
		if len(on) > 1 {
			shared++
		}
	}
	require.Positive(t, shared)
	seen := map[string]bool{}
	for s := range site.Truth().Records("sprint") {
		require.False(t, seen[s.ID], "each sprint once")
		seen[s.ID] = true
		if on := boards[s.ID]; len(on) > 1 {
			require.Equal(t, on[0], s.Parent)
		}
	}
}
