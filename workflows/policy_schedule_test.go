package workflows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// belfry is a scheduled policy on a mock clock: the child of a workflow that only
// waits, since the environment continues only children as new. Its backups take a
// minute and end as planned.
type belfry struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	state PolicyState
	ends  []backup.Status // of the backups to come; COMPLETE after them
	// set answers SetSchedules.
	set     func(activities.SetSchedulesInput) (activities.SetSchedulesResult, error)
	sets    []activities.SetSchedulesInput
	holder  string // holds the lock of the policy's site
	notices []backup.Notice
	asked   int
}

var belfryStart = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC) // a Monday

const (
	beforehand = time.Minute // for which the policy is there before belfryStart
	runLength  = time.Minute // of a backup
	soon       = 100 * time.Millisecond
)

func newBelfry(t *testing.T) *belfry {
	b := &belfry{t: t, state: PolicyState{
		Policy: backup.Policy{
			ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme",
			Limits: backup.DefaultLimits(), Notify: []string{"ops"}, CreatedAt: belfryStart,
			Schedule: &backup.Schedule{Cron: "0 3 * * 1", Retries: 3, RetryAfter: 30 * time.Minute},
		},
		Bell:    Bell{Interval: 7 * 24 * time.Hour},
		Version: 1, Published: 1,
	}}
	b.set = func(in activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
		if in.Removed || in.Paused != nil || in.Policy.Schedule == nil {
			return activities.SetSchedulesResult{}, nil
		}
		return activities.SetSchedulesResult{Next: b.now().Add(24 * time.Hour), Interval: 24 * time.Hour}, nil
	}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(slog.New(slog.DiscardHandler))
	b.env = suite.NewTestWorkflowEnvironment()
	b.env.SetWorkerOptions(patient)
	b.env.SetStartTime(belfryStart.Add(-beforehand))
	b.env.RegisterWorkflowWithOptions(Policy, workflow.RegisterOptions{Name: message.PolicyWorkflow})
	b.env.RegisterWorkflowWithOptions(b.backup, workflow.RegisterOptions{Name: message.BackupWorkflow})
	b.env.RegisterWorkflowWithOptions(func(_ workflow.Context, in message.NotificationInput) (message.NotificationResult, error) {
		b.notices = append(b.notices, in.Notice)
		return message.NotificationResult{}, nil
	}, workflow.RegisterOptions{Name: message.NotificationWorkflow})
	var a *activities.Activities
	b.env.OnActivity(a.WritePolicy, mock.Anything, mock.Anything).Return(nil).Maybe()
	b.env.OnActivity(a.FindRun, mock.Anything, mock.Anything).Return(activities.FindRunResult{Open: true}, nil).Maybe()
	b.env.OnActivity(a.Holder, mock.Anything, mock.Anything).Return(func(context.Context, activities.HolderInput) (activities.HolderResult, error) {
		return activities.HolderResult{Holder: b.holder}, nil
	}).Maybe()
	b.env.OnActivity(a.SetSchedules, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
		b.sets = append(b.sets, in)
		return b.set(in)
	}).Maybe()
	return b
}

// backup stands for a run: it ends as planned.
func (b *belfry) backup(ctx workflow.Context, in BackupInput) (BackupResult, error) {
	end := backup.Complete
	if len(b.ends) > 0 {
		end, b.ends = b.ends[0], b.ends[1:]
	}
	if err := workflow.Sleep(ctx, runLength); err != nil {
		return BackupResult{}, err
	}
	report := message.FinishedReport{BackupID: in.Run.BackupID, Status: end, Reason: "as planned", EndedAt: workflow.Now(ctx).UTC()}
	return BackupResult{Status: end}, message.BackupFinished.Send(ctx, message.PolicyID("jira-acme"), report).Get(ctx, nil)
}

// report tells the Policy of the end of the run in progress, before it does.
func (b *belfry) report(r message.FinishedReport) {
	r.BackupID, r.EndedAt = b.view().Running, b.now()
	require.NoError(b.t, b.env.SignalWorkflowByID(message.PolicyID("jira-acme"), message.BackupFinished.Name, r))
}

func (b *belfry) now() time.Time { return b.env.Now().UTC() }

