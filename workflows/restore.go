package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// Restore is one restore of a backup (T1 to T6): it is planned, its preview waits to
// be accepted, and then it is applied phase by phase, while it holds the lock of its
// destination. It closes as Completed where it is COMPLETE or INCOMPLETE, or LAPSED,
// as Failed, or as Canceled; the report is written before. A retry is the same again:
// it goes on where the one before it ended.
func Restore(ctx workflow.Context, in message.RestoreInput) (message.RestoreView, error) {
	r := &restoreRun{in: in, mutex: workflow.NewMutex(ctx)}
	if err := r.setup(ctx); err != nil {
		return r.view, err
	}
	return r.run(ctx)
}

type restoreRun struct {
	in      message.RestoreInput
	view    message.RestoreView
	gate    *gate
	mutex   workflow.Mutex
	row     backup.Backup // the backup, as it was known last
	reading bool          // the backup is kept from expiring
	lock    *lock
	by      string // who asked for the cancellation
	answers int    // Apply updates that are being answered
	ending  bool   // nothing is accepted any more
	failed  int    // how often the phases that are through told that a record failed
	through bool   // all phases are
	waited  string // what it waited for at its deadline
}

func (r *restoreRun) setup(ctx workflow.Context) error {
	r.begin(ctx)
	r.gate = newGate(ctx, r.in.Limits, func(waiting string) {
		r.view.Waiting = waiting
		r.show(ctx)
	})
	r.touch(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		message.CancelledBy.Channel(ctx).Receive(ctx, &r.by)
	})
	workflow.Go(ctx, r.receivePhases)
	return errors.Join(
		message.ShowRestore.Handle(ctx, "how far this restore is", func() (message.RestoreView, error) { return r.view, nil }),
		message.ApplyRestore.Handle(ctx, "accept the preview", r.validateApply, r.handleApply),
	)
}

// begin sets the view to what a new restore is, or one that is tried again.
func (r *restoreRun) begin(ctx workflow.Context) {
	spec := r.in.Spec
	if r.in.State != nil {
		r.view = *r.in.State
		r.view.Reason, r.view.Waiting, r.view.EndedAt = "", "", time.Time{}
		r.view.Lock, r.view.Phase, r.view.PhaseID, r.view.Score = false, "", "", nil
		r.view.Counts, r.view.Deadline = nil, time.Time{}
	} else {
		r.view.RequestedAt = workflow.Now(ctx).UTC()
	}
	v := &r.view
	v.ID, v.BackupID, v.Product, v.Site, v.From = spec.ID, spec.BackupID, spec.Product, spec.Site, spec.From
	v.Retry, v.Status = r.in.Retry, restore.Applying
	if r.in.By != "" {
		v.By = r.in.By
	}
	if !r.applied() {
		// Nothing was written: it is planned anew.
		v.Status, v.Plan, v.Phases, v.Counts = restore.Planning, nil, nil, nil
		v.PlannedAt, v.Until = time.Time{}, time.Time{}
	}
}

// applied reports whether the preview was accepted, by this run of the workflow or
// one before it.
func (r *restoreRun) applied() bool { return r.view.Plan != nil && !r.view.AppliedAt.IsZero() }

func (r *restoreRun) run(ctx workflow.Context) (message.RestoreView, error) {
	err := r.work(ctx)
	// Whatever ended ctx, the report is written, and the lock given back.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	kind := r.end(ctx, calm, err)
	switch r.view.Status {
	case restore.Cancelled:
		return r.view, ctx.Err()
	case restore.Failed:
		return r.view, temporal.NewNonRetryableApplicationError(r.view.Reason, string(kind), nil)
	}
	return r.view, nil
}

func (r *restoreRun) work(ctx workflow.Context) error {
	if r.applied() {
		if err := r.resume(ctx); err != nil {
			return err
		}
		return r.apply(ctx)
	}
	if err := r.plan(ctx); err != nil {
		return err
	}
	if err := r.awaitApply(ctx); err != nil {
		return err
	}
	return r.apply(ctx)
}

// errLapsed is that of a preview which nobody accepted in time.
var errLapsed = errors.New("the preview lapsed")

// awaitApply waits until the preview is accepted, or lapses (T3). What is to be
// applied at once is accepted here, and fails where it is refused.
func (r *restoreRun) awaitApply(ctx workflow.Context) error {
	if r.in.Apply {
		_, err := r.handleApply(ctx, message.ApplyRestoreInput{By: r.in.By})
		return err
	}
	for {
		if err := r.awaitLapse(ctx); err != nil || r.applied() {
			return err
		}
		if !r.outlived(ctx) {
			return errLapsed
		}
	}
}

// awaitLapse waits until the preview is accepted, or its time is over.
func (r *restoreRun) awaitLapse(ctx workflow.Context) error {
	timing, stop := workflow.WithCancel(ctx)
	defer stop()
	due := false
	workflow.Go(timing, func(ctx workflow.Context) {
		left := r.view.Until.Sub(workflow.Now(ctx))
		due = workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{
			Summary: "the preview lapses at " + when(r.view.Until),
		}).Get(ctx, nil) == nil
	})
	return workflow.Await(ctx, func() bool { return r.applied() || due && r.answers == 0 })
}

// verdict is how a restore ends that failed with err, or did not.
func (r *restoreRun) verdict(ctx workflow.Context, err error) (restore.Status, failure.Type, string) {
	switch {
	case ctx.Err() != nil && r.by == "":
		return restore.Cancelled, "", "cancelled by an operator in Temporal" + r.goesOn()
	case ctx.Err() != nil:
		return restore.Cancelled, "", "cancelled by " + r.by + r.goesOn()
	case errors.Is(err, errLapsed):
		return restore.Lapsed, "", fmt.Sprintf("nobody accepted the preview until %s, and nothing was written: plan the restore again", when(r.view.Until))
	case errors.Is(err, errOverdue):
		return restore.Incomplete, "", r.overdue() + r.goesOn()
	case err != nil:
		kind, why := lastFailure(err)
		if kind == "" {
			why = fmt.Sprintf("%s failed: %s: see the workflow in the Temporal Web UI and the worker's log", r.doing(), why)
		}
		return restore.Failed, kind, why + r.goesOn()
	}
	if r.failed > 0 {
		return restore.Incomplete, "", fmt.Sprintf("not all records could be restored: the report says which and why; `holdfast restore retry %s` tries them again", r.in.Spec.ID)
	}
	return restore.Complete, "", ""
}

// doing is what the restore is at, for people.
func (r *restoreRun) doing() string {
	if r.view.Phase != "" {
		return "phase " + r.view.Phase
	}
	return strings.ToLower(string(r.view.Status))
}

// goesOn says what becomes of a restore that ended before it was through.
func (r *restoreRun) goesOn() string {
	if !r.applied() {
		return "; nothing was written"
	}
	return fmt.Sprintf("; what was restored stays: `holdfast restore retry %s` goes on", r.in.Spec.ID)
}
