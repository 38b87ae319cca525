package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// TestDownloadLives states L1 and L3: ready once packaged, for its lifetime, then deleted.
func TestDownloadLives(t *testing.T) {
	d := newDownloads(t)
	d.after(time.Hour, func() {
		p := d.show()
		require.Equal(t, backup.Ready, p.Download.Status)
		require.EqualValues(t, 4711, p.Done)
		require.EqualValues(t, 4711, p.Total)
	})
	row, err := d.run()
	require.NoError(t, err)
	require.Equal(t, []backup.DownloadStatus{backup.Ready, backup.DownloadExpired}, d.statuses())
	ready := d.told[0]
	require.Equal(t, "cafe", ready.SHA256)
	require.EqualValues(t, 4711, ready.Size)
	require.Equal(t, d.start, ready.ReadyAt)
	require.Equal(t, d.start.Add(day), ready.ReadyUntil)
	require.Equal(t, "ann", ready.By)
	require.Equal(t, []time.Duration{day}, d.deleted)
	require.Equal(t, backup.DownloadExpired, row.Status)
	require.Empty(t, row.Reason)
}

func TestDownloadIsReadyNoLongerThanItsBackup(t *testing.T) {
	for _, test := range []struct {
		name    string
		expires time.Duration
		held    bool
		until   time.Duration // zero: never
	}{
		{"the backup expires in 10 days", 10 * day, false, day},
		{"it expires in 2 hours", 2 * time.Hour, false, 2 * time.Hour},
		{"it expires in 2 hours, but is held", 2 * time.Hour, true, day},
		{"it has expired while the download was prepared", -time.Second, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDownloads(t)
			d.in.Backup.ExpiresAt = d.start.Add(test.expires)
			if test.held {
				d.in.Backup.Held = &backup.Note{By: "ann"}
			}
			row, err := d.run()
			require.NoError(t, err)
			require.Equal(t, []time.Duration{test.until}, d.deleted)
			if test.until == 0 {
				require.Equal(t, []backup.DownloadStatus{backup.DownloadExpired}, d.statuses())
				require.Contains(t, row.Reason, "expired while")
				return
			}
			require.Equal(t, d.start.Add(test.until), row.ReadyUntil)
		})
	}
}

// TestDownloadFails states what becomes of a preparation that can't succeed: FAILED,
// told at once, and its parts removed.
func TestDownloadFails(t *testing.T) {
	away := failure.New(failure.StoreAway, "the bucket did not answer")
	for _, test := range []struct {
		name    string
		answers []func() error
		setup   func(*downloads)
		at      time.Duration // of the deletion
		says    []string
	}{
		{"its deadline passes while the store is away", always(1000, away), nil, day,
			[]string{"not ready by its deadline, 2026-11-24 12:00:00Z", "the store is away", "did not answer"}},
		{"it is too big", always(1, failure.New(failure.TooBig, "it is too big: raise the limit")), nil, 0, []string{"too big"}},
		{"the backup is damaged", always(maxSurprises, failure.New(failure.Corrupt, "segment 7 is damaged")), nil, -1, []string{"segment 7 is damaged"}},
		{"another installation owns the policy", always(1, failure.New(failure.Owned, "owned")), nil, 0, []string{"owned"}},
		{"it fails for a reason that nobody foresaw", always(1000, temporal.NewNonRetryableApplicationError("panic", "", nil)), nil, -1, []string{"panic", "worker's log"}},
		{"somebody ends it meanwhile", always(1000, away), func(d *downloads) {
			d.after(time.Hour, func() { d.SignalWorkflow(message.EndDownload.Name, "the backup was deleted by ann") })
		}, time.Hour, []string{"deleted by ann"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDownloads(t)
			d.packages = test.answers
			if test.setup != nil {
				test.setup(d)
			}
			_, err := d.run()
			require.Error(t, err, "the workflow closes as Failed")
			require.Equal(t, []backup.DownloadStatus{backup.DownloadFailed}, d.statuses())
			for _, says := range test.says {
				require.Contains(t, d.told[0].Reason, says)
			}
			require.Len(t, d.deleted, 1)
			if test.at >= 0 {
				require.Equal(t, test.at, d.deleted[0])
			}
		})
	}
}

func TestDownloadGoesOnOnceTheStoreIsBack(t *testing.T) {
	d := newDownloads(t)
	d.packages = always(3, failure.New(failure.StoreAway, "the bucket did not answer"))
	d.after(30*time.Second, func() {
		p := d.show()
		require.Equal(t, backup.Preparing, p.Download.Status)
		require.Contains(t, p.Waiting, "the store is away, next try at 12:01:00Z")
		require.EqualValues(t, 5000, p.Total, "about right")
	})
	_, err := d.run()
	require.NoError(t, err)
	require.Equal(t, 4, d.packaged)
	require.Equal(t, d.start.Add(7*time.Minute), d.told[0].ReadyAt, "after waits of 1, 2 and 4 minutes")
}