// at does f at a time after the start.
func (b *belfry) at(after time.Duration, f func()) {
	b.env.RegisterDelayedCallback(f, belfryStart.Add(after).Sub(b.now()))
}

// run runs the clock for that long.
func (b *belfry) run(life time.Duration) {
	b.t.Helper()
	b.env.RegisterWorkflowWithOptions(func(ctx workflow.Context, in PolicyInput) error {
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: message.PolicyID("jira-acme"), ParentClosePolicy: enums.PARENT_CLOSE_POLICY_TERMINATE,
		})
		if err := workflow.ExecuteChildWorkflow(child, message.PolicyWorkflow, in).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return err
		}
		return workflow.Sleep(ctx, beforehand+life)
	}, workflow.RegisterOptions{Name: "driver"})
	through := false
	b.at(life-soon, func() { through = true })
	b.env.ExecuteWorkflow("driver", PolicyInput{State: b.state})
	require.True(b.t, through, "the clock has run to the end")
	require.True(b.t, b.env.IsWorkflowCompleted())
	require.NoError(b.t, b.env.GetWorkflowError())
}

// belfryAnswer is that of an update, once it is there.
type belfryAnswer[Out any] struct {
	result Out
	err    error
}

func askPolicy[In, Out any](b *belfry, u message.Update[In, Out], in In) *belfryAnswer[Out] {
	a := &belfryAnswer[Out]{}
	b.asked++
	require.NoError(b.t, b.env.UpdateWorkflowByID(message.PolicyID("jira-acme"), u.Name, fmt.Sprint(b.asked), &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { a.err = err },
		OnComplete: func(result any, err error) {
			a.err = err
			if out, ok := result.(Out); ok {
				a.result = out
			}
		},
	}, in))
	return a
}

// ring rings the bell, now; the next ring is so much later.
func (b *belfry) ring(id string, interval time.Duration) *belfryAnswer[message.RingResult] {
	return askPolicy(b, message.ScheduledRun, message.RingInput{RequestID: id, At: b.now(), Next: b.now().Add(interval)})
}

func (b *belfry) view() (v message.PolicyView) {
	b.t.Helper()
	got, err := b.env.QueryWorkflowByID(message.PolicyID("jira-acme"), message.ShowPolicy.Name)
	require.NoError(b.t, err)
	require.NoError(b.t, got.Get(&v))
	return v
}

// starts are when the backups started, after the clock did, oldest first, and by whom.
func (b *belfry) starts() (starts []string) {
	rows := b.view().Backups
	for i := len(rows) - 1; i >= 0; i-- {
		starts = append(starts, fmt.Sprintf("%v %s", rows[i].StartedAt.Sub(belfryStart), rows[i].By))
	}
	return starts
}

