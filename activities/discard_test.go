package activities

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

func (r *recordedRun) discard() DiscardInput {
	return DiscardInput{Run: r.in.Run, Reason: "cancelled by ada@host", By: "ada@host", Now: r.in.Now}
}

func TestR5DiscardLeavesTheStateAlone(t *testing.T) {
	t.Parallel()
	for name, sealed := range map[string]bool{"a run in progress": false, "a run whose seal was not heard of": true} {
		t.Run(name, func(t *testing.T) {
			r := newRecordedRun(t)
			if sealed {
				_, err := r.seal(r.store)
				require.NoError(t, err)
			}
			for range 2 {
				require.NoError(t, New(Deps{Store: r.store}).Discard(t.Context(), r.discard()))
				require.Equal(t, []string{r.path() + archive.StateName}, r.keys())
			}
			state, err := archive.ReadState(t.Context(), r.store, r.in.Run.Policy.ID, r.in.Run.BackupID)
			require.NoError(t, err)
			require.Equal(t, archive.State{
				Backup: r.in.Run.BackupID, Status: backup.Failed, Reason: "cancelled by ada@host",
				StartedAt: runStart, EndedAt: r.in.Now, By: "ada@host",
			}, state)
		})
	}
}

func TestDiscardThatIsKilledAnywhereLeavesNoBackup(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{false, true} {
		recorded := newRecordedRun(t)
		if sealed {
			_, err := recorded.seal(recorded.store)
			require.NoError(t, err)
		}
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				r := recorded.clone(t)
				done := r.killedAt(n, after, func(ctx context.Context, a *Activities) error { return a.Discard(ctx, r.discard()) })
				if n > 3 {
					_, err := r.store.Stat(t.Context(), r.path()+archive.ManifestName)
					require.ErrorIs(t, err, store.ErrNotExist)
				}
				require.NoError(t, New(Deps{Store: r.store}).Discard(t.Context(), r.discard()))
				require.Equal(t, []string{r.path() + archive.StateName}, r.keys())
				if done {
					break
				}
			}
		}
	}
}

func TestDiscardOvertakenBySealIsNoBackup(t *testing.T) {
	t.Parallel()
	recorded := newRecordedRun(t)
	recorded.save()
	for n := 1; ; n++ {
		r := recorded.clone(t)
		k := &interrupted{Store: r.store, left: operations(n), do: func() {
			_, _ = New(Deps{Store: r.store, Version: "holdfast test"}).Seal(t.Context(), r.in)
		}}
		require.NoError(t, New(Deps{Store: k}).Discard(t.Context(), r.discard()))
		require.Equal(t, []string{r.path() + archive.StateName}, r.keys(), "sealed at operation %d", n)
		state, err := archive.ReadState(t.Context(), r.store, r.in.Run.Policy.ID, r.in.Run.BackupID)
		require.NoError(t, err)
		require.Equal(t, backup.Failed, state.Status)
		if k.left.Load() > 0 {
			break
		}
	}
}
