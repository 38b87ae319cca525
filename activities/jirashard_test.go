package activities

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/scratch"
)

// The routes that the tests below bend.
const (
	bulkFetch = "/rest/api/3/issue/bulkfetch"
	fileRoute = "/rest/api/3/attachment/content/{id}"
)

// jiraShard is a host beside a Jira site that serves.
type jiraShard struct {
	*jiraSite
	t      *testing.T
	ledger *scratch.Ledger
	host   *Host
	in     StepInput
}

// newJiraShard takes the census of a site with a project of 250 issues, an empty
// one, and 12 attachments.
func newJiraShard(t *testing.T) *jiraShard {
	t.Helper()
	j := newJiraSiteOf(t, content.Spec{Seed: 7, Attachments: 12, Projects: []content.ProjectSpec{{Key: "EE", Issues: 250}, {Key: "NONE"}}})
	j.run.Options.Attachments = true
	containers := j.listed()
	census, err := j.activities().Census(t.Context(), CensusInput{Run: j.run, Try: 1, Page: 0, Tag: containers.Tag})
	require.NoError(t, err)
	require.Equal(t, 1, census.Shards)
	s := &jiraShard{jiraSite: j, t: t, in: StepInput{Run: j.run, Shard: ShardSet{Page: 0, Shards: 1, Tag: census.Tag}.Shard(0)}}
	s.ledger, err = scratch.Open(t.TempDir(), scratch.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { s.ledger.Close() })
	s.host = NewHost(j.deps, s.ledger)
	s.in.Lease, err = s.host.AcquireScratch(t.Context(), AcquireScratchInput{
		BackupID: j.run.BackupID, Credential: j.run.Policy.Credential, Shard: s.in.Shard.ID, Attempt: 1,
	})
	require.NoError(t, err)
	j.ResetCounts()
	return s
}

// finish takes the shard through all steps.
func (s *jiraShard) finish() ShardResult {
	s.t.Helper()
	_, err := s.host.Export(s.t.Context(), s.in)
	require.NoError(s.t, err)
	_, err = s.host.Compress(s.t.Context(), s.in)
	require.NoError(s.t, err)
	up, err := s.host.Upload(s.t.Context(), s.in)
	require.NoError(s.t, err)
	require.NoError(s.t, s.activities().Verify(s.t.Context(), VerifyShardInput{Run: s.run, Shard: s.in.Shard, Result: up.Object}))
	d := openRunDir(s.store, s.run)
	var r ShardResult
	require.NoError(s.t, d.read(s.t.Context(), up.Object, &r))
	return r
}

// sums are the SHA-256 of the attachments that the site gives.
func (s *jiraShard) sums() map[string]string {
	s.t.Helper()
	sums := map[string]string{}
	for i := range s.Truth().Issues("EE") {
		for _, a := range i.Attachments() {
			hash := sha256.New()
			_, err := io.Copy(hash, a.Open())
			require.NoError(s.t, err)
			sums[strconv.FormatInt(a.ID, 10)] = hex.EncodeToString(hash.Sum(nil))
		}
	}
	return sums
}

// requireAll asserts that everything is there, with its bytes.
func (s *jiraShard) requireAll(r ShardResult) {
	s.t.Helper()
	require.Empty(s.t, r.Problems)
	require.Equal(s.t, s.ids("EE"), slices.Sorted(slices.Values(r.Slices[0].Captured)))
	require.Equal(s.t, 2, r.Counts.Containers)
	stored := map[string]string{}
	for row, err := range archive.Rows(s.t.Context(), s.store, archive.BackupDir(s.run.Policy.ID, s.run.BackupID), *r.Index) {
		require.NoError(s.t, err)
		stored[row.ID] = row.SHA256
	}
	require.Equal(s.t, s.sums(), stored)
	require.Zero(s.t, s.Counts().Leaks)
}