// TestP5RingBeforeItsTime states what becomes of a ring that comes before R1 allows a
// backup: at most half its interval early it waits, earlier it is refused.
func TestP5RingBeforeItsTime(t *testing.T) {
	const interval, half = 8 * time.Hour, 4 * time.Hour
	for _, c := range []struct {
		name    string
		early   time.Duration // before it is allowed
		outcome message.RingOutcome
	}{
		{"half its interval and a second early: refused", half + time.Second, message.RingRefused},
		{"half its interval early: waits", half, message.RingWaits},
		{"half its interval less a second early: waits", half - time.Second, message.RingWaits},
		{"a second early: waits", time.Second, message.RingWaits},
		{"in time: starts", 0, message.RingStarted},
		{"late: starts", -time.Second, message.RingStarted},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBelfry(t)
			const allowed = 24 * time.Hour
			b.state.LastComplete = belfryStart.Add(allowed - b.state.Policy.Limits.Cadence)
			rung := allowed - c.early
			var got *belfryAnswer[message.RingResult]
			b.at(rung, func() { got = b.ring("bell-1", interval) })
			b.at(rung+soon, func() {
				require.NoError(t, got.err)
				require.Equal(t, c.outcome, got.result.Outcome)
				v := b.view()
				require.Equal(t, b.now().Add(interval-soon), v.NextRun)
				switch c.outcome {
				case message.RingRefused:
					require.Contains(t, got.result.Reason, "the next one may start at 2026-11-24 03:00:00Z")
					require.Equal(t, got.result.Reason, v.Refused.Text)
					require.Equal(t, belfryStart.Add(rung), v.Refused.At)
					require.Nil(t, v.Pending)
				case message.RingWaits:
					require.Equal(t, belfryStart.Add(allowed), got.result.Until)
					require.Equal(t, &message.PendingRun{At: got.result.Until, Reason: got.result.Reason, Attempt: 1}, v.Pending)
					require.Empty(t, v.Running)
				case message.RingStarted:
					require.Equal(t, v.Running, got.result.BackupID)
				}
			})
			if c.outcome == message.RingWaits {
				b.at(allowed-soon, func() { require.Empty(t, b.view().Running) })
				b.at(allowed+soon, func() { require.NotEmpty(t, b.view().Running) })
			}
			b.at(allowed+5*time.Minute, func() {
				v := b.view()
				require.Nil(t, v.Pending)
				if c.outcome == message.RingRefused {
					require.Empty(t, v.Backups)
					require.Len(t, b.notices, 1)
					require.Equal(t, backup.EventMissed, b.notices[0].Event)
					require.Equal(t, "the scheduled backup of jira-acme was refused: "+got.result.Reason, b.notices[0].Text)
					return
				}
				require.Equal(t, []string{fmt.Sprintf("%v schedule", max(rung, allowed))}, b.starts())
				require.True(t, v.Backups[0].Scheduled)
				require.Equal(t, backup.Complete, v.Backups[0].Status)
				for _, n := range b.notices {
					require.NotEqual(t, backup.EventMissed, n.Event)
				}
			})
			b.run(allowed + time.Hour)
		})
	}
}

func TestARingIsAnsweredOnce(t *testing.T) {
	b := newBelfry(t)
	var rings []*belfryAnswer[message.RingResult]
	for _, after := range []time.Duration{time.Minute, 2 * time.Minute, time.Hour} {
		b.at(after, func() { rings = append(rings, b.ring("bell-1", time.Hour)) })
	}
	b.at(2*time.Hour, func() {
		for _, r := range rings {
			require.NoError(t, r.err)
			require.Equal(t, rings[0].result, r.result)
		}
		require.Equal(t, []string{"1m0s schedule"}, b.starts())
		require.Nil(t, b.view().Refused)
	})
	b.run(3 * time.Hour)
}

func TestARingDuringARunIsRefused(t *testing.T) {
	b := newBelfry(t)
	b.at(0, func() { askPolicy(b, message.RunBackup, message.RunBackupInput{RequestID: "1", By: "ada"}) })
	var got *belfryAnswer[message.RingResult]
	b.at(time.Second, func() { got = b.ring("bell-1", time.Hour) })
	b.at(time.Hour/2, func() {
		require.Equal(t, message.RingRefused, got.result.Outcome)
		require.Contains(t, got.result.Reason, "is in progress")
		require.Equal(t, got.result.Reason, b.view().Refused.Text)
	})
	b.run(time.Hour)
}

func TestARingThatShouldNotBe(t *testing.T) {
	for name, c := range map[string]struct {
		state    func(*PolicyState)
		says     string
		recorded bool
	}{
		"of a paused policy: refused, recorded, and the schedule set again": {
			func(s *PolicyState) { s.Paused = &backup.Note{At: belfryStart} }, "the policy is paused since 2026-11-23 03:00:00Z", true},
		"of a policy without a schedule: the schedule is removed": {
			func(s *PolicyState) { s.Policy.Schedule = nil }, "has no schedule (any more)", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBelfry(t)
			c.state(&b.state)
			var got *belfryAnswer[message.RingResult]
			b.at(time.Minute, func() { got = b.ring("bell-1", time.Hour) })
			b.at(2*time.Minute, func() {
				require.Equal(t, message.RingRefused, got.result.Outcome)
				require.Contains(t, got.result.Reason, c.says)
				require.Equal(t, c.recorded, b.view().Refused != nil)
				require.Empty(t, b.view().Backups)
				require.Equal(t, []activities.SetSchedulesInput{{Policy: b.sets[0].Policy, Paused: b.sets[0].Paused}}, b.sets)
				require.Equal(t, c.recorded, b.sets[0].Paused != nil)
			})
			b.run(time.Hour)
		})
	}
}

