package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// The bounds of one run of a RestorePhase.
const (
	// maxBatches is how many batches it takes on: with each restarted once its history
	// stays under 3,000 events.
	maxBatches = 100
	// fullHistory is the number of events after which it starts no more of them, and
	// gives back those that wait.
	fullHistory = 2000
)

// RestorePhase goes through the batches of one phase of a restore, a few at a time:
// those of one lane one after another. What passes by itself is waited for by all
// together. A phase that is cancelled lets the batches under way come to their end.
func RestorePhase(ctx workflow.Context, in message.RestorePhaseInput) (message.RestorePhaseResult, error) {
	p := &restorePhase{in: in, counts: sum(in.Counts, nil), lanes: map[string]bool{}}
	if err := p.setup(ctx); err != nil {
		return message.RestorePhaseResult{}, err
	}
	return p.run(ctx)
}

type restorePhase struct {
	in      message.RestorePhaseInput
	gate    *gate
	counts  map[string]restore.Counts
	lanes   map[string]bool // those of which a batch is under way
	active  int
	waiting string
	told    int   // of the batches, the tenths that the Restore was told of
	news    bool  // there is something to tell
	full    bool  // this run of the workflow takes nothing on any more
	fatal   error // ends the phase and the restore

	stop workflow.CancelFunc   // ends what waits
	cuts []workflow.CancelFunc // end what is under way
}

func (p *restorePhase) setup(ctx workflow.Context) error {
	p.gate = newGate(ctx, p.in.Limits, func(waiting string) { p.wait(ctx, waiting) })
	p.told = p.tenths()
	p.show(ctx)
	calm, _ := workflow.NewDisconnectedContext(ctx)
	workflow.Go(calm, p.tell)
	return message.ShowRestorePhase.Handle(ctx, "how far this phase is", func() (message.PhaseReport, error) { return p.report(), nil })
}

func (p *restorePhase) run(ctx workflow.Context) (message.RestorePhaseResult, error) {
	if err := p.list(ctx); err != nil {
		return message.RestorePhaseResult{}, err
	}
	var waits workflow.Context
	waits, p.stop = workflow.WithCancel(ctx)
	for {
		i, ok := p.next(ctx)
		if !ok {
			break
		}
		head := p.in.Pending[i]
		p.in.Pending = slices.Delete(p.in.Pending, i, i+1)
		p.active++
		p.lanes[head.Lane] = true
		workflow.Go(waits, func(ctx workflow.Context) {
			p.batch(ctx, head)
			p.active--
			delete(p.lanes, head.Lane)
			p.show(ctx)
		})
	}
	if err := p.drain(ctx); err != nil {
		return message.RestorePhaseResult{}, err
	}
	switch {
	case p.fatal != nil:
		return message.RestorePhaseResult{}, p.fatal
	case ctx.Err() != nil:
		return message.RestorePhaseResult{}, ctx.Err()
	case len(p.in.Pending) > 0 || p.in.Next < p.in.Batches:
		next := p.in
		next.Counts = p.counts
		slices.SortFunc(next.Pending, func(a, b restore.Head) int { return a.N - b.N })
		return message.RestorePhaseResult{}, workflow.NewContinueAsNewError(ctx, message.RestorePhaseWorkflow, next)
	}
	return message.RestorePhaseResult{Counts: p.counts}, nil
}

// list asks for the next batches, where those listed before are done.
func (p *restorePhase) list(ctx workflow.Context) error {
	if len(p.in.Pending) > 0 {
		return nil
	}
	var a *activities.Activities
	var found activities.ListBatchesResult
	err := insist(ctx, p.gate, p.in.Queue, func(int) error {
		call := onQueue(shortCall(ctx, p.in.Limits, fmt.Sprintf("list batches of %s from %d on", p.in.Phase, p.in.Next)), p.in.Queue, p.in.Limits)
		return workflow.ExecuteActivity(call, a.ListBatches, activities.ListBatchesInput{
			RestoreStep: p.step(), Phase: p.in.Phase, From: p.in.Next,
		}).Get(ctx, &found)
	})
	if err != nil {
		return err
	}
	if len(found.Batches) == 0 && p.in.Next < found.Total {
		return fmt.Errorf("the list of the batches of %s ends at %d of %d: plan the restore again", p.in.Phase, p.in.Next, found.Total)
	}
	p.in.Pending = slices.Clone(found.Batches[:min(len(found.Batches), maxBatches)])
	p.in.Batches = found.Total
	p.in.Next += len(p.in.Pending)
	return nil
}

