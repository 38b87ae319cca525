package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// tellDownload has a download tell of itself a while after born.
func (l *life) tellDownload(d time.Duration, change func(*backup.Download)) {
	l.after(d, func() {
		report := *l.row(bornID).Download
		change(&report)
		l.env.SignalWorkflow(message.DownloadChanged.Name, message.DownloadReport{BackupID: bornID, Download: report})
	})
}

func readyUntil(until time.Time) func(*backup.Download) {
	return func(d *backup.Download) { d.Status, d.ReadyUntil, d.Size = backup.Ready, until, 1<<20 }
}

// TestD2PrepareDownload states one download at a time, each with its number, and
// that the same request starts none.
func TestD2PrepareDownload(t *testing.T) {
	l := newLife(t, whole(born))
	prepare := func(d time.Duration, request string) *reply[backup.Backup] {
		return asked(l, d, message.PrepareDownload, message.PrepareDownloadInput{RequestID: request, BackupID: bornID, By: "ann"})
	}
	ready := born.Add(day + 2*time.Hour)
	first := prepare(day, "one")
	same := prepare(day+time.Minute, "one")
	preparing := prepare(day+2*time.Minute, "two")
	l.tellDownload(day+10*time.Minute, readyUntil(ready))
	l.after(day+11*time.Minute, func() {
		require.Contains(t, l.page(), "READY until 2026-11-24 04:16:58Z, 1048576 bytes")
	})
	before := prepare(day+2*time.Hour-time.Second, "three")
	after := prepare(day+2*time.Hour+time.Second, "four")
	l.tellDownload(day+2*time.Hour+time.Minute, func(d *backup.Download) { d.Number, d.Status = 1, backup.DownloadExpired })
	view := l.live(born.Add(day + 3*time.Hour - time.Minute))

	require.NoError(t, first.err)
	require.Equal(t, &backup.Download{
		Number: 1, Status: backup.Preparing, RequestedAt: born.Add(day), By: "ann", Deadline: born.Add(2 * day),
	}, first.out.Download)
	require.NoError(t, same.err)
	require.Equal(t, 1, same.out.Download.Number)
	require.Equal(t, failure.Exists, preparing.kind())
	require.ErrorContains(t, preparing.err, "is being prepared")
	require.Equal(t, failure.Exists, before.kind())
	require.Equal(t, ready, detail[time.Time](t, before.err), "it says until when")
	require.NoError(t, after.err, "L3: it can be prepared again")
	require.Len(t, l.downloads, 2)
	require.Equal(t, after.out.Download, l.downloads[1].Backup.Download)
	require.Equal(t, 2, view.Backups[0].Download.Number)
	require.Equal(t, backup.Preparing, view.Backups[0].Download.Status, "what the first one tells is no longer of interest")
}

// TestL2TooBig states that a backup over the limit is refused with both sizes.
func TestL2TooBig(t *testing.T) {
	for _, c := range []struct {
		name string
		size int64
		want failure.Type
	}{{"at the limit", 50e9, ""}, {"one byte over", 50e9 + 1, failure.TooBig}} {
		t.Run(c.name, func(t *testing.T) {
			b := whole(born)
			b.Counts.StoredBytes = c.size
			l := newLife(t, b)
			a := asked(l, day, message.PrepareDownload, message.PrepareDownloadInput{RequestID: "one", BackupID: bornID})
			l.live(born.Add(day + time.Minute))
			require.Equal(t, c.want, a.kind())
			if c.want != "" {
				var size, limit int64
				details(t, a.err, &size, &limit)
				require.Equal(t, []int64{c.size, 50e9}, []int64{size, limit})
				require.Empty(t, l.downloads)
			}
		})
	}
}