func TestScheduledRunsAreTriedAgain(t *testing.T) {
	const incomplete, failed, complete = backup.Incomplete, backup.Failed, backup.Complete
	first, all := []string{"0s schedule"}, []string{
		"0s schedule", "31m0s schedule, attempt 2 of 4", "1h2m0s schedule, attempt 3 of 4", "1h33m0s schedule, attempt 4 of 4"}
	by := func(by string) message.NoteInput { return message.NoteInput{By: by} }
	for _, c := range []struct {
		name        string
		ends        []backup.Status
		cancelledBy string // who has asked for the end of the first one
		// stopped is how the one ends that is stopped.
		stopped backup.Status
		during  func(*belfry) // 30 seconds after the start
		after   func(*belfry) // 10 minutes after it
		starts  []string
	}{
		{name: "COMPLETE: not again", ends: []backup.Status{complete}, starts: first},
		{name: "INCOMPLETE, FAILED, ...: three times", ends: []backup.Status{incomplete, failed, failed, incomplete, incomplete}, starts: all},
		{name: "until one is COMPLETE", ends: []backup.Status{failed, complete}, starts: all[:2]},
		{name: "not where somebody stopped it", starts: first, stopped: failed, during: func(b *belfry) {
			b.report(message.FinishedReport{Status: failed, Stopped: true})
		}},
		{name: "not where it ended in another way before it could be cancelled", starts: first, stopped: incomplete, cancelledBy: "ada", during: func(b *belfry) {
			b.report(message.FinishedReport{Status: incomplete})
		}},
		{name: "not where it was paused meanwhile", ends: []backup.Status{failed}, starts: first, during: func(b *belfry) {
			askPolicy(b, message.Pause, by("ada"))
		}},
		{name: "pausing drops what is pending, resuming does not bring it back", ends: []backup.Status{failed}, starts: first, after: func(b *belfry) {
			askPolicy(b, message.Pause, by("ada"))
			b.at(11*time.Minute, func() { askPolicy(b, message.Resume, by("ada")) })
		}},
		{name: "a run by hand takes the place of what is pending", ends: []backup.Status{failed, failed}, starts: []string{first[0], "10m0s ada"}, after: func(b *belfry) {
			askPolicy(b, message.RunBackup, message.RunBackupInput{RequestID: "1", By: "ada"})
		}},
		{name: "an edit that removes the schedule drops it", ends: []backup.Status{failed}, starts: first, after: func(b *belfry) {
			p := b.view().Policy
			in := message.EditInput{Was: p, Policy: p}
			in.Policy.Schedule = nil
			askPolicy(b, message.Edit, in)
		}},
		{name: "an edit of the number of times counts", ends: []backup.Status{failed, failed}, starts: []string{first[0], "31m0s schedule, attempt 2 of 2"}, after: func(b *belfry) {
			p := b.view().Policy
			in := message.EditInput{Was: p, Policy: p}
			schedule := *p.Schedule
			schedule.Retries = 1
			in.Policy.Schedule = &schedule
			askPolicy(b, message.Edit, in)
		}},
		{name: "deleting the policy drops it", ends: []backup.Status{incomplete}, starts: first, after: func(b *belfry) {
			askPolicy(b, message.DeletePolicy, message.DeletePolicyInput{By: "ada"})
		}},
		{name: "the next ring takes its place", ends: []backup.Status{failed, failed}, starts: []string{first[0], "10m0s schedule", "41m0s schedule, attempt 2 of 4"}, after: func(b *belfry) {
			b.ring("bell-2", 7*24*time.Hour)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBelfry(t)
			b.ends = c.ends
			b.state.CancelledBy = c.cancelledBy
			b.at(0, func() { b.ring("bell-1", 7*24*time.Hour) })
			if c.during != nil {
				b.at(30*time.Second, func() { c.during(b) })
			}
			if c.after != nil {
				b.at(10*time.Minute, func() { c.after(b) })
			}
			b.at(2*time.Minute, func() {
				if v := b.view(); v.Pending != nil {
					require.Equal(t, belfryStart.Add(31*time.Minute), v.Pending.At)
					require.Contains(t, v.Pending.Reason, "attempt 2 of 4, because "+v.Backups[0].ID+" is ")
				}
			})
			b.at(12*time.Hour, func() {
				require.Equal(t, c.starts, b.starts())
				require.Nil(t, b.view().Pending)
				if c.stopped != "" {
					require.Equal(t, c.stopped, b.view().Backups[0].Status)
				}
			})
			b.run(13 * time.Hour)
		})
	}
}

