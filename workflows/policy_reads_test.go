package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// TestExpiryWaitsForReaders states that a backup never expires under those who read
// it, and that they are waited for no longer than the grace.
func TestExpiryWaitsForReaders(t *testing.T) {
	read := message.ReadInput{ReadID: "restore/" + bornID + "/1", BackupID: bornID}
	for _, c := range []struct {
		name    string
		begin   time.Duration
		end     time.Duration // 0: never
		deleted time.Duration
	}{
		{"ended before its expiry: in its time", 13*day + time.Hour, 13*day + 2*time.Hour, 14 * day},
		{"ended after it: then", 13*day + time.Hour, 14*day + time.Hour, 14*day + time.Hour},
		{"never ended: after the grace", 13*day + time.Hour, 0, 14*day + time.Hour},
		{"ended one second after the grace", 13*day + time.Hour, 14*day + time.Hour + time.Second, 14*day + time.Hour},
		{"ended one second before the grace", 13*day + time.Hour, 14*day + time.Hour - time.Second, 14*day + time.Hour - time.Second},
		{"begun one second before its expiry", 14*day - time.Second, 0, 15*day - time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, whole(born))
			begun := asked(l, c.begin, message.BeginRead, read)
			if c.end > 0 {
				asked(l, c.end, message.EndRead, read)
			}
			l.after(c.begin+time.Second/2, func() {
				require.Contains(t, l.page(), "read by restore/"+bornID+"/1 until")
			})
			if c.deleted > 14*day {
				l.after(min(c.deleted-time.Second, 14*day+time.Second), func() {
					require.Equal(t, backup.Complete, l.row(bornID).Status, "the state does not change under those who read it")
				})
			}
			view := l.live(born.Add(16 * day))
			require.NoError(t, begun.err)
			require.Equal(t, bornID, begun.out.ID)
			require.Equal(t, born.Add(c.deleted), view.Backups[0].DeletedAt)
			require.Empty(t, l.state.Reads)
		})
	}
}

// TestReads states what a read is, and what it is not.
func TestReads(t *testing.T) {
	l := newLife(t, whole(born))
	one := message.ReadInput{ReadID: "verify/1", BackupID: bornID}
	asked(l, 13*day, message.BeginRead, one)
	same := asked(l, 13*day+time.Hour, message.BeginRead, one)
	again := asked(l, 14*day+time.Minute, message.BeginRead, one)
	unknown := asked(l, 13*day+2*time.Hour, message.EndRead, message.ReadInput{ReadID: "verify/2", BackupID: bornID})
	nameless := asked(l, 13*day+3*time.Hour, message.BeginRead, message.ReadInput{BackupID: bornID})
	late := asked(l, 14*day+time.Second, message.BeginRead, message.ReadInput{ReadID: "verify/3", BackupID: bornID})
	l.after(13*day+4*time.Hour, func() { require.Empty(t, l.written[1:], "a read is nothing for policy.json") })
	view := l.live(born.Add(16 * day))
	require.NoError(t, same.err)
	require.NoError(t, again.err, "also of a backup that expired while it is read")
	require.NoError(t, unknown.err, "what is over is nothing to complain of")
	require.Equal(t, failure.InvalidArgument, nameless.kind())
	require.Equal(t, failure.NotAvailable, late.kind(), "after 14 days nobody begins to read")
	require.Equal(t, born.Add(15*day+time.Minute), view.Backups[0].DeletedAt, "asking again renews a read")
}

// TestDeletedWhileItIsRead states that a backup that somebody deletes is EXPIRED at
// once, and that its bytes go when those who read it are through.
func TestDeletedWhileItIsRead(t *testing.T) {
	l := newLife(t, whole(born))
	read := message.ReadInput{ReadID: "verify/1", BackupID: bornID}
	asked(l, day, message.BeginRead, read)
	asked(l, day+time.Hour, message.DeleteBackup, message.BackupInput{BackupID: bornID})
	l.after(day+2*time.Hour, func() {
		require.Equal(t, backup.Expired, l.row(bornID).Status)
		require.Zero(t, l.row(bornID).DeletedAt)
		require.Empty(t, l.expired)
	})
	asked(l, day+3*time.Hour, message.EndRead, read)
	view := l.live(born.Add(3 * day))
	require.Equal(t, born.Add(day+3*time.Hour), view.Backups[0].DeletedAt)
}

// TestVerificationEndsItsRead states that a verification that reports is a read that
// is over, and that what it finds is announced.
func TestVerificationEndsItsRead(t *testing.T) {
	l := newLife(t, whole(born))
	read := message.ReadInput{ReadID: "verify/1", BackupID: bornID}
	asked(l, 13*day+time.Hour, message.BeginRead, read)
	asked(l, 14*day-time.Hour, message.RecordVerification, message.VerificationReport{
		BackupID: bornID, ReadID: read.ReadID, At: born.Add(14*day - time.Hour), Status: backup.Incomplete, Reason: "problems found: 1",
	})
	view := l.live(born.Add(15 * day))
	require.Equal(t, born.Add(14*day), view.Backups[0].DeletedAt)
	require.Equal(t, backup.Incomplete, view.Backups[0].Was)
	require.Zero(t, view.LastComplete, "R1: it counts no more")
	require.Len(t, l.notices, 2)
	require.Equal(t, backup.EventVerificationFailed, l.notices[1].Event)
}