// TestExpiryWaitsForThePackage states that a backup does not expire while its package
// is made, and that one that is ready ends with it.
func TestExpiryWaitsForThePackage(t *testing.T) {
	prepare := message.PrepareDownloadInput{RequestID: "one", BackupID: bornID}
	t.Run("while it is made", func(t *testing.T) {
		l := newLife(t, whole(born))
		asked(l, 14*day-time.Second, message.PrepareDownload, prepare)
		l.after(14*day+time.Hour, func() {
			require.Empty(t, l.expired)
			require.Zero(t, l.view().Available)
		})
		l.tellDownload(14*day+2*time.Hour, func(d *backup.Download) { d.Status = backup.DownloadFailed })
		view := l.live(born.Add(15 * day))
		require.Equal(t, born.Add(14*day+2*time.Hour), view.Backups[0].DeletedAt)
		require.Empty(t, l.ended, "it has ended")
	})
	t.Run("while it is made, and is not heard of any more", func(t *testing.T) {
		l := newLife(t, whole(born))
		asked(l, 14*day-time.Second, message.PrepareDownload, prepare)
		view := l.live(born.Add(16 * day))
		require.Equal(t, born.Add(15*day-time.Second+downloadGrace), view.Backups[0].DeletedAt, "it is waited for until its deadline")
		require.Equal(t, []string{message.DownloadID(bornID, 1)}, l.ended)
	})
	t.Run("once it is ready", func(t *testing.T) {
		l := newLife(t, whole(born))
		asked(l, 13*day, message.PrepareDownload, prepare)
		l.tellDownload(13*day+time.Hour, readyUntil(born.Add(14*day+time.Hour)))
		view := l.live(born.Add(14*day + time.Minute))
		require.Equal(t, []string{message.DownloadID(bornID, 1)}, l.ended)
		require.Equal(t, born.Add(14*day), view.Backups[0].DeletedAt)
	})
	t.Run("one whose backup is deleted is told to end", func(t *testing.T) {
		l := newLife(t, whole(born))
		asked(l, day, message.PrepareDownload, prepare)
		asked(l, day+time.Minute, message.DeleteBackup, message.BackupInput{BackupID: bornID})
		view := l.live(born.Add(day + time.Hour - time.Minute))
		require.Equal(t, []string{message.DownloadID(bornID, 1)}, l.ended)
		require.Equal(t, born.Add(day+time.Minute), view.Backups[0].DeletedAt)
	})
	t.Run("one whose workflow is gone has ended", func(t *testing.T) {
		l := newLife(t, whole(born))
		l.downloadsGone = true
		asked(l, 13*day, message.PrepareDownload, prepare)
		l.tellDownload(13*day+time.Hour, readyUntil(born.Add(14*day+time.Hour)))
		view := l.live(born.Add(14*day + time.Minute))
		require.Equal(t, backup.DownloadExpired, view.Backups[0].Download.Status)
		require.Equal(t, born.Add(14*day), view.Backups[0].DeletedAt)
	})
}

// TestDownloadThatDoesNotTell states what becomes of a download whose workflow closed
// without a word: what it left is deleted, and it is over.
func TestDownloadThatDoesNotTell(t *testing.T) {
	prepare := message.PrepareDownloadInput{RequestID: "one", BackupID: bornID}
	t.Run("while it is prepared: FAILED within the hour", func(t *testing.T) {
		l := newLife(t, whole(born))
		asked(l, day, message.PrepareDownload, prepare)
		l.after(day+90*time.Minute, func() {
			require.Equal(t, backup.Preparing, l.row(bornID).Download.Status, "it was at work an hour after its start")
			l.downloadClosed = true
		})
		// A report that was under way does not open it again: its package is deleted.
		l.tellDownload(day+2*time.Hour+time.Minute, readyUntil(born.Add(2*day)))
		view := l.live(born.Add(day + 2*time.Hour + 2*time.Minute))
		d := view.Backups[0].Download
		require.Equal(t, backup.DownloadFailed, d.Status)
		require.Contains(t, d.Reason, "prepare the download again")
		require.Len(t, l.packages, 1)
		require.Equal(t, 1, l.packages[0].Number)
	})
	t.Run("once it was ready: EXPIRED after its time", func(t *testing.T) {
		l := newLife(t, whole(born))
		l.downloadClosed = true
		asked(l, day, message.PrepareDownload, prepare)
		l.tellDownload(day+time.Minute, readyUntil(born.Add(2*day)))
		l.after(2*day+downloadGrace-time.Second, func() { require.Empty(t, l.packages) })
		view := l.live(born.Add(2*day + downloadGrace + time.Second))
		require.Equal(t, backup.DownloadExpired, view.Backups[0].Download.Status)
		require.Len(t, l.packages, 1)
	})
	t.Run("one that is at work is left alone", func(t *testing.T) {
		l := newLife(t, whole(born))
		asked(l, day, message.PrepareDownload, prepare)
		view := l.live(born.Add(3 * day))
		require.Equal(t, backup.Preparing, view.Backups[0].Download.Status)
		require.Empty(t, l.packages)
	})
}
