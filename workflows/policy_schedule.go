package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// Bell is what a Policy knows of its schedule.
type Bell struct {
	// NextRun is when the bell is expected next, zero where it is not.
	NextRun time.Time `json:"nextRun,omitzero"`
	// Interval is the time between two rings.
	Interval time.Duration `json:"interval,omitempty"`
	// SetAt is when the schedules were set last.
	SetAt time.Time `json:"setAt,omitzero"`
	// Pending is the run that the Policy will start by itself.
	Pending *message.PendingRun `json:"pending,omitempty"`
	// Attempt is of the scheduled run in progress, from 1; 0 where that one is not scheduled.
	Attempt int `json:"attempt,omitempty"`
	// Unset is whether the Temporal Schedule is not known to be as the policy says.
	Unset bool `json:"unset,omitempty"`
	// Rings are the last rings and their answers, oldest first.
	Rings []AnsweredRing `json:"rings,omitempty"`
}

// setupSchedule takes the rings of the bell, and starts what is pending when it is
// time (P5).
func (p *policyRun) setupSchedule(ctx workflow.Context) error {
	workflow.Go(ctx, p.startPending)
	workflow.Go(ctx, p.watchBell)
	workflow.Go(ctx, p.keepSchedules)
	return errors.Join(
		message.ScheduledRun.Handle(ctx, "judge a ring of the schedule's bell", p.validateScheduledRun,
			locked(p, p.validateScheduledRun, p.handleScheduledRun)),
		message.BeginVerification.Handle(ctx, "tell what a scheduled verification is to read", p.validateBeginVerification,
			locked(p, p.validateBeginVerification, p.handleBeginVerification)),
	)
}

// scheduled reports whether the policy's bell is to ring.
func (p *policyRun) scheduled() bool {
	return p.configured() && p.Policy.Schedule != nil && p.Paused == nil && p.Retired == nil
}

// setSchedules makes the Temporal Schedules what policy says, that of backups paused
// where standing is; an expression that Temporal refuses is InvalidArgument, and
// leaves the schedules as they were. Temporal failing otherwise stands in nobody's
// way: it is tried again until it succeeds. The caller holds the lock and, on
// success, makes policy the policy.
func (p *policyRun) setSchedules(ctx workflow.Context, policy backup.Policy, standing backup.Standing) error {
	none := func(p backup.Policy) bool { return p.Schedule == nil && p.Verification == nil && p.Drill == nil }
	if none(policy) && none(p.Policy) && !p.Unset {
		return nil
	}
	result, err := askSchedules(ctx, schedulesInput(policy, standing))
	switch kind, _ := failure.Of(err); {
	case kind == failure.InvalidArgument:
		p.resetSchedules(ctx, policy)
		return err
	case err != nil:
		workflow.GetLogger(ctx).Error("the schedules are not set yet", "policy", policy.ID, "error", reason(err))
		result = activities.SetSchedulesResult{}
	}
	p.Unset = err != nil
	p.expect(ctx, result)
	if policy.Schedule == nil || standing.Paused != nil || standing.Retired != nil {
		p.Pending = nil
	}
	return nil
}

// expect notes when the bell rings next, as Temporal has told when it was set.
func (p *policyRun) expect(ctx workflow.Context, result activities.SetSchedulesResult) {
	p.NextRun, p.Interval, p.SetAt = result.Next, result.Interval, workflow.Now(ctx).UTC()
}

// resetSchedules undoes what a refused change may have done: one of two schedules
// may be set when the other is refused.
func (p *policyRun) resetSchedules(ctx workflow.Context, refused backup.Policy) {
	in := schedulesInput(p.Policy, p.Standing)
	if !p.configured() {
		in = activities.SetSchedulesInput{Policy: refused, Removed: true}
	}
	if _, err := askSchedules(ctx, in); err != nil && p.configured() {
		p.Unset = true
		p.move(ctx)
	}
}

func schedulesInput(policy backup.Policy, standing backup.Standing) activities.SetSchedulesInput {
	return activities.SetSchedulesInput{Policy: policy, Paused: standing.Paused, Removed: standing.Retired != nil}
}

// askSchedules sets the schedules once.
func askSchedules(ctx workflow.Context, in activities.SetSchedulesInput) (result activities.SetSchedulesResult, err error) {
	var a *activities.Activities
	err = workflow.ExecuteActivity(shortCall(ctx, in.Policy.Limits, "set the schedules of "+in.Policy.ID), a.SetSchedules, in).Get(ctx, &result)
	return result, err
}

// The waits between tries to set schedules that could not be set.
const (
	firstScheduleRetry = time.Minute
	lastScheduleRetry  = time.Hour
)

// keepSchedules sets the schedules where they are not known to be as the policy
// says, until that succeeds.
func (p *policyRun) keepSchedules(ctx workflow.Context) {
	unset := func() bool { return p.configured() && p.Unset }
	for wait := firstScheduleRetry; ; {
		if workflow.Await(ctx, unset) != nil {
			return
		}
		p.busy++
		p.trySchedules(ctx)
		p.busy--
		if ctx.Err() != nil {
			return
		}
		if !p.Unset {
			wait = firstScheduleRetry
			continue
		}
		_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: "set the schedules again"},
		}, func() bool { return !p.Unset })
		if err != nil {
			return
		}
		wait = min(2*wait, lastScheduleRetry)
	}
}

func (p *policyRun) trySchedules(ctx workflow.Context) {
	if p.lock.Lock(ctx) != nil {
		return
	}
	defer p.lock.Unlock()
	if !p.Unset {
		return
	}
	result, err := askSchedules(ctx, schedulesInput(p.Policy, p.Standing))
	switch kind, message := failure.Of(err); {
	case err == nil:
		p.Unset = false
		p.expect(ctx, result)
	case kind == failure.InvalidArgument:
		p.Unset = false
		p.miss(ctx, "the schedule could not be set: "+message+"; change it with `holdfast policy edit "+p.Policy.ID+"`")
	default:
		workflow.GetLogger(ctx).Error("the schedules are not set yet", "policy", p.Policy.ID, "error", reason(err))
		return
	}
	p.touch(ctx)
}
