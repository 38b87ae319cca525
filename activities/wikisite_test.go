package activities

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// newWikiSite is a Confluence site that serves, and a worker that holds its credential.
func newWikiSite(t *testing.T, spaces ...content.SpaceSpec) *jiraSite {
	t.Helper()
	j := newJiraSiteWith(t, samplesite.Config{Wiki: content.WikiSpec{Seed: 7, Spaces: spaces}, Rate: -1})
	j.run.Policy.ID, j.run.Policy.Product, j.run.BackupID = "confluence-acme", backup.Confluence, "confluence-acme.20261123T021658Z"
	return j
}

// keys are the keys of the containers that a run has.
func (j *jiraSite) keys(listed ListContainersResult) (keys []string) {
	d := openRunDir(j.store, j.run)
	for page := range listed.Pages {
		var containers ContainerPage
		require.NoError(j.t, d.read(j.t.Context(), d.containers(page, listed.Tag), &containers))
		for _, c := range containers.Containers {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

func TestP1PersonalSpacesAreInOrOut(t *testing.T) {
	t.Parallel()
	j := newWikiSite(t, content.SpaceSpec{Key: "ENG", Pages: 3}, content.SpaceSpec{Key: "~ada", Personal: true, Pages: 2},
		content.SpaceSpec{Key: "OLD", Archived: true, Pages: 2}, content.SpaceSpec{Key: "HR", Pages: 2})
	require.ElementsMatch(t, []string{"ENG", "~ada", "OLD", "HR"}, j.keys(j.listed()))
	j.run.Options.NoPersonalSpaces = true
	j.run.Options.Exclude = []string{"HR"}
	j.run.BackupID = "confluence-acme.20261130T021658Z"
	require.ElementsMatch(t, []string{"ENG", "OLD"}, j.keys(j.listed()))

	in := j.preflight("")
	in.Options = j.run.Options
	in.Options.Exclude = []string{"HR", "NONE"}
	result, err := j.activities().Preflight(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, 2, result.Containers)
	require.Zero(t, result.Items, "Confluence does not count its pages")
	require.Equal(t, []string{"none of the spaces has the excluded key NONE: check how it is written, for nothing is left out by it"}, result.Lacks)
}

func TestAShardOfConfluenceHas250Pages(t *testing.T) {
	t.Parallel()
	j := newWikiSite(t, content.SpaceSpec{Key: "ENG", Pages: 590, Blogs: 10}, content.SpaceSpec{Key: "HR", Pages: 5})
	listed := j.listed()
	result, err := j.activities().Census(t.Context(), CensusInput{Run: j.run, Try: 1, Page: 0, Tag: listed.Tag})
	require.NoError(t, err)
	require.Equal(t, 605, result.Items)
	require.Equal(t, 3, result.Shards)
	for n, list := range j.lists(ShardSet{Shards: result.Shards, Tag: result.Tag}) {
		held := 0
		for _, s := range list.Slices {
			held += len(s.IDs)
		}
		require.Equal(t, []int{250, 250, 105}[n], held)
	}
}

// TestScopedTokensGoThroughTheGatewayOfTheirProduct states that the gateway has a
// base for each product.
func TestScopedTokensGoThroughTheGatewayOfTheirProduct(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.Path)
		http.Error(w, "{}", http.StatusUnauthorized)
	}))
	defer gateway.Close()
	sites := NewSites(SitesConfig{Gateway: gateway.URL + "/ex", Credentials: atlassian.StaticCredentials(
		map[string]atlassian.Credential{"acme": {Email: "a@acme.example", Token: "secret", Gateway: true}})})
	for product, path := range map[backup.Product]string{
		backup.Jira: "/ex/jira/cloud-1/rest/api/3/myself", backup.Confluence: "/ex/confluence/cloud-1/wiki/rest/api/user/current",
	} {
		asked = nil
		client, err := sites.Product("https://acme.atlassian.net", "cloud-1", product, "acme", backup.Options{})
		require.NoError(t, err)
		_, err = client.Identity(t.Context())
		require.Error(t, err)
		require.Equal(t, path, strings.Join(asked, " "))
	}
}
