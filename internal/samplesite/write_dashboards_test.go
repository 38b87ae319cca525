package samplesite_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

const activityStream = "rest/gadgets/1.0/g/com.atlassian.streams.streams-jira-plugin:activitystream-gadget/gadgets/activitystream-gadget.xml"

func TestDashboards(t *testing.T) {
	site, c, _ := planned(t)
	var people []struct{ AccountID string }
	c.get("/rest/api/3/users/search").decode(t, &people)
	a := c.post("/rest/api/3/dashboard", `{"name":"Mine <1>","description":"d","sharePermissions":[{"type":"project","project":{"id":"10000"}}],"editPermissions":[{"type":"user","user":{"accountId":"`+people[2].AccountID+`"}}]}`).is(t, 200)
	id := a.got(t, "id")
	require.Equal(t, site.AccountID(), a.got(t, "owner", "accountId"))
	require.Equal(t, string(a.body), string(c.get("/rest/api/3/dashboard/"+id).is(t, 200).body))
	require.Equal(t, "BIG", a.got(t, "sharePermissions", "0", "project", "key"))
	gadget := func(row, column int) string {
		return c.post("/rest/api/3/dashboard/"+id+"/gadget", fmt.Sprintf(`{"uri":%q,"color":"red","title":"G","position":{"row":%d,"column":%d}}`, activityStream, row, column)).is(t, 200).got(t, "id")
	}
	first, second, other := gadget(0, 0), gadget(0, 0), gadget(5, 1)
	rows := func() map[string]string {
		var got struct {
			Gadgets []struct {
				ID       int64
				Position struct{ Row, Column int }
			}
		}
		c.get("/rest/api/3/dashboard/"+id+"/gadget").decode(t, &got)
		all := map[string]string{}
		for _, g := range got.Gadgets {
			all[fmt.Sprint(g.ID)] = fmt.Sprint(g.Position.Row, g.Position.Column)
		}
		return all
	}
	require.Equal(t, map[string]string{first: "1 0", second: "0 0", other: "0 1"}, rows(), "the gadget that was there moves down, and below the last one is no gap")
	c.put("/rest/api/3/dashboard/"+id+"/gadget/"+second, `{"position":{"row":0,"column":1},"title":"H"}`).is(t, 204)
	require.Equal(t, map[string]string{first: "0 0", second: "0 1", other: "1 1"}, rows())
	item := "/rest/api/3/dashboard/" + id + "/items/" + first + "/properties/config"
	c.put(item, `{"filterId":"filter-1","n":1.0E+1}`).is(t, 201)
	c.put(item, `{"filterId":"filter-2","n":1.0E+1}`).is(t, 200)
	require.Equal(t, `{"key":"config","value":{"filterId":"filter-2","n":1.0E+1}}`, string(c.get(item).is(t, 200).body))
	c.del("/rest/api/3/dashboard/"+id+"/gadget/"+second).is(t, 204)
	require.Equal(t, map[string]string{first: "0 0", other: "0 1"}, rows())

	got := snapshotOf(t, site, "TWO")
	require.Equal(t, "Mine <1>", textAt(t, got.find(t, "dashboard", id).Body, "name"))
	require.Equal(t, []string{first, other}, got.ids("dashboardGadget", id))
	require.Equal(t, []string{"config"}, got.ids("dashboardItemProperty", first))

	for _, one := range []struct{ name, path, body, contains string }{
		{"without name", "", `{"sharePermissions":[],"editPermissions":[]}`, `"dashboardName"`},
		{"a name twice", "", `{"name":"Mine <1>","sharePermissions":[],"editPermissions":[]}`, "same name"},
		{"without permissions", "", `{"name":"x","editPermissions":[]}`, "sharePermissions"},
		{"an owner", "", `{"name":"x","sharePermissions":[],"editPermissions":[],"owner":{}}`, "Invalid request payload"},
		{"a gadget of no kind", "/" + id + "/gadget", `{"title":"x"}`, "required"},
		{"a gadget of two kinds", "/" + id + "/gadget", `{"uri":"x","moduleKey":"y"}`, "required"},
		{"a gadget of an app that is not there", "/" + id + "/gadget", `{"moduleKey":"org.example:x"}`, "available"},
		{"a color that is none", "/" + id + "/gadget", `{"moduleKey":"org.example:x","color":"mauve"}`, "mauve"},
	} {
		t.Run(one.name, func(t *testing.T) {
			require.Contains(t, string(c.post("/rest/api/3/dashboard"+one.path, one.body).is(t, 400).body), one.contains)
		})
	}
	c.post("/rest/api/3/dashboard/"+id+"/gadget", `{"moduleKey":"org.example:x","ignoreUriAndModuleKeyValidation":true}`).is(t, 200)

	give := func(to string) answer {
		return c.put("/rest/api/3/dashboard/bulk/edit", `{"action":"changeOwner","entityIds":[`+id+`,1],"extendAdminPermissions":true,"changeOwnerDetails":{"newOwner":"`+to+`","autofixName":true}}`).is(t, 200)
	}
	require.Contains(t, give(people[3].AccountID).got(t, "entityErrors"), "does not exist")
	require.Equal(t, people[3].AccountID, c.get("/rest/api/3/dashboard/"+id).is(t, 200).got(t, "owner", "accountId"), "it is shared with a project")
	c.put("/rest/api/3/dashboard/"+id, `{"name":"x","sharePermissions":[],"editPermissions":[]}`).is(t, 404)
	c.put("/rest/api/3/dashboard/bulk/edit", `{"action":"changePermission","entityIds":[`+id+`],"permissionDetails":{"sharePermissions":[],"editPermissions":[]}}`).is(t, 200)
	c.get("/rest/api/3/dashboard/"+id).is(t, 404)
	give(site.AccountID())
	c.put("/rest/api/3/dashboard/"+id, `{"name":"x","sharePermissions":[],"editPermissions":[]}`).is(t, 200)
	c.del("/rest/api/3/dashboard/"+id).is(t, 204)
	c.get("/rest/api/3/dashboard/"+id).is(t, 404)
}

