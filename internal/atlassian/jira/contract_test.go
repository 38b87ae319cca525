package jira

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"holdfast/internal/sharedtest"
)

// contract checks every request that passes through it against Atlassian's
// OpenAPI document, and passes it on.
type contract struct {
	t      testing.TB
	next   http.RoundTripper
	router routers.Router

	mu     sync.Mutex
	routes map[string]int // requests per "METHOD /template"
}

// routerOnce is the document, read once for all tests. It is not validated
// itself: its defaults and conflicting paths would not pass.
var routerOnce struct {
	sync.Mutex
	router routers.Router
}

func newContract(t testing.TB) *contract {
	t.Helper()
	dir := sharedtest.Dir(t)
	routerOnce.Lock()
	defer routerOnce.Unlock()
	if routerOnce.router == nil {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, "atlassian-openapi", "jira-platform-v3.json"))
		require.NoError(t, err)
		doc.Servers = nil
		routerOnce.router, err = gorillamux.NewRouter(doc)
		require.NoError(t, err)
	}
	return &contract{t: t, next: http.DefaultTransport, router: routerOnce.router, routes: map[string]int{}}
}

func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/_edge/") && !strings.HasPrefix(r.URL.Path, "/media/") {
		if err := c.check(r); err != nil {
			c.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
	}
	return c.next.RoundTrip(r)
}

func (c *contract) check(r *http.Request) error {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.routes[r.Method+" "+route.Path]++
	c.mu.Unlock()
	for name, values := range r.URL.Query() {
		declared := slices.ContainsFunc(append(route.Operation.Parameters, route.PathItem.Parameters...), func(p *openapi3.ParameterRef) bool {
			return p.Value.In == "query" && p.Value.Name == name
		})
		if !declared || len(values) != 1 {
			return fmt.Errorf("the query parameter %s=%q is not in the document, or repeated", name, values)
		}
	}
	return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
			RejectWhenRequestBodyNotSpecified: true, MultiError: true,
		},
	})
}

func TestTheContractRefusesWhatTheDocumentDoesNotHave(t *testing.T) {
	c := newContract(t)
	post := func(path, body string) *http.Request {
		r, err := http.NewRequest("POST", "https://a.example"+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	get := func(path string) *http.Request {
		r, err := http.NewRequest("GET", "https://a.example"+path, nil)
		require.NoError(t, err)
		return r
	}
	require.NoError(t, c.check(post("/rest/api/3/search/jql", `{"jql":"project = 1"}`)))
	require.Error(t, c.check(post("/rest/api/3/search/jql", `{"jql":"project = 1","startAt":0}`)))
	require.Error(t, c.check(post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":[1]}`)))
	require.Error(t, c.check(get("/rest/api/3/issue/1/comment?startAt=x")))
	require.Error(t, c.check(get("/rest/api/3/issue/1/comment?limit=1")))
	require.Error(t, c.check(get("/rest/api/3/nothing")))
}
