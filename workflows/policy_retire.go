package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

func (p *policyRun) validateDelete(ctx workflow.Context, in message.DeletePolicyInput) error {
	return p.known()
}

// handleDelete retires the policy: it starts nothing any more, cancels the run in
// progress, and ends with its last backup. Deleted again, it can only lose more.
func (p *policyRun) handleDelete(ctx workflow.Context, in message.DeletePolicyInput) (message.PolicyView, error) {
	if p.Removal != nil || p.Retired != nil && (p.Purge || !in.DeleteBackups) {
		return p.view(ctx), nil
	}
	standing := p.Standing
	if standing.Retired == nil {
		standing.Retired = note(ctx, in.By, "")
	}
	standing.Retired.Text = "its backups are kept until they expire"
	if in.DeleteBackups {
		standing.Retired = note(ctx, in.By, "its backups are deleted now")
	}
	if err := p.setSchedules(ctx, p.Policy, standing); err != nil {
		return message.PolicyView{}, err
	}
	p.Standing, p.Purge, p.Pending = standing, in.DeleteBackups, nil
	if p.Purge {
		for i := range p.Backups {
			if row := &p.Backups[i]; backup.HasBytes(*row) {
				p.delete(ctx, row, *p.Retired)
			}
		}
	}
	p.touch(ctx)
	if p.Running != "" {
		if err := p.cancelRun(ctx, in.By); err != nil {
			// It has just ended, or is looked after within the hour.
			workflow.GetLogger(ctx).Warn("the run in progress was not cancelled", "backup", p.Running, "error", reason(err))
		}
	}
	return p.view(ctx), nil
}

// over reports whether a deleted policy has nothing left to wait for.
func (p *policyRun) over() bool {
	return p.Retired != nil && !p.Unset && p.Published == p.Version && !p.publishing && len(p.Notices) == 0 &&
		!slices.ContainsFunc(p.Backups, p.lives)
}

// finish ends a deleted policy: once no backup of it has bytes, what the store has
// of it is removed, and the workflow completes.
func (p *policyRun) finish(ctx workflow.Context) {
	for !p.removed {
		if p.Removal == nil {
			if workflow.Await(ctx, p.over) != nil {
				return
			}
		} else if wait := p.Removal.Next.Sub(workflow.Now(ctx)); wait > 0 {
			err := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{
				Summary: summarize("remove what the store has of " + p.Policy.ID + " again"),
			}).Get(ctx, nil)
			if err != nil {
				return
			}
		}
		p.busy++
		p.remove(ctx)
		p.busy--
		if ctx.Err() != nil {
			return
		}
	}
}

// remove removes what the store has of the policy, where nothing has come between.
func (p *policyRun) remove(ctx workflow.Context) {
	if p.lock.Lock(ctx) != nil {
		return
	}
	defer p.lock.Unlock()
	if p.Removal == nil {
		if !p.over() {
			return
		}
		p.Removal = &Retry{Since: workflow.Now(ctx).UTC()}
	}
	var a *activities.Activities
	err := workflow.ExecuteActivity(longWalk(ctx, p.Policy.Limits, "remove what the store has of "+p.Policy.ID), a.RemovePolicy,
		activities.RemovePolicyInput{PolicyID: p.Policy.ID}).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Error("a deleted policy was not removed from the store", "error", reason(err))
		p.Removal = p.Removal.again(workflow.Now(ctx), "", reason(err))
		p.move(ctx)
		return
	}
	p.removed = true
	p.show(ctx)
}
