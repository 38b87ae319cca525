package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// TestHoldAndRelease states that a held backup stays whatever its expiry, and goes
// at once when it is released after that.
func TestHoldAndRelease(t *testing.T) {
	l := newLife(t, whole(born))
	held := asked(l, day, message.Hold, message.BackupInput{BackupID: bornID, By: "ann", Text: "audit"})
	again := asked(l, 2*day, message.Hold, message.BackupInput{BackupID: bornID, By: "ann", Text: "audit"})
	l.after(20*day, func() {
		require.Equal(t, backup.Complete, l.row(bornID).Status)
		require.Equal(t, 1, l.view().Available)
		require.Contains(t, l.page(), "held by ann since 2026-11-24 02:16:58Z (audit)")
	})
	refused := asked(l, 20*day+1, message.DeleteBackup, message.BackupInput{BackupID: bornID})
	asked(l, 21*day, message.Release, message.BackupInput{BackupID: bornID})
	view := l.live(born.Add(22 * day))

	require.NoError(t, held.err)
	require.Equal(t, &backup.Note{At: born.Add(day), By: "ann", Text: "audit"}, held.out.Held)
	require.Equal(t, held.out.Held, again.out.Held, "the same again changes nothing")
	require.Equal(t, failure.Held, refused.kind(), "one that is held has to be released first")
	require.ErrorContains(t, refused.err, "held by ann")
	require.Equal(t, backup.Expired, view.Backups[0].Status)
	require.Equal(t, born.Add(21*day), view.Backups[0].DeletedAt)
	var told [][]string
	for _, w := range l.written {
		if len(w.Changed) > 0 {
			told = append(told, w.Changed)
		}
	}
	require.Equal(t, [][]string{{bornID}, {bornID}}, told, "state.json learns of the hold, and of the expiry with the release")
}

// TestReleaseInTime states that a release before the expiry changes nothing about it.
func TestReleaseInTime(t *testing.T) {
	b := whole(born)
	b.Held = &backup.Note{At: born}
	l := newLife(t, b)
	released := asked(l, day, message.Release, message.BackupInput{BackupID: bornID})
	view := l.live(born.Add(15 * day))
	require.NoError(t, released.err)
	require.Nil(t, released.out.Held)
	require.Equal(t, born.Add(14*day), view.Backups[0].DeletedAt)
}

// TestExtend states that an expiry can only be put off, and until when that is possible.
func TestExtend(t *testing.T) {
	for _, e := range edges {
		t.Run(e.name+" the present expiry", func(t *testing.T) {
			l := newLife(t, whole(born))
			a := asked(l, day, message.Extend, message.ExtendInput{BackupID: bornID, To: born.Add(14*day + e.off)})
			view := l.live(born.Add(13 * day))
			if e.off <= 0 {
				require.Equal(t, failure.InvalidArgument, a.kind())
				require.Equal(t, born.Add(14*day), view.Backups[0].ExpiresAt)
				return
			}
			require.NoError(t, a.err)
			require.Equal(t, born.Add(14*day+e.off), view.Backups[0].ExpiresAt)
			require.Equal(t, []string{bornID}, l.written[len(l.written)-1].Changed)
		})
	}
	for _, e := range edges {
		if e.off == 0 {
			continue // the expiry and the question are due in the same instant
		}
		t.Run("asked "+e.name+" the expiry", func(t *testing.T) {
			l := newLife(t, whole(born))
			a := asked(l, 14*day+e.off, message.Extend, message.ExtendInput{BackupID: bornID, To: born.Add(30 * day)})
			view := l.live(born.Add(31 * day))
			if e.off > 0 {
				require.Equal(t, failure.NotAvailable, a.kind())
				require.Equal(t, born.Add(14*day), view.Backups[0].DeletedAt)
				return
			}
			require.NoError(t, a.err)
			require.Equal(t, born.Add(30*day), view.Backups[0].DeletedAt)
		})
	}
	t.Run("of one that is held, to a time that is over", func(t *testing.T) {
		b := whole(born)
		b.Held = &backup.Note{At: born}
		l := newLife(t, b)
		a := asked(l, 20*day, message.Extend, message.ExtendInput{BackupID: bornID, To: born.Add(19 * day)})
		l.live(born.Add(21 * day))
		require.Equal(t, failure.InvalidArgument, a.kind(), "later than the expiry is not enough: later than now")
	})
}

