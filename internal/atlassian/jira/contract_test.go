package jira

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
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
// OpenAPI documents, and passes it on.
type contract struct {
	t       testing.TB
	next    http.RoundTripper
	routers []routers.Router

	mu     sync.Mutex
	routes map[string]int // requests per "METHOD /template"
}

// routerOnce holds the documents, read once for all tests. They are not validated
// themselves: their defaults and conflicting paths would not pass.
var routerOnce struct {
	sync.Mutex
	routers []routers.Router
}

func newContract(t testing.TB) *contract {
	t.Helper()
	dir := sharedtest.Dir(t)
	routerOnce.Lock()
	defer routerOnce.Unlock()
	if routerOnce.routers == nil {
		for _, name := range []string{"jira-platform-v3.json", "jira-software.json", "jira-service-management.json"} {
			doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, "atlassian-openapi", name))
			require.NoError(t, err)
			doc.Servers = nil
			loosen(doc)
			router, err := gorillamux.NewRouter(doc)
			require.NoError(t, err)
			routerOnce.routers = append(routerOnce.routers, router)
		}
	}
	return &contract{t: t, next: http.DefaultTransport, routers: routerOnce.routers, routes: map[string]int{}}
}

// loosen mends parameters that jira-software.json calls lists of objects: they are
// lists of names, as its descriptions say.
func loosen(doc *openapi3.T) {
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			for _, p := range op.Parameters {
				if s := p.Value.Schema; s != nil && s.Value.Items != nil && s.Value.Items.Value.Type.Is("object") {
					s.Value.Items = openapi3.NewStringSchema().NewRef()
				}
			}
		}
	}
}

// automationRoutes are the Automation API's, of which there is no document here,
// with their query parameters: developer.atlassian.com/cloud/automation/rest.
var automationRoutes = regexp.MustCompile(`^/(gateway/api/)?automation/public/jira/cloud-1/rest/v1/rule/(summary\?(cursor=[^&]*&)?limit=100|[^/?]+)$`)

func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/_edge/") && !strings.HasPrefix(r.URL.Path, "/media/") {
		if err := c.check(r); err != nil {
			c.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
	}
	return c.next.RoundTrip(r)
}

func (c *contract) check(r *http.Request) error {
	if strings.Contains(r.URL.Path, "/automation/") {
		if !automationRoutes.MatchString(r.URL.RequestURI()) {
			return errors.New("this is no route of the Automation API")
		}
		return nil
	}
	var (
		route  *routers.Route
		params map[string]string
		err    error
	)
	for _, router := range c.routers {
		if route, params, err = router.FindRoute(r); err == nil {
			break
		}
	}
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
