package workflows

import (
	"errors"
	"slices"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// beginRun starts the run that row describes, now, and enters it. The caller holds
// the lock, has asked the rules, and touches the policy afterwards.
func (p *policyRun) beginRun(ctx workflow.Context, row backup.Backup, acceptSmaller bool) (backup.Backup, error) {
	start := workflow.Now(ctx).UTC().Truncate(time.Second)
	for p.row(backup.NewBackupID(p.Policy.ID, start)) != nil {
		start = start.Add(time.Second)
	}
	row.ID, row.Status, row.StartedAt = backup.NewBackupID(p.Policy.ID, start), backup.InProgress, start
	row.Deadline = start.Add(p.Policy.Limits.Deadline)
	// The limits of the start count, whatever becomes of the policy meanwhile.
	row.ExpiresAt = backup.ExpiresAt(start, p.Policy.Limits)
	err := p.startRun(ctx, BackupInput{
		Run: activities.Run{
			Policy: p.Policy, BackupID: row.ID, Options: row.Options, StartedAt: start,
			Sources: backup.Sources(p.Backups, row.Options, start),
		},
		By: row.By, Deadline: row.Deadline, Baseline: p.baseline(row.Options), AcceptSmaller: acceptSmaller,
	})
	if err != nil {
		return backup.Backup{}, err
	}
	p.Running = row.ID
	p.Pending, p.Attempt = nil, 0 // it takes the place of what is pending
	p.Backups = append(p.Backups, row)
	return row, nil
}

// baseline is the last COMPLETE or INCOMPLETE backup of the same selection (S6).
func (p *policyRun) baseline(options backup.Options) backup.Baseline {
	for _, b := range slices.Backward(p.Backups) {
		was := b.Status
		if was == backup.Expired {
			was = b.Was
		}
		if (was == backup.Complete || was == backup.Incomplete) && b.Options.SameSelection(options) {
			return backup.Baseline{Backup: b.ID, Containers: b.Counts.Containers, Items: b.Counts.Items}
		}
	}
	return backup.Baseline{}
}

// startRun starts a Backup that outlives this run of the Policy.
func (p *policyRun) startRun(ctx workflow.Context, in BackupInput) error {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            message.BackupID(in.Run.BackupID),
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: backupAttributes(p.Policy),
		StaticSummary:         summarize(in.Run.BackupID + " of " + p.Policy.Site),
	})
	// An abandoned child whose start is still pending would be lost with the next continue-as-new.
	err := workflow.ExecuteChildWorkflow(child, Backup, in).GetChildWorkflowExecution().Get(ctx, nil)
	return started(err, message.BackupID(in.Run.BackupID))
}

// started says in our words that a child could not start because there is one.
func started(err error, id string) error {
	var exists *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &exists) {
		return failure.New(failure.AlreadyExists, "a workflow "+id+" exists: try again in a second")
	}
	return err
}

// cancelRun asks the run in progress to end, by whom.
func (p *policyRun) cancelRun(ctx workflow.Context, by string) error {
	id := message.BackupID(p.Running)
	p.CancelledBy = by
	if err := message.CancelledBy.Send(ctx, id, by).Get(ctx, nil); err != nil {
		return err
	}
	return workflow.RequestCancelExternalWorkflow(ctx, id, "").Get(ctx, nil)
}

// receiveReports takes what Backups tell of their end.
func (p *policyRun) receiveReports(ctx workflow.Context) {
	for {
		var report message.FinishedReport
		if !message.BackupFinished.Channel(ctx).Receive(ctx, &report) {
			return
		}
		p.signals++
		if p.lock.Lock(ctx) == nil {
			p.settle(ctx, report)
			p.lock.Unlock()
		}
		p.signals--
	}
}

