package activities

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/failure"
)

// importable is a policy with a held backup, one that expired, and a run in progress.
func importableRun(t *testing.T) (*recordedRun, []backup.Backup) {
	r, row := sealedRun(t)
	row.Held = &backup.Note{At: runStart, By: "eve", Text: "case 7"}
	row.Download = &backup.Download{Number: 2, Status: backup.Ready, ReadyUntil: runStart.Add(time.Hour)}
	old := row
	old.Held, old.Download = nil, nil
	old.StartedAt = runStart.Add(-48 * time.Hour)
	old.ID = backup.NewBackupID("jira-acme", old.StartedAt)
	old = backup.Expire(old)
	old.DeletedAt = runStart
	open := backup.Backup{ID: "jira-acme.20261201T000000Z", Status: backup.InProgress, StartedAt: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	a := New(Deps{Store: r.store, Installation: "there"})
	rows := []backup.Backup{old, row, open}
	require.NoError(t, a.Expire(t.Context(), ExpireInput{PolicyID: "jira-acme", Backup: old}))
	require.NoError(t, a.WritePolicy(t.Context(), WritePolicyInput{
		Policy: r.in.Run.Policy, Backups: rows, Version: 9, Changed: []string{row.ID}, LastCompleteStart: row.StartedAt,
		Standing: backup.Standing{Paused: &backup.Note{At: runStart, By: "ada"}, Shares: 3},
	}))
	return r, rows
}

func TestReadPolicyTakesItOverAsItWas(t *testing.T) {
	t.Parallel()
	recorded, rows := importableRun(t)
	stays := recorded.litter()
	input := ReadPolicyInput{PolicyID: "jira-acme", TakeOver: true, Now: runStart}
	for _, after := range []bool{false, true} {
		for n := 1; ; n += 2 {
			r := recorded.clone(t)
			done := r.killedAt(n, after, func(ctx context.Context, a *Activities) error {
				a.deps.Installation = "here"
				_, err := a.ReadPolicy(ctx, input)
				return err
			})
			a := New(Deps{Store: r.store, Installation: "here"})
			got, err := a.ReadPolicy(t.Context(), input)
			require.NoError(t, err)
			require.Equal(t, recorded.in.Run.Policy, got.Import.Policy)
			require.Equal(t, backup.Standing{Paused: &backup.Note{At: runStart, By: "ada"}, Shares: 3}, got.Import.Standing)
			require.EqualValues(t, 9, got.Import.Version)
			require.True(t, got.Import.LastComplete.Equal(rows[1].StartedAt))
			known := slices.DeleteFunc(slices.Clone(got.Import.Backups), func(b backup.Backup) bool {
				return !slices.ContainsFunc(rows, func(k backup.Backup) bool { return k.ID == b.ID })
			})
			want := slices.Clone(rows)
			forgotten := *rows[1].Download
			forgotten.Status, forgotten.Reason, forgotten.ReadyUntil = backup.DownloadExpired, "deleted when the policy was imported; prepare it again", runStart
			want[1].Download = &forgotten
			require.Equal(t, want, known, "oldest first, as they were but for the download")
			require.True(t, slices.IsSortedFunc(got.Import.Backups, func(a, b backup.Backup) int { return a.StartedAt.Compare(b.StartedAt) }))

			left := slices.DeleteFunc(r.keys(), func(name string) bool {
				return strings.HasPrefix(name, r.path()) || slices.Contains(stays, name)
			})
			oldDir := archive.BackupDir("jira-acme", rows[0].ID)
			require.ElementsMatch(t, []string{archive.OwnerName("jira-acme"), archive.PolicyName("jira-acme"), oldDir + archive.StateName}, left,
				"downloads and what was cut off are gone")
			owner, err := catalog.ReadOwner(t.Context(), r.store, "jira-acme")
			require.NoError(t, err)
			require.Equal(t, "here", owner.Installation)
			if done {
				require.NotEmpty(t, got.Notes)
				break
			}
		}
	}
}

func TestReadPolicyOfWhatIsNoneTakesNothing(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	a := New(Deps{Store: r.store, Installation: "here"})
	before := r.objects()
	_, err := a.ReadPolicy(t.Context(), ReadPolicyInput{PolicyID: "jira-acme", TakeOver: true})
	requireFailure(t, failure.NotFound, err)
	_, err = a.ReadPolicy(t.Context(), ReadPolicyInput{PolicyID: "jira-none"})
	requireFailure(t, failure.NotFound, err)
	require.Equal(t, before, r.objects())
}

func TestReadPolicyWithoutPolicyFile(t *testing.T) {
	t.Parallel()
	r, row := sealedRun(t)
	for name, want := range map[string]string{"": "acme", "other": "other"} {
		got, err := New(Deps{Store: r.store}).ReadPolicy(t.Context(), ReadPolicyInput{PolicyID: "jira-acme", Credential: name})
		require.NoError(t, err)
		require.Equal(t, want, got.Import.Policy.Credential)
		require.NoError(t, backup.Validate(got.Import.Policy))
		require.Len(t, got.Import.Backups, 1)
		require.Equal(t, row.ID, got.Import.Backups[0].ID)
		require.Equal(t, row.Counts, got.Import.Backups[0].Counts)
		require.NotEmpty(t, got.Notes, "that policy.json is missing is told")
	}
	require.NoError(t, New(Deps{Store: r.store}).Expire(t.Context(), expireInput(row)))
	_, err := New(Deps{Store: r.store}).ReadPolicy(t.Context(), ReadPolicyInput{PolicyID: "jira-acme"})
	requireFailure(t, failure.InvalidArgument, err)
	require.Contains(t, err.Error(), "put its policy.json back")
}

func TestStored(t *testing.T) {
	t.Parallel()
	r, rows := importableRun(t)
	r.putAt("jira-empty/backups/jira-empty.20261101T000000Z/attachments/1", "cut off")
	r.putAt("jira-new/policy.json", `{"format":2}`)
	r.putAt("jira-nobody/policy.json", `{`)
	r.putAt("jira-new/owner.json", `{`)
	a := New(Deps{Store: r.store, Installation: "here"})
	got, err := a.Stored(t.Context(), StoredInput{Now: runStart.Add(time.Hour)})
	require.NoError(t, err)
	require.Equal(t, r.store.URL(), got.Store)
	require.Len(t, got.Policies, 4)
	first := got.Policies[0]
	require.Equal(t, []any{"jira-acme", "https://acme.atlassian.net", "there", false, 3, 1, ""},
		[]any{first.ID, first.Site, first.Owner, first.Ours, first.Backups, first.Available, first.Problem})
	require.True(t, first.Newest.Equal(rows[2].StartedAt))
	for _, p := range got.Policies[1:] {
		require.True(t, p.Unreadable(), p.ID)
		require.NotEmpty(t, p.Problem, p.ID)
		require.Equal(t, p.ID != "jira-new", p.Ours, "%s: nobody's are ours, unless owner.json can't be read", p.ID)
	}
	got, err = a.Stored(t.Context(), StoredInput{PolicyIDs: []string{"jira-acme"}, Now: runStart})
	require.NoError(t, err)
	require.Len(t, got.Policies, 1)
}
