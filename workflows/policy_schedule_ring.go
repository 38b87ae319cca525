package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// AnsweredRing is a ring and how it was answered: asked again, it is answered so.
type AnsweredRing struct {
	RequestID string             `json:"requestId"`
	Result    message.RingResult `json:"result"`
}

// keptRings is how many rings a policy remembers: one is under way at a time.
const keptRings = 10

func (p *policyRun) validateScheduledRun(ctx workflow.Context, in message.RingInput) error {
	return p.known()
}

// handleScheduledRun judges a ring (P5). What it refuses is answered, not an error:
// it is recorded and announced.
func (p *policyRun) handleScheduledRun(ctx workflow.Context, in message.RingInput) (message.RingResult, error) {
	for _, r := range p.Rings {
		if r.RequestID == in.RequestID {
			return r.Result, nil
		}
	}
	result := p.ring(ctx, in)
	p.Rings = append(p.Rings, AnsweredRing{RequestID: in.RequestID, Result: result})
	if n := len(p.Rings) - keptRings; n > 0 {
		p.Rings = slices.Clone(p.Rings[n:])
	}
	p.touch(ctx)
	return result, nil
}

func (p *policyRun) ring(ctx workflow.Context, in message.RingInput) message.RingResult {
	switch {
	case p.Retired != nil || p.Policy.Schedule == nil:
		p.Unset = true // there should be no bell
		return message.RingResult{Outcome: message.RingRefused, Reason: "policy " + p.Policy.ID + " has no schedule (any more): the bell is removed"}
	case p.Paused != nil:
		p.Unset = true
		return p.refuseRing(ctx, "the policy is paused since "+when(p.Paused.At)+": go on with `holdfast policy resume "+p.Policy.ID+"`")
	}
	// What a ring tells of the next one was asked before it came here: where the
	// schedule was set since then, what was told then counts.
	if now := workflow.Now(ctx); p.SetAt.Before(in.At) || !p.NextRun.After(now) {
		p.NextRun = in.Next
	}
	interval := p.Interval
	if in.Next.After(in.At) {
		interval = in.Next.Sub(in.At)
	}
	return p.startScheduled(ctx, 1, interval)
}

// unstartedRetry is when a scheduled run that could not be started is tried again.
const unstartedRetry = time.Minute

// startScheduled starts the attempt-th run of a ring, or has it wait, or refuses it,
// as JudgeRing says. The caller holds the lock and touches the policy afterwards.
func (p *policyRun) startScheduled(ctx workflow.Context, attempt int, interval time.Duration) message.RingResult {
	now := workflow.Now(ctx).UTC()
	at, err := backup.JudgeRing(p.history(), now, interval, p.Policy.Limits)
	if err != nil {
		return p.refuseRing(ctx, err.Error())
	}
	why := "R1 does not allow a backup before: the last COMPLETE one started at " + when(p.LastComplete)
	if !at.After(now) {
		err := p.nobodyHolds(ctx)
		if kind, text := failure.Of(refusal(err)); kind == failure.Restoring || kind == failure.Running {
			return p.refuseRing(ctx, text)
		}
		var row backup.Backup
		if err == nil {
			row, err = p.beginRun(ctx, backup.Backup{Options: p.Policy.Options, By: p.scheduledBy(attempt), Scheduled: true}, false)
		}
		if err == nil {
			p.Pending, p.Attempt = nil, attempt
			return message.RingResult{Outcome: message.RingStarted, BackupID: row.ID}
		}
		at, why = now.Add(unstartedRetry), "it could not be started: "+reason(err)
	}
	p.Pending = &message.PendingRun{At: at, Reason: why, Attempt: attempt}
	return message.RingResult{Outcome: message.RingWaits, Until: at, Reason: why}
}

// scheduledBy is who runs the attempt-th run of a ring.
func (p *policyRun) scheduledBy(attempt int) string {
	if attempt <= 1 || p.Policy.Schedule == nil {
		return "schedule"
	}
	return fmt.Sprintf("schedule, attempt %d of %d", attempt, p.Policy.Schedule.Retries+1)
}

// refuseRing records and announces a scheduled run that does not take place.
func (p *policyRun) refuseRing(ctx workflow.Context, why string) message.RingResult {
	p.Refused = &backup.Note{At: workflow.Now(ctx).UTC(), Text: why}
	p.announce(ctx, backup.EventMissed, "the scheduled backup of "+p.Policy.ID+" was refused: "+why, nil)
	return message.RingResult{Outcome: message.RingRefused, Reason: why}
}

// miss records and announces a bell that does not ring.
func (p *policyRun) miss(ctx workflow.Context, why string) {
	p.Missed = &backup.Note{At: workflow.Now(ctx).UTC(), Text: why}
	p.announce(ctx, backup.EventMissed, "the scheduled backup of "+p.Policy.ID+" was missed: "+why, nil)
}
