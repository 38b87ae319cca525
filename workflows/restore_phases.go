package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// setPhases lists the phases of the plan, and those that compare after them.
func (r *restoreRun) setPhases() {
	r.view.Phases = nil
	add := func(compare bool) {
		for _, p := range r.view.Plan.Phases {
			r.view.Phases = append(r.view.Phases, message.PhaseProgress{Name: p.Name, Title: p.Title, Batches: p.Batches, Compare: compare})
		}
	}
	add(false)
	if r.in.Compare {
		add(true)
	}
}

// apply goes through the phases until the deadline, as long as the lock is held and the
// backup is there.
func (r *restoreRun) apply(ctx workflow.Context) error {
	return under(ctx, r.goThrough, r.awaitDeadline, r.awaitLoss, r.keepReading)
}

// goThrough takes one phase after another: what a phase writes refers to what those
// before it have written.
func (r *restoreRun) goThrough(ctx workflow.Context) error {
	r.failed = 0
	for i := range r.view.Phases {
		if err := r.phase(ctx, &r.view.Phases[i]); err != nil {
			return err
		}
	}
	r.through = ctx.Err() == nil
	return ctx.Err()
}

// phase takes one phase to its end.
func (r *restoreRun) phase(ctx workflow.Context, p *message.PhaseProgress) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name := p.Name
	if p.Compare {
		name = "compare-" + name
	}
	r.view.Counts = nil
	r.view.Phase, r.view.PhaseID = name, message.RestorePhaseID(r.in.Spec.ID, name, r.in.Retry)
	r.touch(ctx)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            r.view.PhaseID,
		WaitForCancellation:   true,
		TypedSearchAttributes: restoreAttributes(r.in.Spec, restore.Applying),
		StaticSummary:         summarize(fmt.Sprintf("%s: %d batches of %s", name, p.Batches, r.in.Spec.ID)),
	})
	var result message.RestorePhaseResult
	err := workflow.ExecuteChildWorkflow(child, message.RestorePhaseWorkflow, message.RestorePhaseInput{
		Spec: r.in.Spec.Planned(), Limits: r.in.Limits, Phase: p.Name, Queue: r.in.Queue, Retry: r.in.Retry, Compare: p.Compare,
	}).Get(ctx, &result)
	r.view.Waiting = ""
	if err != nil {
		return err
	}
	p.Done = p.Batches
	if !p.Compare {
		r.view.Counts = result.Counts
		r.failed += total(result.Counts).Failed
	}
	r.show(ctx)
	var a *activities.Activities
	return r.insist(ctx, func(int) error {
		return workflow.ExecuteActivity(r.long(ctx, "join what phase "+name+" made"), a.EndPhase, activities.EndPhaseInput{
			RestoreStep: activities.RestoreStep{Spec: r.in.Spec.Planned(), Limits: r.in.Limits}, Phase: p.Name, Compare: p.Compare,
		}).Get(ctx, nil)
	})
}

// receivePhases takes what the phase under way tells of itself.
func (r *restoreRun) receivePhases(ctx workflow.Context) {
	for {
		var report message.PhaseReport
		if !message.PhaseChanged.Channel(ctx).Receive(ctx, &report) {
			return
		}
		r.hear(report)
		r.show(ctx)
	}
}

// hear takes a report, unless it is of a phase that is through.
func (r *restoreRun) hear(report message.PhaseReport) {
	name := report.Phase
	if report.Compare {
		name = "compare-" + name
	}
	if name != r.view.Phase || r.view.Status.Ended() {
		return
	}
	for i := range r.view.Phases {
		p := &r.view.Phases[i]
		if p.Name != report.Phase || p.Compare != report.Compare || p.Done == p.Batches && p.Batches > 0 {
			continue
		}
		p.Done, r.view.Waiting = report.Done, report.Waiting
		if !p.Compare {
			r.view.Counts = report.Counts
		}
	}
}

// addCounts adds the counts of each kind in more to those in all.
func addCounts(all, more map[string]restore.Counts) {
	for _, kind := range workflow.DeterministicKeys(more) {
		c := all[kind]
		c.Add(more[kind])
		all[kind] = c
	}
}

// sum adds counts up, kind by kind.
func sum(a, b map[string]restore.Counts) map[string]restore.Counts {
	all := make(map[string]restore.Counts, len(a))
	addCounts(all, a)
	addCounts(all, b)
	return all
}

// total adds up the counts of all kinds.
func total(counts map[string]restore.Counts) (all restore.Counts) {
	for _, kind := range workflow.DeterministicKeys(counts) {
		all.Add(counts[kind])
	}
	return all
}

// restoreAttributes are the search attributes of a restore and of its phases.
func restoreAttributes(spec restore.Spec, status restore.Status) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		cluster.AttributeSite.ValueSet(host(spec.Site)),
		cluster.AttributeProduct.ValueSet(string(spec.Product)),
		cluster.AttributePolicy.ValueSet(spec.PolicyID),
		statusAttribute(backup.Status(status)),
	)
}
