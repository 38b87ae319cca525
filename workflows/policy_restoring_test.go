package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

const holding = "jira-acme.20261101T000000Z.r20261123T010000Z"

// TestR3NoBackupWhileARestoreRuns states that a run asked for by hand is refused while a
// restore holds the site, and names it; the same request is granted after that.
func TestR3NoBackupWhileARestoreRuns(t *testing.T) {
	l := newLife(t)
	l.holder = holding
	refused := asked(l, time.Minute, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.after(2*time.Minute, func() {
		require.Empty(t, l.view().Backups, "nothing was entered")
		l.holder = "jira-acme.20261101T000000Z"
	})
	other := asked(l, 3*time.Minute, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.after(4*time.Minute, func() { l.holder = "" })
	granted := asked(l, 5*time.Minute, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.live(born.Add(6 * time.Minute))
	require.Equal(t, failure.Restoring, refused.kind(), "%v", refused.err)
	require.Equal(t, holding, detail[string](t, refused.err))
	require.ErrorContains(t, refused.err, "restore "+holding+" writes into this site: wait for its end, or cancel it")
	require.Equal(t, failure.Running, other.kind(), "a run that the policy does not know of")
	require.NoError(t, granted.err)
	require.Len(t, l.began, 1)
	require.Equal(t, granted.out.ID, l.began[0].Run.BackupID)
}

// TestR3AScheduledRunDuringARestore states that a scheduled run is refused meanwhile,
// recorded and announced, by its bell as well as where it is tried again.
func TestR3AScheduledRunDuringARestore(t *testing.T) {
	t.Run("its bell", func(t *testing.T) {
		b := newBelfry(t)
		b.holder = holding
		var got *belfryAnswer[message.RingResult]
		b.at(time.Second, func() { got = b.ring("bell-1", time.Hour) })
		b.at(time.Minute, func() {
			require.NoError(t, got.err)
			require.Equal(t, message.RingRefused, got.result.Outcome)
			require.Contains(t, got.result.Reason, "restore "+holding+" writes into this site")
			v := b.view()
			require.Equal(t, got.result.Reason, v.Refused.Text)
			require.Empty(t, v.Backups)
			require.Nil(t, v.Pending)
			require.Len(t, b.notices, 1)
			require.Equal(t, backup.EventMissed, b.notices[0].Event)
			require.Contains(t, b.notices[0].Text, holding)
			b.holder = ""
		})
		b.at(time.Hour, func() { got = b.ring("bell-2", time.Hour) })
		b.at(time.Hour+time.Second, func() { require.Equal(t, message.RingStarted, got.result.Outcome) })
		b.run(2 * time.Hour)
	})
	t.Run("another try", func(t *testing.T) {
		b := newBelfry(t)
		b.ends = []backup.Status{backup.Incomplete}
		b.at(time.Second, func() { b.ring("bell-1", 24*time.Hour) })
		b.at(10*time.Minute, func() {
			require.NotNil(t, b.view().Pending)
			b.holder = holding
		})
		b.at(time.Hour, func() {
			v := b.view()
			require.Nil(t, v.Pending)
			require.Len(t, v.Backups, 1)
			require.Contains(t, v.Refused.Text, holding)
		})
		b.run(2 * time.Hour)
	})
}
