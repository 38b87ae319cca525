package samplesite_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCredentials(t *testing.T) {
	site, c := checked(t, small())
	basic := func(user, token string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, token) }
	}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	for name, auth := range map[string]func(*http.Request){
		"wrong token":                   basic(site.Email(), "wrong"),
		"wrong user":                    basic("nobody@sample.example", site.Token()),
		"scoped token at the site":      basic(site.Email(), site.ScopedToken()),
		"Basic that cannot be read":     func(r *http.Request) { r.Header.Set("Authorization", "Basic %%%") },
		"no credential":                 nil,
		"the right token after revoked": basic(site.Email(), site.Token()),
	} {
		t.Run(name+": anonymous 200s, 404 for issues, 401 only at /myself", func(t *testing.T) {
			if name == "the right token after revoked" {
				site.RevokeToken()
				defer site.RestoreToken()
			}
			c.auth = auth
			reason := "AUTHENTICATED_FAILED"
			if auth == nil {
				reason = ""
			}
			a := c.get("/rest/api/3/project/search")
			require.Equal(t, 200, a.status)
			require.Contains(t, string(a.body), `"total":0,"isLast":true,"values":[]`)
			require.Equal(t, reason, a.header.Get("X-Seraph-Loginreason"))
			require.Empty(t, a.header.Get("X-Ratelimit-Limit"))
			a = c.post(searchPath, `{"jql":"project = BIG"}`)
			require.Equal(t, 200, a.status)
			require.Equal(t, `{"issues":[],"isLast":true}`, string(a.body))
			require.Equal(t, 404, c.get("/rest/api/3/issue/BIG-1").status)
			require.Equal(t, 404, c.get("/rest/api/3/project/BIG").status)
			require.Equal(t, 404, c.get("/rest/api/3/attachment/content/20000").status)
			a = c.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["BIG-1"]}`)
			require.Equal(t, `{"issueErrors":[],"issues":[]}`, string(a.body))
			a = c.get("/rest/api/3/myself")
			require.Equal(t, 401, a.status)
			require.Contains(t, a.header.Get("Content-Type"), "text/html")
			require.Equal(t, "Client must be authenticated to access this resource.", string(a.body))
			require.Equal(t, 200, c.get("/rest/api/3/serverInfo").status)
			require.Equal(t, 200, c.get("/_edge/tenant_info").status)
		})
	}
	t.Run("a Bearer that cannot be read is 403 on every route", func(t *testing.T) {
		c.auth = bearer(site.Token())
		for _, path := range []string{"/rest/api/3/serverInfo", "/rest/api/3/myself", "/rest/api/3/project/search", "/ex/jira/" + site.CloudID() + "/rest/api/3/myself"} {
			a := c.get(path)
			require.Equal(t, 403, a.status, path)
			require.JSONEq(t, `{"error":"Failed to parse Connect Session Auth Token"}`, string(a.body))
		}
	})
	t.Run("the gateway takes the scoped token only", func(t *testing.T) {
		gateway := site.GatewayURL()
		for _, auth := range []func(*http.Request){basic(site.Email(), site.ScopedToken()), bearer(site.ScopedToken())} {
			c.auth = auth
			require.Equal(t, 200, c.get(gateway+"/rest/api/3/myself").status)
			require.Contains(t, string(c.get(gateway+"/rest/api/3/project/search").body), `"total":3`)
		}
		c.auth = basic(site.Email(), site.Token())
		require.Equal(t, 401, c.get(gateway+"/rest/api/3/project/search").status)
		require.Equal(t, 404, c.get("/ex/jira/other/rest/api/3/myself").status)
		require.Equal(t, 404, c.get(gateway+"/_edge/tenant_info").status)
	})
}

func TestPermissions(t *testing.T) {
	site, c := checked(t, small())
	check := func() string {
		return string(c.post("/rest/api/3/permissions/check",
			`{"globalPermissions":["ADMINISTER"],"projectPermissions":[{"permissions":["BROWSE_PROJECTS"],"projects":[10000,10001,10002]}]}`).body)
	}
	require.Equal(t, `{"projectPermissions":[{"permission":"BROWSE_PROJECTS","issues":[],"projects":[10000,10001,10002]}],"globalPermissions":["ADMINISTER"]}`, check())

	site.DenyBrowse("TWO")
	require.Contains(t, check(), `"projects":[10000,10002]`)
	require.Contains(t, string(c.get("/rest/api/3/project/search").body), `"total":3`, "an administrator still sees the project")
	require.Contains(t, string(c.post(searchPath, `{"jql":"project = TWO"}`).body), `"issues":[]`)
	require.Equal(t, 404, c.get("/rest/api/3/issue/TWO-1").status)
	require.Contains(t, string(c.get("/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS&projectKey=TWO").body), `"havePermission":false`)

	site.ForbidProject("BIG")
	require.Contains(t, string(c.get("/rest/api/3/project/search").body), `"total":2`)
	require.Equal(t, 404, c.get("/rest/api/3/project/BIG").status)
	require.Equal(t, 400, c.post(searchPath, `{"jql":"project = BIG"}`).status)
	require.Equal(t, 404, c.get("/rest/api/3/issue/BIG-1/comment").status)

	site.AllowProject("BIG")
	site.AllowProject("TWO")
	site.WithdrawAdmin()
	require.Contains(t, check(), `"globalPermissions":[]`)
	require.Contains(t, string(c.get("/rest/api/3/mypermissions?permissions=ADMINISTER").body), `"havePermission":false`)

	site.EmptySite()
	require.Contains(t, string(c.get("/rest/api/3/project/search").body), `"total":0`)
	require.Equal(t, 200, c.get("/rest/api/3/myself").status)
	site.RefillSite()
	require.Contains(t, string(c.get("/rest/api/3/project/search").body), `"total":3`)
}
