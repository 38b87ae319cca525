package jira

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/openapitest"
)

var documents = []*openapitest.Document{
	{Name: "jira-platform-v3.json"}, {Name: "jira-software.json", Mend: listNames}, {Name: "jira-service-management.json"},
}

// listNames mends parameters that jira-software.json calls lists of objects: they are
// lists of names, as its descriptions say.
func listNames(p *openapi3.Parameter) {
	if s := p.Schema; s != nil && s.Value.Items != nil && s.Value.Items.Value.Type.Is("object") {
		s.Value.Items = openapi3.NewStringSchema().NewRef()
	}
}

// automationRoutes are the Automation API's, of which there is no document here,
// with their query parameters: developer.atlassian.com/cloud/automation/rest.
var automationRoutes = regexp.MustCompile(`^/(gateway/api/)?automation/public/jira/cloud-1/rest/v1/rule/(summary\?(cursor=[^&]*&)?limit=100|[^/?]+)$`)

func newContract(t testing.TB) *openapitest.Contract {
	t.Helper()
	c := openapitest.New(t, documents...)
	c.Skip = func(r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, "/_edge/") || strings.HasPrefix(r.URL.Path, "/media/") || automationRoutes.MatchString(r.URL.RequestURI())
	}
	return c
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
	require.NoError(t, c.Check(post("/rest/api/3/search/jql", `{"jql":"project = 1"}`)))
	require.Error(t, c.Check(post("/rest/api/3/search/jql", `{"jql":"project = 1","startAt":0}`)))
	require.Error(t, c.Check(post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":[1]}`)))
	require.Error(t, c.Check(get("/rest/api/3/issue/1/comment?startAt=x")))
	require.Error(t, c.Check(get("/rest/api/3/issue/1/comment?limit=1")))
	require.Error(t, c.Check(get("/rest/api/3/nothing")))
	require.Error(t, c.Check(get("/automation/public/jira/cloud-1/rest/v1/rule/summary?limit=101")))
}
