package workflows

import (
	"errors"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// PolicyInput is a Policy's state; the zero value is one that has to be configured.
type PolicyInput struct {
	State PolicyState `json:"state"`
}

// PolicyState is all that a Policy knows. It is carried from run to run of the
// workflow; fields are only ever added.
type PolicyState struct {
	Policy backup.Policy `json:"policy"`
	// Backups are the last 100, oldest first.
	Backups []backup.Backup `json:"backups,omitempty"`
	// Running is the id of the backup in progress.
	Running string `json:"running,omitempty"`
	// LastComplete is the start of the last COMPLETE backup. It outlives the
	// backup's row: deleting a backup does not reset the cadence (R1).
	LastComplete time.Time `json:"lastComplete,omitzero"`
	// CancelledBy is who asked for the end of the run in progress.
	CancelledBy string `json:"cancelledBy,omitempty"`
	// Answered are the last 100 requests that started a backup or a download, oldest first.
	Answered []AnsweredRequest `json:"answered,omitempty"`
	backup.Standing
	// Reads are who reads a backup now: it does not expire meanwhile.
	Reads []Read `json:"reads,omitempty"`
	Bell
	// Notices wait to be announced, oldest first.
	Notices []backup.Notice `json:"notices,omitempty"`
	// NoticeCount numbers the notices.
	NoticeCount int `json:"noticeCount,omitempty"`
	// Version grows with each change; Published is the one that policy.json has.
	Version   int64 `json:"version"`
	Published int64 `json:"published"`
}

// Read is something that reads a backup, until it says that it is through, or Until.
type Read struct {
	ID       string    `json:"id"` // of a workflow
	BackupID string    `json:"backupId"`
	Until    time.Time `json:"until"`
}

// AnsweredRequest is a request and the backup that it started, or of which it
// prepared a download: asked again, it starts nothing.
type AnsweredRequest struct {
	RequestID string `json:"requestId"`
	BackupID  string `json:"backupId"`
}

// keptRows is how many backups and answered requests a policy remembers.
const keptRows = 100

// Policy is the life of a backup policy: the only gate through which its backups
// start (R1 to R3) and the only place that knows of all of them. It changes its
// state in updates and signals and continues as new after each change.
func Policy(ctx workflow.Context, in PolicyInput) error {
	p := &policyRun{PolicyState: in.State, lock: workflow.NewMutex(ctx), startVersion: in.State.Version}
	if err := p.setup(ctx); err != nil {
		return err
	}
	return p.run(ctx)
}

type policyRun struct {
	PolicyState
	lock         workflow.Mutex
	startVersion int64 // Version when this run of the workflow began
	signals      int   // reports that are being handled
	asking       bool  // the run in progress is being looked after
	busy         int   // things under way that must not be cut off by continuing as new
}

func (p *policyRun) setup(ctx workflow.Context) error {
	p.show(ctx)
	for _, err := range []error{
		message.Configure.Handle(ctx, "set the policy up", p.validateConfigure, p.handleConfigure),
		message.RunBackup.Handle(ctx, "start a backup where R1 to R3 allow it", p.validateRunBackup, p.handleRunBackup),
		message.CancelBackup.Handle(ctx, "cancel the backup in progress", p.validateCancelBackup, p.handleCancelBackup),
		message.RecordVerification.Handle(ctx, "record what a verification found", p.validateVerification, p.handleVerification),
		message.ShowPolicy.Handle(ctx, "the policy and its backups", func() (message.PolicyView, error) { return p.view(ctx), nil }),
	} {
		if err != nil {
			return err
		}
	}
	for _, setup := range []func(workflow.Context) error{p.setupLifecycle, p.setupExpiry, p.setupDownloads, p.setupSchedule, p.setupNotices} {
		if err := setup(ctx); err != nil {
			return err
		}
	}
	workflow.Go(ctx, p.receiveReports)
	workflow.Go(ctx, p.publish)
	workflow.Go(ctx, p.watchRun)
	return nil
}

// unconfiguredLife is how long a Policy waits for its first Configure.
const unconfiguredLife = time.Minute

func (p *policyRun) run(ctx workflow.Context) error {
	if !p.configured() {
		ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: unconfiguredLife, TimerOptions: workflow.TimerOptions{Summary: "wait to be set up"},
		}, p.configured)
		if err != nil || !ok {
			return err
		}
	}
	calm := func() bool {
		return p.changed() && p.Published == p.Version && p.signals == 0 && !p.asking && p.busy == 0 &&
			message.BackupFinished.Channel(ctx).Len() == 0 && message.DownloadChanged.Channel(ctx).Len() == 0 && workflow.AllHandlersFinished(ctx)
	}
	if err := workflow.Await(ctx, calm); err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, message.PolicyWorkflow, PolicyInput{State: p.PolicyState})
}

func (p *policyRun) configured() bool { return p.Policy.ID != "" }
func (p *policyRun) changed() bool    { return p.Version != p.startVersion }

// touch notes a change of state and shows it.
func (p *policyRun) touch(ctx workflow.Context) {
	p.Version++
	if n := len(p.Backups) - keptRows; n > 0 {
		p.Backups = append([]backup.Backup(nil), p.Backups[n:]...)
	}
	if n := len(p.Answered) - keptRows; n > 0 {
		p.Answered = append([]AnsweredRequest(nil), p.Answered[n:]...)
	}
	p.show(ctx)
	p.upsert(ctx)
}

// publish writes policy.json after each change, however long the store is away.
func (p *policyRun) publish(ctx workflow.Context) {
	var a *activities.Activities
	for {
		if workflow.Await(ctx, func() bool { return p.configured() && p.Published != p.Version }) != nil {
			return
		}
		version := p.Version
		err := workflow.ExecuteActivity(steadfast(ctx, p.Policy.Limits, "write policy.json"), a.WritePolicy, activities.WritePolicyInput{
			Policy: p.Policy, Backups: p.Backups, Standing: p.Standing, LastCompleteStart: p.LastComplete, Version: version,
		}).Get(ctx, nil)
		if err != nil {
			// The store refuses: say so, and try again with the next change.
			workflow.GetLogger(ctx).Error("policy.json was not written", "error", reason(err))
			if ctx.Err() != nil {
				return
			}
		}
		p.Published = version
	}
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
	if report.Status == backup.Complete || report.Status == backup.Incomplete {
		row.ExpiresAt = backup.ExpiresAt(row.StartedAt, p.Policy.Limits)
	}
	if report.Status == backup.Complete && row.StartedAt.After(p.LastComplete) {
		p.LastComplete = row.StartedAt
	}
	if p.Running == report.BackupID {
		p.Running, p.CancelledBy = "", ""
	}
	p.announceRun(ctx, *row)
	p.afterRun(ctx, *row)
	p.touch(ctx)
}

// row is the backup of that id, nil where it is not remembered.
func (p *policyRun) row(id string) *backup.Backup {
	for i := range p.Backups {
		if p.Backups[i].ID == id {
			return &p.Backups[i]
		}
	}
	return nil
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
		ended, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: summarize("look after " + id)},
		}, func() bool { return p.Running != id })
		if err != nil {
			return
		}
		if !ended {
			p.asking = true
			p.lookAfter(ctx, id)
			p.asking = false
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
	p.settleUnreported(ctx, message.FinishedReport{BackupID: id, Status: status, Reason: why})
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
	var exists *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &exists) {
		return failure.New(failure.AlreadyExists, "a workflow "+message.BackupID(in.Run.BackupID)+" exists: try again in a second")
	}
	return err
}