func TestDownloadEndsEarly(t *testing.T) {
	for _, test := range []struct {
		name   string
		end    func(*downloads)
		reason string
		err    bool
	}{
		{"a signal", func(d *downloads) { d.SignalWorkflow(message.EndDownload.Name, "its backup has expired") }, "its backup has expired", false},
		{"an operator cancels it", func(d *downloads) { d.CancelWorkflow() }, "cancelled in Temporal", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDownloads(t)
			d.after(3*time.Hour, func() { test.end(d) })
			_, err := d.run()
			require.Equal(t, test.err, temporal.IsCanceledError(err))
			require.Equal(t, []backup.DownloadStatus{backup.Ready, backup.DownloadExpired}, d.statuses())
			require.Equal(t, test.reason, d.told[1].Reason)
			require.Equal(t, []time.Duration{3 * time.Hour}, d.deleted)
		})
	}
	t.Run("an operator cancels it while it is prepared", func(t *testing.T) {
		d := newDownloads(t)
		d.packages = always(1000, failure.New(failure.StoreAway, "away"))
		d.after(time.Hour, d.CancelWorkflow)
		_, err := d.run()
		require.True(t, temporal.IsCanceledError(err))
		require.Equal(t, []backup.DownloadStatus{backup.DownloadFailed}, d.statuses())
		require.Equal(t, []time.Duration{time.Hour}, d.deleted)
	})
}

func TestDownloadWithoutItsPolicyEndsAllTheSame(t *testing.T) {
	d := newDownloads(t)
	d.toldGone = true
	row, err := d.run()
	require.NoError(t, err)
	require.Equal(t, backup.DownloadExpired, row.Status)
	require.Len(t, d.deleted, 1)
}

// TestLinks states when there are links, and for how long.
func TestLinks(t *testing.T) {
	key := make([]byte, 32)
	answers := 0
	refused := func(t *testing.T, kind failure.Type, says string) func(message.LinkResult, error) {
		return func(_ message.LinkResult, err error) {
			got, why := failure.Of(err)
			require.Equal(t, kind, got, "%v", err)
			require.Contains(t, why, says)
			answers++
		}
	}
	t.Run("while it is ready, for 15 minutes, and no longer than it is", func(t *testing.T) {
		d := newDownloads(t)
		granted := func(until time.Duration) func(message.LinkResult, error) {
			return func(got message.LinkResult, err error) {
				require.NoError(t, err)
				require.Equal(t, message.LinkResult{Sealed: []byte("sealed"), Until: d.start.Add(until), Size: 4711, SHA256: "cafe"}, got)
				answers++
			}
		}
		answers = 0
		d.after(time.Hour, func() { d.ask(key, granted(75*time.Minute)) })
		d.after(day-5*time.Minute, func() { d.ask(key, granted(day)) })
		d.after(time.Hour, func() { d.ask(nil, refused(t, failure.InvalidArgument, "0 bytes")) })
		_, err := d.run()
		require.NoError(t, err)
		require.Equal(t, 3, answers)
		require.Equal(t, activities.SealLinkInput{
			PolicyID: "jira-acme", BackupID: d.in.Backup.ID, Number: 2, Until: d.start.Add(75 * time.Minute), PublicKey: key,
		}, d.links[0])
		require.Equal(t, []time.Duration{day}, d.deleted)
	})
	t.Run("not while it is prepared", func(t *testing.T) {
		d := newDownloads(t)
		d.packages = always(1, failure.New(failure.StoreAway, "away"))
		answers = 0
		d.after(time.Second, func() { d.ask(key, refused(t, failure.NotAvailable, "still being prepared")) })
		_, err := d.run()
		require.NoError(t, err)
		require.Equal(t, 1, answers)
		require.Empty(t, d.links)
	})
	t.Run("not once it is over; the package stays until the last link has ended", func(t *testing.T) {
		d := newDownloads(t)
		answers = 0
		d.after(time.Hour, func() { d.ask(key, func(_ message.LinkResult, err error) { require.NoError(t, err); answers++ }) })
		d.after(time.Hour+time.Minute, func() { d.SignalWorkflow(message.EndDownload.Name, "its backup has expired") })
		d.after(time.Hour+2*time.Minute, func() {
			require.Contains(t, d.show().Waiting, "the last link works until 13:15:00Z")
			require.Equal(t, backup.DownloadExpired, d.show().Download.Status)
			d.ask(key, refused(t, failure.NotAvailable, "prepare another one"))
		})
		_, err := d.run()
		require.NoError(t, err)
		require.Equal(t, 2, answers)
		require.Equal(t, []time.Duration{75 * time.Minute}, d.deleted)
	})
	t.Run("the refusal of the store is told to who asks", func(t *testing.T) {
		d := newDownloads(t)
		d.sealing = always(1, failure.New(failure.StoreRefused, "give it iam.serviceAccounts.signBlob"))
		answers = 0
		d.after(time.Hour, func() { d.ask(key, refused(t, failure.StoreRefused, "signBlob")) })
		_, err := d.run()
		require.NoError(t, err)
		require.Equal(t, 1, answers)
	})
}

