package samplesite_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/jira"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// furnished is a site with projects and a little of every kind of configuration.
func furnished() content.Spec {
	return content.Spec{Seed: 5, Users: 20, Projects: []content.ProjectSpec{{Key: "ABC", Issues: 20}, {Key: "TEAM", Issues: 10, Simplified: true}, {Key: "DESK", Type: "service_desk"}},
		Config: content.Config{Accounts: 9, Apps: 2, Former: 2, Groups: 4, Fields: 20, TrashedFields: 3, IssueTypes: 3, Statuses: 8, Workflows: 8, Screens: 3, FieldSchemes: 2,
			Priorities: 2, PrioritySchemes: 2, Resolutions: 2, LinkTypes: 2, PermissionSchemes: 2, Notifications: 2, SecuritySchemes: 2, Roles: 2, Categories: 2,
			Filters: 9, Dashboards: 5, Boards: 6, Plans: 5, Rules: 3, Archived: 2, InTrash: 2, Customers: 5, ProjectProperties: 2}}
}

// backupOf reads a site as a backup does.
func backupOf(t *testing.T, site *samplesite.Site) *jira.Jira {
	t.Helper()
	client, err := atlassian.New(atlassian.Config{Site: site.URL(),
		Credential: atlassian.Credential{Name: "sample", Email: site.Email(), Token: site.Token()}, RetryFor: time.Second, Backoff: time.Millisecond})
	require.NoError(t, err)
	return jira.New(client)
}

// capture is what a backup of a site has, and what is wrong with it.
type capture struct {
	items    []atlassian.Item
	problems []atlassian.Problem
}

func (k *capture) emit(i atlassian.Item) error { k.items = append(k.items, i); return nil }

// of returns the records of a kind.
func (k *capture) of(kind string) []atlassian.Item {
	var out []atlassian.Item
	for _, i := range k.items {
		if i.Kind == kind {
			out = append(out, i)
		}
	}
	return out
}

// captureAll captures a whole site. Notes, which tell of no loss, are no problems.
func captureAll(t *testing.T, site *samplesite.Site) *capture {
	t.Helper()
	k, j, ctx := &capture{}, backupOf(t, site), t.Context()
	note := func(all []atlassian.Problem, err error) {
		require.NoError(t, err)
		for _, p := range all {
			if !p.Note {
				k.problems = append(k.problems, p)
			}
		}
	}
	problems, err := j.ExportSite(ctx, k.emit)
	note(problems, err)
	var containers []atlassian.Container
	require.NoError(t, j.Containers(ctx, func(some []atlassian.Container) error { containers = append(containers, some...); return nil }))
	for _, one := range containers {
		problems, err := j.ExportContainer(ctx, one, k.emit)
		note(problems, err)
		var ids []string
		p, err := j.Census(ctx, one, func(some []string) error { ids = append(ids, some...); return nil })
		require.NoError(t, err)
		require.Nil(t, p)
		require.Len(t, ids, one.Items, "the search finds as many issues as the project says that it has")
		if len(ids) > 0 {
			chunk, err := j.ExportItems(ctx, one, ids, func(string) bool { return false }, k.emit)
			note(chunk.Problems, err)
			require.Len(t, chunk.Captured, len(ids))
		}
	}
	return k
}

