package samplesite_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/sharedtest"
)

// document is Atlassian's OpenAPI documents of the Jira platform, Jira Software
// and Jira Service Management, relaxed only where real responses depart from
// them: times have no colon in their offset, projects carry "entityId", what is
// not set is null instead of absent, and positions of gadgets are called "row" and
// "column", as the document's own example has them.
type document struct {
	docs  []*openapi3.T
	paths []templated
}

type templated struct {
	match *regexp.Regexp
	item  *openapi3.PathItem
	name  string
	fails *openapi3.SchemaRef // what the API answers where it refuses
}

var loadDocuments = sync.OnceValues(func() (docs []*openapi3.T, err error) {
	dir := os.Getenv("HOLDFAST_SHARED_FOR_TEST")
	for _, name := range []string{"jira-platform-v3.json", "jira-software.json", "jira-service-management.json"} {
		b, err := os.ReadFile(filepath.Join(dir, "atlassian-openapi", name))
		if err != nil {
			return nil, err
		}
		doc, err := openapi3.NewLoader().LoadFromData(b)
		if err != nil {
			return nil, err
		}
		seen := map[*openapi3.Schema]bool{}
		for _, s := range doc.Components.Schemas {
			relax(s, seen)
		}
		for _, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				for _, r := range op.Responses.Map() {
					for _, m := range r.Value.Content {
						relax(m.Schema, seen)
					}
				}
			}
		}
		docs = append(docs, doc)
	}
	return docs, nil
})

func openDocument(t testing.TB) *document {
	t.Helper()
	require.NoError(t, os.Setenv("HOLDFAST_SHARED_FOR_TEST", sharedtest.Dir(t)))
	docs, err := loadDocuments()
	require.NoError(t, err)
	d := &document{docs: docs}
	platform := docs[0].Components.Schemas
	yes := true
	// An issue's fields may hold anything, which the document says without "nullable".
	for _, name := range []string{"fields", "properties"} {
		platform["IssueBean"].Value.Properties[name].Value.AdditionalProperties.Schema.Value.Nullable = true
	}
	for _, p := range platform["ChangeDetails"].Value.Properties {
		p.Value.Nullable = true
	}
	platform["Project"].Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &yes}
	whole := openapi3.NewSchemaRef("", openapi3.NewIntegerSchema())
	platform["DashboardGadgetPosition"].Value.Required = nil
	platform["DashboardGadgetPosition"].Value.Properties = openapi3.Schemas{"row": whole, "column": whole}
	for _, doc := range docs {
		fails := platform["ErrorCollection"]
		if own := doc.Components.Schemas["ErrorResponse"]; own != nil && doc == docs[2] {
			fails = own
		}
		for name, item := range doc.Paths.Map() {
			d.add(name, item, fails)
		}
	}
	return d
}

// add has replies of a path held against its item; fails is what describes refusals, nil for nothing.
func (d *document) add(name string, item *openapi3.PathItem, fails *openapi3.SchemaRef) {
	pattern := regexp.MustCompile(`\\\{[^}]+\\\}`).ReplaceAllString(regexp.QuoteMeta(name), "[^/]+")
	d.paths = append(d.paths, templated{regexp.MustCompile("^" + pattern + "$"), item, name, fails})
}

// relax takes the format off times, however deep they stand, and mends what the
// documents cannot mean.
func relax(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	if s.Format == "date-time" {
		s.Format = ""
	}
	if len(s.OneOf) > 0 && len(s.Properties) == 0 {
		s.AdditionalProperties = openapi3.AdditionalProperties{} // false beside "oneOf" allows nothing at all
	}
	for _, p := range s.Properties {
		relax(p, seen)
	}
	relax(s.Items, seen)
	relax(s.AdditionalProperties.Schema, seen)
	for _, some := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf} {
		for _, one := range some {
			relax(one, seen)
		}
	}
}

// find returns the documented path of a request, nil where there is none, and the path without what is before its root.
func (d *document) find(r *http.Request) (*templated, string) {
	path := r.URL.Path
	for _, root := range []string{"/wiki/", "/rest/"} {
		if i := strings.Index(path, root); i >= 0 {
			path = path[i:]
			break
		}
	}
	var best *templated
	for i := range d.paths {
		p := &d.paths[i]
		if p.match.MatchString(path) && (best == nil || strings.Count(p.name, "{") < strings.Count(best.name, "{")) {
			best = p
		}
	}
	return best, path
}

// accepted holds a request that the site accepted against the document: what it sent
// of JSON, and the names of its parameters. Of search it was measured that live sites take more.
func (d *document) accepted(t testing.TB, a answer, body string) {
	t.Helper()
	best, path := d.find(a.req)
	if best == nil || a.status >= 300 || path == "/rest/api/3/search/jql" {
		return
	}
	op := best.item.GetOperation(a.req.Method)
	require.NotNil(t, op, "%s %s is not documented", a.req.Method, path)
	for name := range a.req.URL.Query() {
		require.True(t, op.Parameters.GetByInAndName("query", name) != nil || best.item.Parameters.GetByInAndName("query", name) != nil,
			"%s %s: the document has no parameter %s", a.req.Method, path, name)
	}
	if body == "" || op.RequestBody == nil {
		return
	}
	media := op.RequestBody.Value.Content.Get(a.req.Header.Get("Content-Type"))
	if media == nil || media.Schema == nil || !strings.Contains(a.req.Header.Get("Content-Type"), "json") {
		return
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&v), "%s", body)
	require.NoError(t, media.Schema.Value.VisitJSON(v, openapi3.VisitAsRequest()), "%s %s: the site takes what is outside Atlassian's document", a.req.Method, path)
}

// check holds a reply of a documented path against the document.
func (d *document) check(t testing.TB, a answer) {
	t.Helper()
	if !strings.Contains(a.header.Get("Content-Type"), "json") || strings.Contains(a.header.Get("Content-Type"), "problem") {
		return
	}
	best, path := d.find(a.req)
	if best == nil {
		return
	}
	op := best.item.GetOperation(a.req.Method)
	if op == nil {
		return
	}
	schema := best.fails
	if a.status < 300 {
		res := op.Responses.Status(a.status)
		require.NotNil(t, res, "%s %s has no documented reply %d", a.req.Method, best.name, a.status)
		media := res.Value.Content.Get("application/json")
		if media == nil || media.Schema == nil {
			return // sprints and properties of boards: no schema is given
		}
		schema = media.Schema
	} else if schema == nil || bytes.Contains(a.body, []byte(`"stack-trace"`)) || a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
		return // from in front of Jira: measured on live sites, documented nowhere
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(a.body))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&v), "%s", a.body)
	require.NoError(t, schema.Value.VisitJSON(v), "%s %s: the reply is outside Atlassian's document", a.req.Method, path)
}
