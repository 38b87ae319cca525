package workflows

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// details decodes the details of a refusal.
func details(t *testing.T, err error, into ...any) {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.NoError(t, app.Details(into...))
}

// detail is the first detail of a refusal.
func detail[T any](t *testing.T, err error) (v T) {
	t.Helper()
	details(t, err, &v)
	return v
}

// TestEdit states that an edit compares, keeps a policy's identity, and is saved with
// its schedules or not at all.
func TestEdit(t *testing.T) {
	edit := func(change func(*backup.Policy)) func(message.EditInput) message.EditInput {
		return func(in message.EditInput) message.EditInput {
			change(&in.Policy)
			return in
		}
	}
	longer := edit(func(p *backup.Policy) { p.Limits.Retention = 30 * day })
	for _, c := range []struct {
		name string
		edit func(message.EditInput) message.EditInput
		cron error // what Temporal says of its schedules
		want failure.Type
	}{
		{"a limit", longer, nil, ""},
		{"nothing", edit(func(*backup.Policy) {}), nil, ""},
		{"one that somebody else has changed", func(in message.EditInput) message.EditInput {
			in = longer(in)
			in.Was.Limits.Cadence = day
			return in
		}, nil, failure.Conflict},
		{"one that is as it should be already", func(in message.EditInput) message.EditInput {
			in.Was.Limits.Cadence = day
			return in
		}, nil, ""},
		{"the id", edit(func(p *backup.Policy) { p.ID = "jira-other" }), nil, failure.InvalidArgument},
		{"the product", edit(func(p *backup.Policy) { p.Product = backup.Confluence }), nil, failure.InvalidArgument},
		{"the site", edit(func(p *backup.Policy) { p.Site = "https://other.atlassian.net" }), nil, failure.InvalidArgument},
		{"the cloud id", edit(func(p *backup.Policy) { p.CloudID = "other" }), nil, failure.InvalidArgument},
		{"the creation", edit(func(p *backup.Policy) { p.CreatedBy = "bob" }), nil, failure.InvalidArgument},
		{"what makes no sense", edit(func(p *backup.Policy) { p.Limits.Retention = -1 }), nil, failure.InvalidArgument},
		{"a schedule", edit(func(p *backup.Policy) { p.Schedule = &backup.Schedule{Cron: "0 3 * * 1"} }), nil, ""},
		{"a schedule that Temporal refuses", edit(func(p *backup.Policy) { p.Schedule = &backup.Schedule{Cron: "0 3 * * 9"} }),
			failure.New(failure.InvalidArgument, "cron: 9 is no day"), failure.InvalidArgument},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLife(t, whole(born))
			l.setSchedules = func(in activities.SetSchedulesInput) error {
				if in.Policy.Schedule == nil {
					return nil // as it was
				}
				return c.cron
			}
			var a *reply[message.PolicyView]
			var in message.EditInput
			l.after(time.Minute, func() {
				was := l.view().Policy
				in = c.edit(message.EditInput{Was: was, Policy: was, By: "ann"})
				a = ask(l, message.Edit, in)
			})
			view := l.live(born.Add(2 * time.Minute))
			require.Equal(t, c.want, a.kind(), "%v", a.err)
			if c.want == "" {
				require.True(t, equal(in.Policy, view.Policy))
				require.True(t, equal(in.Policy, a.out.Policy))
			} else {
				require.True(t, equal(newLife(t).state.Policy, view.Policy), "nothing is saved")
				require.Empty(t, l.written)
			}
		})
	}
}

// TestTwoEditsAtOnce states that of two edits of the same policy one wins, and the
// other is told.
func TestTwoEditsAtOnce(t *testing.T) {
	l := newLife(t)
	var one, two *reply[message.PolicyView]
	l.after(time.Minute, func() {
		was := l.view().Policy
		a, b := was, was
		a.Limits.Retention, b.Limits.Retention = 20*day, 30*day
		a.Schedule = &backup.Schedule{Cron: "0 3 * * 1"} // it takes an activity, during which the other one waits
		one = ask(l, message.Edit, message.EditInput{Was: was, Policy: a})
		two = ask(l, message.Edit, message.EditInput{Was: was, Policy: b})
	})
	view := l.live(born.Add(2 * time.Minute))
	require.NoError(t, one.err)
	require.Equal(t, failure.Conflict, two.kind())
	require.Equal(t, 20*day, view.Policy.Limits.Retention)
}