// TestJiraShardNotesWhatIsSwitchedOffMeanwhile states D3: what was not asked for
// because the site had switched it off is noted with the shard, once, whatever
// was so when the site's own kinds were read.
func TestJiraShardNotesWhatIsSwitchedOffMeanwhile(t *testing.T) {
	t.Parallel()
	s := newJiraShard(t)
	s.Lack(func(l *samplesite.Lacks) { l.TimeTracking = true })
	r := s.finish()
	require.Len(t, r.Problems, 1, "three chunks have it")
	p := r.Problems[0]
	require.True(t, p.Note && p.Absent, "%+v", p)
	require.Equal(t, "worklog", p.Kind)
	require.Zero(t, r.Counts.Missing)
}

func TestJiraShardIsWhole(t *testing.T) {
	t.Parallel()
	s := newJiraShard(t)
	s.requireAll(s.finish())
	counts := s.Counts()
	require.Equal(t, 3, counts.Requests["POST "+bulkFetch])
	require.Equal(t, 12, counts.Requests["GET "+fileRoute])
}

func TestJiraShardOutlivesTheSite(t *testing.T) {
	t.Parallel()
	s := newJiraShard(t)
	away := s.Inject(samplesite.Rule{Route: bulkFetch, From: 2, Effect: samplesite.Effect{Status: http.StatusInternalServerError}})
	_, err := s.host.Export(t.Context(), s.in)
	requireFailure(t, failure.SiteAway, err)
	away.Heal()
	_, err = s.host.Export(t.Context(), s.in)
	require.NoError(t, err)
	require.Equal(t, 3, s.Counts().Unprovoked("POST "+bulkFetch), "the first chunk is not fetched again")

	away = s.Inject(samplesite.Rule{Route: fileRoute, From: 6, Effect: samplesite.Effect{Status: http.StatusBadGateway}})
	_, err = s.host.Compress(t.Context(), s.in)
	require.NoError(t, err)
	_, err = s.host.Upload(t.Context(), s.in)
	requireFailure(t, failure.SiteAway, err)
	away.Heal()
	s.requireAll(s.finish())
	require.LessOrEqual(t, s.Counts().Unprovoked("GET "+fileRoute), 12+maxTransfers, "what is stored is not fetched again")
}

func TestJiraShardWithBodiesCutShort(t *testing.T) {
	t.Parallel()
	s := newJiraShard(t)
	cut := s.Inject(samplesite.Rule{Route: samplesite.MediaRoute, Count: 3, Effect: samplesite.Effect{CutAfter: 100}})
	s.requireAll(s.finish())
	require.Equal(t, 3, cut.Fired())
}

func TestJiraShardWhoseTokenIsRevoked(t *testing.T) {
	t.Parallel()
	s := newJiraShard(t)
	s.Inject(samplesite.Rule{Route: bulkFetch, From: 2, Count: 1, Effect: samplesite.Effect{Do: s.RevokeToken}})
	_, err := s.host.Export(t.Context(), s.in)
	requireFailure(t, failure.CredentialsRefused, err)
	require.NotContains(t, err.Error(), s.Token())
}

func TestJiraShardOfAChangingSite(t *testing.T) {
	t.Parallel()
	s := newJiraShard(t)
	attachments := slices.Sorted(maps.Keys(s.sums()))
	first, second := attachments[0], attachments[1]
	ids := s.ids("EE")
	s.Inject(samplesite.Rule{Route: bulkFetch, From: 2, Count: 1, Effect: samplesite.Effect{Do: func() {
		s.DeleteIssue(ids[200])
		s.HideIssue(ids[201])
	}}})
	_, err := s.host.Export(t.Context(), s.in)
	require.NoError(t, err)
	s.LoseAttachmentBytes(number(t, first))
	s.DeleteAttachment(number(t, second))
	r := s.finish()
	require.Equal(t, []string{ids[200], ids[201]}, r.Slices[0].Gone)
	require.Len(t, r.Slices[0].Captured, 248)
	what := map[string]bool{}
	for _, p := range r.Problems {
		if p.Kind == "attachment" {
			what[p.ID] = p.Gone
		}
	}
	lost := map[string]bool{first: false, second: true}
	for id := range lost { // unless its issue was one of those that went away
		if _, ok := what[id]; !ok {
			delete(lost, id)
		}
	}
	require.NotEmpty(t, what)
	require.Equal(t, lost, what)
}

func number(t *testing.T, id string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	require.NoError(t, err)
	return n
}