// next waits until another batch may start, and returns where it is among those that
// are pending: the first whose lane is free. It returns false when none will start.
func (p *restorePhase) next(ctx workflow.Context) (i int, ok bool) {
	window := max(1, p.in.Limits.Window)
	err := workflow.Await(ctx, func() bool {
		i = -1
		if p.over(ctx) {
			return true
		}
		if p.active < window {
			i = slices.IndexFunc(p.in.Pending, func(h restore.Head) bool { return h.Lane == "" || !p.lanes[h.Lane] })
		}
		return i >= 0
	})
	return i, err == nil && i >= 0
}

// over reports whether this run of the workflow takes on no more batches.
func (p *restorePhase) over(ctx workflow.Context) bool {
	return p.fatal != nil || p.full || len(p.in.Pending) == 0 || p.long(ctx)
}

// long reports whether the history has grown long.
func (p *restorePhase) long(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return info.GetCurrentHistoryLength() >= fullHistory || info.GetContinueAsNewSuggested()
}

// drain waits for the batches under way. After a cancellation it does so for endGrace at
// most: then they are cut off, and go on from what is there when they are tried again.
func (p *restorePhase) drain(ctx workflow.Context) error {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if err := workflow.Await(calm, func() bool { return p.active == 0 || ctx.Err() != nil }); err != nil {
		return err
	}
	if p.active == 0 {
		return nil
	}
	p.wait(calm, "cancelled: the batches under way come to their end")
	timing, through := workflow.WithCancel(calm)
	defer through()
	workflow.Go(timing, func(ctx workflow.Context) {
		if workflow.NewTimerWithOptions(ctx, endGrace, workflow.TimerOptions{
			Summary: "grace for the batches under way",
		}).Get(ctx, nil) == nil {
			for _, cut := range p.cuts {
				cut()
			}
		}
	})
	return workflow.Await(calm, func() bool { return p.active == 0 })
}

// batch takes one batch to its end, or gives it back where its wait is ended by ctx.
func (p *restorePhase) batch(ctx workflow.Context, head restore.Head) {
	var a *activities.Activities
	activity, what := a.ApplyBatch, "restore"
	if p.in.Compare {
		activity, what = a.CompareBatch, "compare"
	}
	calm, _ := workflow.NewDisconnectedContext(ctx)
	work, cut := workflow.WithCancel(calm)
	defer cut()
	p.cuts = append(p.cuts, cut)
	var result activities.BatchResult
	err := insist(ctx, p.gate, p.in.Queue, func(int) error {
		result = activities.BatchResult{}
		call := onQueue(longWalk(work, p.in.Limits, fmt.Sprintf("%s %s, batch %d of %d", what, p.in.Phase, head.N+1, p.in.Batches)), p.in.Queue, p.in.Limits)
		return workflow.ExecuteActivity(call, activity, activities.BatchInput{
			RestoreStep: p.step(), Phase: p.in.Phase, N: head.N, Retry: p.in.Retry,
		}).Get(work, &result)
	})
	switch {
	case err == nil:
		p.in.Done++
		addCounts(p.counts, result.Counts)
		if p.tenths() > p.told {
			p.told, p.news = p.tenths(), true
		}
	case ctx.Err() != nil:
		p.in.Pending = append(p.in.Pending, head)
	case p.fatal == nil:
		p.fatal = err
		p.stop()
	}
}

func (p *restorePhase) step() activities.RestoreStep {
	return activities.RestoreStep{Spec: p.in.Spec, Limits: p.in.Limits}
}
