package confluence

import (
	"fmt"
	"maps"
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
	t      testing.TB
	next   http.RoundTripper
	v1, v2 routers.Router

	mu   sync.Mutex
	seen map[string]int // how often requests of a shape were checked
}

// often is after how many checks requests of a shape pass: each takes a millisecond.
const often = 20

var digits = regexp.MustCompile(`[0-9]+`)

// known reports whether enough requests of the shape were checked.
func (c *contract) known(r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	shape := r.Method + digits.ReplaceAllString(r.URL.Path, "0") + strings.Join(slices.Sorted(maps.Keys(r.URL.Query())), " ")
	c.seen[shape]++
	return c.seen[shape] > often
}

// routerOnce holds the documents, read once for all tests. They are not validated
// themselves: their defaults and conflicting paths would not pass.
var routerOnce struct {
	sync.Mutex
	v1, v2 routers.Router
}

func newContract(t testing.TB) *contract {
	t.Helper()
	dir := sharedtest.Dir(t)
	routerOnce.Lock()
	defer routerOnce.Unlock()
	load := func(name string) routers.Router {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, "atlassian-openapi", name))
		require.NoError(t, err)
		doc.Servers = nil
		loosen(doc)
		router, err := gorillamux.NewRouter(doc)
		require.NoError(t, err)
		return router
	}
	if routerOnce.v1 == nil {
		routerOnce.v1, routerOnce.v2 = load("confluence-v1.json"), load("confluence-v2.json")
	}
	return &contract{t: t, next: http.DefaultTransport, v1: routerOnce.v1, v2: routerOnce.v2, seen: map[string]int{}}
}

// loosen mends lists of ids: they are joined by commas, as their descriptions say,
// and lists of v1 too ("expand").
func loosen(doc *openapi3.T) {
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			for _, p := range op.Parameters {
				schema := p.Value.Schema
				if schema == nil || !schema.Value.Type.Is("array") || p.Value.In != "query" {
					continue
				}
				if strings.HasSuffix(p.Value.Name, "id") || strings.HasSuffix(p.Value.Name, "ids") || p.Value.Name == "expand" {
					joined := false
					p.Value.Style, p.Value.Explode = "form", &joined
				}
			}
		}
	}
}

func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/wiki/") && !c.known(r) {
		if err := c.check(r); err != nil {
			c.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
	}
	return c.next.RoundTrip(r)
}

func (c *contract) check(r *http.Request) error {
	router, asked := c.v1, r.Clone(r.Context())
	if path, ok := strings.CutPrefix(r.URL.Path, v2); ok {
		router, asked.URL.Path, asked.URL.RawPath = c.v2, path, ""
	}
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return err
		}
		asked.Body = body
	}
	route, params, err := router.FindRoute(asked)
	if err != nil {
		return err
	}
	for name, values := range r.URL.Query() {
		i := slices.IndexFunc(route.Operation.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name })
		if i < 0 {
			return fmt.Errorf("the query parameter %s=%q is not in the document", name, values)
		}
		if s := route.Operation.Parameters[i].Value.Schema; len(values) != 1 && !s.Value.Type.Is("array") {
			return fmt.Errorf("the query parameter %s=%q is repeated", name, values)
		}
	}
	return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
			RejectWhenRequestBodyNotSpecified: true, MultiError: true,
		},
	})
}

func TestTheContractRefusesWhatTheDocumentsDoNotHave(t *testing.T) {
	c := newContract(t)
	get := func(path string) error {
		r, err := http.NewRequest("GET", "https://a.example"+path, nil)
		require.NoError(t, err)
		return c.check(r)
	}
	require.NoError(t, get("/wiki/api/v2/pages?id=1,2&status=current&status=trashed&limit=250"))
	require.Error(t, get("/wiki/api/v2/pages?limit=251"))
	require.Error(t, get("/wiki/api/v2/pages?status=draft"))
	require.Error(t, get("/wiki/api/v2/blogposts/1/footer-comments?status=archived"))
	require.Error(t, get("/wiki/api/v2/pages?id=x"))
	require.Error(t, get("/wiki/api/v2/pages?start=1"))
	require.Error(t, get("/wiki/api/v2/pages/att1"))
	require.Error(t, get("/wiki/rest/api/content/1/restriction/byOperation/delete"))
	require.Error(t, get("/wiki/wiki/api/v2/pages"))
}
