package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// TestDeletePolicyKeepsBackups states that a deleted policy lives until its last
// backup has expired, starts nothing meanwhile, and is then removed from the store.
func TestDeletePolicyKeepsBackups(t *testing.T) {
	l := newLife(t, whole(born), whole(born.Add(8*day)))
	l.state.Policy.Schedule = &backup.Schedule{Cron: "0 3 * * 1"}
	deleted := asked(l, 9*day, message.DeletePolicy, message.DeletePolicyInput{By: "ann"})
	twice := asked(l, 9*day+time.Minute, message.DeletePolicy, message.DeletePolicyInput{By: "bob"})
	var refused []*reply[backup.Backup]
	refused = append(refused,
		asked(l, 16*day, message.RunBackup, message.RunBackupInput{RequestID: "r"}),
		asked(l, 16*day, message.PrepareDownload, message.PrepareDownloadInput{RequestID: "s", BackupID: whole(born.Add(8 * day)).ID}),
	)
	var changes []*reply[message.PolicyView]
	l.after(10*day, func() {
		was := l.view().Policy
		is := was
		is.Limits.Retention = day
		changes = append(changes, ask(l, message.Edit, message.EditInput{Was: was, Policy: is}),
			ask(l, message.Configure, message.ConfigureInput{Policy: was}), ask(l, message.Pause, message.NoteInput{}))
		require.Contains(t, l.page(), "**Deleted** 2026-12-02 02:16:58Z by ann: its backups are kept until they expire")
	})
	read := asked(l, 17*day, message.BeginRead, message.ReadInput{ReadID: "restore/1", BackupID: whole(born.Add(8 * day)).ID})
	l.after(22*day-time.Second, func() { require.Empty(t, l.removals) })
	view := l.live(born.Add(30 * day))

	require.NoError(t, deleted.err)
	require.Equal(t, deleted.out.Retired, twice.out.Retired)
	for _, a := range refused {
		require.Equal(t, failure.Retired, a.kind())
	}
	require.Len(t, changes, 3)
	for _, a := range changes {
		require.Equal(t, failure.Retired, a.kind())
	}
	require.NoError(t, read.err, "what is kept can be read")
	require.True(t, l.schedules[0].Removed)
	require.True(t, l.over, "the workflow completes")
	require.Equal(t, []time.Time{born.Add(22 * day)}, l.removals, "with its last backup")
	require.Len(t, view.Backups, 2)
	require.Len(t, l.expired, 2)
}