func TestPlans(t *testing.T) {
	site, c, _ := planned(t)
	var people []struct{ AccountID string }
	c.get("/rest/api/3/users/search").decode(t, &people)
	board := c.board("scrum", "BIG")
	a := c.post("/rest/api/3/plans/plan", `{"name":"Q1","leadAccountId":"`+people[1].AccountID+`","issueSources":[{"type":"Project","value":10000},{"type":"Board","value":`+board+`}],
		"scheduling":{"estimation":"Days","startDate":{"type":"DueDate"}},"exclusionRules":{"numberOfDaysToShowCompletedIssues":7,"workStatusCategoryIds":[2],"workStatusIds":[10002]},
		"crossProjectReleases":[{"name":"All"}],"permissions":[{"type":"Edit","holder":{"type":"Group","value":"jira-users"}}]}`).is(t, 201)
	id := string(a.body)
	d := c.get("/rest/api/3/plans/plan/"+id).is(t, 200)
	require.Equal(t, "Q1", d.got(t, "name"))
	require.Equal(t, "7", d.got(t, "exclusionRules", "numberOfDaysToShowCompletedIssues"))
	require.Equal(t, "jira-users", d.got(t, "permissions", "0", "holder", "value"))
	team := string(c.post("/rest/api/3/plans/plan/"+id+"/team/planonly", `{"name":"T","planningStyle":"Kanban","capacity":30.5,"memberAccountIds":["`+people[1].AccountID+`"]}`).is(t, 201).body)
	require.Equal(t, "Kanban", c.get("/rest/api/3/plans/plan/"+id+"/team/planonly/"+team).is(t, 200).got(t, "planningStyle"))
	const org = "5a3b1e00-0000-4000-8000-000000000001"
	c.post("/rest/api/3/plans/plan/"+id+"/team/atlassian", `{"id":"`+org+`","planningStyle":"Scrum"}`).is(t, 204)
	c.post("/rest/api/3/plans/plan/"+id+"/team/atlassian", `{"id":"`+org+`","planningStyle":"Scrum"}`).is(t, 400)
	c.post("/rest/api/3/plans/plan/"+id+"/team/atlassian", `{"id":"x","planningStyle":"Scrum"}`).is(t, 404)
	got := snapshotOf(t, site, "TWO")
	require.Equal(t, "Q1", textAt(t, got.find(t, "plan", id).Body, "name"))
	require.Equal(t, []string{team, org}, got.ids("planTeam", id))

	for name, one := range map[string][2]string{
		"without sources":              {`{"name":"x","scheduling":{"estimation":"Days"}}`, "issueSources"},
		"without scheduling":           {`{"name":"x","issueSources":[]}`, "scheduling"},
		"a source that is not there":   {`{"name":"x","issueSources":[{"type":"Filter","value":1}],"scheduling":{"estimation":"Days"}}`, "does not exist"},
		"a source of no type":          {`{"name":"x","issueSources":[{"type":"Custom","value":1}],"scheduling":{"estimation":"Days"}}`, "issueSources"},
		"a source twice":               {`{"name":"x","issueSources":[{"type":"Project","value":10000},{"type":"Project","value":10000}],"scheduling":{"estimation":"Days"}}`, "twice"},
		"an estimation that is none":   {`{"name":"x","issueSources":[],"scheduling":{"estimation":"Years"}}`, "estimation"},
		"a group that is not there":    {`{"name":"x","issueSources":[],"scheduling":{"estimation":"Days"},"permissions":[{"type":"Edit","holder":{"type":"Group","value":"none"}}]}`, "holder"},
		"a field that is not there":    {`{"name":"x","issueSources":[],"scheduling":{"estimation":"Days"},"customFields":[{"customFieldId":1}]}`, "field"},
		"a member that is not written": {`{"name":"x","issueSources":[],"scheduling":{"estimation":"Days"},"status":"Archived"}`, "payload"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(c.post("/rest/api/3/plans/plan", one[0]).is(t, 400).body), one[1])
		})
	}
	c.put("/rest/api/3/plans/plan/"+id+"/archive", "").is(t, 204)
	c.put("/rest/api/3/plans/plan/"+id+"/trash", "").is(t, 409)
	c.post("/rest/api/3/plans/plan/"+id+"/team/planonly", `{"name":"T","planningStyle":"Kanban"}`).is(t, 409)
	require.Equal(t, "Archived", c.get("/rest/api/3/plans/plan/"+id).is(t, 200).got(t, "status"))
	site.Lack(func(l *samplesite.Lacks) { l.Plans = true })
	c.post("/rest/api/3/plans/plan", `{}`).is(t, 403)
}
