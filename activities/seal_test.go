package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

func sha256Of(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestSealOfAWholeRunIsComplete(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	result, err := r.seal(r.store)
	require.NoError(t, err)
	require.Equal(t, backup.Complete, result.Status)
	require.Empty(t, result.Reason)
	require.Equal(t, 3, result.Counts.Containers)
	require.Equal(t, 14, result.Counts.Items)
	require.Equal(t, 15, result.Counts.Records, "14 issues and a field")
	require.Equal(t, 4, result.Counts.Attachments)
	require.Zero(t, result.Counts.Missing+result.Counts.Gone)
	r.verified()

	state, err := archive.ReadState(t.Context(), r.store, r.in.Run.Policy.ID, r.in.Run.BackupID)
	require.NoError(t, err)
	require.Equal(t, archive.State{
		Backup: r.in.Run.BackupID, Status: backup.Complete, StartedAt: runStart, EndedAt: r.in.Now,
		ExpiresAt: runStart.Add(14 * 24 * time.Hour), By: "ada@host",
	}, state)
	head, containers, items := r.report()
	require.Equal(t, result.Counts, head.Counts)
	require.Empty(t, items)
	require.Equal(t, []archive.ContainerRow{
		{ID: "10", Key: "EE", Census: 13, Captured: 13}, {ID: "11", Key: "TINY", Census: 1, Captured: 1}, {ID: "12", Key: "NONE"},
	}, containers)
	for i, k := range withoutBytes(head.Kinds) {
		want := archive.Captured
		if state := kindsOf(backup.Jira).rows[i].State; state != "" {
			want = archive.Coverage(state)
		}
		require.Equal(t, want, k.State, k.Kind)
	}
}

// withoutBytes are the rows of a report that the table of kinds has too.
func withoutBytes(rows []archive.KindRow) []archive.KindRow {
	return slices.DeleteFunc(slices.Clone(rows), func(k archive.KindRow) bool { return k.Kind == attachmentBytes })
}

// siteRows are the rows of a report whose whole site part is lost.
func siteRows(reason string) []archive.ItemRow {
	var rows []archive.ItemRow
	for _, k := range kindsOf(backup.Jira).rows {
		if k.Scope == atlassian.ScopeSite && k.State == "" {
			rows = append(rows, archive.ItemRow{Outcome: archive.Missing, Kind: k.Name, Reason: reason})
		}
	}
	return rows
}

// Each row is a way in which a run is not whole, and what its report has to say.
func TestSealAccountsForEachID(t *testing.T) {
	t.Parallel()
	type rows []archive.ItemRow
	issue := func(outcome archive.Outcome, container, id, reason string) archive.ItemRow {
		return archive.ItemRow{Outcome: outcome, Kind: "issue", ID: id, Container: container, Reason: reason}
	}
	tests := []struct {
		name   string
		change func(*recordedRun)
		status backup.Status
		rows   rows
		held   int // items
	}{
		{"an item that is gone is no harm", func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Gone: ids(30, 30)}},
				Problems: []atlassian.Problem{{Kind: "issue", ID: "30", Container: "EE", Gone: true, Reason: "deleted"}}})
		}, backup.Complete, rows{issue(archive.Gone, "EE", "30", "deleted")}, 13},
		{"a missing item", func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Missing: ids(30, 30)}},
				Problems: []atlassian.Problem{{Kind: "issue", ID: "30", Container: "EE", Reason: "HTTP 500"}}})
		}, backup.Incomplete, rows{issue(archive.Missing, "EE", "30", "HTTP 500")}, 13},
		{"a missing item of which no problem tells", func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Missing: ids(30, 30)}}})
		}, backup.Incomplete, rows{issue(archive.Missing, "EE", "30", "missing for a reason that was not recorded")}, 13},
		{"an attachment that is missing", func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Captured: ids(30, 30)}},
				Problems: []atlassian.Problem{{Kind: "attachment", ID: "103", Container: "EE", Reason: "no bytes"}}})
		}, backup.Incomplete, rows{{Outcome: archive.Missing, Kind: "attachment", ID: "103", Container: "EE", Reason: "no bytes"}}, 14},
		{"a loss that is no content is a line of the report", func(r *recordedRun) {
			r.win(ShardRef{ID: SiteShard}, 2, ShardResult{Problems: []atlassian.Problem{{Kind: "serverInfo", ID: "serverInfo", Reason: "no permission"}}})
		}, backup.Complete, rows{{Outcome: archive.Missing, Kind: "serverInfo", ID: "serverInfo", Reason: "no permission"}}, 14},
		{"what the account may not read at all is told by the row of its kind alone", func(r *recordedRun) {
			r.win(ShardRef{ID: SiteShard}, 2, ShardResult{Problems: []atlassian.Problem{{Kind: "group", ID: "group", Denied: true, Reason: "no permission"}}})
		}, backup.Complete, nil, 14},
		{"a note is no loss", func(r *recordedRun) {
			r.win(ShardRef{ID: SiteShard}, 2, ShardResult{Problems: []atlassian.Problem{{Kind: "issue", ID: "issue", Note: true, Reason: "as they are"}}})
		}, backup.Complete, nil, 14},
		{"what belongs to the site was given up", func(r *recordedRun) { r.giveUp(ShardRef{ID: SiteShard}, "too often lost") },
			backup.Incomplete, siteRows("not captured: too often lost"), 14},
		{"a shard that was given up", func(r *recordedRun) { r.giveUp(late0, "four hosts were lost") },
			backup.Incomplete, rows{issue(archive.Missing, "EE", "30", "not captured: four hosts were lost")}, 13},
		{"a shard that nobody worked on", func(r *recordedRun) { r.giveUp(late0, "") },
			backup.Incomplete, rows{issue(archive.Missing, "EE", "30", "not captured: its shard was not worked on")}, 13},
		{"a shard for which the deadline came too early", func(r *recordedRun) { r.in.DeadlinePassed = true; r.giveUp(late0, "") },
			backup.Incomplete, rows{issue(archive.Missing, "EE", "30", "not captured before the deadline")}, 13},
		{"a rest that was given up", func(r *recordedRun) { r.giveUp(RestShard(shard0, 2), "lost") },
			backup.Incomplete, rows{issue(archive.Missing, "EE", "5", "not captured: lost"), issue(archive.Missing, "EE", "6", "not captured: lost")}, 12},
		{"a rest whose list lacks an id", func(r *recordedRun) {
			rest := RestShard(shard0, 2)
			r.list(rest, Slice{ee, false, ids(5, 5)})
			r.win(rest, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Captured: ids(5, 5)}}}, "102")
		}, backup.Incomplete, rows{issue(archive.Missing, "EE", "6", unaccounted)}, 13},
		{"an id for which no result accounts", func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE"}}})
		}, backup.Incomplete, rows{issue(archive.Missing, "EE", "30", unaccounted)}, 13},
		{"an id that is in two parts of a result", func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Captured: ids(30, 30), Gone: ids(30, 30)}}})
		}, backup.Incomplete, rows{issue(archive.Missing, "EE", "30", unexpected)}, 14},
		{"an id that the census does not have", func(r *recordedRun) {
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Captured: ids(30, 31)}}})
		}, backup.Incomplete, rows{issue(archive.Missing, "EE", "31", unexpected)}, 14},
		{"a container that was not captured itself", func(r *recordedRun) {
			r.win(shard1, 2, ShardResult{Slices: []SliceResult{
				{Container: "EE", Captured: ids(7, 12)}, {Container: "TINY", Captured: ids(20, 20)}, {Container: "NONE", Whole: true}}})
		}, backup.Incomplete, rows{{Outcome: archive.Missing, Kind: "project", ID: "11", Key: "TINY", Container: "TINY", Reason: "the container itself was not captured"}}, 14},
		{"a container that was forbidden after the census", func(r *recordedRun) {
			r.win(shard1, 2, ShardResult{Slices: []SliceResult{
				{Container: "EE", Captured: ids(7, 12)}, {Container: "TINY", Missing: ids(20, 20)}, {Container: "NONE", Whole: true}},
				Problems: []atlassian.Problem{{Kind: "project", ID: "11", Key: "TINY", Container: "TINY", Reason: "no permission"},
					{Kind: "issue", ID: "20", Container: "TINY", Reason: "no permission"}}})
		}, backup.Incomplete, rows{
			{Outcome: archive.Missing, Kind: "project", ID: "11", Key: "TINY", Container: "TINY", Reason: "no permission"},
			issue(archive.Missing, "TINY", "20", "no permission")}, 13},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecordedRun(t)
			tt.change(r)
			result, err := r.seal(r.store)
			require.NoError(t, err)
			require.Equal(t, tt.status, result.Status, result.Reason)
			require.Equal(t, tt.held, result.Counts.Items)
			_, _, items := r.report()
			require.Equal(t, []archive.ItemRow(tt.rows), items)
			gone, missing := 0, 0
			for _, i := range items {
				switch {
				case i.Outcome == archive.Gone:
					gone++
				case kindsOf(backup.Jira).counts(i.Kind):
					missing++
				}
			}
			require.Equal(t, gone, result.Counts.Gone)
			require.Equal(t, missing, result.Counts.Missing)
			require.Equal(t, tt.status == backup.Complete, result.Reason == "")
			r.verified()
		})
	}
}

