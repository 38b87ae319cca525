package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// BackupInput is what a Backup is to do; nothing of it changes while it runs.
type BackupInput struct {
	Run activities.Run `json:"run"`
	By  string         `json:"by"`
	// Deadline is when it gives up (R4).
	Deadline time.Time `json:"deadline"`
	// Baseline is the last backup of the same selection (S6).
	Baseline      backup.Baseline `json:"baseline"`
	AcceptSmaller bool            `json:"acceptSmaller,omitempty"`
}

// BackupResult is what became of a run that sealed a backup.
type BackupResult struct {
	Status backup.Status `json:"status"`
	Reason string        `json:"reason,omitempty"`
	Counts backup.Counts `json:"counts"`
}

// Backup is one run, which holds the lock of its site (T4): preflight, census, capture in batches, late search, seal.
// It closes with its outcome: Completed for COMPLETE and INCOMPLETE, Failed,
// Canceled. It tells its Policy before.
func Backup(ctx workflow.Context, in BackupInput) (BackupResult, error) {
	b := &backupRun{in: in, progress: message.Progress{
		BackupID: in.Run.BackupID, Phase: message.Preflight, Started: in.Run.StartedAt, Status: backup.InProgress,
	}}
	if err := b.setup(ctx); err != nil {
		return BackupResult{}, err
	}
	return b.run(ctx)
}

type backupRun struct {
	in       BackupInput
	gate     *gate
	progress message.Progress
	by       string // who asked for the cancellation
	stopped  bool   // somebody has ended the run
	lock     *lock  // of the site, on which no restore writes meanwhile (R3)

	account    string
	containers activities.ListContainersResult
	shards     []activities.ShardSet // census, and after it late ones
	censusAt   time.Time             // zero until the census is whole
	batches    []string
}

func (b *backupRun) setup(ctx workflow.Context) error {
	b.gate = newGate(ctx, b.in.Run.Policy.Limits, func(waiting string) {
		b.progress.Waiting = waiting
		b.show(ctx)
	})
	b.show(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		message.CancelledBy.Channel(ctx).Receive(ctx, &b.by)
	})
	return message.ShowProgress.Handle(ctx, "how far this run is", func() (message.Progress, error) { return b.progress, nil })
}

func (b *backupRun) run(ctx workflow.Context) (BackupResult, error) {
	overdue, err := b.capture(ctx)
	if ctx.Err() != nil {
		return BackupResult{}, b.fail(ctx, ctx.Err())
	}
	var result BackupResult
	if err == nil {
		result, err = b.seal(ctx, overdue)
	}
	if err != nil {
		return BackupResult{}, b.fail(ctx, err)
	}
	b.lock.release(ctx)
	b.report(ctx, result.Status, result.Reason, result.Counts)
	return result, nil
}

// capture takes the run up to its seal, and reports whether its deadline ended
// it before it was through.
func (b *backupRun) capture(ctx workflow.Context) (overdue bool, err error) {
	work, stop := workflow.WithCancel(ctx)
	defer stop()
	workflow.Go(work, func(ctx workflow.Context) {
		left := b.in.Deadline.Sub(workflow.Now(ctx))
		timer := workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{
			Summary: "deadline of the run, " + b.in.Deadline.UTC().Format(time.RFC3339),
		})
		if timer.Get(ctx, nil) == nil {
			overdue = true
			stop()
		}
	})
	for _, step := range []func(workflow.Context) error{
		b.takeLock, b.preflight, b.listContainers, b.census, b.checkAccount, b.captureShards, b.lateSearch, b.checkAccount,
	} {
		if err = step(work); err != nil {
			break
		}
	}
	if !overdue {
		return false, err
	}
	if b.censusAt.IsZero() {
		_, why := backup.Judge(backup.Outcome{Deadline: b.in.Deadline, Waiting: b.progress.Waiting})
		return true, failure.New(failure.Nothing, why)
	}
	return true, nil
}

// takeLock makes sure that nothing is restored into the site meanwhile (R3). A run that
// can't have the lock fails at once: the Policy has asked who holds it before.
func (b *backupRun) takeLock(ctx workflow.Context) (err error) {
	policy := b.in.Run.Policy
	b.lock, err = destination{
		site: policy.Site, product: policy.Product, cloudID: policy.CloudID, holder: b.in.Run.BackupID, limits: policy.Limits,
	}.take(ctx)
	return err
}

