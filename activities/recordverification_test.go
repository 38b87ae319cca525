package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

// TestVerificationIsInStateJSON states D1 and R1 for those who have nothing but
// the store: the date of the last verification, and what the backup is since then.
func TestVerificationIsInStateJSON(t *testing.T) {
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	a := New(Deps{Store: s})
	const policy, id = "jira-acme", "jira-acme.20261123T000000Z"
	row := backup.Backup{ID: id, Status: backup.Incomplete, Reason: "verification: damaged", VerifiedAt: runStart.Add(time.Hour)}
	write := func(row backup.Backup) { require.NoError(t, a.writeVerified(t.Context(), policy, row)) }

	write(row)
	_, err = archive.ReadState(t.Context(), s, policy, id)
	require.ErrorIs(t, err, store.ErrNotExist, "a state that is not there is not made up")

	was := archive.State{Backup: id, Status: backup.Complete, StartedAt: runStart, EndedAt: runStart, ExpiresAt: runStart.Add(14 * 24 * time.Hour), By: "ada"}
	data, err := archive.Encode(was)
	require.NoError(t, err)
	_, err = store.PutBytes(t.Context(), s, archive.BackupDir(policy, id)+archive.StateName, data, store.IfAbsent())
	require.NoError(t, err)
	write(row)
	is, err := archive.ReadState(t.Context(), s, policy, id)
	require.NoError(t, err)
	was.Status, was.Reason, was.VerifiedAt = row.Status, row.Reason, row.VerifiedAt
	require.Equal(t, was, is, "what else it says stays")

	row.Status = backup.InProgress
	write(row)
	is, err = archive.ReadState(t.Context(), s, policy, id)
	require.NoError(t, err)
	require.Equal(t, backup.Incomplete, is.Status)
}
