package activities

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/scratch"
)

// capture takes one shard through the steps on a host.
func (j *jiraSite) capture(h *Host, ref ShardRef) Winner {
	j.t.Helper()
	ctx := j.t.Context()
	lease, err := h.AcquireScratch(ctx, AcquireScratchInput{BackupID: j.run.BackupID, Credential: "acme", Shard: ref.ID, Attempt: 1})
	require.NoError(j.t, err)
	in := StepInput{Run: j.run, Shard: ref, Lease: lease}
	exported, err := h.Export(ctx, in)
	require.NoError(j.t, err)
	require.Nil(j.t, exported.Rest)
	_, err = h.Compress(ctx, in)
	require.NoError(j.t, err)
	stored, err := h.Upload(ctx, in)
	require.NoError(j.t, err)
	require.NoError(j.t, h.Release(ctx, in))
	require.NoError(j.t, j.activities().Verify(ctx, VerifyShardInput{Run: j.run, Shard: ref, Result: stored.Object}))
	return Winner{Shard: ref, Result: stored.Object}
}

// A run by its activities, one after another: site, host and store are real.
func TestARunFromPreflightToVerification(t *testing.T) {
	t.Parallel()
	projects := append([]content.ProjectSpec{{Key: "BIG", Issues: 120}, {Key: "EMPTY"}}, tinyProjects(60)...)
	j := newJiraSite(t, projects...)
	j.run.StartedAt = time.Now().UTC().Truncate(time.Second)
	a, ctx := j.activities(), t.Context()
	ledger, err := scratch.Open(filepath.Join(t.TempDir(), "scratch"), scratch.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { ledger.Close() })
	h := NewHost(j.deps, ledger)

	checked, err := a.Preflight(ctx, j.preflight(j.run.Policy.ID))
	require.NoError(t, err)
	containers := j.listed()
	var shards []ShardSet
	refs := []ShardRef{{ID: SiteShard}}
	items := 0
	for page := range containers.Pages {
		census, err := a.Census(ctx, CensusInput{Run: j.run, Try: 1, Page: page, Tag: containers.Tag})
		require.NoError(t, err)
		set := ShardSet{Page: page, Shards: census.Shards, Tag: census.Tag}
		shards = append(shards, set)
		items += census.Items
		for n := range set.Shards {
			refs = append(refs, set.Shard(n))
		}
	}
	deduped, err := a.Dedupe(ctx, DedupeInput{Run: j.run, Try: 1, Shards: shards, Items: items})
	require.NoError(t, err)
	require.Equal(t, shards, deduped.Shards)

	deleted := fmt.Sprint(j.ids("BIG")[3])
	j.DeleteIssue(deleted)
	var winners []Winner
	for _, ref := range refs {
		winners = append(winners, j.capture(h, ref))
	}
	require.NoError(t, a.SaveWinners(ctx, SaveWinnersInput{Run: j.run, Batch: "000", Winners: winners}))
	late, err := a.LateSearch(ctx, LateSearchInput{Run: j.run, Try: 1, Shards: shards, ContainerPages: containers.Pages, ContainerTag: containers.Tag})
	require.NoError(t, err)
	require.Zero(t, late.Shards)
	require.NoError(t, a.CheckAccount(ctx, CheckAccountInput{Run: j.run, AccountID: checked.AccountID}))

	sealed, err := a.Seal(ctx, SealInput{
		Run: j.run, AccountID: checked.AccountID, Containers: containers, Shards: shards, Batches: []string{"000"},
		CensusAt: j.run.StartedAt.Add(time.Second), By: "ada@host", Now: j.run.StartedAt.Add(time.Minute),
	})
	require.NoError(t, err)
	require.Equal(t, backup.Complete, sealed.Status, sealed.Reason)
	require.Equal(t, 62, sealed.Counts.Containers)
	require.Equal(t, 179, sealed.Counts.Items)
	require.Equal(t, 1, sealed.Counts.Gone)
	found, err := a.VerifyBackup(ctx, VerifyBackupInput{PolicyID: j.run.Policy.ID, BackupID: j.run.BackupID})
	require.NoError(t, err)
	require.True(t, found.Readable)
	require.Empty(t, found.Problems)

	r := recordedRun{t: t, store: j.store, in: SealInput{Run: j.run}}
	_, _, gone := r.report()
	require.Len(t, gone, 1)
	require.Equal(t, archive.ItemRow{Outcome: archive.Gone, Kind: "issue", ID: deleted, Container: "BIG", Reason: gone[0].Reason}, gone[0])
	require.Equal(t, "deleted or hidden since the census", gone[0].Reason)
	for o, err := range j.store.List(ctx, archive.RunDir(j.run.Policy.ID, j.run.BackupID)) {
		require.NoError(t, err)
		t.Errorf("%s is left of the run", o.Name)
	}
}
