package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

func (r *restoreRun) validateApply(ctx workflow.Context, in message.ApplyRestoreInput) error {
	switch {
	case r.ending:
		return failure.New(failure.Lapsed, fmt.Sprintf("restore %s is over: plan it again", r.in.Spec.ID))
	case r.view.Status == restore.Applying:
		return nil // accepted already: answered the same
	case r.view.Status == restore.Planning:
		return failure.New(failure.NotAvailable, fmt.Sprintf("restore %s is still being planned: wait for its preview", r.in.Spec.ID))
	case r.view.Status != restore.Planned:
		return failure.New(failure.Lapsed, fmt.Sprintf("restore %s is %s: plan it again", r.in.Spec.ID, r.view.Status))
	}
	if r.in.Spec.From == backup.FromFile {
		// A backup in the store is judged by its row as it is then: it may have been
		// extended, held or deleted since it was planned.
		if err := r.allowed(ctx); err != nil {
			return err
		}
	}
	if !workflow.Now(ctx).Before(r.view.Until) {
		return failure.New(failure.Lapsed, fmt.Sprintf("the preview of restore %s could be accepted until %s: plan the restore again", r.in.Spec.ID, when(r.view.Until)))
	}
	return nil
}

// handleApply accepts the preview. What it refuses leaves the preview as it was: it
// can be accepted later.
func (r *restoreRun) handleApply(ctx workflow.Context, in message.ApplyRestoreInput) (message.RestoreView, error) {
	r.answers++
	defer func() { r.answers-- }()
	if err := r.mutex.Lock(ctx); err != nil {
		return message.RestoreView{}, r.over(err)
	}
	defer r.mutex.Unlock()
	if err := r.validateApply(ctx, in); err != nil {
		return message.RestoreView{}, err
	}
	if r.view.Status == restore.Applying {
		return r.view, nil
	}
	if err := r.accept(ctx, in.By); err != nil {
		return message.RestoreView{}, r.over(err)
	}
	return r.view, nil
}

// over is err in the words for who asked, where the restore ended meanwhile.
func (r *restoreRun) over(err error) error {
	if temporal.IsCanceledError(err) {
		return failure.New(failure.Lapsed, fmt.Sprintf("restore %s was cancelled: plan it again", r.in.Spec.ID))
	}
	if _, ours := err.(*temporal.ApplicationError); ours {
		return err
	}
	if kind, why := failure.Of(err); kind != "" {
		return failure.New(kind, why)
	}
	return err
}

// accept begins to apply the preview, where the backup may still be restored (T1,
// T2), nobody else holds the destination (T4), and it is what the plan was made for
// (T3). It is looked at under the lock: nobody of ours changes it after that.
func (r *restoreRun) accept(ctx workflow.Context, by string) error {
	r.view.Deadline = r.deadline(ctx)
	err := under(ctx, r.examine, r.awaitDeadline)
	if errors.Is(err, errOverdue) {
		r.gate.open()
		err = failure.New(failure.Lapsed, fmt.Sprintf("%s; nothing was written: look after what it waited for, then apply it again", r.overdue()))
	}
	if err == nil {
		err = ctx.Err() // what was cancelled meanwhile has said that nothing was written
	}
	if err != nil {
		r.view.Deadline = time.Time{}
		r.letGo(ctx)
		return err
	}
	r.view.Status, r.view.AppliedAt, r.view.AppliedBy = restore.Applying, workflow.Now(ctx).UTC(), by
	r.touch(ctx)
	return nil
}

// examine takes the lock and looks whether all is as it was when it was planned.
func (r *restoreRun) examine(ctx workflow.Context) error {
	if err := r.take(ctx); err != nil {
		return err
	}
	if err := under(ctx, r.checkDestination, r.awaitLoss, r.keepReading); err != nil {
		return err
	}
	if r.lock.lost() {
		return r.lostLock()
	}
	return r.allowed(ctx) // that may have taken long
}

// resume takes up again what was accepted before. The destination is not compared
// with the plan: what has changed there is what was restored.
func (r *restoreRun) resume(ctx workflow.Context) error {
	if r.in.Spec.From == backup.FromFile {
		// The file was verified when it was planned.
		r.row = backup.Backup{ID: r.in.Spec.BackupID, Status: r.view.Plan.BackupStatus, StartedAt: r.view.Plan.BackupStarted}
	}
	r.setPhases()
	r.view.Deadline = r.deadline(ctx)
	return under(ctx, r.take, r.awaitDeadline)
}

// take makes sure that the backup may be restored and stays meanwhile, and takes the lock.
func (r *restoreRun) take(ctx workflow.Context) error {
	if r.in.Spec.From != backup.FromFile {
		if err := r.beginRead(ctx); err != nil {
			return err
		}
	}
	if err := r.allowed(ctx); err != nil {
		return err
	}
	lock, err := destination{
		site: r.in.Spec.Site, product: r.in.Spec.Product, cloudID: r.view.Plan.CloudID, holder: r.in.Spec.ID, limits: r.in.Limits,
		waiting: func(waiting string) {
			r.view.Waiting = waiting
			r.show(ctx)
		},
	}.take(ctx)
	if err != nil {
		return err
	}
	r.lock, r.view.Lock = lock, true
	r.touch(ctx)
	return nil
}

// letGo gives the destination back, and lets the backup expire.
func (r *restoreRun) letGo(ctx workflow.Context) {
	r.endRead(ctx)
	r.lock.release(ctx)
	r.lock, r.view.Lock, r.view.Waiting = nil, false, ""
	r.touch(ctx)
}

// checkDestination refuses a destination that changed since the plan was made.
func (r *restoreRun) checkDestination(ctx workflow.Context) error {
	var a *activities.Activities
	var found activities.DestinationState
	err := r.insist(ctx, func(int) error {
		found = activities.DestinationState{}
		return workflow.ExecuteActivity(r.long(ctx, "look whether the destination is what the plan was made for"), a.CheckDestination, r.step()).Get(ctx, &found)
	})
	if err != nil || len(found.Changed) == 0 {
		return err
	}
	return failure.NewWithDetails(failure.Changed, fmt.Sprintf("the destination has changed since restore %s was planned (%s): plan it again",
		r.in.Spec.ID, strings.Join(found.Changed, ", ")), found.Changed)
}
