package samplesite_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

func TestConfluenceRefusesStrangers(t *testing.T) {
	site, c := checkedWiki(t, trapWiki())
	page := nodeAt(t, site, "ENG", 1)
	paths := []string{"/wiki/api/v2/pages", fmt.Sprintf("/wiki/api/v2/pages/%d", page.ID), "/wiki/api/v2/spaces", "/wiki/rest/api/user/current"}
	basic := func(user, token string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, token) }
	}
	for name, auth := range map[string]func(*http.Request){
		"a wrong token":              basic(site.Email(), "wrong"),
		"a scoped token at the site": basic(site.Email(), site.ScopedToken()),
		"no credential":              nil,
		"a token that was revoked":   basic(site.Email(), site.Token()),
	} {
		t.Run(name+" is 403 on every route", func(t *testing.T) {
			if name == "a token that was revoked" {
				site.RevokeToken()
				defer site.RestoreToken()
			}
			c.auth = auth
			for _, path := range paths {
				a := c.get(path)
				require.Equal(t, http.StatusForbidden, a.status, path)
				require.Contains(t, string(a.body), `"statusCode":403`)
				require.Contains(t, string(a.body), "caller cannot access Confluence")
				require.Equal(t, "application/json", a.header.Get("Content-Type"))
				require.Empty(t, a.header.Get("X-Ratelimit-Limit"))
				require.Equal(t, auth != nil, a.header.Get("X-Seraph-Loginreason") == "AUTHENTICATED_FAILED")
			}
		})
	}
	t.Run("a Basic value that cannot be read is 401 with a page", func(t *testing.T) {
		c.auth = func(r *http.Request) { r.Header.Set("Authorization", "Basic %%%") }
		a := c.get(paths[0])
		require.Equal(t, http.StatusUnauthorized, a.status)
		require.Contains(t, a.header.Get("Content-Type"), "text/html")
		require.Contains(t, a.header.Get("Www-Authenticate"), "OAuth realm=")
		require.Equal(t, http.StatusOK, c.get("/rest/api/3/serverInfo").status, "Jira makes it anonymous")
	})
	t.Run("a Bearer that cannot be read is 403", func(t *testing.T) {
		c.auth = func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }
		require.JSONEq(t, `{"error":"Failed to parse Connect Session Auth Token"}`, string(c.get(paths[0]).body))
	})
	t.Run("the gateway takes the scoped token only", func(t *testing.T) {
		for _, auth := range []func(*http.Request){basic(site.Email(), site.ScopedToken()), func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+site.ScopedToken()) }} {
			c.auth = auth
			require.Equal(t, http.StatusOK, c.get(site.WikiGatewayURL()+paths[0]).status)
			require.Equal(t, http.StatusNotFound, c.get(site.GatewayURL()+paths[0]).status, "Jira's gateway is another")
			require.Equal(t, http.StatusNotFound, c.get("/ex/confluence/other"+paths[0]).status)
		}
		c.auth = basic(site.Email(), site.Token())
		require.Equal(t, http.StatusUnauthorized, c.get(site.WikiGatewayURL()+paths[0]).status)
		c.auth = nil
		require.Equal(t, http.StatusUnauthorized, c.get(site.WikiGatewayURL()+paths[0]).status)
	})
}

func TestConfluenceAnnouncesItsLimits(t *testing.T) {
	cfg := trapWiki()
	cfg.Rate = 3
	_, c := checkedWiki(t, cfg)
	for range 20 {
		a := c.get("/wiki/api/v2/pages?limit=1")
		if a.status != http.StatusTooManyRequests {
			require.Equal(t, "3", a.header.Get("X-Ratelimit-Limit"))
			continue
		}
		require.Equal(t, "confluence-burst-based", a.header.Get("Ratelimit-Reason"))
		require.JSONEq(t, `{"message":"Rate limit exceeded."}`, string(a.body))
		return
	}
	t.Fatal("no request was refused")
}

func TestFaultsOfConfluence(t *testing.T) {
	site, c := start(t, trapWiki())
	fault := site.Inject(samplesite.Rule{Route: "/wiki/api/v2/pages/{id}/labels", Count: 1, Effect: samplesite.Effect{Status: 503}})
	path := fmt.Sprintf("/wiki/api/v2/pages/%d/labels", nodeAt(t, site, "ENG", 1).ID)
	require.Equal(t, 503, c.get(path).status)
	require.Equal(t, 200, c.get(path).status)
	require.Equal(t, 1, fault.Fired())
	kind := "GET /wiki/api/v2/pages/{id}/labels"
	require.Equal(t, []int{2, 1}, []int{site.Counts().Requests[kind], site.Counts().Provoked[kind]})

	all := len(walkWiki(t, c, "/wiki/api/v2/pages?limit=20"))
	site.ResetCounts()
	walkWiki(t, c, "/wiki/api/v2/pages?limit=20")
	site.Inject(samplesite.Rule{Route: "/wiki/api/v2/pages", Count: 1, Effect: samplesite.Effect{Status: 503}})
	require.Equal(t, 503, c.get("/wiki/api/v2/pages?limit=20").status)
	require.Len(t, walkWiki(t, c, "/wiki/api/v2/pages?limit=20"), all)
	kind = "GET /wiki/api/v2/pages"
	pages := (all + 19) / 20
	require.Equal(t, []int{2*pages + 1, pages}, []int{site.Counts().Requests[kind], site.Counts().Provoked[kind]}, "a list that is read again because of us is so to its end")

	a := c.get("/wiki/api/v2/nothing")
	require.Equal(t, 404, a.status)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Equal(t, 405, c.post(path, "{}").status)
	require.Equal(t, 2, site.Counts().Unmatched)
}

func TestContentNeedsTheScopesOfTheDocument(t *testing.T) {
	site, c := start(t, trapWiki())
	c.auth = func(r *http.Request) { r.SetBasicAuth(site.Email(), site.ScopedToken()) }
	served := 0
	for path, item := range openWikiDocument(t).docs[0].Paths.Map() {
		if item.Get == nil || item.Get.Security == nil || !ofContent(path) {
			continue
		}
		var scopes []string
		for _, s := range *item.Get.Security {
			for _, of := range s {
				scopes = append(scopes, of...)
			}
		}
		url := site.WikiGatewayURL() + samplesite.WikiV2 + parameter.ReplaceAllString(path, "1")
		site.RestoreScopes()
		if a := c.get(url); strings.Contains(string(a.body), "No endpoint") {
			continue
		}
		served++
		require.Len(t, scopes, 1, path)
		site.WithholdScopes(scopes...)
		require.Equal(t, http.StatusUnauthorized, c.get(url).status, "%s without %v", path, scopes)
	}
	require.Greater(t, served, 55)
}

// ofContent reports whether a path is of pages, blog posts, what belongs to them, or trees.
func ofContent(path string) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if first == "spaces" {
		return slices.Contains([]string{"pages", "blogposts", "custom-content"}, strings.TrimPrefix(rest, "{id}/"))
	}
	return slices.Contains([]string{"pages", "blogposts", "footer-comments", "inline-comments", "attachments", "custom-content", "tasks", "folders", "whiteboards", "databases", "embeds"}, first)
}
