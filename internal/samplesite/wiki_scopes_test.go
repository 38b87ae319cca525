package samplesite_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

// servedPath is a path of Confluence's documents, with numbers for what it names, and its scopes.
type servedPath struct {
	method, path string
	scopes       []string
}

// servedPaths is the paths of the documents that the site has.
func servedPaths(c *client, d *document, gateway string) []servedPath {
	var out []servedPath
	for i, doc := range d.docs {
		for path, item := range doc.Paths.Map() {
			for method, op := range map[string]*openapi3.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post} {
				if op == nil || op.Security == nil {
					continue
				}
				one := servedPath{method: method, path: gateway + []string{samplesite.WikiV2, ""}[i] + parameter.ReplaceAllString(path, "1")}
				for _, s := range *op.Security {
					one.scopes = append(one.scopes, s["oAuthDefinitions"]...)
				}
				a := c.do(method, one.path, "")
				if a.status != http.StatusMethodNotAllowed && !strings.Contains(string(a.body), "No endpoint") {
					out = append(out, one)
				}
			}
		}
	}
	return out
}

func TestRoutesOfConfluenceNeedTheScopesOfTheDocuments(t *testing.T) {
	site, c := start(t, smallWiki())
	c.auth = func(r *http.Request) { r.SetBasicAuth(site.Email(), site.ScopedToken()) }
	gateway := strings.Replace(site.GatewayURL(), "/ex/jira/", "/ex/confluence/", 1)
	routes := servedPaths(c, openWikiDocument(t), gateway)
	require.Greater(t, len(routes), 80)
	every := map[string]bool{}
	for _, one := range routes {
		for _, scope := range one.scopes {
			every[scope] = true
		}
	}
	status := func(one servedPath) int { return c.do(one.method, one.path, "").status }
	for _, one := range routes {
		for _, needed := range one.scopes {
			site.RestoreScopes()
			site.WithholdScopes(needed)
			require.Equal(t, http.StatusUnauthorized, status(one), "%s %s without %s", one.method, one.path, needed)
		}
		site.RestoreScopes()
		others := maps.Clone(every)
		for _, needed := range one.scopes {
			delete(others, needed)
		}
		site.WithholdScopes(slices.Collect(maps.Keys(others))...)
		require.NotEqual(t, http.StatusUnauthorized, status(one), "%s %s with %v", one.method, one.path, one.scopes)
	}
}