func seedOf(k *capture) samplesite.Seed {
	var list []content.SeedRecord
	for _, i := range k.items {
		list = append(list, content.SeedRecord{Kind: i.Kind, ID: i.ID, Parent: i.Parent, Body: i.Body})
	}
	return samplesite.Seed{Records: func(yield func(content.SeedRecord, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}}
}

// source is the capture of a furnished site, without its projects.
func source(t *testing.T) *capture {
	site, _ := start(t, samplesite.Config{Content: furnished(), Rate: -1})
	k := &capture{}
	_, err := backupOf(t, site).ExportSite(t.Context(), k.emit)
	require.NoError(t, err)
	return k
}

func TestASeededSiteHasTheConfigurationOfTheOther(t *testing.T) {
	k := source(t)
	site, _ := start(t, samplesite.Config{Seed: seedOf(k), Rate: -1})
	got := captureAll(t, site)
	require.Empty(t, got.problems)
	left := map[string]bool{"serverInfo": true, "archivedProject": true, "trashedProject": true, "notificationSchemeProject": true, "securitySchemeProject": true, "prioritySchemeProject": true,
		"filter": true, "dashboard": true, "dashboardGadget": true, "dashboardItemProperty": true, "board": true, "boardConfiguration": true, "quickFilter": true, "boardFeature": true, "boardProperty": true,
		"sprint": true, "sprintIssue": true, "backlogIssue": true, "plan": true, "planDetail": true, "planTeam": true, "automationRuleSummary": true, "automationRule": true}
	has := map[string]string{}
	for _, i := range got.items {
		has[i.Kind+" "+i.ID+" "+i.Parent] = string(i.Body)
	}
	for _, i := range k.items {
		body, found := has[i.Kind+" "+i.ID+" "+i.Parent]
		switch {
		case left[i.Kind], strings.Contains(string(i.Body), `"type":"PROJECT"`), i.Kind == "fieldContextProject" && !strings.Contains(string(i.Body), "isGlobalContext"):
			require.False(t, found && i.Kind != "serverInfo", "%s %s", i.Kind, i.ID)
		case i.Kind == "securityScheme":
			require.True(t, found)
		default:
			require.Equal(t, string(i.Body), body, "%s %s", i.Kind, i.ID)
		}
	}
	mine := 0
	for _, i := range got.of("account") {
		if i.ID == site.AccountID() {
			mine++
		}
	}
	require.Equal(t, 1, mine)
	require.Len(t, got.of("account"), len(k.of("account"))+1, "who restores has an account of their own")
}

func TestARenumberedSiteHasTheSameNamesUnderOtherIDs(t *testing.T) {
	k := source(t)
	seed := seedOf(k)
	seed.Renumber = true
	site, _ := start(t, samplesite.Config{Seed: seed, Rate: -1})
	got := captureAll(t, site)
	require.Empty(t, got.problems)
	for _, kind := range []string{"field", "customField", "fieldContext", "fieldOption", "issueType", "status", "priority", "resolution", "issueLinkType", "role", "group", "workflow", "workflowScheme",
		"issueTypeScheme", "screen", "screenTab", "screenTabField", "permissionScheme", "securityLevel", "priorityScheme"} {
		before, names := map[string]bool{}, map[string]int{}
		name := func(i atlassian.Item) string {
			return atlassian.Text(atlassian.Member(i.Body, "name")) + atlassian.Text(atlassian.Member(i.Body, "value"))
		}
		for _, i := range k.of(kind) {
			if strings.Contains(string(i.Body), `"type":"PROJECT"`) {
				continue
			}
			before[i.ID] = true
			names[name(i)]++
		}
		for _, i := range got.of(kind) {
			custom := kind != "field" && kind != "screenTabField" || strings.HasPrefix(i.ID, "customfield_")
			require.False(t, custom && before[i.ID], "%s %s", kind, i.ID)
			names[name(i)]--
		}
		for n, left := range names {
			require.Zero(t, left, "%s %q", kind, n)
		}
	}
	// What refers to something refers to it under its new id.
	ids := map[string]bool{}
	for _, i := range got.items {
		ids[i.Kind+" "+i.ID] = true
	}
	for _, m := range got.of("issueTypeSchemeMapping") {
		require.True(t, ids["issueTypeScheme "+atlassian.Text(atlassian.Member(m.Body, "issueTypeSchemeId"))], "%s", m.Body)
		require.True(t, ids["issueType "+atlassian.Text(atlassian.Member(m.Body, "issueTypeId"))], "%s", m.Body)
	}
	for _, w := range got.of("workflow") {
		for tr := range atlassian.Elements(atlassian.Member(w.Body, "transitions")) {
			require.True(t, ids["status "+atlassian.Text(atlassian.Member(tr, "toStatusReference"))], "%s", tr)
		}
	}
	for _, s := range got.of("workflowScheme") {
		var in struct{ IssueTypeMappings map[string]string }
		require.NoError(t, json.Unmarshal(s.Body, &in))
		for id := range in.IssueTypeMappings {
			require.True(t, ids["issueType "+id])
		}
	}
	for _, p := range got.of("permissionScheme") {
		for g := range atlassian.Elements(atlassian.Member(p.Body, "permissions")) {
			kind, value := atlassian.Text(atlassian.Member(g, "holder", "type")), atlassian.Text(atlassian.Member(g, "holder", "value"))
			require.True(t, kind != "projectRole" || ids["role "+value], "%s", g)
			require.True(t, kind != "group" || ids["group "+value], "%s", g)
			require.True(t, kind != "user" || ids["account "+value], "%s", g)
		}
	}
}

func TestWhatIsWrittenIsCapturedWithoutALoss(t *testing.T) {
	for _, renumber := range []bool{false, true} {
		t.Run(fmt.Sprint("renumbered ", renumber), func(t *testing.T) {
			seed := seedOf(source(t))
			seed.Renumber = renumber
			k := &clock{time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
			site, c := checked(t, samplesite.Config{Seed: seed, Rate: -1, ShortPages: true, Now: k.now})
			var me struct{ AccountID string }
			c.get("/rest/api/3/myself").decode(t, &me)
			for _, kind := range []string{"software", "service_desk", "business"} {
				key := strings.ToUpper(kind[:3])
				c.post("/rest/api/3/project", `{"key":"`+key+`","name":"Project `+kind+`","projectTypeKey":"`+kind+`","leadAccountId":"`+me.AccountID+`"}`).is(t, 201)
				c.post("/rest/api/3/version", `{"project":"`+key+`","name":"1.0","releaseDate":"2026-06-01"}`).is(t, 201)
				c.post("/rest/api/3/component", `{"project":"`+key+`","name":"API"}`).is(t, 201)
				c.put("/rest/api/3/project/"+key+"/properties/origin", `{"a":1.0}`).is(t, 201)
				for n := range 12 {
					k.at = k.at.Add(time.Minute)
					a := c.post("/rest/api/3/issue", `{"fields":{"project":{"key":"`+key+`"},"issuetype":{"name":"Task"},"summary":"Work `+fmt.Sprint(n)+`","description":`+doc("text")+
						`,"components":[{"name":"API"}],"fixVersions":[{"name":"1.0"}],"labels":["a&b"]},"properties":[{"key":"holdfast.origin","value":{"id":"`+fmt.Sprint(n)+`"}}]}`).is(t, 201)
					require.Equal(t, fmt.Sprintf("%s-%d", key, n+1), a.got(t, "key"))
				}
				c.post("/rest/api/3/issueLink", `{"type":{"name":"Blocks"},"inwardIssue":{"key":"`+key+`-1"},"outwardIssue":{"key":"`+key+`-2"}}`).is(t, 201)
				c.del("/rest/api/3/issue/"+key+"-12").is(t, 204)
			}
			got := captureAll(t, site)
			require.Empty(t, got.problems)
			require.Len(t, got.of("project"), 3)
			require.Len(t, got.of("issue"), 33)
			require.Len(t, got.of("version"), 3)
			require.Len(t, got.of("component"), 3)
			require.Len(t, got.of("projectProperty"), 3)
			require.Len(t, got.of("property"), 33)
			require.Len(t, got.of("projectWorkflowScheme"), 3)
			require.Len(t, got.of("projectPermissionScheme"), 3)
			require.Len(t, got.of("projectRole"), 3*len(got.of("role")))
			for _, i := range got.of("issue") {
				require.Equal(t, me.AccountID, atlassian.Text(atlassian.Member(i.Body, "fields", "creator", "accountId")))
				require.Equal(t, "API", atlassian.Text(atlassian.Member(firstOf(atlassian.Member(i.Body, "fields", "components")), "name")))
				require.Equal(t, "To Do", atlassian.Text(atlassian.Member(i.Body, "fields", "status", "name")))
			}
			late := 0
			require.NoError(t, backupOf(t, site).Late(context.Background(), k.at.Add(-10*time.Minute-time.Second), k.at, func(string, string) error { late++; return nil }))
			require.Equal(t, 10, late, "a search by date finds what was created then and is still there")
		})
	}
}

func firstOf(list json.RawMessage) json.RawMessage {
	for one := range atlassian.Elements(list) {
		return one
	}
	return nil
}