func TestDeletionIsTriedUntilItSucceeds(t *testing.T) {
	d := newDownloads(t)
	d.deletions = append(always(3, failure.New(failure.StoreRefused, "403")), always(5, failure.New(failure.StoreHeld, "a retention policy keeps it"))...)
	d.after(day+time.Minute+time.Second, func() {
		require.Contains(t, d.show().Waiting, "the package could not be deleted, next try at 12:03:00Z: 403")
		require.Equal(t, backup.DownloadExpired, d.show().Download.Status, "the state first")
	})
	_, err := d.run()
	require.NoError(t, err)
	var waits []time.Duration
	for i := 1; i < len(d.deleted); i++ {
		waits = append(waits, d.deleted[i]-d.deleted[i-1])
	}
	const m = time.Minute
	require.Equal(t, []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m}, waits)
	require.Len(t, d.told, 2, "the Policy is told once")

	t.Run("but not what another installation owns by now", func(t *testing.T) {
		d := newDownloads(t)
		d.deletions = always(1, failure.New(failure.Owned, "owned by another"))
		_, err := d.run()
		kind, _ := failure.Of(err)
		require.Equal(t, failure.Owned, kind)
		require.Len(t, d.deleted, 1)
	})
}

// continued returns the input with which the workflow continues as new.
func (d *downloads) continued(err error) message.DownloadInput {
	d.t.Helper()
	var again *workflow.ContinueAsNewError
	require.ErrorAs(d.t, err, &again)
	var in message.DownloadInput
	require.NoError(d.t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &in))
	return in
}

// TestHistoriesOfDownloadsAreBounded states that neither many links nor many failed
// deletions let a history grow, and that nothing is forgotten.
func TestHistoriesOfDownloadsAreBounded(t *testing.T) {
	t.Run("by links", func(t *testing.T) {
		d := newDownloads(t)
		granted := 0
		for i := range maxLinks {
			d.after(time.Hour+time.Duration(i)*time.Minute, func() {
				d.ask(make([]byte, 32), func(_ message.LinkResult, err error) { require.NoError(t, err); granted++ })
			})
		}
		_, err := d.run()
		in := d.continued(err)
		require.Equal(t, maxLinks, granted)
		require.Len(t, d.told, 1)
		require.Equal(t, d.told[0], *in.Backup.Download, "READY, with its size and time")
		require.Equal(t, d.start.Add(time.Hour+(maxLinks-1)*time.Minute+linkLife), in.State.LinkedUntil)
		require.Empty(t, d.deleted)

		then := newDownloads(t)
		then.in = in
		then.SetStartTime(d.start.Add(5 * time.Hour))
		row, err := then.run()
		require.NoError(t, err)
		require.Zero(t, then.packaged)
		require.Equal(t, []backup.DownloadStatus{backup.DownloadExpired}, then.statuses())
		require.Equal(t, []time.Duration{day}, then.deleted, "at the time that was told")
		require.Equal(t, backup.DownloadExpired, row.Status)
	})
	t.Run("an end that is asked for meanwhile is not forgotten", func(t *testing.T) {
		d := newDownloads(t)
		d.sealing = append(always(maxLinks-1, nil), func() error {
			d.SignalWorkflow(message.EndDownload.Name, "its backup has expired")
			return nil
		})
		for i := range maxLinks {
			d.after(time.Hour+time.Duration(i)*time.Minute, func() { d.ask(make([]byte, 32), func(_ message.LinkResult, err error) { require.NoError(t, err) }) })
		}
		row, err := d.run()
		require.NoError(t, err)
		require.Equal(t, "its backup has expired", row.Reason)
	})
	t.Run("by deletions that fail", func(t *testing.T) {
		d := newDownloads(t)
		d.packages = always(1, failure.New(failure.TooBig, "too big"))
		d.deletions = always(maxRemovals, failure.New(failure.StoreRefused, "403"))
		_, err := d.run()
		in := d.continued(err)
		require.Equal(t, maxRemovals, in.State.Removals)

		then := newDownloads(t)
		then.in = in
		then.deletions = always(1, failure.New(failure.StoreRefused, "403"))
		_, err = then.run()
		kind, why := failure.Of(err)
		require.Equal(t, failure.TooBig, kind, "it is still known what failed")
		require.Contains(t, why, "too big")
		require.Empty(t, then.told, "and the Policy has been told")
		require.Equal(t, []time.Duration{0, removeEvery}, then.deleted)
	})
}

func TestADownloadThatIsNoneIsRefused(t *testing.T) {
	d := newDownloads(t)
	d.in.Backup.Download = nil
	_, err := d.run()
	kind, _ := failure.Of(err)
	require.Equal(t, failure.InvalidArgument, kind)
	require.Empty(t, d.deleted)
}
