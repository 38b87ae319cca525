package activities

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/failure"
	"holdfast/internal/samplesite/content"
)

func (j *jiraSite) checkSite(t *testing.T) (SiteAccess, error) {
	t.Helper()
	p := j.run.Policy
	return j.activities().CheckSite(t.Context(), CheckSiteInput{Site: p.Site, Product: p.Product, Credential: p.Credential})
}

func TestCheckSite(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 30}, content.ProjectSpec{Key: "FF", Issues: 3})
	seen, err := j.checkSite(t)
	require.NoError(t, err)
	require.Equal(t, j.AccountID(), seen.AccountID)
	require.Equal(t, j.CloudID(), seen.CloudID)
	require.Equal(t, "acme", seen.Credential)
	require.True(t, seen.Administer)
	require.Equal(t, []int{2, 33}, []int{seen.Containers, seen.Items})
	require.NotEmpty(t, seen.Kinds)

	j.WithdrawAdmin()
	j.DenyBrowse("FF")
	seen, err = j.checkSite(t)
	require.NoError(t, err)
	require.False(t, seen.Administer)
	require.Equal(t, []string{"FF"}, seen.Unreadable)
	states := make(map[string]bool)
	for _, k := range seen.Kinds {
		require.Contains(t, coverages(), k.State, "%s is told in the report's words", k.Kind)
		states[k.State] = true
	}
	require.Greater(t, len(states), 2)

	j.RevokeToken()
	_, err = j.checkSite(t)
	kind, _ := failure.Of(err)
	require.Equal(t, failure.CredentialsRefused, kind)
}

func TestCheckSiteStaysSmall(t *testing.T) {
	t.Parallel()
	projects := tinyProjects(130)
	j := newJiraSite(t, projects...)
	for _, p := range projects[10:] {
		j.DenyBrowse(p.Key)
	}
	seen, err := j.checkSite(t)
	require.NoError(t, err)
	require.Len(t, seen.Unreadable, 100)
	require.Equal(t, 120, seen.UnreadableCount)
	payload, err := json.Marshal(seen)
	require.NoError(t, err)
	require.Less(t, len(payload), 64<<10)
}
