package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/samplesite"
)

// TestClientsOfADrillEndWithItsSite states that nothing is kept of a sample site that has
// ended, and that nothing comes after it.
func TestClientsOfADrillEndWithItsSite(t *testing.T) {
	t.Parallel()
	sites := NewSites(SitesConfig{Credentials: atlassian.StaticCredentials(map[string]atlassian.Credential{"test": {Name: "test", Email: "a@b.example", Token: "x"}})})
	t.Cleanup(sites.Drills().Close)
	_, err := sites.Product("https://acme.atlassian.net", "", backup.Jira, "test", backup.Options{})
	require.NoError(t, err)
	for range 3 {
		place, err := sites.Drills().Start("jira-acme.d1", samplesite.Config{})
		require.NoError(t, err)
		for _, options := range []backup.Options{{}, {Versions: 3}} {
			for _, product := range []backup.Product{backup.Jira, backup.Confluence} {
				_, err := sites.Product(place.Site, "", product, place.Credential, options)
				require.NoError(t, err)
			}
		}
		require.GreaterOrEqual(t, len(sites.built), 1+3)
	}
	sites.Drills().Stop("jira-acme.d1")
	require.Len(t, sites.built, 1, "those of other sites stay")
	_, err = sites.Product("http://127.0.0.1:1", "", backup.Jira, "drill/jira-acme.d1", backup.Options{})
	require.Equal(t, failure.LeaseLost, kindOf(err))
	require.Len(t, sites.built, 1)
}
