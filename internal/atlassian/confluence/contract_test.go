package confluence

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/openapitest"
)

// The documents of the two APIs.
var (
	documentV2 = &openapitest.Document{Name: "confluence-v2.json", Prefix: v2, Mend: joinLists}
	documentV1 = &openapitest.Document{Name: "confluence-v1.json", Mend: joinLists}
)

// joinLists mends lists of ids: they are joined by commas, as their descriptions say,
// and lists of v1 too ("expand").
func joinLists(p *openapi3.Parameter) {
	if p.In != "query" || p.Schema == nil || !p.Schema.Value.Type.Is("array") {
		return
	}
	if strings.HasSuffix(p.Name, "id") || strings.HasSuffix(p.Name, "ids") || p.Name == "expand" {
		joined := false
		p.Style, p.Explode = "form", &joined
	}
}

func newContract(t testing.TB) *openapitest.Contract {
	t.Helper()
	c := openapitest.New(t, documentV2, documentV1)
	c.Skip = func(r *http.Request) bool { return !strings.HasPrefix(r.URL.Path, "/wiki/") }
	return c
}

func TestTheContractRefusesWhatTheDocumentsDoNotHave(t *testing.T) {
	c := newContract(t)
	get := func(path string) error {
		r, err := http.NewRequest("GET", "https://a.example"+path, nil)
		require.NoError(t, err)
		return c.Check(r)
	}
	require.NoError(t, get("/wiki/api/v2/pages?id=1,2&status=current&status=trashed&limit=250"))
	require.Error(t, get("/wiki/api/v2/pages?limit=251"))
	require.Error(t, get("/wiki/api/v2/pages?limit=1&limit=2"))
	require.Error(t, get("/wiki/api/v2/pages?status=draft"))
	require.Error(t, get("/wiki/api/v2/blogposts/1/footer-comments?status=archived"))
	require.Error(t, get("/wiki/api/v2/pages?id=x"))
	require.Error(t, get("/wiki/api/v2/pages?start=1"))
	require.Error(t, get("/wiki/api/v2/pages/att1"))
	require.Error(t, get("/wiki/rest/api/content/1/restriction/byOperation/delete"))
	require.Error(t, get("/wiki/wiki/api/v2/pages"))
}
