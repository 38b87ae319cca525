package jira_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	capturing "holdfast/internal/atlassian/jira"
	"holdfast/internal/atlassian/openapitest"
	"holdfast/internal/restore"
	"holdfast/internal/restore/jira"
	"holdfast/internal/restore/restoretest"
)

// The documents of the two APIs.
var documents = []*openapitest.Document{{Name: "jira-platform-v3.json"}, {Name: "jira-software.json", Mend: listNames}}

// listNames mends parameters that jira-software.json calls lists of objects: they are
// lists of names, as its descriptions say.
func listNames(p *openapi3.Parameter) {
	if s := p.Schema; s != nil && s.Value.Items != nil && s.Value.Items.Value.Type.Is("object") {
		s.Value.Items = openapi3.NewStringSchema().NewRef()
	}
}

// rereadable makes bodies ones that can be read twice, so that those of uploads are checked,
// too. Times of worklogs are checked as RFC 3339 has them: so the documents call them, whose
// own examples are 2021-01-17T12:34:00.000+0000, which is what Jira takes.
type rereadable struct{ http.RoundTripper }

func (t rereadable) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		checked := data
		if strings.HasSuffix(r.URL.Path, "/worklog") {
			checked = zone.ReplaceAll(data, []byte(`$1:$2"`))
		}
		r = r.Clone(r.Context())
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(checked)), nil }
		r.Body = io.NopCloser(bytes.NewReader(data))
	}
	return t.RoundTripper.RoundTrip(r)
}

var zone = regexp.MustCompile(`([+-][0-9]{2})([0-9]{2})"`)

func TestRequestsAreThoseOfTheDocuments(t *testing.T) {
	t.Parallel()
	c := openapitest.New(t, documents...)
	c.Skip = func(r *http.Request) bool { return !strings.HasPrefix(r.URL.Path, "/rest/") }
	b := capture(t, start(t, small()))
	to := b.empty(t, true)
	client, err := atlassian.New(atlassian.Config{
		Site: to.URL(), Credential: atlassian.Credential{Name: "sample", Email: to.Email(), Token: to.Token()},
		RetryFor: 3 * time.Second, Backoff: 5 * time.Millisecond, Transport: rereadable{c},
	})
	require.NoError(t, err)
	steps := b.steps(t, to, func(s *restore.Spec) { s.Options.Permissions = true })
	steps.Target = jira.New(client, capturing.New(client))
	plan, counts := restoretest.Run(t, steps)
	for _, k := range plan.Kinds {
		require.Zero(t, counts[k.Kind].Failed, k.Kind)
	}
	restoretest.RequireScopes(t, "Jira", c.Scopes())
}
