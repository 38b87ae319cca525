// Package openapitest holds what a client asks of a site to Atlassian's OpenAPI
// documents. It is for tests.
package openapitest

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

// Document is one of Atlassian's documents, read when it is first needed. It is not
// validated itself: its defaults and conflicting paths would not pass. It is safe for
// concurrent use and is not to be copied.
type Document struct {
	// Name is that of the file.
	Name string
	// Prefix is where its paths begin at a site; "" where they say so themselves.
	Prefix string
	// Mend, where set, is called with each parameter, and mends what the document
	// does not mean.
	Mend func(*openapi3.Parameter)

	mu     sync.Mutex
	router routers.Router
}

func (d *Document) open(t testing.TB) {
	t.Helper()
	dir := sharedtest.Dir(t)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.router != nil {
		return
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, "atlassian-openapi", d.Name))
	require.NoError(t, err)
	doc.Servers = nil
	MendBodies(doc)
	if d.Mend != nil {
		for _, path := range doc.Paths.Map() {
			for _, op := range path.Operations() {
				for _, p := range op.Parameters {
					d.Mend(p.Value)
				}
			}
		}
	}
	d.router, err = gorillamux.NewRouter(doc)
	require.NoError(t, err)
}

// Contract is a transport that checks the requests that pass through it: one that
// no document has is an error of the test. It is safe for concurrent use.
type Contract struct {
	// Skip, where set, says of which requests there is no document.
	Skip func(*http.Request) bool

	t         testing.TB
	documents []*Document

	mu     sync.Mutex
	seen   map[string]int // how often requests of a shape were checked
	scopes map[string]bool
}

// New returns a Contract of these documents. Where they are absent the test is
// skipped, as sharedtest says.
func New(t testing.TB, documents ...*Document) *Contract {
	t.Helper()
	for _, d := range documents {
		d.open(t)
	}
	return &Contract{t: t, documents: documents, seen: make(map[string]int), scopes: make(map[string]bool)}
}

// Scopes are those that a token with scopes needs for the requests that were checked,
// as the documents' security requirements have them.
func (c *Contract) Scopes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.scopes))
}

func (c *Contract) needs(op *openapi3.Operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if op.Security == nil {
		return
	}
	for _, requirement := range *op.Security {
		for _, scopes := range requirement {
			for _, scope := range scopes {
				c.scopes[scope] = true
			}
		}
	}
}

// RoundTrip checks the request and passes it on.
func (c *Contract) RoundTrip(r *http.Request) (*http.Response, error) {
	if (c.Skip == nil || !c.Skip(r)) && !c.known(r) {
		if err := c.Check(r); err != nil {
			c.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// often is after how many checks requests of a shape pass: each takes a millisecond.
const often = 20

var digits = regexp.MustCompile(`[0-9]+`)

// known reports whether enough requests of the shape were checked.
func (c *Contract) known(r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	shape := r.Method + digits.ReplaceAllString(r.URL.Path, "0") + strings.Join(slices.Sorted(maps.Keys(r.URL.Query())), " ")
	c.seen[shape]++
	return c.seen[shape] > often
}

// Check says what of a request is outside the documents. Its body can be read again
// afterwards.
func (c *Contract) Check(r *http.Request) error {
	asked, route, params, err := c.find(r)
	if err != nil {
		return err
	}
	c.needs(route.Operation)
	if r.GetBody != nil {
		if asked.Body, err = r.GetBody(); err != nil {
			return err
		}
	}
	declared := slices.Concat(route.Operation.Parameters, route.PathItem.Parameters)
	for name, values := range r.URL.Query() {
		i := slices.IndexFunc(declared, func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name })
		if i < 0 {
			return fmt.Errorf("the query parameter %s=%q is not in the document", name, values)
		}
		if s := declared[i].Value.Schema; len(values) != 1 && !s.Value.Type.Is("array") {
			return fmt.Errorf("the query parameter %s=%q is repeated", name, values)
		}
	}
	upload := isUpload(r)
	if upload && r.GetBody != nil {
		if err := checkParts(asked, route.Operation); err != nil {
			return err
		}
	}
	return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
			RejectWhenRequestBodyNotSpecified: !upload, ExcludeRequestBody: upload, MultiError: true,
		},
	})
}

// find returns the request as its document has it, with its route there.
func (c *Contract) find(r *http.Request) (asked *http.Request, route *routers.Route, params map[string]string, err error) {
	for _, d := range c.documents {
		path, ok := strings.CutPrefix(r.URL.Path, d.Prefix)
		if !ok {
			continue
		}
		asked = r.Clone(r.Context())
		if isUpload(r) {
			asked.Body = http.NoBody // what is streamed can be read once only
		}
		if d.Prefix != "" {
			asked.URL.Path, asked.URL.RawPath = path, ""
		}
		if route, params, err = d.router.FindRoute(asked); err == nil {
			break
		}
	}
	if route == nil && err == nil {
		err = fmt.Errorf("no document has %s", r.URL.Path)
	}
	return asked, route, params, err
}
