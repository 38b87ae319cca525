package samplesite_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

// viaGateway makes a client ask with the scoped token, at the gateway.
func viaGateway(site *samplesite.Site, c *client) {
	c.auth = func(r *http.Request) {
		r.SetBasicAuth(site.Email(), site.ScopedToken())
		if strings.HasPrefix(r.URL.Path, "/rest/") {
			r.URL.Path = "/ex/jira/" + site.CloudID() + r.URL.Path
			r.URL.RawPath = ""
		}
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/gateway/api")
	}
}

func TestEveryKindThroughTheGateway(t *testing.T) {
	site, c := checked(t, fast(samplesite.Demo(20, 2)))
	viaGateway(site, c)
	r := newReader(c, site)
	r.all()
	require.Empty(t, r.denied)
	sameAsTruth(t, r)

	site.WithholdScopes("manage:jira-configuration")
	r = newReader(c, site)
	r.all()
	require.Equal(t, http.StatusUnauthorized, r.denied["role"])
	require.NotContains(t, r.denied, "screen", "manage:jira-project is another scope")
	a := c.get("/rest/api/3/role")
	require.JSONEq(t, `{"code":401,"message":"Unauthorized; scope does not match"}`, string(a.body))
	require.Equal(t, 200, c.get("/rest/api/3/myself").status)
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

func TestRoutesNeedTheScopesOfTheDocuments(t *testing.T) {
	site, c := start(t, fast(samplesite.Demo(5, 0)))
	viaGateway(site, c)
	type served struct {
		path   string
		scopes []string
	}
	var routes []served
	every := map[string]bool{}
	for _, doc := range openDocument(t).docs {
		for path, item := range doc.Paths.Map() {
			if item.Get == nil || item.Get.Security == nil {
				continue
			}
			one := served{path: parameter.ReplaceAllString(path, "1")}
			for _, s := range *item.Get.Security {
				for _, scope := range s["OAuth2"] {
					one.scopes = append(one.scopes, scope)
					every[scope] = true
				}
			}
			if a := c.get(one.path); a.status != 405 && !strings.Contains(string(a.body), "No endpoint") {
				routes = append(routes, one)
			}
		}
	}
	require.Greater(t, len(routes), 70)
	for _, one := range routes {
		site.RestoreScopes()
		site.WithholdScopes(slices.Collect(maps.Keys(every))...)
		if len(one.scopes) > 0 {
			require.Equal(t, 401, c.get(one.path).status, one.path)
		}
		for _, needed := range one.scopes {
			site.RestoreScopes()
			site.WithholdScopes(needed)
			require.Equal(t, 401, c.get(one.path).status, "%s without %s", one.path, needed)
		}
		site.RestoreScopes()
		others := maps.Clone(every)
		for _, needed := range one.scopes {
			delete(others, needed)
		}
		site.WithholdScopes(slices.Collect(maps.Keys(others))...)
		require.NotEqual(t, 401, c.get(one.path).status, "%s with %v", one.path, one.scopes)
	}
}

func TestAutomation(t *testing.T) {
	site, c := start(t, fast(samplesite.Demo(5, 0)))
	path := "/automation/public/jira/" + site.CloudID() + "/rest/v1/rule/summary"
	require.Equal(t, site.URL()+"/automation/public/jira/"+site.CloudID(), site.AutomationURL())
	for name, token := range map[string]string{"a scoped token": site.ScopedToken(), "an API token": site.Token()} {
		for _, prefix := range []string{"", "/gateway/api"} {
			c.auth = func(r *http.Request) { r.SetBasicAuth(site.Email(), token) }
			require.Equal(t, 200, c.get(prefix+path).status, "%s at %q", name, prefix)
		}
	}
	var p struct {
		Data  []struct{ UUID string }
		Links struct{ Next string }
	}
	c.get(path+"?limit=4").decode(t, &p)
	require.Len(t, p.Data, 4)
	require.Regexp(t, `^\?cursor=[^&]+&limit=4$`, p.Links.Next, "a bare query string")
	a := c.get(path + "?limit=4" + strings.Replace(p.Links.Next, "?", "&", 1))
	require.Contains(t, string(a.body), `"next":null`)
	require.Equal(t, 400, c.get(path+"?cursor=x").status)
	require.Equal(t, 404, c.get(strings.Replace(path, "summary", "none", 1)).status)
	require.Equal(t, 404, c.get("/automation/public/jira/another/rest/v1/rule/summary").status)
	c.auth = nil
	require.Equal(t, 401, c.get(path).status)
	c.auth = func(r *http.Request) { r.SetBasicAuth(site.Email(), "wrong") }
	require.Equal(t, 401, c.get(path).status)
}