func TestSealJudgesACensusThatIsNotWhole(t *testing.T) {
	t.Parallel()
	for name, problems := range map[string]CensusProblems{
		"no permission on a container": {Unreadable: []atlassian.Problem{{Kind: "project", ID: "11", Key: "TINY", Container: "TINY", Reason: "no permission"}}},
		"a list that does not add up":  {Short: []atlassian.Problem{{Kind: "project", ID: "11", Container: "TINY", Reason: "1 of 5 issues"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecordedRun(t)
			p := r.dir.problems(ShardSet{Page: 0, Tag: "1"})
			require.NoError(t, remove(t.Context(), r.store, p))
			r.write(p, problems)
			result, err := r.seal(r.store)
			require.NoError(t, err)
			require.Equal(t, backup.Incomplete, result.Status)
			_, containers, items := r.report()
			require.Len(t, items, 1)
			require.Equal(t, "TINY", items[0].Container)
			require.NotEmpty(t, containers[1].Reason)
			require.Equal(t, 1, result.Counts.Missing)
		})
	}
}

func TestGoneItemsOverAllShardsOfAContainerAreHeldAgainstItsTolerance(t *testing.T) {
	t.Parallel()
	for gone, want := range map[int]backup.Status{10: backup.Complete, 11: backup.Incomplete} {
		t.Run(fmt.Sprintf("%d of 13 gone", gone), func(t *testing.T) {
			r := newRecordedRun(t)
			r.win(late0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Gone: ids(30, 30)}}})
			rest := RestShard(shard0, 2)
			r.win(rest, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Gone: ids(5, 6)}}})
			r.win(shard0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Whole: true, Captured: ids(1, 4)}}, Rest: &rest})
			r.win(shard1, 2, ShardResult{Slices: []SliceResult{
				{Container: "EE", Gone: ids(7, 12), Captured: nil}, {Container: "TINY", Whole: true, Captured: ids(20, 20)}, {Container: "NONE", Whole: true}}})
			more := gone - 9
			r.win(shard0, 2, ShardResult{Slices: []SliceResult{{Container: "EE", Whole: true, Gone: ids(1, more), Captured: ids(more+1, 4)}}, Rest: &rest})
			result, err := r.seal(r.store)
			require.NoError(t, err)
			require.Equal(t, gone, result.Counts.Gone)
			require.Equal(t, want, result.Status, result.Reason)
			r.verified()
		})
	}
}