// TestDeleteBackup states that a backup that is deleted expires now, says by whom,
// and does not reset the cadence (R1).
func TestDeleteBackup(t *testing.T) {
	l := newLife(t, whole(born))
	deleted := asked(l, 2*day, message.DeleteBackup, message.BackupInput{BackupID: bornID, By: "ann", Text: "a mistake"})
	twice := asked(l, 3*day, message.DeleteBackup, message.BackupInput{BackupID: bornID})
	early := asked(l, 7*day-time.Second, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	asked(l, 7*day, message.RunBackup, message.RunBackupInput{RequestID: "s"})
	view := l.live(born.Add(7*day + time.Minute))
	require.NoError(t, deleted.err)
	require.Equal(t, backup.Expired, deleted.out.Status)
	require.Equal(t, "deleted by ann at 2026-11-25 02:16:58Z: a mistake", deleted.out.Reason)
	require.Equal(t, failure.NotAvailable, twice.kind())
	require.Len(t, l.expired, 1)
	require.Equal(t, born.Add(2*day), view.Backups[1].DeletedAt)
	require.Equal(t, failure.TooEarly, early.kind(), "R1: deleting a backup does not reset the cadence")
	require.Len(t, l.began, 1)
	require.Equal(t, view.Running, l.began[0].Run.BackupID)
}

// TestWhatHasNoBytes states what is refused of backups that are not there.
func TestWhatHasNoBytes(t *testing.T) {
	failed := backup.Backup{ID: "jira-acme.20261123T000000Z", Status: backup.Failed, StartedAt: born.Add(-2 * time.Hour)}
	open := backup.Backup{ID: "jira-acme.20261123T010000Z", Status: backup.InProgress, StartedAt: born.Add(-time.Hour), Deadline: born.Add(day), ExpiresAt: born.Add(14 * day)}
	gone := whole(born.Add(-20 * day))
	gone.Status, gone.Was, gone.DeletedAt = backup.Expired, backup.Complete, born.Add(-6*day)
	for _, c := range []struct {
		name, id string
		want     failure.Type
	}{
		{"no such backup", "jira-acme.20251123T000000Z", failure.NotFound},
		{"a run that failed", failed.ID, failure.NotAvailable},
		{"a run in progress", open.ID, failure.NotAvailable},
		{"an expired backup", gone.ID, failure.NotAvailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, gone, failed, open)
			in := message.BackupInput{BackupID: c.id}
			answers := []*reply[backup.Backup]{
				asked(l, time.Minute, message.Hold, in), asked(l, time.Minute, message.Release, in), asked(l, time.Minute, message.DeleteBackup, in),
				asked(l, time.Minute, message.Extend, message.ExtendInput{BackupID: c.id, To: born.Add(100 * day)}),
				asked(l, time.Minute, message.BeginRead, message.ReadInput{BackupID: c.id, ReadID: "verify/1"}),
				asked(l, time.Minute, message.PrepareDownload, message.PrepareDownloadInput{BackupID: c.id, RequestID: "r"}),
			}
			l.live(born.Add(2 * time.Minute))
			for _, a := range answers {
				require.Equal(t, c.want, a.kind())
			}
			require.Empty(t, l.written, "a refusal changes nothing")
		})
	}
}

// TestLimitsOfTheStartCount states that an edit during a run does not move the
// expiry of its backup.
func TestLimitsOfTheStartCount(t *testing.T) {
	l := newLife(t)
	asked(l, 0, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.after(time.Minute, func() {
		was := l.view().Policy
		is := was
		is.Limits.Retention = day
		ask(l, message.Edit, message.EditInput{Was: was, Policy: is})
	})
	l.after(time.Hour, func() {
		l.env.SignalWorkflow(message.BackupFinished.Name, message.FinishedReport{BackupID: bornID, Status: backup.Incomplete, EndedAt: born.Add(time.Hour)})
	})
	view := l.live(born.Add(2 * time.Hour))
	require.Equal(t, day, view.Policy.Limits.Retention)
	require.Equal(t, backup.Incomplete, view.Backups[0].Status)
	require.Equal(t, born.Add(14*day), view.Backups[0].ExpiresAt)
}

// TestNoBackupWithBytesIsForgotten states that a hundred failures push no backup
// out that has bytes.
func TestNoBackupWithBytesIsForgotten(t *testing.T) {
	held := whole(born)
	held.Held = &backup.Note{At: born}
	rows := []backup.Backup{held}
	for n := range keptRows - 1 {
		start := born.Add(time.Duration(n+1) * time.Minute)
		rows = append(rows, backup.Backup{ID: backup.NewBackupID("jira-acme", start), Status: backup.Failed, StartedAt: start})
	}
	l := newLife(t, rows...)
	l.state.LastComplete = time.Time{}
	asked(l, day, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	view := l.live(born.Add(day + time.Second))
	require.Len(t, view.Backups, keptRows)
	require.Equal(t, bornID, view.Backups[keptRows-1].ID, "the oldest has bytes, and stays")
	require.Equal(t, rows[2].ID, view.Backups[keptRows-2].ID, "the oldest that has none goes")
}