func TestARunByHandIsNotTriedAgain(t *testing.T) {
	b := newBelfry(t)
	b.ends = []backup.Status{backup.Incomplete, backup.Failed}
	b.at(0, func() { askPolicy(b, message.RunBackup, message.RunBackupInput{RequestID: "1", By: "ada"}) })
	b.at(12*time.Hour, func() { require.Equal(t, []string{"0s ada"}, b.starts()) })
	b.run(13 * time.Hour)
}

// TestABellThatDoesNotRing states that a ring that does not come is noticed, recorded
// and announced, and the schedule set again.
func TestABellThatDoesNotRing(t *testing.T) {
	const due = 24 * time.Hour
	late := due + bellGrace
	b := newBelfry(t)
	b.state.NextRun = belfryStart.Add(due)
	b.at(late-time.Second, func() { require.Nil(t, b.view().Missed) })
	b.at(late+time.Second, func() {
		v := b.view()
		require.NotNil(t, v.Missed)
		require.Equal(t, belfryStart.Add(late), v.Missed.At)
		require.Equal(t, "the bell did not ring at 2026-11-24 03:00:00Z: its schedule was paused, changed or deleted in Temporal, or Temporal was away; "+
			"it is set again and rings at 2026-11-25 04:15:00Z; start a backup now with `holdfast backup run jira-acme`", v.Missed.Text)
		require.Equal(t, belfryStart.Add(late+24*time.Hour), v.NextRun)
		require.Len(t, b.sets, 1)
		require.True(t, b.sets[0].Anew)
		require.Len(t, b.notices, 1)
		require.Equal(t, backup.EventMissed, b.notices[0].Event)
		require.Equal(t, "the scheduled backup of jira-acme was missed: "+v.Missed.Text, b.notices[0].Text)
	})
	b.at(late+24*time.Hour, func() { b.ring("bell-2", 7*24*time.Hour) })
	b.run(6 * 24 * time.Hour)
	require.Len(t, b.sets, 1, "one that rings is not missed")
}