func TestS6ARunThatMakesNoBackupWritesNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*recordedRun)
		want   failure.Type
	}{
		{"S6: fewer than half of the items", func(r *recordedRun) { r.in.Baseline = backup.Baseline{Backup: "b", Containers: 3, Items: 29} }, failure.Smaller},
		{"S6: fewer than half of the containers", func(r *recordedRun) { r.in.Baseline = backup.Baseline{Backup: "b", Containers: 7, Items: 14} }, failure.Smaller},
		{"nothing captured", func(r *recordedRun) {
			for _, ref := range []ShardRef{shard0, shard1, late0} {
				r.giveUp(ref, "lost")
			}
		}, failure.Nothing},
		{"deadline, no container whole", func(r *recordedRun) {
			r.in.DeadlinePassed = true
			r.giveUp(shard1, "")
		}, failure.Nothing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecordedRun(t)
			tt.change(r)
			r.save()
			before := r.objects()
			_, err := r.seal(r.store)
			kind, message := failure.Of(err)
			require.Equal(t, tt.want, kind, err)
			require.NotEmpty(t, message)
			require.Equal(t, before, r.objects())
		})
	}
	t.Run("S6: half of the items is enough", func(t *testing.T) {
		r := newRecordedRun(t)
		r.in.Baseline = backup.Baseline{Backup: "b", Containers: 6, Items: 28}
		result, err := r.seal(r.store)
		require.NoError(t, err)
		require.Equal(t, backup.Complete, result.Status)
	})
	t.Run("S6: --accept-smaller", func(t *testing.T) {
		r := newRecordedRun(t)
		r.in.Baseline, r.in.AcceptSmaller = backup.Baseline{Backup: "b", Containers: 70, Items: 290}, true
		result, err := r.seal(r.store)
		require.NoError(t, err)
		require.Equal(t, backup.Complete, result.Status)
	})
}

func TestSealRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, object := range []string{"attachments/101", "projects/EE/000-000.2.0.ndjson.zst", "index/000-000.2.attachments.ndjson.zst"} {
		t.Run(object, func(t *testing.T) {
			r := newRecordedRun(t)
			require.NoError(t, remove(t.Context(), r.store, r.path()+object))
			_, err := r.seal(r.store)
			kind, _ := failure.Of(err)
			require.Equal(t, failure.Corrupt, kind, err)
			require.NotContains(t, r.keys(), r.path()+archive.ManifestName)
		})
	}
}

