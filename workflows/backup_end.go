package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// endGrace is how long the end of a run, sealing or discarding, may wait for a
// store that is away, beyond the run's deadline.
const endGrace = time.Hour

// seal proves the census and makes the backup.
func (b *backupRun) seal(ctx workflow.Context, overdue bool) (BackupResult, error) {
	b.gate.open()
	b.enter(ctx, message.Sealing)
	now := workflow.Now(ctx).UTC()
	left := endGrace
	if now.Before(b.in.Deadline) {
		left += b.in.Deadline.Sub(now)
	}
	bounded, stop := within(ctx, left, "grace for sealing")
	defer stop()
	var a *activities.Activities
	var result activities.SealResult
	err := b.gate.persist(bounded, func(int) error {
		return workflow.ExecuteActivity(b.long(bounded, "prove the census and seal"), a.Seal, activities.SealInput{
			Run: b.in.Run, AccountID: b.account, Containers: b.containers, Shards: b.shards, Batches: b.batches,
			CensusAt: b.censusAt, Baseline: b.in.Baseline, AcceptSmaller: b.in.AcceptSmaller,
			DeadlinePassed: overdue, By: b.in.By, Now: now,
		}).Get(bounded, &result)
	})
	if temporal.IsCanceledError(err) && ctx.Err() == nil {
		// The grace is over: nobody has cancelled.
		why := "the backup could not be sealed in time"
		if b.progress.Waiting != "" {
			why += ", while waiting: " + b.progress.Waiting
		}
		err = failure.New(failure.Nothing, why+": look after what it waited for, then run again")
	}
	return BackupResult{Status: result.Status, Reason: result.Reason, Counts: result.Counts}, err
}

// fail ends a run that leaves no backup: what it stored is removed, the Policy
// is told, and the error returned closes the workflow as Failed or Canceled.
func (b *backupRun) fail(ctx workflow.Context, cause error) error {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	kind, why := b.verdict(calm, cause)
	b.gate.open()
	b.enter(calm, message.Sealing)
	bounded, stop := within(calm, endGrace, "grace for removing what the run stored")
	defer stop()
	var a *activities.Activities
	err := b.gate.persist(bounded, func(int) error {
		return workflow.ExecuteActivity(b.long(bounded, "remove what the run stored"), a.Discard, activities.DiscardInput{
			Run: b.in.Run, Reason: why, By: b.in.By, Now: workflow.Now(bounded).UTC(),
		}).Get(bounded, nil)
	})
	if err != nil {
		workflow.GetLogger(ctx).Error("what the run stored could not be removed", "error", reason(err))
	}
	b.lock.release(calm)
	b.stopped = temporal.IsCanceledError(cause)
	b.report(calm, backup.Failed, why, backup.Counts{})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return temporal.NewNonRetryableApplicationError(why, string(kind), nil)
}

// verdict puts the cause of a run's failure in the words of spec.md's table.
func (b *backupRun) verdict(ctx workflow.Context, cause error) (failure.Type, string) {
	if temporal.IsCanceledError(cause) {
		_, why := backup.Judge(backup.Outcome{Cancelled: true, By: b.by})
		return "", why
	}
	kind, message := failure.Of(cause)
	outcome := backup.Outcome{Detail: message}
	switch kind {
	case failure.CredentialsRefused:
		outcome.Cause = backup.CauseCredentials
	case failure.SiteGone:
		outcome.Cause = backup.CauseSiteGone
	case failure.StoreRefused:
		outcome.Cause = backup.CauseStoreRefused
	case failure.Owned:
		outcome.Cause = backup.CauseOwned
	case failure.Smaller, failure.Nothing, failure.InvalidArgument, failure.Locked:
		return kind, message
	default:
		return kind, fmt.Sprintf("%s phase failed: %s: see the workflow in the Temporal Web UI and the worker's log, then run again", b.progress.Phase, reason(cause))
	}
	_, why := backup.Judge(outcome)
	return kind, why
}

// within bounds ctx by a timer.
func within(ctx workflow.Context, d time.Duration, summary string) (workflow.Context, workflow.CancelFunc) {
	bounded, stop := workflow.WithCancel(ctx)
	workflow.Go(bounded, func(ctx workflow.Context) {
		if workflow.NewTimerWithOptions(ctx, d, workflow.TimerOptions{Summary: summary}).Get(ctx, nil) == nil {
			stop()
		}
	})
	return bounded, stop
}

// report shows the outcome and tells the Policy. A Policy that is gone is not
// waited for; one that misses the report settles the run by itself.
func (b *backupRun) report(ctx workflow.Context, status backup.Status, why string, counts backup.Counts) {
	b.progress.Phase, b.progress.Status, b.progress.Reason, b.progress.Waiting = message.Done, status, why, ""
	if status != backup.Failed {
		b.progress.Done = counts
	}
	b.show(ctx)
	if err := workflow.UpsertTypedSearchAttributes(ctx, statusAttribute(status)); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes were not set", "error", err)
	}
	err := message.BackupFinished.Send(ctx, message.PolicyID(b.in.Run.Policy.ID), message.FinishedReport{
		BackupID: b.in.Run.BackupID, Status: status, Reason: why, Counts: counts, EndedAt: workflow.Now(ctx).UTC(),
		Stopped: b.stopped,
	}).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the policy was not told of the outcome", "error", err)
	}
}

// show writes the run's state for the Web UI.
func (b *backupRun) show(ctx workflow.Context) {
	p, product := b.progress, b.in.Run.Policy.Product
	text := fmt.Sprintf("## %s\n\nPhase: %s. %d %s, %d %s, %d of %d shards done.\n\n%s",
		p.Status, p.Phase, p.Containers, product.Containers(), p.Items, product.Items(), p.ShardsDone, p.Shards, countsTable(product, p.Done))
	if p.Waiting != "" {
		text += "\n\n**Waiting:** " + p.Waiting
	}
	if p.Reason != "" {
		text += "\n\n" + p.Reason
	}
	workflow.SetCurrentDetails(ctx, text)
}
