package activities

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/store"
)

// changed is what a policy writes of a backup that has changed.
func changed(p backup.Policy, row backup.Backup, version int64) WritePolicyInput {
	return WritePolicyInput{Policy: p, Version: version, Backups: []backup.Backup{row}, Changed: []string{row.ID}}
}

func TestWhatChangesOfABackupIsInItsState(t *testing.T) {
	t.Parallel()
	r, row := sealedRun(t)
	a, policy := New(Deps{Store: r.store}), r.in.Run.Policy
	state := func() archive.State {
		t.Helper()
		s, err := archive.ReadState(t.Context(), r.store, policy.ID, row.ID)
		require.NoError(t, err)
		return s
	}
	was := state()

	held := row
	held.Held = &backup.Note{At: runStart, By: "eve", Text: "case 7"}
	held.ExpiresAt = row.ExpiresAt.Add(time.Hour)
	in := changed(policy, held, 2)
	in.Changed = nil
	require.NoError(t, a.WritePolicy(t.Context(), in))
	require.Equal(t, was, state(), "what is not said to have changed stays")

	require.NoError(t, a.WritePolicy(t.Context(), changed(policy, held, 3)))
	require.Equal(t, held.Held, state().Held)
	require.True(t, state().ExpiresAt.Equal(held.ExpiresAt))
	require.EqualValues(t, 3, state().Version)

	require.NoError(t, a.WritePolicy(t.Context(), changed(policy, row, 2)))
	require.NotNil(t, state().Held, "what is older changes nothing")
	require.NoError(t, a.WritePolicy(t.Context(), changed(policy, row, 4)))
	require.Nil(t, state().Held, "released")

	bad := row
	bad.Status, bad.Reason, bad.VerifiedAt = backup.Failed, "damaged", runStart.Add(time.Hour)
	require.NoError(t, a.WritePolicy(t.Context(), changed(policy, bad, 5)))
	require.Equal(t, backup.Failed, state().Status)
	require.True(t, state().VerifiedAt.Equal(bad.VerifiedAt))

	r.put(archive.StateName, "{")
	require.NoError(t, a.WritePolicy(t.Context(), changed(policy, held, 6)))
	require.NotNil(t, state().Held, "a damaged one is made anew")

	require.NoError(t, writeRow(t.Context(), r.store, policy.ID, row, 5))
	require.NotNil(t, state().Held, "an attempt that was thought lost comes too late")

	expired := backup.Expire(row)
	require.NoError(t, writeRow(t.Context(), r.store, policy.ID, expired, 0))
	require.EqualValues(t, 6, state().Version)
	require.NoError(t, a.WritePolicy(t.Context(), changed(policy, held, 7)))
	require.Equal(t, backup.Expired, state().Status, "no bytes come back")
}

func TestR1ABackupThatLostItsManifestIsFailed(t *testing.T) {
	t.Parallel()
	r, row := sealedRun(t)
	require.NoError(t, remove(t.Context(), r.store, r.path()+archive.ManifestName))
	row.Status, row.Reason, row.VerifiedAt = backup.Failed, "verification: no manifest", runStart.Add(time.Hour)
	require.NoError(t, New(Deps{Store: r.store}).WritePolicy(t.Context(), changed(r.in.Run.Policy, row, 2)))
	state, err := archive.ReadState(t.Context(), r.store, "jira-acme", row.ID)
	require.NoError(t, err)
	require.Equal(t, backup.Failed, state.Status)
	require.Equal(t, row.Reason, state.Reason)
}

func TestTheStateOfWhatIsNotSealedIsNotMadeUp(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	row := backup.Backup{ID: r.in.Run.BackupID, Status: backup.Complete, StartedAt: runStart}
	a := New(Deps{Store: r.store})
	require.NoError(t, a.WritePolicy(t.Context(), changed(r.in.Run.Policy, row, 1)))
	row.Status = backup.InProgress
	r.put(archive.ManifestName, "{}")
	require.NoError(t, a.WritePolicy(t.Context(), changed(r.in.Run.Policy, row, 2)))
	_, err := archive.ReadState(t.Context(), r.store, "jira-acme", row.ID)
	require.ErrorIs(t, err, store.ErrNotExist)
}

// TestStateIsNeverOlderThanPolicyFile states what an import relies on, wherever the
// writer is killed.
func TestStateIsNeverOlderThanPolicyFile(t *testing.T) {
	t.Parallel()
	sealed, row := sealedRun(t)
	policy := sealed.in.Run.Policy
	require.NoError(t, New(Deps{Store: sealed.store}).WritePolicy(t.Context(), changed(policy, row, 1)))
	row.ExpiresAt = row.ExpiresAt.Add(time.Hour)
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			r := sealed.clone(t)
			write := func(ctx context.Context, a *Activities) error { return a.WritePolicy(ctx, changed(policy, row, 2)) }
			done := r.killedAt(n, after, write)
			f, err := catalog.ReadFile(t.Context(), r.store, policy.ID)
			require.NoError(t, err)
			s, err := archive.ReadState(t.Context(), r.store, policy.ID, row.ID)
			require.NoError(t, err)
			require.GreaterOrEqual(t, s.Version, f.Version)
			require.Equal(t, s.Version == 2, s.ExpiresAt.Equal(row.ExpiresAt))
			require.NoError(t, write(t.Context(), New(Deps{Store: r.store})))
			f, err = catalog.ReadFile(t.Context(), r.store, policy.ID)
			require.NoError(t, err)
			require.True(t, f.Backups[0].ExpiresAt.Equal(row.ExpiresAt))
			if done {
				break
			}
		}
	}
}
