package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// errOverdue is that of a restore which was not through at its deadline.
var errOverdue = errors.New("the deadline has passed")

// under runs do, and watches beside it: the first watch that fails ends do, and its error
// takes the place of do's cancellation. What do comes to all the same counts.
func under(ctx workflow.Context, do func(workflow.Context) error, watches ...func(workflow.Context) error) error {
	work, stop := workflow.WithCancel(ctx)
	defer stop()
	var why error
	for _, watch := range watches {
		workflow.Go(work, func(ctx workflow.Context) {
			if err := watch(ctx); err != nil && ctx.Err() == nil {
				why = err
				stop()
			}
		})
	}
	err := do(work)
	if why != nil && ctx.Err() == nil && temporal.IsCanceledError(err) {
		return why
	}
	return err
}

// deadline is when a restore gives up that is accepted or tried again now: it holds the
// destination, in which no backup runs meanwhile (R3).
func (r *restoreRun) deadline(ctx workflow.Context) time.Time {
	return workflow.Now(ctx).UTC().Add(r.in.Limits.Deadline)
}

// awaitDeadline fails when it is reached.
func (r *restoreRun) awaitDeadline(ctx workflow.Context) error {
	left := r.view.Deadline.Sub(workflow.Now(ctx))
	if err := workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{
		Summary: "deadline of the restore, " + r.view.Deadline.Format(time.RFC3339),
	}).Get(ctx, nil); err != nil {
		return err
	}
	r.waited = r.view.Waiting
	return errOverdue
}

// overdue says for people that the deadline has passed.
func (r *restoreRun) overdue() string {
	text := fmt.Sprintf("the deadline of the restore passed at %s before it was through", when(r.view.Deadline))
	if r.waited != "" {
		text += ", while waiting: " + r.waited
	}
	return text
}

// awaitLoss fails when the lock of the destination ends before the restore does.
func (r *restoreRun) awaitLoss(ctx workflow.Context) error {
	if err := workflow.Await(ctx, r.lock.lost); err != nil {
		return err
	}
	return r.lostLock()
}

// lostLock says that the lock has ended, so that others may write into the destination.
func (r *restoreRun) lostLock() error {
	return failure.New(failure.Locked, fmt.Sprintf(
		"the restore has lost the lock of the destination: its workflow %s was ended in Temporal, and a backup or another restore may be at work there",
		message.DestinationID(r.in.Spec.Product, r.view.Plan.CloudID)))
}

// readRenewals is how often a read of a backup is renewed within its grace: a Policy that
// can't be asked once or twice does not let the backup expire.
const readRenewals = 4

// keepReading renews the read of the backup for as long as it goes on. It fails where
// the backup is gone.
func (r *restoreRun) keepReading(ctx workflow.Context) error {
	if r.in.Spec.From == backup.FromFile {
		return nil
	}
	for {
		if err := workflow.NewTimerWithOptions(ctx, max(r.in.Limits.ReadGrace/readRenewals, time.Second), workflow.TimerOptions{
			Summary: "renew the read of " + r.in.Spec.BackupID,
		}).Get(ctx, nil); err != nil {
			return err
		}
		var a *activities.Activities
		row := r.row
		err := workflow.ExecuteActivity(r.short(ctx, "keep "+r.in.Spec.BackupID+" while it is read"), a.BeginRestoreRead, r.read()).Get(ctx, &row)
		switch kind, _ := failure.Of(err); {
		case err == nil:
			r.row = row
		case kind == failure.NotAvailable || kind == failure.NotFound:
			return err
		default:
			workflow.GetLogger(ctx).Warn("the read of the backup was not renewed; it is tried again", "error", reason(err))
		}
	}
}
