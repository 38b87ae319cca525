package activities

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/catalog"
	"holdfast/internal/failure"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

func TestWritePolicy(t *testing.T) {
	t.Parallel()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	a := New(Deps{Store: s})
	policy := testRun("https://acme.atlassian.net").Policy
	write := func(p backup.Policy, version int64, backups ...backup.Backup) {
		t.Helper()
		require.NoError(t, a.WritePolicy(t.Context(), WritePolicyInput{Policy: p, Version: version, Backups: backups}))
	}
	read := func() (f catalog.File) {
		t.Helper()
		require.NoError(t, readJSON(t.Context(), s, archive.PolicyName(policy.ID), &f))
		return f
	}
	write(policy, 2, backup.Backup{ID: "b"})
	require.Equal(t, "b", read().Backups[0].ID)
	write(policy, 1)
	write(policy, 2)
	require.EqualValues(t, 2, read().Version, "an older one never overwrites a newer one")
	require.Len(t, read().Backups, 1)

	var rows []backup.Backup
	for n := range 150 {
		rows = append(rows, backup.Backup{StartedAt: runStart.Add(time.Duration(n) * time.Hour)})
	}
	write(policy, 3, rows...)
	require.Len(t, read().Backups, catalog.MaxRows)
	require.True(t, read().Backups[0].StartedAt.Equal(rows[149].StartedAt), "newest first")

	anew := policy
	anew.CreatedAt = policy.CreatedAt.Add(time.Hour)
	write(anew, 1)
	require.EqualValues(t, 1, read().Version, "a policy that was made anew counts from one")
	write(policy, 9)
	require.EqualValues(t, 1, read().Version)

	damaged, err := s.Stat(t.Context(), archive.PolicyName(policy.ID))
	require.NoError(t, err)
	_, err = store.PutBytes(t.Context(), s, damaged.Name, []byte("{"), store.IfGeneration(damaged.Generation))
	require.NoError(t, err)
	write(anew, 2)
	require.EqualValues(t, 2, read().Version)
}

func TestWritePolicyByManyAtOnce(t *testing.T) {
	t.Parallel()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	policy := testRun("https://acme.atlassian.net").Policy
	var all sync.WaitGroup
	for version := range int64(4) {
		all.Go(func() {
			err := New(Deps{Store: s}).WritePolicy(t.Context(), WritePolicyInput{Policy: policy, Version: version + 1})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var f catalog.File
	require.NoError(t, readJSON(t.Context(), s, archive.PolicyName(policy.ID), &f))
	require.EqualValues(t, 4, f.Version)
}

func TestWritePolicyToAStoreThatIsAwayIsTriedAgain(t *testing.T) {
	t.Parallel()
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	policy := testRun("https://acme.atlassian.net").Policy
	err = New(Deps{Store: s}).WritePolicy(t.Context(), WritePolicyInput{Policy: policy, Version: 1})
	requireFailure(t, failure.StoreAway, err)
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.False(t, app.NonRetryable(), "nobody but the server asks again")
}