// TestPauseAndResume states that a paused policy does by hand all that it did.
func TestPauseAndResume(t *testing.T) {
	l := newLife(t, whole(born.Add(-8*day)))
	l.state.Policy.Schedule = &backup.Schedule{Cron: "0 3 * * 1", Retries: 3, RetryAfter: time.Minute}
	l.state.Pending = &message.PendingRun{At: born.Add(day), Attempt: 2, Reason: "again"}
	paused := asked(l, time.Minute, message.Pause, message.NoteInput{By: "ann", Text: "move"})
	again := asked(l, 2*time.Minute, message.Pause, message.NoteInput{By: "bob"})
	l.after(3*time.Minute, func() { require.Contains(t, l.page(), "**Paused** since 2026-11-23 02:17:58Z by ann: move") })
	run := asked(l, 2*day, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.after(2*day+time.Minute, func() {
		require.Len(t, l.began, 1, "what was pending is gone, and one by hand goes on")
	})
	resumed := asked(l, 3*day, message.Resume, message.NoteInput{By: "ann"})
	view := l.live(born.Add(7 * day))
	require.Equal(t, &backup.Note{At: born.Add(time.Minute), By: "ann", Text: "move"}, paused.out.Paused)
	require.Equal(t, paused.out.Paused, again.out.Paused, "it is paused already")
	require.NoError(t, run.err)
	require.NoError(t, resumed.err)
	require.Nil(t, resumed.out.Paused)
	require.Equal(t, born.Add(6*day), view.Backups[1].DeletedAt, "S5: expiry goes on")
	require.NotNil(t, l.schedules[0].Paused)
	require.Nil(t, l.schedules[len(l.schedules)-1].Paused)
}

// TestPolicyThatIsNotThere states that nothing can be asked of a Policy before it is
// set up, and that it ends when that does not come.
func TestPolicyThatIsNotThere(t *testing.T) {
	l := newLife(t)
	l.state = PolicyState{}
	in := message.BackupInput{BackupID: bornID}
	backups := []*reply[backup.Backup]{
		asked(l, 1, message.Hold, in), asked(l, 1, message.Release, in), asked(l, 1, message.DeleteBackup, in),
		asked(l, 1, message.Extend, message.ExtendInput{BackupID: bornID}),
		asked(l, 1, message.PrepareDownload, message.PrepareDownloadInput{BackupID: bornID}),
		asked(l, 1, message.BeginRead, message.ReadInput{BackupID: bornID, ReadID: "r"}),
		asked(l, 1, message.EndRead, message.ReadInput{BackupID: bornID, ReadID: "r"}),
		asked(l, 1, message.RunBackup, message.RunBackupInput{}),
	}
	policies := []*reply[message.PolicyView]{
		asked(l, 1, message.Edit, message.EditInput{}), asked(l, 1, message.Pause, message.NoteInput{}),
		asked(l, 1, message.Resume, message.NoteInput{}), asked(l, 1, message.DeletePolicy, message.DeletePolicyInput{}),
	}
	l.live(born.Add(time.Hour))
	require.True(t, l.over)
	for _, a := range backups {
		require.Equal(t, failure.NotFound, a.kind())
	}
	for _, a := range policies {
		require.Equal(t, failure.NotFound, a.kind())
	}
}

// TestTwoCreatesAtOnce states that of two creates at once, whose schedules take their
// time, one makes the policy, and the other is answered with it or told that it exists.
func TestTwoCreatesAtOnce(t *testing.T) {
	policy := newLife(t).state.Policy
	policy.Schedule = &backup.Schedule{Cron: "0 3 * * 1"}
	other := policy
	other.Limits.Retention = day
	l := newLife(t)
	l.state = PolicyState{}
	var one, same, two *reply[message.PolicyView]
	l.after(time.Second, func() {
		one = ask(l, message.Configure, message.ConfigureInput{Policy: policy})
		same = ask(l, message.Configure, message.ConfigureInput{Policy: policy})
		two = ask(l, message.Configure, message.ConfigureInput{Policy: other})
	})
	view := l.live(born.Add(time.Minute))
	require.NoError(t, one.err)
	require.NoError(t, same.err)
	require.Equal(t, failure.AlreadyExists, two.kind())
	require.Equal(t, 14*day, view.Policy.Limits.Retention)
	require.Equal(t, born.Add(time.Second), view.Policy.CreatedAt)
}

// TestCreateWithoutItsSchedule states that a policy whose cron expression is refused
// is not made.
func TestCreateWithoutItsSchedule(t *testing.T) {
	policy := newLife(t).state.Policy
	policy.Schedule = &backup.Schedule{Cron: "0 3 * * 9"}
	l := newLife(t)
	l.state = PolicyState{}
	l.setSchedules = func(in activities.SetSchedulesInput) error {
		if in.Removed {
			return nil
		}
		return failure.New(failure.InvalidArgument, "cron: 9 is no day")
	}
	a := asked(l, time.Second, message.Configure, message.ConfigureInput{Policy: policy})
	l.live(born.Add(time.Hour))
	require.Equal(t, failure.InvalidArgument, a.kind())
	require.True(t, l.over, "it ends, and there is no policy")
	require.Empty(t, l.written)
}

// TestStoreThatRefuses states that policy.json is written again within the hour
// where the store refused it, with the state.json of all that changed, visibly.
func TestStoreThatRefuses(t *testing.T) {
	l := newLife(t, whole(born))
	refuse := true
	l.write = func(activities.WritePolicyInput) error {
		if refuse {
			return failure.New(failure.StoreRefused, "permission denied: let the workers write")
		}
		return nil
	}
	asked(l, time.Minute, message.Hold, message.BackupInput{BackupID: bornID})
	l.after(2*time.Minute, func() {
		require.Contains(t, l.page(), "**Problem**: policy.json is not up to date")
		require.Len(t, l.view().Problems, 1)
	})
	l.after(30*time.Minute, func() { refuse = false })
	view := l.live(born.Add(2 * time.Hour))
	require.Empty(t, view.Problems)
	last := l.written[len(l.written)-1]
	require.Equal(t, []string{bornID}, last.Changed, "the hold is not forgotten")
	require.NotNil(t, last.Backups[0].Held)
	require.Empty(t, l.state.Changed)
	require.Len(t, l.written, 6, "at once, and after 1, 3, 7, 15 and 31 minutes")
}

// TestChangeWhileItIsWritten states that what changes while policy.json is written is
// written after it, with its state.json.
func TestChangeWhileItIsWritten(t *testing.T) {
	one, two := whole(born), whole(born.Add(time.Hour))
	l := newLife(t, one, two)
	var second *reply[backup.Backup]
	l.write = func(activities.WritePolicyInput) error {
		if second == nil {
			second = ask(l, message.Hold, message.BackupInput{BackupID: two.ID})
		}
		return nil
	}
	asked(l, time.Minute, message.Hold, message.BackupInput{BackupID: one.ID})
	l.live(born.Add(time.Hour))
	require.NoError(t, second.err)
	require.Len(t, l.written, 2)
	require.Equal(t, []string{one.ID}, l.written[0].Changed)
	require.Equal(t, []string{two.ID}, l.written[1].Changed)
	require.Equal(t, l.state.Version, l.written[1].Version)
}

// TestLongHistoryGoesOn states that a Policy whose store is away does not grow without
// end: it continues as new, and nothing is lost by that.
func TestLongHistoryGoesOn(t *testing.T) {
	l := newLife(t)
	away := true
	l.write = func(activities.WritePolicyInput) error {
		if away {
			return errors.New("no answer")
		}
		return nil
	}
	asked(l, 0, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.after(time.Minute, func() { l.env.SetCurrentHistoryLength(longHistory - 1) })
	l.after(2*time.Minute, func() {
		require.Zero(t, l.runs, "policy.json is not written yet")
		l.env.SetCurrentHistoryLength(longHistory)
	})
	l.after(2*time.Minute+time.Second, func() {
		require.Equal(t, 1, l.runs, "its history is long")
		l.env.SignalWorkflow(message.BackupFinished.Name, message.FinishedReport{BackupID: bornID, Status: backup.Complete, EndedAt: born.Add(2 * time.Minute)})
	})
	again := asked(l, 3*time.Minute, message.RunBackup, message.RunBackupInput{RequestID: "r"})
	l.after(4*time.Minute, func() { away = false })
	view := l.live(born.Add(50 * time.Minute))
	require.Equal(t, backup.Complete, view.Backups[0].Status)
	require.Equal(t, bornID, again.out.ID)
	require.Len(t, l.began, 1)
	require.Equal(t, l.state.Version, l.state.Published)
	last := l.written[len(l.written)-1]
	require.Equal(t, l.state.Version, last.Version)
	require.Equal(t, backup.Complete, last.Backups[0].Status)
}
