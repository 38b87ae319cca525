package activities

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/store/dir"
)

// jiraSite is a Jira site that serves, and a worker that holds its credential.
type jiraSite struct {
	*samplesite.Site
	t           *testing.T
	store       *dir.Store
	credentials string // file
	deps        Deps
	run         Run
}

func newJiraSite(t *testing.T, projects ...content.ProjectSpec) *jiraSite {
	t.Helper()
	return newJiraSiteOf(t, content.Spec{Seed: 7, Projects: projects})
}

func newJiraSiteOf(t *testing.T, spec content.Spec) *jiraSite {
	t.Helper()
	return newJiraSiteWith(t, samplesite.Config{Content: spec, Rate: -1})
}

func newJiraSiteWith(t *testing.T, config samplesite.Config) *jiraSite {
	t.Helper()
	site, err := samplesite.New(config)
	require.NoError(t, err)
	require.NoError(t, site.Start(t.Context()))
	t.Cleanup(func() { site.Close() })
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	j := &jiraSite{Site: site, t: t, store: s, credentials: filepath.Join(t.TempDir(), "credentials.json"), run: testRun(site.URL())}
	j.run.Policy.CloudID = site.CloudID()
	j.credential(site.Token())
	credentials, err := atlassian.LoadCredentials(j.credentials)
	require.NoError(t, err)
	j.deps = Deps{Store: s, Installation: "here", Sites: NewSites(SitesConfig{
		Credentials: credentials,
		Client:      atlassian.Config{RetryFor: 50 * time.Millisecond, Backoff: time.Millisecond},
	})}
	return j
}

// credential writes the worker's credentials file.
func (j *jiraSite) credential(token string) {
	j.t.Helper()
	text := `{"acme": {"email": "` + j.Email() + `", "token": "` + token + `"}}`
	require.NoError(j.t, os.WriteFile(j.credentials, []byte(text), 0o600))
	// The time of a file may be coarser than the test is fast.
	at := time.Now().Add(time.Duration(len(token)) * time.Second)
	require.NoError(j.t, os.Chtimes(j.credentials, at, at))
}

func (j *jiraSite) activities() *Activities { return New(j.deps) }

// listed lists the containers.
func (j *jiraSite) listed() ListContainersResult {
	j.t.Helper()
	result, err := j.activities().ListContainers(j.t.Context(), ListContainersInput{Run: j.run, Try: 1})
	require.NoError(j.t, err)
	return result
}

// lists reads the shards of a set.
func (j *jiraSite) lists(set ShardSet) []ShardList {
	j.t.Helper()
	d := openRunDir(j.store, j.run)
	lists := make([]ShardList, set.Shards)
	for n := range lists {
		require.NoError(j.t, d.read(j.t.Context(), d.shard(set.Shard(n)), &lists[n]))
	}
	return lists
}

// ids are the ids of a project's issues, as the site holds them.
func (j *jiraSite) ids(project string) []string {
	var all []string
	for i := range j.Truth().Issues(project) {
		all = append(all, i.IDText())
	}
	return all
}