func (b *backupRun) preflight(ctx workflow.Context) error {
	var a *activities.Activities
	policy := b.in.Run.Policy
	var result activities.PreflightResult
	err := b.gate.persist(ctx, func(int) error {
		return workflow.ExecuteActivity(shortCall(ctx, b.in.Run.Policy.Limits, "check the account, the site and the store"), a.Preflight, activities.PreflightInput{
			Site: policy.Site, Product: policy.Product, Credential: policy.Credential, CloudID: policy.CloudID, PolicyID: policy.ID,
		}).Get(ctx, &result)
	})
	b.account = result.AccountID
	return err
}

// checkAccount makes sure that the account is still who it was: Jira answers a
// revoked token with empty lists.
func (b *backupRun) checkAccount(ctx workflow.Context) error {
	var a *activities.Activities
	return b.gate.persist(ctx, func(int) error {
		return workflow.ExecuteActivity(shortCall(ctx, b.in.Run.Policy.Limits, "check that the account is still accepted"), a.CheckAccount, activities.CheckAccountInput{
			Run: b.in.Run, AccountID: b.account,
		}).Get(ctx, nil)
	})
}

// captureShards captures what belongs to the site, then all shards of the census, batch by batch.
func (b *backupRun) captureShards(ctx workflow.Context) error {
	b.enter(ctx, message.Capture)
	refs := []activities.ShardRef{{ID: activities.SiteShard}}
	b.progress.Shards++
	for _, set := range b.shards {
		for n := range set.Shards {
			refs = append(refs, set.Shard(n))
		}
	}
	return b.captureRefs(ctx, refs)
}

func (b *backupRun) captureRefs(ctx workflow.Context, refs []activities.ShardRef) error {
	for len(refs) > 0 {
		n := min(MaxBatch, len(refs))
		if err := b.captureBatch(ctx, refs[:n]); err != nil {
			return err
		}
		refs = refs[n:]
	}
	return ctx.Err()
}

// captureBatch runs one batch to its end. A batch that is cancelled still says which attempts count.
func (b *backupRun) captureBatch(ctx workflow.Context, refs []activities.ShardRef) error {
	n := len(b.batches)
	in := ExportBatchInput{Run: b.in.Run, Batch: fmt.Sprintf("%03d", n)}
	for _, ref := range refs {
		in.Pending = append(in.Pending, PendingShard{Shard: ref, Attempt: 1})
	}
	id := message.BatchID(b.in.Run.BackupID, n)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          id,
		WaitForCancellation: true,
		StaticSummary:       summarize(fmt.Sprintf("batch %s: %d shards of %s", in.Batch, len(refs), b.in.Run.BackupID)),
	})
	b.batches = append(b.batches, in.Batch)
	b.progress.Batches = []string{id}
	var result ExportBatchResult
	err := workflow.ExecuteChildWorkflow(child, ExportBatch, in).Get(ctx, &result)
	b.progress.Batches = nil
	b.progress.ShardsDone += result.Shards
	b.progress.Done.Add(result.Counts)
	b.show(ctx)
	if err != nil && ctx.Err() != nil {
		// It had not started, or could not say which attempts count: none do.
		b.batches = b.batches[:n]
	}
	return err
}

// lateSearch picks up what was created before the start and indexed after the census.
func (b *backupRun) lateSearch(ctx workflow.Context) error {
	b.enter(ctx, message.Late)
	var a *activities.Activities
	var result activities.CensusResult
	err := b.gate.persist(ctx, func(try int) error {
		return workflow.ExecuteActivity(b.long(ctx, "search what was indexed late"), a.LateSearch, activities.LateSearchInput{
			Run: b.in.Run, Try: try, Shards: b.shards, ContainerPages: b.containers.Pages, ContainerTag: b.containers.Tag,
		}).Get(ctx, &result)
	})
	if err != nil || result.Shards == 0 {
		return err
	}
	late := activities.ShardSet{Page: activities.LatePage, Shards: result.Shards, Tag: result.Tag}
	b.shards = append(b.shards, late)
	b.progress.Items += result.Items
	b.progress.Shards += result.Shards
	var refs []activities.ShardRef
	for n := range late.Shards {
		refs = append(refs, late.Shard(n))
	}
	return b.captureRefs(ctx, refs)
}

// long is longWalk with the limits of this run.
func (b *backupRun) long(ctx workflow.Context, summary string) workflow.Context {
	return longWalk(ctx, b.in.Run.Policy.Limits, summary)
}

func (b *backupRun) enter(ctx workflow.Context, phase message.Phase) {
	b.progress.Phase = phase
	b.show(ctx)
}
