package activities

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/failure"
	"holdfast/internal/store/storetest"
)

func TestVerifyBackup(t *testing.T) {
	t.Parallel()
	r := newRecordedRun(t)
	sealed, err := r.seal(r.store)
	require.NoError(t, err)
	in := VerifyBackupInput{PolicyID: r.in.Run.Policy.ID, BackupID: r.in.Run.BackupID}
	faulty := storetest.NewFaulty(r.store)
	a := New(Deps{Store: faulty})
	found, err := a.VerifyBackup(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, VerifyBackupResult{Counts: sealed.Counts, Readable: true}, found)

	faulty.Plan(storetest.Fault{Method: storetest.Read, Name: "attachments/101", FlipBit: true, Offset: 3})
	found, err = a.VerifyBackup(t.Context(), in)
	require.NoError(t, err, "damage is a finding")
	require.Equal(t, 1, found.ProblemCount)
	require.Contains(t, found.Problems[0], "attachments/101")
	require.True(t, found.Readable)

	faulty.Plan(storetest.Fault{Method: storetest.Get, Name: "attachments/101", Err: errors.New("no connection")})
	_, err = a.VerifyBackup(t.Context(), in)
	kind, _ := failure.Of(err)
	require.Equal(t, failure.StoreAway, kind, "a store that is away says nothing about the backup")
	faulty.AllFired(t)

	require.NoError(t, remove(t.Context(), r.store, r.path()+archive.ManifestName))
	found, err = a.VerifyBackup(t.Context(), in)
	require.NoError(t, err)
	require.False(t, found.Readable)
	require.Equal(t, 1, found.ProblemCount)

	require.NoError(t, remove(t.Context(), r.store, r.path()+archive.StateName))
	_, err = a.VerifyBackup(t.Context(), in)
	kind, message := failure.Of(err)
	require.Equal(t, failure.NotFound, kind, "a store without the backup's folder says nothing about the backup")
	require.Contains(t, message, "check that the worker has the store")
}
