package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// startPending starts what is pending when it is time, judged anew.
func (p *policyRun) startPending(ctx workflow.Context) {
	for {
		if workflow.Await(ctx, func() bool { return p.Pending != nil }) != nil {
			return
		}
		pending := p.Pending
		if wait := pending.At.Sub(workflow.Now(ctx)); wait > 0 {
			replaced, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
				Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: summarize(waitingText(*pending))},
			}, func() bool { return p.Pending != pending })
			if err != nil {
				return
			}
			if replaced {
				continue
			}
		}
		p.busy++
		p.startDue(ctx, pending)
		p.busy--
		if ctx.Err() != nil {
			return
		}
	}
}

// startDue starts a pending run whose time has come, unless it was dropped or
// replaced meanwhile.
func (p *policyRun) startDue(ctx workflow.Context, due *message.PendingRun) {
	if p.lock.Lock(ctx) != nil {
		return
	}
	defer p.lock.Unlock()
	if p.Pending != due {
		return
	}
	p.Pending = nil
	if p.scheduled() {
		p.startScheduled(ctx, due.Attempt, p.Interval)
	}
	p.touch(ctx)
}

// waitingText says what a pending run waits for.
func waitingText(pending message.PendingRun) string {
	return fmt.Sprintf("scheduled backup waiting until %s: %s", when(pending.At), pending.Reason)
}

// afterRun judges whether a scheduled run that ended is tried again: INCOMPLETE and
// FAILED ones are, unless somebody stopped them, or the schedule is paused or gone.
func (p *policyRun) afterRun(ctx workflow.Context, row backup.Backup, stopped bool) {
	attempt := max(p.Attempt, 1)
	p.Attempt = 0
	if !row.Scheduled || stopped || !p.scheduled() || row.Status != backup.Incomplete && row.Status != backup.Failed {
		return
	}
	s := p.Policy.Schedule
	if attempt > s.Retries {
		return
	}
	p.Pending = &message.PendingRun{
		At:      workflow.Now(ctx).UTC().Add(s.RetryAfter),
		Reason:  fmt.Sprintf("attempt %d of %d, because %s is %s", attempt+1, s.Retries+1, row.ID, row.Status),
		Attempt: attempt + 1,
	}
}