// TestDeletePolicyWithItsBackups states that backups go at once, held ones too, when
// the user says so, and that the run in progress is cancelled.
func TestDeletePolicyWithItsBackups(t *testing.T) {
	held := whole(born.Add(-time.Hour))
	held.Held = &backup.Note{At: born}
	failed := backup.Backup{ID: backup.NewBackupID("jira-acme", born.Add(-2*time.Hour)), Status: backup.Failed, StartedAt: born.Add(-2 * time.Hour)}
	l := newLife(t, failed, held, whole(born))
	run := asked(l, 8*day, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	read := message.ReadInput{ReadID: "verify/1", BackupID: bornID}
	asked(l, 8*day, message.BeginRead, read)
	deleted := asked(l, 8*day+time.Minute, message.DeletePolicy, message.DeletePolicyInput{By: "ann", DeleteBackups: true})
	resume := asked(l, 8*day+2*time.Minute, message.Resume, message.NoteInput{})
	asked(l, 8*day+3*time.Minute, message.EndRead, read)
	l.after(8*day+4*time.Minute, func() {
		require.Len(t, l.expired, 2)
		require.Empty(t, l.removals, "the run in progress is waited for")
		l.env.SignalWorkflow(message.BackupFinished.Name, message.FinishedReport{
			BackupID: run.out.ID, Status: backup.Complete, EndedAt: born.Add(8*day + 4*time.Minute),
		})
	})
	l.live(born.Add(9 * day))

	require.NoError(t, deleted.err)
	require.Contains(t, deleted.out.Backups[1].Reason, "deleted by ann at 2026-12-01 02:17:58Z: its backups are deleted now")
	require.Equal(t, failure.Retired, resume.kind(), "what is deleted does not come back")
	require.Equal(t, []string{message.BackupID(run.out.ID)}, l.cancelled)
	require.Len(t, l.expired, 3, "one that was COMPLETE before it could be cancelled goes, too")
	require.Equal(t, born.Add(8*day+3*time.Minute), l.expired[1].Now, "the one that was read when that was over")
	require.Equal(t, []time.Time{born.Add(8*day + 4*time.Minute)}, l.removals)
	require.True(t, l.over)
}

// TestResumeDeletedPolicy states that a deletion that keeps backups can be taken back.
func TestResumeDeletedPolicy(t *testing.T) {
	l := newLife(t, whole(born))
	l.state.Paused = &backup.Note{At: born}
	asked(l, 8*day, message.DeletePolicy, message.DeletePolicyInput{})
	resumed := asked(l, 9*day, message.Resume, message.NoteInput{By: "ann"})
	run := asked(l, 10*day, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.live(born.Add(20 * day))
	require.NoError(t, resumed.err)
	require.Nil(t, resumed.out.Retired)
	require.Nil(t, resumed.out.Paused)
	require.NoError(t, run.err)
	require.False(t, l.over)
	require.Empty(t, l.removals)
	require.Len(t, l.expired, 1)
}

// TestDeletedAfterAll states that backups that were to be kept can still be deleted.
func TestDeletedAfterAll(t *testing.T) {
	l := newLife(t, whole(born))
	asked(l, day, message.DeletePolicy, message.DeletePolicyInput{})
	asked(l, 2*day, message.DeletePolicy, message.DeletePolicyInput{DeleteBackups: true})
	l.live(born.Add(3 * day))
	require.True(t, l.over)
	require.Equal(t, born.Add(2*day), l.expired[0].Now)
}

// TestRemovalIsTriedAgain states that a policy that can't be removed from the store
// goes on trying, says so, and starts nothing meanwhile.
func TestRemovalIsTriedAgain(t *testing.T) {
	gone := whole(born.Add(-20 * day))
	gone.Status, gone.Was, gone.DeletedAt = backup.Expired, backup.Complete, born.Add(-6*day)
	l := newLife(t, gone)
	away := true
	l.removePolicy = func() error {
		if away {
			return failure.New(failure.StoreAway, "the bucket is away: wait")
		}
		return nil
	}
	asked(l, time.Minute, message.DeletePolicy, message.DeletePolicyInput{})
	var resume *reply[message.PolicyView]
	l.after(10*time.Minute, func() {
		require.Contains(t, l.view().Problems[0], "the bucket is away")
		require.Contains(t, l.page(), "can't be removed since")
		resume = ask(l, message.Resume, message.NoteInput{})
	})
	written := 0
	l.after(5*time.Minute, func() { written = len(l.written) })
	verified := asked(l, 20*time.Minute, message.RecordVerification, message.VerificationReport{BackupID: gone.ID, Status: backup.Complete})
	l.after(time.Hour, func() { away = false })
	l.live(born.Add(day))
	require.True(t, l.over)
	require.Equal(t, failure.Retired, resume.kind())
	require.Len(t, l.removals, 7, "at once, and after 1, 3, 7, 15, 31 and 63 minutes")
	require.NoError(t, verified.err)
	require.Equal(t, written, len(l.written), "policy.json is not written any more")
}

// TestDownloadIsWaitedFor states that a deleted policy does not end before the
// downloads of its backups.
func TestDownloadIsWaitedFor(t *testing.T) {
	l := newLife(t, whole(born))
	asked(l, day, message.PrepareDownload, message.PrepareDownloadInput{RequestID: "r", BackupID: bornID})
	asked(l, day+time.Minute, message.DeletePolicy, message.DeletePolicyInput{DeleteBackups: true})
	l.after(day+2*time.Minute, func() {
		require.Equal(t, []string{message.DownloadID(bornID, 1)}, l.ended)
		require.Len(t, l.expired, 1)
		require.Empty(t, l.removals)
	})
	l.tellDownload(day+20*time.Minute, func(d *backup.Download) { d.Status = backup.DownloadFailed })
	l.live(born.Add(2 * day))
	require.True(t, l.over)
	require.Equal(t, []time.Time{born.Add(day + 20*time.Minute)}, l.removals)
}

// TestDeletionNeedsItsSchedulesGone states that a deletion stands although Temporal
// does not answer about schedules.
func TestDeletionNeedsItsSchedulesGone(t *testing.T) {
	l := newLife(t, whole(born))
	l.state.Policy.Schedule = &backup.Schedule{Cron: "0 3 * * 1"}
	fail := true
	l.setSchedules = func(activities.SetSchedulesInput) error {
		if fail {
			return failure.New(failure.StoreAway, "no answer")
		}
		return nil
	}
	deleted := asked(l, day, message.DeletePolicy, message.DeletePolicyInput{DeleteBackups: true})
	l.after(day+30*time.Second, func() { fail = false })
	l.live(born.Add(2 * day))
	require.NoError(t, deleted.err)
	require.True(t, l.over)
	last := l.schedules[len(l.schedules)-1]
	require.True(t, last.Removed, "no schedule is left behind")
	require.False(t, fail)
	require.GreaterOrEqual(t, len(l.schedules), 2)
}
