package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/samplesite/content"
)

func (j *jiraSite) preflight(policyID string) PreflightInput {
	p := j.run.Policy
	return PreflightInput{Site: p.Site, Product: p.Product, Credential: p.Credential, PolicyID: policyID}
}

func TestP2PreflightSaysWhatIsThereAndWhatTheAccountLacks(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 30}, content.ProjectSpec{Key: "FF", Issues: 3})
	result, err := j.activities().Preflight(t.Context(), j.preflight(""))
	require.NoError(t, err)
	require.Equal(t, PreflightResult{CloudID: j.CloudID(), AccountID: j.AccountID(), Containers: 2, Items: 33}, result)

	j.WithdrawAdmin()
	j.DenyBrowse("FF")
	result, err = j.activities().Preflight(t.Context(), j.preflight(""))
	require.NoError(t, err)
	require.Len(t, result.Lacks, 2)
	require.Contains(t, result.Lacks[0], "FF")
	require.Contains(t, result.Lacks[1], "administrator")
}

// TestPreflightOfAPolicyLooksAtWhatItDoesNotLeaveOut states P1: a container that
// is excluded lacks nothing, and an excluded key that no container has is told.
func TestPreflightOfAPolicyLooksAtWhatItDoesNotLeaveOut(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 30}, content.ProjectSpec{Key: "FF", Issues: 3})
	j.DenyBrowse("FF")
	in := j.preflight("")
	in.Options.Exclude = []string{"FF", "TYPO", "AA"}
	result, err := j.activities().Preflight(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, 1, result.Containers)
	require.Equal(t, 30, result.Items)
	require.Equal(t, []string{
		"none of the projects has the excluded key AA: check how it is written, for nothing is left out by it",
		"none of the projects has the excluded key TYPO: check how it is written, for nothing is left out by it",
	}, result.Lacks)
}

func TestPreflightTellsAtMost20Lacks(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, tinyProjects(70)...)
	for _, p := range tinyProjects(70)[40:] {
		j.DenyBrowse(p.Key)
	}
	j.ResetCounts()
	result, err := j.activities().Preflight(t.Context(), j.preflight(""))
	require.NoError(t, err)
	require.Len(t, result.Lacks, 20)
	require.Equal(t, "and 11 more", result.Lacks[19])
	requests := j.Counts().Requests
	require.Equal(t, 2, requests["GET /rest/api/3/project/search"])
	require.Equal(t, 1, requests["GET /rest/api/3/mypermissions"])
	require.Equal(t, 1, requests["POST /rest/api/3/permissions/check"])
}

func TestP1ARunAgainstAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 1})
	in := j.preflight("jira-acme")
	in.CloudID = "another"
	_, err := j.activities().Preflight(t.Context(), in)
	kind, message := failure.Of(err)
	require.Equal(t, failure.SiteGone, kind)
	require.Contains(t, message, j.CloudID())
	require.Contains(t, message, "another")
}

func TestPreflightOfARunTakesOwnership(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 1})
	j.ResetCounts()
	for range 2 {
		_, err := j.activities().Preflight(t.Context(), j.preflight("jira-acme"))
		require.NoError(t, err)
	}
	require.Zero(t, j.Counts().Requests["GET /rest/api/3/project/search"], "the run lists them next")
	j.deps.Installation = "there"
	_, err := j.activities().Preflight(t.Context(), j.preflight("jira-acme"))
	kind, message := failure.Of(err)
	require.Equal(t, failure.Owned, kind)
	require.Contains(t, message, "installation here")
	_, err = j.activities().Preflight(t.Context(), j.preflight("jira-other"))
	require.NoError(t, err, "each policy has its own owner")
}

func TestCheckAccount(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 1})
	check := func(account string) failure.Type {
		err := j.activities().CheckAccount(t.Context(), CheckAccountInput{Run: j.run, AccountID: account})
		kind, _ := failure.Of(err)
		require.Equal(t, kind == "", err == nil, err)
		return kind
	}
	j.ResetCounts()
	require.Empty(t, check(j.AccountID()))
	require.Equal(t, map[string]int{"GET /rest/api/3/myself": 1}, j.Counts().Requests)
	require.Equal(t, failure.CredentialsRefused, check("somebody else"))
	j.RevokeToken()
	require.Equal(t, failure.CredentialsRefused, check(j.AccountID()))
}

func TestACredentialThatIsReplacedIsUsedWithoutARestart(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 1})
	a := j.activities()
	check := func() failure.Type {
		kind, _ := failure.Of(a.CheckAccount(t.Context(), CheckAccountInput{Run: j.run}))
		return kind
	}
	require.Empty(t, check())
	j.credential("no longer valid")
	require.Equal(t, failure.CredentialsRefused, check())
	j.credential(j.Token())
	require.Empty(t, check())
}

func TestSites(t *testing.T) {
	t.Parallel()
	j := newJiraSite(t, content.ProjectSpec{Key: "EE", Issues: 1})
	sites, p := j.deps.Sites, j.run.Policy
	one, err := sites.Product(p.Site, p.CloudID, p.Product, p.Credential, backup.Options{})
	require.NoError(t, err)
	two, err := sites.Product(p.Site, p.CloudID, p.Product, p.Credential, backup.Options{})
	require.NoError(t, err)
	require.Same(t, one, two)

	for change, o := range map[string]backup.Options{
		"remote links": {NoRemoteLinks: true}, "properties": {NoProperties: true},
	} {
		other, err := sites.Product(p.Site, p.CloudID, p.Product, p.Credential, o)
		require.NoError(t, err)
		require.NotSame(t, one, other, change)
	}
	same, err := sites.Product(p.Site, p.CloudID, p.Product, p.Credential, backup.Options{Attachments: true, Exclude: []string{"EE"}})
	require.NoError(t, err)
	require.Same(t, one, same, "they do not change what a client reads")

	wiki, err := sites.Product(p.Site, p.CloudID, backup.Confluence, p.Credential, backup.Options{})
	require.NoError(t, err)
	require.IsType(t, &confluence.Confluence{}, wiki)
	for change, o := range map[string]backup.Options{
		"versions": {Versions: 3}, "one version": {Versions: 1}, "versions of attachments": {AttachmentVersions: true},
		"the Admin Key": {AdminKey: true}, "custom content": {CustomContent: []string{"ac:a:b"}}, "other custom content": {CustomContent: []string{"ac:a:c"}},
	} {
		other, err := sites.Product(p.Site, p.CloudID, backup.Confluence, p.Credential, o)
		require.NoError(t, err)
		require.NotSame(t, wiki, other, change)
	}

	_, err = sites.Product(p.Site, p.CloudID, p.Product, "beta", backup.Options{})
	kind, message := failure.Of(err)
	require.Equal(t, failure.NoCredential, kind)
	require.Equal(t, "no worker has credential beta: add it to the credentials file of a worker", message)
	_, err = sites.Product(p.Site, p.CloudID, "trello", p.Credential, backup.Options{})
	kind, _ = failure.Of(err)
	require.Equal(t, failure.InvalidArgument, kind)
	_, err = sites.Product("no address", "", p.Product, p.Credential, backup.Options{})
	kind, _ = failure.Of(err)
	require.Equal(t, failure.InvalidArgument, kind)
}
