package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// plan makes the preview, of a backup that may be restored (T1, T2).
func (r *restoreRun) plan(ctx workflow.Context) error {
	if err := r.look(ctx); err != nil {
		return err
	}
	if err := r.allowed(ctx); err != nil {
		return err
	}
	var a *activities.Activities
	var sum restore.Summary
	err := under(ctx, func(ctx workflow.Context) error {
		return r.insist(ctx, func(int) error {
			return workflow.ExecuteActivity(r.long(ctx, "plan the restore of "+r.in.Spec.BackupID), a.PlanRestore, r.step()).Get(ctx, &sum)
		})
	}, r.keepReading)
	if err != nil {
		return err
	}
	r.endRead(ctx)
	r.view.Plan, r.view.Status, r.view.PlannedAt = &sum, restore.Planned, workflow.Now(ctx).UTC()
	r.view.Until = r.until()
	r.setPhases()
	r.touch(ctx)
	return nil
}

// look finds out what the backup is: of one in the store, which does not expire from
// then on, its row; of a file, whose every byte is read, what its manifest says.
func (r *restoreRun) look(ctx workflow.Context) error {
	if r.in.Spec.From != backup.FromFile {
		return r.beginRead(ctx)
	}
	var a *activities.Activities
	var found activities.FileFound
	err := r.insist(ctx, func(int) error {
		return workflow.ExecuteActivity(r.long(ctx, "verify the uploaded file of "+r.in.Spec.BackupID), a.VerifyImport, r.step()).Get(ctx, &found)
	})
	r.row = found.Backup
	return err
}

// allowed refuses a backup that may not be restored now (T1, T2).
func (r *restoreRun) allowed(ctx workflow.Context) error {
	return refusal(backup.MayRestore(r.row, r.in.Spec.From, workflow.Now(ctx), r.in.Limits))
}

// until is when the preview lapses: with the backup or its file (T2), or before.
func (r *restoreRun) until() time.Time {
	until := r.view.PlannedAt.Add(restore.PlanLife)
	end := r.row.ExpiresAt
	switch {
	case r.in.Spec.From == backup.FromFile:
		end = r.row.StartedAt.Add(r.in.Limits.FileLife)
	case r.row.Held != nil:
		end = time.Time{}
	}
	if !end.IsZero() && end.Before(until) {
		return end.UTC()
	}
	return until
}

// outlived asks for the backup's row anew when the preview's time is over, and reports
// whether there is more of it: the backup may have been extended or held since.
func (r *restoreRun) outlived(ctx workflow.Context) bool {
	if r.in.Spec.From == backup.FromFile || !r.view.Until.Before(r.view.PlannedAt.Add(restore.PlanLife)) || r.mutex.Lock(ctx) != nil {
		return false
	}
	defer r.mutex.Unlock()
	if err := r.beginRead(ctx); err != nil {
		return false
	}
	r.endRead(ctx)
	until := r.until()
	if !workflow.Now(ctx).Before(until) {
		return false
	}
	r.view.Until = until
	r.touch(ctx)
	return true
}

// beginRead keeps the backup from expiring while it is read, for limits.readGrace at
// most: see keepReading.
func (r *restoreRun) beginRead(ctx workflow.Context) error {
	var a *activities.Activities
	err := r.insist(ctx, func(int) error {
		return workflow.ExecuteActivity(r.short(ctx, "keep "+r.in.Spec.BackupID+" while it is read"), a.BeginRestoreRead, r.read()).Get(ctx, &r.row)
	})
	r.reading = r.reading || err == nil
	return err
}

// endRead lets the backup expire again. A Policy that can't be told gives the read up
// by itself.
func (r *restoreRun) endRead(ctx workflow.Context) {
	if !r.reading {
		return
	}
	r.reading = false
	var a *activities.Activities
	calm, _ := workflow.NewDisconnectedContext(ctx)
	err := workflow.ExecuteActivity(shortCall(calm, r.in.Limits, "let "+r.in.Spec.BackupID+" expire again"), a.EndRestoreRead, r.read()).Get(calm, nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the policy was not told of the end of a read", "error", reason(err))
	}
}

func (r *restoreRun) read() activities.RestoreReadInput {
	return activities.RestoreReadInput{
		PolicyID: r.in.Spec.PolicyID, BackupID: r.in.Spec.BackupID, ReadID: message.RestoreID(r.in.Spec.ID),
	}
}

func (r *restoreRun) step() activities.RestoreStep {
	return activities.RestoreStep{Spec: r.in.Spec, Limits: r.in.Limits}
}

// long and short are longWalk and shortCall with the limits and the queue of this restore.
// Somebody waits for these steps: what stands in the way is in the view after seconds.
func (r *restoreRun) long(ctx workflow.Context, summary string) workflow.Context {
	call := workflow.WithRetryPolicy(longWalk(ctx, r.in.Limits, summary), temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 4})
	return onQueue(call, r.in.Queue, r.in.Limits)
}

func (r *restoreRun) short(ctx workflow.Context, summary string) workflow.Context {
	return onQueue(shortCall(ctx, r.in.Limits, summary), r.in.Queue, r.in.Limits)
}

func (r *restoreRun) insist(ctx workflow.Context, step func(try int) error) error {
	return insist(ctx, r.gate, r.in.Queue, step)
}

// insist is gate.persist for steps of a restore: it ends at once where no other try
// would do better, and where the one host is lost on whose queue the steps are.
func insist(ctx workflow.Context, g *gate, queue string, step func(try int) error) error {
	var over error
	err := g.persist(ctx, func(try int) error {
		err := step(try)
		kind, _ := failure.Of(err)
		switch {
		case err == nil:
		case kind == failure.NotFound || kind == failure.Corrupt:
			over = err
		case kind == failure.LeaseLost || queue != "" && (hostLost(err) || kind == failure.NoCredential):
			// A host that has started anew does not have the credential any more either.
			over = failure.New(failure.LeaseLost, "the host of the restore is lost: "+reason(err))
		default:
			return err
		}
		return nil
	})
	if over != nil {
		return over
	}
	return err
}
