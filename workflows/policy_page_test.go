package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// TestPage states what the Web UI tells of a policy.
func TestPage(t *testing.T) {
	held, read, stuck, running := whole(born), whole(born.Add(time.Hour)), whole(born.Add(-20*day)), whole(born.Add(10*day))
	held.Held = &backup.Note{At: born.Add(day), By: "ann", Text: "an | audit"}
	held.Download = &backup.Download{Number: 1, Status: backup.Ready, ReadyUntil: born.Add(11 * day), Size: 7}
	read.Download = &backup.Download{Number: 1, Status: backup.DownloadFailed, Reason: "its deadline has passed"}
	stuck = backup.Expire(stuck)
	stuck.Deletion = "not deleted since 2026-11-17 02:16:58Z: under retention"
	running.Status, running.EndedAt = backup.InProgress, time.Time{}
	running.Deadline = running.StartedAt.Add(3 * day)

	l := newLife(t, stuck, held, read, running)
	l.now = born.Add(10 * day)
	l.state.Running = running.ID
	l.state.Policy.Schedule = &backup.Schedule{Cron: "0 3 * * 1", TimeZone: "Europe/Berlin"}
	l.state.Reads = []Read{{ID: "verify/7", BackupID: read.ID, Until: born.Add(11 * day)}}
	l.state.Retries = []Retry{{BackupID: stuck.ID, Next: born.Add(11 * day), Reason: "under retention"}}
	l.state.NextRun = born.Add(14 * day)
	l.state.Pending = &message.PendingRun{At: born.Add(10*day + time.Hour), Reason: "attempt 2 of 4"}
	l.state.Refused = &backup.Note{At: born.Add(5 * day), Text: "too early"}
	l.state.Missed = &backup.Note{At: born.Add(6 * day), Text: "the bell did not ring"}
	var page string
	l.at(born.Add(10*day+time.Minute), func() { page = l.page() })
	l.live(born.Add(10*day + 2*time.Minute))

	for _, line := range []string{
		"## jira of https://acme.atlassian.net",
		"- In progress: " + running.ID,
		"- Recovery point: the last COMPLETE backup started 2026-11-23 03:16:58Z",
		"- Next scheduled run: 2026-12-07 02:16:58Z (0 3 * * 1, Europe/Berlin)",
		"- Waiting until 2026-12-03 03:16:58Z: attempt 2 of 4",
		"- Last scheduled run that was refused: 2026-11-28 02:16:58Z: too early",
		"- Last scheduled run that was missed: 2026-11-29 02:16:58Z: the bell did not ring",
		"| " + running.ID + " | IN PROGRESS | 2026-12-03 02:16:58Z |  | 70 | 0 |  |  |  |",
		"| " + read.ID + " | COMPLETE | 2026-11-23 03:16:58Z | 2026-12-07 03:16:58Z; read by verify/7 until 2026-12-04 02:16:58Z at the latest | 70 | 0 | FAILED: its deadline has passed |  |  |",
		"| " + held.ID + ` | COMPLETE | 2026-11-23 02:16:58Z | held by ann since 2026-11-24 02:16:58Z (an \| audit); 2026-12-07 02:16:58Z without that | 70 | 0 | READY until 2026-12-04 02:16:58Z, 7 bytes |  |  |`,
		"| " + stuck.ID + " | EXPIRED | 2026-11-03 02:16:58Z | not deleted since 2026-11-17 02:16:58Z: under retention | 70 | 0 |  |  | expired at 2026-11-17 02:16:58Z; its bytes are deleted, a new backup has to take its place |",
	} {
		require.Contains(t, strings.Split(page, "\n"), line)
	}
}

// TestPageHasNoRecoveryPointOfWhatExpired states that the page promises nothing of
// backups that are gone.
func TestPageHasNoRecoveryPointOfWhatExpired(t *testing.T) {
	gone := whole(born.Add(-20 * day))
	gone = backup.Expire(gone)
	gone.DeletedAt = born
	l := newLife(t, gone)
	l.state.LastComplete = gone.StartedAt
	var page string
	l.at(born.Add(time.Minute), func() { page = l.page() })
	l.live(born.Add(2 * time.Minute))
	require.Contains(t, page, "- Recovery point: none, the last COMPLETE backup started 2026-11-03 02:16:58Z and has EXPIRED")
}

// TestPageTellsOfAllThatLives states that the page has the last twenty backups, and
// every older one of which there is more than details.
func TestPageTellsOfAllThatLives(t *testing.T) {
	p := &policyRun{PolicyState: newLife(t).state}
	for n := range 30 {
		start := born.Add(time.Duration(n) * time.Minute)
		p.Backups = append(p.Backups, backup.Backup{ID: backup.NewBackupID("jira-acme", start), Status: backup.Failed, StartedAt: start})
	}
	p.Backups[29] = whole(p.Backups[29].StartedAt) // the last in the table
	table := p.backupsTable(p.Backups)
	require.Equal(t, 2+shownRows+1, strings.Count(table, "\n| ")+strings.Count(table, "\n|-")+1, table)
	require.Contains(t, table, p.Backups[29].ID)
	require.NotContains(t, table, p.Backups[28].ID)
	require.Contains(t, table, "9 older ones")
}