// sealKilledAt seals on a store that ends it at its n-th operation; done is true
// where it came to its end before.
func (r *recordedRun) killedAt(n int, after bool, do func(ctx context.Context, a *Activities) error) (done bool) {
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	k := &killer{Store: r.store, left: operations(n), after: after, kill: cancel}
	err := do(ctx, New(Deps{Store: k, Version: "holdfast test"}))
	if k.left.Load() > 0 {
		require.NoError(r.t, err)
		return true
	}
	require.Error(r.t, err, "operation %d", n)
	return false
}

func TestSealThatIsKilledAnywhereEndsTheSame(t *testing.T) {
	t.Parallel()
	whole := newRecordedRun(t)
	want, err := whole.seal(whole.store)
	require.NoError(t, err)
	objects := whole.objects()
	recorded := newRecordedRun(t)
	recorded.save()

	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after the operation: %v", after), func(t *testing.T) {
			t.Parallel()
			recorded.sealKilledAtEach(t, after, want, objects)
		})
	}
}

// sealKilledAtEach kills the seal of a clone at each of its operations in turn.
func (recorded *recordedRun) sealKilledAtEach(t *testing.T, after bool, want SealResult, objects map[string]string) {
	for n := 1; ; n++ {
		r := recorded.clone(t)
		done := r.killedAt(n, after, func(ctx context.Context, a *Activities) error {
			_, err := a.Seal(ctx, r.in)
			return err
		})
		if _, err := r.store.Stat(t.Context(), r.path()+archive.ManifestName); err == nil {
			v, err := archive.Verify(t.Context(), r.store, r.in.Run.Policy.ID, r.in.Run.BackupID, archive.VerifyOptions{})
			require.NoError(t, err)
			require.True(t, v.OK() && v.ExtraCount == 0, "operation %d: listed and not whole: %v", n, v.Problems)
		}
		result, err := New(Deps{Store: r.store, Version: "holdfast test"}).Seal(t.Context(), r.in)
		require.NoError(t, err, "after operation %d", n)
		require.Equal(t, want, result)
		require.Equal(t, objects, r.objects(), "after operation %d", n)
		if done {
			require.Greater(t, n, 40)
			break
		}
	}
}

func TestSealOfALateAttemptChangesNothing(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	want, err := r.seal(r.store)
	require.NoError(t, err)
	objects := r.objects()
	// The run's folder is gone; another program version would write another manifest.
	result, err := New(Deps{Store: r.store, Version: "another"}).Seal(t.Context(), r.in)
	require.NoError(t, err)
	require.Equal(t, want, result)
	require.Equal(t, objects, r.objects())
}

// Two attempts at once: at each operation of the first, the second seals from
// its beginning to its end.
func TestSealOvertakenByAnotherAttempt(t *testing.T) {
	r := newRecordedRun(t)
	_, err := r.seal(r.store)
	require.NoError(t, err)
	objects := r.objects()
	t.Parallel()
	recorded := newRecordedRun(t)
	recorded.save()
	for n := 1; ; n++ {
		r := recorded.clone(t)
		k := &interrupted{Store: r.store, left: operations(n), do: func() {
			if _, err := New(Deps{Store: r.store, Version: "holdfast test"}).Seal(t.Context(), r.in); err != nil {
				t.Error(err)
			}
		}}
		_, _ = New(Deps{Store: k, Version: "holdfast test"}).Seal(t.Context(), r.in)
		_, err := New(Deps{Store: r.store, Version: "holdfast test"}).Seal(t.Context(), r.in)
		require.NoError(t, err)
		require.Equal(t, objects, r.objects(), "overtaken at operation %d", n)
		if k.left.Load() > 0 {
			break
		}
	}
}

func TestSealOvertakenByDiscardIsNoBackup(t *testing.T) {
	t.Parallel()
	recorded := newRecordedRun(t)
	recorded.save()
	for n := 1; ; n++ {
		r := recorded.clone(t)
		k := &interrupted{Store: r.store, left: operations(n), do: func() {
			if err := New(Deps{Store: r.store}).Discard(t.Context(), r.discard()); err != nil {
				t.Error(err)
			}
		}}
		_, err := New(Deps{Store: k, Version: "holdfast test"}).Seal(t.Context(), r.in)
		if k.left.Load() > 0 {
			require.NoError(t, err)
			break
		}
		_, err = r.store.Stat(t.Context(), r.path()+archive.ManifestName)
		require.ErrorIs(t, err, store.ErrNotExist, "discarded at operation %d", n)
		state, err := archive.ReadState(t.Context(), r.store, r.in.Run.Policy.ID, r.in.Run.BackupID)
		require.NoError(t, err)
		require.Equal(t, backup.Failed, state.Status, "discarded at operation %d", n)
	}
}
