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

// imported is what the store has of a policy: one backup held, one extended, one
// whose time is over, one in progress, and a download that nobody knows any more.
func imported(t *testing.T) message.ImportInput {
	held, extended, over := whole(born.Add(-30*day)), whole(born.Add(-20*day)), whole(born.Add(-14*day-time.Hour))
	held.Held = &backup.Note{At: born.Add(-20 * day), By: "ann"}
	extended.ExpiresAt = born.Add(2 * day)
	extended.Download = &backup.Download{Number: 2, Status: backup.Ready, ReadyUntil: born.Add(day)}
	gone := whole(born.Add(-40 * day))
	gone.Status, gone.Was, gone.DeletedAt = backup.Expired, backup.Complete, born.Add(-26*day)
	running := backup.Backup{ID: backup.NewBackupID("jira-acme", born.Add(-time.Hour)), Status: backup.InProgress, StartedAt: born.Add(-time.Hour), Deadline: born.Add(2 * day), ExpiresAt: born.Add(13 * day)}
	return message.ImportInput{
		Policy: newLife(t).state.Policy, Version: 41, LastComplete: over.StartedAt,
		Standing: backup.Standing{Paused: &backup.Note{At: born.Add(-day), By: "ann"}, Shares: 3},
		Backups:  []backup.Backup{gone, held, extended, over, running},
	}
}

// TestImportThenExpire states that an imported policy is as it was, goes on with the
// lives of its backups, and settles the run that was under way.
func TestImportThenExpire(t *testing.T) {
	in := imported(t)
	l := newLife(t)
	l.state = PolicyState{}
	first := asked(l, time.Second, message.ImportPolicy, in)
	early := asked(l, 2*time.Minute, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	again := asked(l, 3*time.Minute, message.ImportPolicy, in)
	in.Version = 45
	other := asked(l, 4*time.Minute, message.ImportPolicy, in)
	view := l.live(born.Add(3 * day))

	require.NoError(t, first.err)
	require.Equal(t, in.Standing, view.Standing)
	require.True(t, equal(in.Policy, view.Policy))
	require.Equal(t, in.Policy.CreatedAt, view.Policy.CreatedAt)
	require.NoError(t, early.err, "the run that was under way elsewhere stands in nobody's way")
	require.NoError(t, again.err, "its answer may have been lost")
	require.Equal(t, failure.AlreadyExists, other.kind())
	require.Greater(t, l.written[0].Version, int64(41), "policy.json is written after the one that was read")

	rows := map[string]backup.Backup{}
	for _, b := range view.Backups {
		rows[b.ID] = b
	}
	gone, held, extended, over, running := rows[in.Backups[0].ID], rows[in.Backups[1].ID], rows[in.Backups[2].ID], rows[in.Backups[3].ID], rows[in.Backups[4].ID]
	require.Equal(t, in.Backups[0], gone)
	require.Equal(t, in.Backups[1], held, "held as it was")
	require.Equal(t, born.Add(2*day), extended.DeletedAt, "extended as it was")
	require.Equal(t, backup.DownloadExpired, extended.Download.Status)
	require.Equal(t, born.Add(time.Second), over.DeletedAt, "at once")
	require.Equal(t, backup.Failed, running.Status)
	require.Contains(t, running.Reason, "terminated")
}

// TestImportOfWhatIsThere states that a policy that is there is not overwritten.
func TestImportOfWhatIsThere(t *testing.T) {
	l := newLife(t, whole(born))
	a := asked(l, time.Second, message.ImportPolicy, imported(t))
	view := l.live(born.Add(time.Minute))
	require.Equal(t, failure.AlreadyExists, a.kind())
	require.Len(t, view.Backups, 1)
}

// TestImportOfADeletedPolicy states that a policy that was deleted ends where it is
// imported, with the deletion of a backup that had begun.
func TestImportOfADeletedPolicy(t *testing.T) {
	in := imported(t)
	half := whole(born.Add(-15 * day))
	half.Status, half.Was = backup.Expired, backup.Complete
	in.Backups = []backup.Backup{half}
	in.Standing = backup.Standing{Retired: &backup.Note{At: born.Add(-day)}}
	l := newLife(t)
	l.state = PolicyState{}
	asked(l, time.Second, message.ImportPolicy, in)
	l.live(born.Add(time.Hour))
	require.True(t, l.over)
	require.Len(t, l.expired, 1)
	require.Len(t, l.removals, 1)
}

// TestImportWithoutItsSchedule states that an import whose cron expression is refused
// leaves no policy.
func TestImportWithoutItsSchedule(t *testing.T) {
	in := imported(t)
	in.Policy.Schedule = &backup.Schedule{Cron: "0 3 * * 9"}
	l := newLife(t)
	l.state = PolicyState{}
	l.setSchedules = func(in activities.SetSchedulesInput) error {
		if in.Removed {
			return nil
		}
		return failure.New(failure.InvalidArgument, "cron: 9 is no day")
	}
	a := asked(l, time.Second, message.ImportPolicy, in)
	l.live(born.Add(time.Hour))
	require.Equal(t, failure.InvalidArgument, a.kind())
	require.True(t, l.over)
	require.Empty(t, l.written)
}
