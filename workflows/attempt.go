package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
)

// attemptAt is one attempt at one shard on one host.
type attemptAt struct {
	*exportBatch
	shard   activities.ShardRef
	attempt int
	lease   activities.Lease
	rest    *activities.ShardRef // what did not fit into the scratch slot
}

// run leases scratch on a host and takes the shard through all steps there.
func (t *attemptAt) run(ctx workflow.Context) (activities.UploadResult, error) {
	var result activities.UploadResult
	if err := t.acquire(ctx); err != nil {
		return result, err
	}
	err := t.steps(ctx, &result)
	t.release(ctx, err)
	return result, err
}

func (t *attemptAt) acquire(ctx workflow.Context) error {
	var host *activities.Host
	in := activities.AcquireScratchInput{
		BackupID: t.in.Run.BackupID, Credential: t.in.Run.Policy.Credential, Shard: t.shard.ID, Attempt: t.attempt,
	}
	return t.gate.pass(ctx, nil, func() error {
		return workflow.ExecuteActivity(scratchLease(ctx, t.in.Run.Policy.Limits, t.summary("lease scratch")), host.AcquireScratch, in).Get(ctx, &t.lease)
	})
}

func (t *attemptAt) steps(ctx workflow.Context, result *activities.UploadResult) error {
	var (
		run      *activities.Activities
		host     *activities.Host
		exported activities.ExportResult
	)
	if err := t.onHost(ctx, "export", host.Export, &exported); err != nil {
		return err
	}
	t.rest = exported.Rest
	if err := t.onHost(ctx, "compress", host.Compress, nil); err != nil {
		return err
	}
	if err := t.onHost(ctx, "upload", host.Upload, result); err != nil {
		return err
	}
	return t.gate.pass(ctx, t.keep(ctx), func() error {
		return workflow.ExecuteActivity(longWalk(ctx, t.in.Run.Policy.Limits, t.summary("verify")), run.Verify, activities.VerifyShardInput{
			Run: t.in.Run, Shard: t.shard, Result: result.Object,
		}).Get(ctx, nil)
	})
}

// onHost runs one step on the host that holds the shard's scratch.
func (t *attemptAt) onHost(ctx workflow.Context, what string, activity, result any) error {
	return t.gate.pass(ctx, t.keep(ctx), func() error {
		return workflow.ExecuteActivity(hostStep(ctx, t.lease.Queue, t.in.Run.Policy.Limits, t.summary(what)), activity, t.input()).Get(ctx, result)
	})
}

// keep tells the host, while the shard waits, that its scratch is still wanted.
func (t *attemptAt) keep(ctx workflow.Context) func() error {
	var host *activities.Host
	return func() error {
		return workflow.ExecuteActivity(hostCall(ctx, t.lease.Queue, t.in.Run.Policy.Limits, t.summary("keep scratch")), host.Touch, t.input()).Get(ctx, nil)
	}
}

// release gives the scratch back, unless its host is lost: there it ends by itself.
func (t *attemptAt) release(ctx workflow.Context, cause error) {
	if hostLost(cause) {
		return
	}
	var host *activities.Host
	calm, _ := workflow.NewDisconnectedContext(ctx)
	err := workflow.ExecuteActivity(hostCall(calm, t.lease.Queue, t.in.Run.Policy.Limits, t.summary("release scratch")), host.Release, t.input()).Get(calm, nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("scratch was not released; its host ends it after ten minutes", "host", t.lease.Host, "error", reason(err))
	}
}

func (t *attemptAt) input() activities.StepInput {
	return activities.StepInput{Run: t.in.Run, Shard: t.shard, Lease: t.lease}
}

func (t *attemptAt) summary(what string) string {
	s := fmt.Sprintf("%s shard %s, attempt %d", what, t.shard.ID, t.attempt)
	if t.lease.Host != "" {
		s += ", on " + t.lease.Host
	}
	return s
}
