package activities

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/scratch"
)

// backUp makes a whole backup of the site by its activities, from the list of the
// containers to a verification of every byte.
func (j *jiraSite) backUp(h *Host, start time.Time, sources ...string) SealResult {
	j.t.Helper()
	a, ctx := j.activities(), j.t.Context()
	j.run.StartedAt, j.run.BackupID, j.run.Sources = start, backup.NewBackupID(j.run.Policy.ID, start), sources
	containers := j.listed()
	census, err := a.Census(ctx, CensusInput{Run: j.run, Try: 1, Page: 0, Tag: containers.Tag})
	require.NoError(j.t, err)
	set := ShardSet{Page: 0, Shards: census.Shards, Tag: census.Tag}
	winners := []Winner{j.capture(h, ShardRef{ID: SiteShard})}
	for n := range set.Shards {
		winners = append(winners, j.capture(h, set.Shard(n)))
	}
	require.NoError(j.t, a.SaveWinners(ctx, SaveWinnersInput{Run: j.run, Batch: "000", Winners: winners}))
	sealed, err := a.Seal(ctx, SealInput{
		Run: j.run, AccountID: j.AccountID(), Containers: containers, Shards: []ShardSet{set}, Batches: []string{"000"},
		CensusAt: start.Add(time.Second), By: "ada@host", Now: start.Add(time.Minute),
	})
	require.NoError(j.t, err)
	require.Equal(j.t, backup.Complete, sealed.Status, sealed.Reason)
	j.requireVerified(j.run.BackupID)
	return sealed
}

func (j *jiraSite) requireVerified(id string) {
	j.t.Helper()
	found, err := j.activities().VerifyBackup(j.t.Context(), VerifyBackupInput{PolicyID: j.run.Policy.ID, BackupID: id})
	require.NoError(j.t, err)
	require.True(j.t, found.Readable)
	require.Empty(j.t, found.Problems)
}

// truth are the SHA-256 of the attachments that the site gives.
func (j *jiraSite) truth(projects ...string) map[string]string {
	j.t.Helper()
	sums := map[string]string{}
	for _, key := range projects {
		for i := range j.Truth().Issues(key) {
			for _, a := range i.Attachments() {
				hash := sha256.New()
				_, err := io.Copy(hash, a.Open())
				require.NoError(j.t, err)
				sums[strconv.FormatInt(a.ID, 10)] = hex.EncodeToString(hash.Sum(nil))
			}
		}
	}
	return sums
}

// held are those that a backup holds.
func (j *jiraSite) held(id string) map[string]string {
	j.t.Helper()
	r, err := archive.Open(j.t.Context(), j.store, j.run.Policy.ID, id)
	require.NoError(j.t, err)
	sums := map[string]string{}
	for row, err := range r.Attachments(j.t.Context()) {
		require.NoError(j.t, err)
		sums[row.ID] = row.SHA256
	}
	return sums
}

// asked is how many attachments were asked for.
func (j *jiraSite) asked() int {
	counts := j.Counts()
	return max(counts.Requests["GET "+fileRoute], counts.Requests["GET "+samplesite.MediaRoute])
}

// TestSecondRunFetchesNoAttachment takes three runs over a real site: the first
// without one project, the second with it, the third after deletions, and with
// a cut of shards that has moved.
func TestSecondRunFetchesNoAttachment(t *testing.T) {
	t.Parallel()
	// A rate that the site announces and the throttle never reaches here.
	j := newJiraSiteWith(t, samplesite.Config{Rate: 20_000, Content: content.Spec{Seed: 11, Attachments: 160, Projects: []content.ProjectSpec{
		{Key: "BIG", Issues: 1050}, {Key: "OPS", Issues: 100}, {Key: "WEB", Issues: 90}, {Key: "NONE"},
	}}})
	ledger, err := scratch.Open(t.TempDir(), scratch.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { ledger.Close() })
	h := NewHost(j.deps, ledger)

	j.run.Options.Exclude = []string{"WEB"}
	first := j.backUp(h, runStart)
	require.Zero(t, first.Counts.AttachmentsReused)
	known, all := j.truth("BIG", "OPS"), j.truth("BIG", "OPS", "WEB")
	require.Equal(t, known, j.held(j.run.BackupID))
	require.Greater(t, len(all), len(known))

	j.ResetCounts()
	j.run.Options.Exclude = nil
	second := j.backUp(h, runStart.Add(7*24*time.Hour), j.run.BackupID)
	require.Equal(t, len(known), second.Counts.AttachmentsReused)
	require.Equal(t, len(all)-len(known), j.asked(), "what is new is fetched")
	require.Equal(t, all, j.held(j.run.BackupID))

	// Its folder is all that the next one has, and what it has is its own.
	require.NoError(t, removeAll(t.Context(), j.store, archive.BackupDir(j.run.Policy.ID, backup.NewBackupID(j.run.Policy.ID, runStart)), &pulse{}, nil))
	j.requireVerified(j.run.BackupID)

	for n, id := range j.ids("BIG") {
		if n%7 == 3 {
			j.DeleteIssue(id)
		}
	}
	left := map[string]string{}
	for _, key := range []string{"BIG", "OPS", "WEB"} {
		for i := range j.Truth().Issues(key) {
			for _, a := range i.Attachments() {
				if id := strconv.FormatInt(a.ID, 10); !i.Deleted {
					left[id] = all[id]
				}
			}
		}
	}
	j.ResetCounts()
	third := j.backUp(h, runStart.Add(14*24*time.Hour), j.run.BackupID)
	require.Zero(t, j.asked(), "nothing is new")
	require.Equal(t, left, j.held(j.run.BackupID))
	require.Equal(t, len(left), third.Counts.AttachmentsReused)
	require.Equal(t, third.Counts.Attachments, third.Counts.AttachmentsReused)
}