// settle records the end of a run. A report that comes twice changes nothing.
func (p *policyRun) settle(ctx workflow.Context, report message.FinishedReport) {
	row := p.row(report.BackupID)
	if row == nil || row.Status != backup.InProgress {
		return
	}
	row.Status, row.Reason, row.EndedAt, row.Counts = report.Status, report.Reason, report.EndedAt, report.Counts
	switch {
	case report.Status == backup.Failed:
		row.ExpiresAt = time.Time{} // there are no bytes
	case row.ExpiresAt.IsZero():
		row.ExpiresAt = backup.ExpiresAt(row.StartedAt, p.Policy.Limits)
	}
	if report.Status == backup.Complete && row.StartedAt.After(p.LastComplete) {
		p.LastComplete = row.StartedAt
	}
	stopped := report.Stopped
	if p.Running == report.BackupID {
		stopped = stopped || p.CancelledBy != ""
		p.Running, p.CancelledBy = "", ""
	}
	p.announceRun(ctx, *row)
	p.afterRun(ctx, *row, stopped)
	if p.Purge && backup.HasBytes(*row) {
		p.delete(ctx, row, *p.Retired)
	}
	p.touch(ctx)
}

// watchEvery is how often a Policy looks after a run that has not reported.
const watchEvery = time.Hour

// watchRun settles a run whose workflow closed without a report, because an
// operator terminated it, say. It looks every hour, and at the run's deadline.
func (p *policyRun) watchRun(ctx workflow.Context) {
	for {
		if workflow.Await(ctx, func() bool { return p.Running != "" }) != nil {
			return
		}
		id := p.Running
		wait := watchEvery
		if row := p.row(id); row != nil {
			if left := row.Deadline.Sub(workflow.Now(ctx)); left > 0 {
				wait = min(wait, left+time.Minute)
			}
		}
		if p.lookNow {
			p.lookNow, wait = false, 0
		}
		ended, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: summarize("look after " + id)},
		}, func() bool { return p.Running != id })
		if err != nil {
			return
		}
		if !ended {
			p.busy++
			p.lookAfter(ctx, id)
			p.busy--
		}
	}
}

// lookAfter asks Temporal what became of a run, and settles it if it is over.
func (p *policyRun) lookAfter(ctx workflow.Context, id string) {
	var a *activities.Activities
	var found activities.FindRunResult
	err := workflow.ExecuteActivity(shortCall(ctx, p.Policy.Limits, "look after "+id), a.FindRun, activities.FindRunInput{
		WorkflowID: message.BackupID(id),
	}).Get(ctx, &found)
	if err != nil || found.Open || p.reported(ctx, id) {
		return
	}
	if found.Sealed != nil {
		p.settleUnreported(ctx, message.FinishedReport{
			BackupID: id, Status: found.Sealed.Status, Reason: found.Sealed.Reason, Counts: found.Sealed.Counts,
		})
		return
	}
	outcome := backup.Outcome{Terminated: true}
	if found.Canceled {
		outcome = backup.Outcome{Cancelled: true, By: p.CancelledBy}
	}
	status, why := backup.Judge(outcome)
	row := p.row(id)
	if row == nil {
		return
	}
	err = workflow.ExecuteActivity(longWalk(ctx, p.Policy.Limits, "remove what "+id+" stored"), a.Discard, activities.DiscardInput{
		Run:    activities.Run{Policy: p.Policy, BackupID: id, Options: row.Options, StartedAt: row.StartedAt},
		Reason: why, By: row.By, Now: workflow.Now(ctx).UTC(),
	}).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Error("what a terminated run stored could not be removed", "backup", id, "error", reason(err))
		return // looked after again within the hour
	}
	p.settleUnreported(ctx, message.FinishedReport{BackupID: id, Status: status, Reason: why, Stopped: true})
}

// reported reports whether the run has told of its end while it was looked
// after, be it that the report is not settled yet: it told before it closed, and
// what it sealed must not be taken for what a terminated run left.
func (p *policyRun) reported(ctx workflow.Context, id string) bool {
	return p.Running != id || p.signals > 0 || message.BackupFinished.Channel(ctx).Len() > 0
}

// settleUnreported settles a run that has not told of its end, as ended now.
func (p *policyRun) settleUnreported(ctx workflow.Context, report message.FinishedReport) {
	if p.lock.Lock(ctx) != nil {
		return
	}
	defer p.lock.Unlock()
	report.EndedAt = workflow.Now(ctx).UTC()
	p.settle(ctx, report)
}
