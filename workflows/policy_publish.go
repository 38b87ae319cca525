package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
)

// stateChanged notes that state.json of a backup is to follow its row. The caller
// touches the policy afterwards.
func (p *policyRun) stateChanged(id string) { p.Changed = append(p.Changed, id) }

// publish writes policy.json after each change, however long the store is away,
// and again within the hour where the store refuses it.
func (p *policyRun) publish(ctx workflow.Context) {
	for {
		if p.awaitChange(ctx) != nil {
			return
		}
		version, changed := p.Version, slices.Clone(p.Changed)
		p.publishing = true
		err := p.write(ctx, version, changed)
		p.publishing = false
		if ctx.Err() != nil {
			return
		}
		p.Published = version
		if err != nil {
			workflow.GetLogger(ctx).Error("policy.json was not written", "error", reason(err))
			slices.Sort(p.Changed)
			p.Changed = slices.Compact(p.Changed)
			p.Unwritten = p.Unwritten.again(workflow.Now(ctx), "", reason(err))
			p.move(ctx)
			continue
		}
		p.Changed = p.Changed[len(changed):]
		if p.Unwritten != nil {
			p.Unwritten = nil
			p.move(ctx)
		}
	}
}

// awaitChange waits until there is something to write: a change, or what the store
// has refused. Nothing is written any more once the policy is being removed.
func (p *policyRun) awaitChange(ctx workflow.Context) error {
	changed := func() bool { return p.configured() && p.Published != p.Version && p.Removal == nil }
	if p.Unwritten == nil {
		return workflow.Await(ctx, changed)
	}
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
		Timeout: p.Unwritten.Next.Sub(workflow.Now(ctx)), TimerOptions: workflow.TimerOptions{Summary: "write policy.json again"},
	}, changed)
	if err == nil && p.Removal != nil {
		return workflow.Await(ctx, func() bool { return p.Removal == nil })
	}
	return err
}

func (p *policyRun) write(ctx workflow.Context, version int64, changed []string) error {
	var a *activities.Activities
	slices.Sort(changed)
	return workflow.ExecuteActivity(steadfast(ctx, p.Policy.Limits, "write policy.json"), a.WritePolicy, activities.WritePolicyInput{
		Policy: p.Policy, Backups: p.Backups, Standing: p.Standing, LastCompleteStart: p.LastComplete, Version: version,
		Changed: slices.Compact(slices.Clone(changed)),
	}).Get(ctx, nil)
}

// The waits between the tries of what has failed: they double from the first to
// the last.
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// again is r after one more failure at now; r may be nil.
func (r *Retry) again(now time.Time, backupID, why string) *Retry {
	next := Retry{BackupID: backupID, Since: now.UTC(), Reason: why}
	if r != nil {
		next.Since, next.Tries = r.Since, r.Tries
	}
	wait := firstRetry
	for n := next.Tries; n > 0 && wait < lastRetry; n-- {
		wait *= 2
	}
	next.Tries++
	next.Next = now.UTC().Add(min(wait, lastRetry))
	return &next
}
