package samplesite_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const apiProject = "/rest/api/3/project"

func TestProjectsAreCreatedEditedAndDeleted(t *testing.T) {
	site, c, _ := ground(t)
	me := `"leadAccountId":"` + site.AccountID() + `"`
	for name, one := range map[string]struct{ body, field string }{
		"a key that is none":                    {`{"key":"a","name":"X","projectTypeKey":"software",` + me + `}`, "projectKey"},
		"a key of eleven characters":            {`{"key":"ABCDEFGHIJK","name":"X","projectTypeKey":"software",` + me + `}`, "projectKey"},
		"a key that is taken":                   {`{"key":"BIG","name":"X","projectTypeKey":"software",` + me + `}`, "projectKey"},
		"a name that is taken":                  {`{"key":"XX","name":"new ONE","projectTypeKey":"software",` + me + `}`, "projectName"},
		"no name":                               {`{"key":"XX","projectTypeKey":"software",` + me + `}`, "projectName"},
		"no type":                               {`{"key":"XX","name":"X",` + me + `}`, "projectType"},
		"no lead":                               {`{"key":"XX","name":"X","projectTypeKey":"software"}`, "projectLead"},
		"a lead who does not exist":             {`{"key":"XX","name":"X","projectTypeKey":"software","leadAccountId":"nobody"}`, "projectLead"},
		"a template of another type":            {`{"key":"XX","name":"X","projectTypeKey":"business","projectTemplateKey":"com.pyxis.greenhopper.jira:gh-simplified-basic",` + me + `}`, "projectTemplateKey"},
		"a scheme beside a template":            {`{"key":"XX","name":"X","projectTemplateKey":"com.pyxis.greenhopper.jira:gh-simplified-basic","issueTypeScheme":10000,` + me + `}`, "issueTypeScheme"},
		"a permission scheme that is not there": {`{"key":"XX","name":"X","projectTypeKey":"software","permissionScheme":1,` + me + `}`, "permissionScheme"},
	} {
		a := c.post(apiProject, one.body)
		require.Equal(t, 400, a.status, "%s: %s", name, a.body)
		require.NotEmpty(t, a.got(t, "errors", one.field), "%s: %s", name, a.body)
	}
	a := c.post(apiProject, `{"key":"TEAM","name":"Team","projectTemplateKey":"com.pyxis.greenhopper.jira:gh-simplified-agility-scrum","permissionScheme":10000,"assigneeType":"PROJECT_LEAD","url":"https://example.com/x",`+me+`}`).is(t, 201)
	p := c.get(apiProject+"/"+a.got(t, "id")).is(t, 200)
	require.Equal(t, "true", p.got(t, "simplified"))
	require.Equal(t, "https://example.com/x", p.got(t, "url"))
	require.Equal(t, site.AccountID(), p.got(t, "lead", "accountId"))
	e := c.put(apiProject+"/TEAM", `{"name":"Team 2","description":"what for"}`).is(t, 200)
	require.Equal(t, "Team 2", e.got(t, "name"))
	list := c.get(apiProject+"/search?keys=TEAM&expand=description,lead,insight").is(t, 200)
	require.Equal(t, "Team 2", list.got(t, "values", "0", "name"))
	require.Equal(t, "what for", list.got(t, "values", "0", "description"))
	c.put(apiProject+"/TEAM", `{"name":"New one"}`).is(t, 400)

	c.del(apiProject+"/TEAM").is(t, 204)
	c.get(apiProject+"/TEAM").is(t, 404)
	require.Equal(t, "TEAM", c.get(apiProject+"/search?status=deleted").is(t, 200).got(t, "values", "0", "key"))
	again := `{"key":"TEAM","name":"Other","projectTypeKey":"software",` + me + `}`
	require.NotEmpty(t, c.post(apiProject, again).is(t, 400).got(t, "errors", "projectKey"), "what is in the trash keeps its key")
	c.post(apiIssue, issueOf("Task")).is(t, 201)
	c.del(apiProject+"/NEW?enableUndo=false").is(t, 204)
	c.get(apiIssue+"/NEW-1").is(t, 404)
	b := c.post(apiProject, `{"key":"NEW","name":"New one","projectTypeKey":"software",`+me+`}`).is(t, 201)
	require.Equal(t, b.got(t, "id"), c.get(apiProject+"/NEW").got(t, "id"))
	require.Equal(t, "[]", c.get(apiProject+"/NEW/versions").is(t, 200).got(t))
	c.post(apiIssue, issueOf("Task")).is(t, 201)
	require.Equal(t, "1", c.get(apiProject+"/search?keys=NEW&expand=insight").got(t, "values", "0", "insight", "totalIssueCount"))

	site.WithdrawAdmin()
	c.post(apiProject, again).is(t, 403)
}

