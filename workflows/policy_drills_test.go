package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

func drilled(id string, passed bool) message.DrillReport {
	r := message.DrillReport{ID: id, BackupID: bornID, At: born.Add(2 * day), Passed: passed, ReadID: "drill/" + id, Sample: 100}
	if passed {
		r.Score = &restore.Score{Records: 70, Fields: 900, Equal: 900, Unwritable: 40}
	} else {
		r.Reason = "3 fields are different"
	}
	return r
}

// TestDrillsAreRecorded states what a policy keeps of its drills: when it was last
// proven restorable, and whether the last drill failed, which is announced once.
func TestDrillsAreRecorded(t *testing.T) {
	l := newLife(t, whole(born))
	begin := asked(l, day, message.BeginDrill, message.BeginDrillInput{ReadID: "drill/one"})
	asked(l, 2*day, message.RecordDrill, drilled("one", true))
	proof := &backup.Proof{At: born.Add(2 * day), Backup: bornID, Drill: "one", Records: 70, Fields: 900, Unwritable: 40, Sample: 100}
	l.after(2*day+time.Minute, func() {
		require.Equal(t, proof, l.view().Proven)
		require.Contains(t, l.page(), "Last proven restorable: 2026-11-25 02:16:58Z, by drill one of "+bornID+": 70 records and 900 fields as they were")
		require.Equal(t, proof, l.written[len(l.written)-1].Standing.Proven, "policy.json says so")
	})
	asked(l, 3*day, message.RecordDrill, drilled("two", false))
	asked(l, 3*day+time.Minute, message.RecordDrill, drilled("two", false))
	l.after(3*day+2*time.Minute, func() {
		v := l.view()
		require.Equal(t, proof, v.Proven, "what was proven stays")
		require.Equal(t, "drill two of "+bornID+": 3 fields are different", v.Unproven.Text)
		require.Contains(t, l.page(), "**Last drill, which failed:**")
		require.Len(t, l.notices, 1, "a report that comes twice is announced once")
		require.Equal(t, backup.EventDrillFailed, l.notices[0].Event)
		require.Equal(t, "drill two did not bring backup "+bornID+" back as it was: 3 fields are different", l.notices[0].Text)
		require.Equal(t, bornID, l.notices[0].Backup.ID)
	})
	asked(l, 4*day, message.RecordDrill, drilled("three", true))
	unknown := asked(l, 4*day, message.RecordDrill, message.DrillReport{ID: "x", BackupID: "jira-acme.x"})
	v := l.live(born.Add(5 * day))
	require.NoError(t, begin.err)
	require.Equal(t, failure.NotFound, unknown.kind())
	require.Nil(t, v.Unproven)
	require.Equal(t, "three", v.Proven.Drill)
}

// TestBeginDrill states which backup a drill restores, and that it stays meanwhile.
func TestBeginDrill(t *testing.T) {
	const hour = time.Hour
	older, newest := whole(born), whole(born.Add(2*day))
	failed := backup.Backup{ID: backup.NewBackupID("jira-acme", born.Add(3*day)), Status: backup.Failed, StartedAt: born.Add(3 * day)}
	schedule := &backup.Drill{Cron: "@monthly", Sample: 500}
	for _, c := range []struct {
		name   string
		in     message.BeginDrillInput
		change func(*PolicyState)
		want   string
		sample int
		kind   failure.Type
	}{
		{name: "the newest available one", in: message.BeginDrillInput{ReadID: "d"}, want: newest.ID},
		{name: "the one that is named", in: message.BeginDrillInput{ReadID: "d", BackupID: older.ID}, want: older.ID},
		{name: "by schedule, as it says", in: message.BeginDrillInput{ReadID: "d", Scheduled: true}, change: func(s *PolicyState) { s.Policy.Drill = schedule }, want: newest.ID, sample: 500},
		{name: "by a schedule that should not be", in: message.BeginDrillInput{ReadID: "d", Scheduled: true}},
		{name: "of no backup", in: message.BeginDrillInput{ReadID: "d"}, change: func(s *PolicyState) { s.Backups = nil }},
		{name: "T1: one that failed", in: message.BeginDrillInput{ReadID: "d", BackupID: failed.ID}, kind: failure.NotAvailable},
		{name: "one that nobody knows", in: message.BeginDrillInput{ReadID: "d", BackupID: "jira-acme.x"}, kind: failure.NotFound},
		{name: "one without an id", in: message.BeginDrillInput{}, kind: failure.InvalidArgument},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, older, newest, failed)
			if c.change != nil {
				c.change(&l.state)
			}
			first := asked(l, 4*day, message.BeginDrill, c.in)
			second := asked(l, 4*day+hour, message.BeginDrill, c.in)
			l.live(born.Add(4*day + 2*hour))
			require.Equal(t, c.kind, first.kind(), "%v", first.err)
			require.Equal(t, c.want, first.out.BackupID)
			require.Equal(t, c.sample, first.out.Sample)
			require.Equal(t, first.out, second.out)
			if c.want == "" {
				require.Empty(t, l.state.Reads)
				return
			}
			require.Equal(t, l.state.Policy.Limits, first.out.Limits)
			require.Equal(t, []Read{{ID: "d", BackupID: c.want, Until: born.Add(5 * day)}}, l.state.Reads)
		})
	}
}
