package samplesite_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/openapitest"
	"holdfast/internal/samplesite"
	"holdfast/internal/sharedtest"
)

var loadWikiDocuments = sync.OnceValues(func() (docs []*openapi3.T, err error) {
	for _, name := range []string{"confluence-v2.json", "confluence-v1.json"} {
		b, err := os.ReadFile(filepath.Join(os.Getenv("HOLDFAST_SHARED_FOR_TEST"), "atlassian-openapi", name))
		if err != nil {
			return nil, err
		}
		doc, err := openapi3.NewLoader().LoadFromData(b)
		if err != nil {
			return nil, err
		}
		// A property may hold anything, which the document says without "nullable".
		for _, name := range []string{"ContentProperty", "SpaceProperty"} {
			if s := doc.Components.Schemas[name]; s != nil && s.Value.Properties["value"] != nil {
				s.Value.Properties["value"].Value.Nullable = true
			}
		}
		openapitest.MendBodies(doc)
		docs = append(docs, doc)
	}
	return docs, nil
})

// openWikiDocument is Atlassian's OpenAPI documents of both of Confluence's APIs.
// They describe no errors.
func openWikiDocument(t testing.TB) *document {
	t.Helper()
	require.NoError(t, os.Setenv("HOLDFAST_SHARED_FOR_TEST", sharedtest.Dir(t)))
	docs, err := loadWikiDocuments()
	require.NoError(t, err)
	d := &document{docs: docs}
	for i, doc := range docs {
		prefix := []string{samplesite.WikiV2, ""}[i]
		for name, item := range doc.Paths.Map() {
			d.add(prefix+name, item, nil)
		}
	}
	return d
}

// checkedWiki is a client whose replies are all held against Atlassian's documents of Confluence.
func checkedWiki(t *testing.T, cfg samplesite.Config) (*samplesite.Site, *client) {
	site, c := start(t, cfg)
	c.doc = openWikiDocument(t)
	return site, c
}
