package workflows

import (
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/failure"
	"holdfast/internal/restore"
)

// end writes the report of a restore that failed with err, or did not, gives back what
// it holds, and shows how it ended. It returns the type of the failure that a FAILED
// one ends with.
func (r *restoreRun) end(ctx, calm workflow.Context, err error) failure.Type {
	status, kind, why := r.verdict(ctx, err)
	r.ending = true
	r.gate.open()
	// Who asked is answered, and what they began is undone, before the end is known.
	_ = workflow.Await(calm, func() bool { return r.answers == 0 })
	r.view.EndedAt = workflow.Now(calm).UTC()
	if failed := r.finish(calm, status, kind, why); failed != nil {
		workflow.GetLogger(ctx).Error("the report could not be written", "error", reason(failed))
		if why != "" {
			why += "; "
		}
		why += "its report could not be written: " + reason(failed)
	}
	r.endRead(calm)
	r.lock.release(calm)
	r.lock, r.view.Lock = nil, false
	r.view.Status, r.view.Reason, r.view.Waiting, r.view.Phase, r.view.PhaseID = status, why, "", "", ""
	r.touch(calm)
	_ = workflow.Await(calm, func() bool { return workflow.AllHandlersFinished(calm) })
	return kind
}

// finish writes the report, for endGrace at most. It needs the store alone: where the
// host of a restore is lost, another one does it.
func (r *restoreRun) finish(ctx workflow.Context, status restore.Status, kind failure.Type, why string) error {
	bounded, stop := within(ctx, endGrace, "grace for writing the report")
	defer stop()
	queue := r.in.Queue
	if kind == failure.LeaseLost {
		queue = ""
	}
	compared := r.in.Compare && r.through && (status == restore.Complete || status == restore.Incomplete)
	in := activities.FinishRestoreInput{
		RestoreStep: r.step(), Status: status, Reason: why, AppliedAt: r.view.AppliedAt, EndedAt: r.view.EndedAt, By: r.view.By, Compared: compared,
	}
	var a *activities.Activities
	var found activities.FinishRestoreResult
	err := insist(bounded, r.gate, queue, func(int) error {
		call := onQueue(longWalk(bounded, r.in.Limits, "write the report"), queue, r.in.Limits)
		return workflow.ExecuteActivity(call, a.FinishRestore, in).Get(bounded, &found)
	})
	// Two phases may tell of the same record: the report counts it once.
	r.view.Counts, r.view.Score = found.Counts, found.Score
	return err
}
