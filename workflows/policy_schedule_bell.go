package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// bellGrace is how long after its time a bell counts as one that does not ring:
// Temporal catches up on those that it missed for so long, and a ring takes a while.
const bellGrace = message.CatchUp + 15*time.Minute

// A ring that is under way, because no worker was there to take it, say, is waited
// for, in steps of ringingEvery, for ringingMax at most.
const (
	ringingEvery = 15 * time.Minute
	ringingMax   = 24 * time.Hour
)

// watchBell notices a bell that did not ring, because its Temporal Schedule was
// deleted, paused or changed by hand, or because Temporal was away: that is recorded
// and announced, and the schedules are set again.
func (p *policyRun) watchBell(ctx workflow.Context) {
	var notBefore time.Time // when a ring that is under way is looked after again
	for {
		if workflow.Await(ctx, func() bool { return p.scheduled() && !p.NextRun.IsZero() }) != nil {
			return
		}
		due := p.NextRun
		at := due.Add(bellGrace)
		if at.Before(notBefore) {
			at = notBefore
		}
		if wait := at.Sub(workflow.Now(ctx)); wait > 0 {
			rang, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
				Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: "notice where the bell of " + when(due) + " does not ring"},
			}, func() bool { return !p.awaits(due) })
			if err != nil {
				return
			}
			if rang {
				continue
			}
		}
		p.busy++
		if p.silent(ctx, due) {
			notBefore = workflow.Now(ctx).Add(ringingEvery)
		}
		p.busy--
		if ctx.Err() != nil {
			return
		}
	}
}

// awaits reports whether the bell of that time is still expected.
func (p *policyRun) awaits(due time.Time) bool { return p.scheduled() && p.NextRun.Equal(due) }

// silent sees to a bell that has not rung in time. It reports whether a ring is
// under way all the same.
func (p *policyRun) silent(ctx workflow.Context, due time.Time) (ringing bool) {
	if p.lock.Lock(ctx) != nil {
		return false
	}
	defer p.lock.Unlock()
	if !p.awaits(due) {
		return false
	}
	in := schedulesInput(p.Policy, p.Standing)
	in.Anew = true
	result, err := askSchedules(ctx, in)
	if err == nil && result.Ringing && workflow.Now(ctx).Before(due.Add(ringingMax)) {
		return true
	}
	p.expect(ctx, result)
	next := "it is set again"
	switch kind, message := failure.Of(err); {
	case kind == failure.InvalidArgument:
		next = "it could not be set again: " + message
	case err != nil:
		p.Unset = true
		next = "setting it again is tried until it succeeds"
	case !result.Next.IsZero():
		next = "it is set again and rings at " + when(result.Next)
	}
	p.miss(ctx, fmt.Sprintf("the bell did not ring at %s: its schedule was paused, changed or deleted in Temporal, or Temporal was away; %s; start a backup now with `holdfast backup run %s`",
		when(due), next, p.Policy.ID))
	p.touch(ctx)
	return false
}
