package confluence

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/openapitest"
	"holdfast/internal/restore/restoretest"
)

// The documents of the two APIs.
var (
	documentV2 = &openapitest.Document{Name: "confluence-v2.json", Prefix: v2, Mend: joinLists}
	documentV1 = &openapitest.Document{Name: "confluence-v1.json", Mend: joinLists}
)

// joinLists mends lists of ids and of expansions, which are joined by commas.
func joinLists(p *openapi3.Parameter) {
	if p.In != "query" || p.Schema == nil || !p.Schema.Value.Type.Is("array") {
		return
	}
	if strings.HasSuffix(p.Name, "id") || strings.HasSuffix(p.Name, "ids") || p.Name == "expand" {
		joined := false
		p.Style, p.Explode = "form", &joined
	}
}

// rereadable makes the bodies of uploads ones that can be read twice, so that they are checked.
type rereadable struct{ http.RoundTripper }

func (t rereadable) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.GetBody == nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
		r.Body = io.NopCloser(bytes.NewReader(data))
	}
	return t.RoundTripper.RoundTrip(r)
}

func TestRequestsAreThoseOfTheDocuments(t *testing.T) {
	t.Parallel()
	c := openapitest.New(t, documentV2, documentV1)
	c.Skip = func(r *http.Request) bool { return !strings.HasPrefix(r.URL.Path, "/wiki/") }
	b := capture(t, start(t, wiki, nil))
	plan, counts := restoretest.Run(t, b.stepsOver(empty(t, wiki), rereadable{c}, full))
	for _, k := range plan.Kinds {
		require.Zero(t, counts[k.Kind].Failed, k.Kind)
	}
	// Tasks whose status is not in the text, and attachments in the trash.
	restoretest.RequireScopes(t, "Confluence", c.Scopes(), "write:task:confluence", "delete:attachment:confluence")
}
