package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/message"
)

// wait notes what the phase waits for, empty where it does not. A wait that has filled
// the history goes on in the next run of the workflow.
func (p *restorePhase) wait(ctx workflow.Context, text string) {
	if (text == "") != (p.waiting == "") {
		p.news = true
	}
	p.waiting = text
	p.show(ctx)
	if text != "" && p.long(ctx) {
		p.full = true
		if p.stop != nil {
			p.stop()
		}
	}
}

// tenths is how many tenths of the batches are done.
func (p *restorePhase) tenths() int { return 10 * p.in.Done / max(p.in.Batches, 1) }

// tell tells the Restore of this phase how far it is. One that is gone is not waited for.
func (p *restorePhase) tell(ctx workflow.Context) {
	for workflow.Await(ctx, func() bool { return p.news }) == nil {
		p.news = false
		if err := message.PhaseChanged.Send(ctx, message.RestoreID(p.in.Spec.ID), p.report()).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Warn("the restore was not told of its phase", "error", err)
		}
	}
}

func (p *restorePhase) report() message.PhaseReport {
	return message.PhaseReport{
		Phase: p.in.Phase, Compare: p.in.Compare, Batches: p.in.Batches, Done: p.in.Done, Waiting: p.waiting, Counts: sum(p.counts, nil),
	}
}

// show writes the phase's state for the Web UI.
func (p *restorePhase) show(ctx workflow.Context) {
	text := fmt.Sprintf("%d of %d batches done, %d under way\n\n%s", p.in.Done, p.in.Batches, p.active, outcomesTable(p.counts))
	if p.waiting != "" {
		text = "**Waiting:** " + p.waiting + "\n\n" + text
	}
	workflow.SetCurrentDetails(ctx, text)
}