func TestABellIsNotMissed(t *testing.T) {
	const due = 24 * time.Hour
	for name, prepare := range map[string]func(*belfry){
		"that rings within the grace": func(b *belfry) {
			b.at(due+bellGrace-time.Second, func() { b.ring("bell-1", 7*24*time.Hour) })
		},
		"of a policy that is paused": func(b *belfry) {
			b.at(time.Hour, func() { askPolicy(b, message.Pause, message.NoteInput{}) })
		},
		"that somebody took down": func(b *belfry) {
			b.at(time.Hour, func() {
				p := b.view().Policy
				in := message.EditInput{Was: p, Policy: p}
				in.Policy.Schedule = nil
				askPolicy(b, message.Edit, in)
			})
		},
		"whose ring waits for a worker": func(b *belfry) {
			b.set = func(activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
				return activities.SetSchedulesResult{Next: belfryStart.Add(due + 7*24*time.Hour), Interval: 7 * 24 * time.Hour, Ringing: true}, nil
			}
			b.at(due+5*time.Hour, func() { b.ring("bell-1", 7*24*time.Hour) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBelfry(t)
			b.state.NextRun = belfryStart.Add(due)
			b.at(5*24*time.Hour, func() {
				require.Nil(t, b.view().Missed)
				require.Empty(t, b.notices)
			})
			b.state.Policy.Notify = nil // backups are announced too
			prepare(b)
			b.run(6 * 24 * time.Hour)
		})
	}
}

// TestARingThatIsOvertakenByAnEdit states that what it tells of the next ring, which is
// of a schedule that is no more, is not waited for.
func TestARingThatIsOvertakenByAnEdit(t *testing.T) {
	b := newBelfry(t)
	b.state.NextRun = belfryStart.Add(time.Minute)
	stale := message.RingInput{RequestID: "bell-1", At: belfryStart.Add(time.Minute), Next: belfryStart.Add(time.Hour)}
	b.at(2*time.Minute, func() {
		p := b.view().Policy
		in := message.EditInput{Was: p, Policy: p}
		in.Policy.Schedule = &backup.Schedule{Cron: "0 3 * * 2"}
		askPolicy(b, message.Edit, in)
	})
	b.at(3*time.Minute, func() { askPolicy(b, message.ScheduledRun, stale) })
	b.at(10*time.Hour, func() {
		v := b.view()
		require.Nil(t, v.Missed)
		require.Equal(t, belfryStart.Add(24*time.Hour+2*time.Minute), v.NextRun)
		require.Equal(t, []string{"3m0s schedule"}, b.starts())
	})
	b.run(11 * time.Hour)
}

// TestARingThatNeverArrivesIsMissed states that one is not waited for for ever.
func TestARingThatNeverArrivesIsMissed(t *testing.T) {
	b := newBelfry(t)
	b.state.NextRun = belfryStart.Add(time.Hour)
	b.set = func(activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
		return activities.SetSchedulesResult{Next: belfryStart.Add(8 * 24 * time.Hour), Ringing: true}, nil
	}
	b.at(time.Hour+ringingMax-time.Second, func() { require.Nil(t, b.view().Missed) })
	b.at(time.Hour+ringingMax+ringingEvery, func() { require.NotNil(t, b.view().Missed) })
	b.run(3 * 24 * time.Hour)
}

// TestSchedulesAreSetUntilItSucceeds states that a Temporal that can't set schedules
// stands in nobody's way, and is asked until it can.
func TestSchedulesAreSetUntilItSucceeds(t *testing.T) {
	b := newBelfry(t)
	b.state.NextRun = belfryStart.Add(24 * time.Hour)
	able := b.set
	b.set = func(activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
		return activities.SetSchedulesResult{}, errors.New("permission denied")
	}
	b.at(time.Minute, func() { askPolicy(b, message.Pause, message.NoteInput{By: "ada"}) })
	b.at(time.Hour, func() {
		v := b.view()
		require.NotNil(t, v.Paused)
		require.True(t, v.NextRun.IsZero())
		require.NotEmpty(t, v.Problems)
		b.set = able
	})
	b.at(3*time.Hour, func() {
		require.Empty(t, b.view().Problems)
		require.NotNil(t, b.sets[len(b.sets)-1].Paused)
		require.Nil(t, b.view().Missed)
	})
	b.run(4 * time.Hour)
}

func TestARefusedScheduleSavesNothing(t *testing.T) {
	b := newBelfry(t)
	b.state.NextRun = belfryStart.Add(24 * time.Hour)
	able := b.set
	b.set = func(in activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
		if in.Policy.Schedule.Cron == "0 25 * * 1" {
			return activities.SetSchedulesResult{}, failure.New(failure.InvalidArgument, "no such hour")
		}
		return able(in)
	}
	var got *belfryAnswer[message.PolicyView]
	b.at(time.Minute, func() {
		p := b.view().Policy
		in := message.EditInput{Was: p, Policy: p}
		in.Policy.Schedule = &backup.Schedule{Cron: "0 25 * * 1"}
		got = askPolicy(b, message.Edit, in)
	})
	b.at(time.Hour, func() {
		kind, _ := failure.Of(got.err)
		require.Equal(t, failure.InvalidArgument, kind)
		v := b.view()
		require.Equal(t, "0 3 * * 1", v.Policy.Schedule.Cron)
		require.Equal(t, belfryStart.Add(24*time.Hour), v.NextRun)
		require.Len(t, b.sets, 2, "what the refused change may have done is undone")
		require.Equal(t, "0 3 * * 1", b.sets[1].Policy.Schedule.Cron)
	})
	b.run(2 * time.Hour)
}