func TestVersionsAndComponents(t *testing.T) {
	site, c, _ := ground(t)
	a := c.post("/rest/api/3/version", `{"project":"NEW","name":"2.0","description":"d","startDate":"2026-01-01","releaseDate":"2026-02-01","released":true,"archived":true}`).is(t, 201)
	id := "/rest/api/3/version/" + a.got(t, "id")
	require.Equal(t, "true", a.got(t, "archived"))
	require.Equal(t, string(a.body), c.get("/rest/api/3/project/NEW/version").is(t, 200).got(t, "values", "1"))
	require.Equal(t, "2.0", c.get("/rest/api/3/project/NEW").got(t, "versions", "1", "name"))
	c.post("/rest/api/3/version", `{"project":"NEW","name":"2.0"}`).is(t, 400)
	c.post("/rest/api/3/version", `{"project":"NEW"}`).is(t, 400)
	c.post("/rest/api/3/version", `{"project":"NEW","name":"3.0","startDate":"2026-03-01","releaseDate":"2026-02-01"}`).is(t, 400)
	c.post("/rest/api/3/version", `{"project":"NONE","name":"3.0"}`).is(t, 404)
	c.post(apiIssue, issueOf("Task", `"fixVersions":[{"name":"2.0"}]`, `"components":[{"name":"API"}]`)).is(t, 201)
	require.Equal(t, "2.1", c.put(id, `{"name":"2.1","released":false}`).is(t, 200).got(t, "name"))
	require.Equal(t, "2.1", c.get(apiIssue+"/NEW-1").got(t, "fields", "fixVersions", "0", "name"), "an issue shows the version as it is now")
	c.del(id).is(t, 204)
	c.get(id).is(t, 404)
	require.Equal(t, "[]", c.get(apiIssue+"/NEW-1").got(t, "fields", "fixVersions"))

	b := c.post("/rest/api/3/component", `{"project":"NEW","name":"UI","description":"d","leadAccountId":"`+site.AccountID()+`","assigneeType":"COMPONENT_LEAD"}`).is(t, 201)
	require.Equal(t, site.AccountID(), b.got(t, "lead", "accountId"))
	at := "/rest/api/3/component/" + b.got(t, "id")
	c.post("/rest/api/3/component", `{"project":"NEW","name":"UI"}`).is(t, 400)
	c.post("/rest/api/3/component", `{"project":"NEW","name":"X","leadAccountId":"nobody"}`).is(t, 400)
	require.Equal(t, "UX", c.put(at, `{"name":"UX"}`).is(t, 200).got(t, "name"))
	require.Equal(t, "UX", c.get("/rest/api/3/project/NEW/components").got(t, "1", "name"))
	site.Withdraw("ADMINISTER_PROJECTS")
	c.del(at).is(t, 403)
	site.Grant("ADMINISTER_PROJECTS")
	c.del(at).is(t, 204)
}

func TestWhatBelongsToAProject(t *testing.T) {
	site, c, _ := ground(t)
	c.put(apiProject+"/NEW/properties/origin", `{"a":1.0}`).is(t, 201)
	c.put(apiProject+"/NEW/properties/origin", `{"a":2.0}`).is(t, 200)
	require.Equal(t, `{"a":2.0}`, c.get(apiProject+"/NEW/properties/origin").is(t, 200).got(t, "value"))
	c.del(apiProject+"/NEW/properties/origin").is(t, 204)
	c.del(apiProject+"/NEW/properties/origin").is(t, 404)

	require.Equal(t, "DISABLED", c.put(apiProject+"/NEW/features/jsw.classic.backlog", `{"state":"DISABLED"}`).is(t, 200).got(t, "features", "1", "state"))
	c.put(apiProject+"/NEW/features/jsw.classic.backlog", `{"state":"COMING_SOON"}`).is(t, 400)
	c.put(apiProject+"/NEW/features/none", `{"state":"ENABLED"}`).is(t, 404)

	roles := c.get(apiProject+"/NEW/role").is(t, 200)
	role := apiProject + "/NEW/role/10003"
	require.Contains(t, roles.got(t, "Viewer"), "/role/10003")
	before := c.get(role).is(t, 200).got(t, "actors")
	added := c.post(role, `{"user":["`+site.AccountID()+`"]}`).is(t, 200)
	require.Contains(t, added.got(t, "actors"), site.AccountID())
	c.post(role, `{"user":["`+site.AccountID()+`"]}`).is(t, 400)
	c.post(role, `{"user":["nobody"]}`).is(t, 404)
	c.del(role+"?user="+site.AccountID()).is(t, 204)
	require.Equal(t, before, c.get(role).got(t, "actors"))
	set := c.put(role, `{"categorisedActors":{"atlassian-user-role-actor":["`+site.AccountID()+`"],"atlassian-group-role-actor":["jira-users"]}}`).is(t, 200)
	require.Equal(t, "jira-users", set.got(t, "actors", "1", "name"))
	require.Equal(t, string(set.body), string(c.get(role).body))
	c.get(apiProject+"/NEW/role/1").is(t, 404)
}
