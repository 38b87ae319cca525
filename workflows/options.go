package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
)

// The named activity policies. An activity retries passing faults by itself for
// about two minutes and then says by the type of its error what the workflow
// should do, so the server's own retries are for lost workers and surprises.

// shortCall is for activities that are a few requests to the site or the store.
// They heartbeat all the same: one whose worker is lost need not wait for its time-out.
func shortCall(ctx workflow.Context, limits backup.Limits, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:             summarize(summary),
		StartToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:    limits.Heartbeat,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: time.Minute, MaximumAttempts: 5},
	})
}

// longWalk is for activities whose length grows with the site or the backup:
// they heartbeat with what they have done, and one that falls silent is
// started anew on another worker.
func longWalk(ctx workflow.Context, limits backup.Limits, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:             summarize(summary),
		StartToCloseTimeout: 24 * time.Hour,
		HeartbeatTimeout:    limits.Heartbeat,
		WaitForCancellation: true,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: time.Minute, MaximumAttempts: 20},
	})
}

// scratchLease is for AcquireScratch: any worker with room may answer, and one
// that has none is asked again until others may have been.
func scratchLease(ctx workflow.Context, limits backup.Limits, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:                summarize(summary),
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: limits.HostTimeout,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1.3, MaximumInterval: 10 * time.Second},
	})
}

// hostStep is for the steps that work on one host's scratch: on that host's own
// queue, given up when the host does not take them in time or falls silent.
func hostStep(ctx workflow.Context, queue string, limits backup.Limits, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:                summarize(summary),
		TaskQueue:              queue,
		ScheduleToStartTimeout: limits.HostTimeout,
		StartToCloseTimeout:    24 * time.Hour,
		HeartbeatTimeout:       limits.Heartbeat,
		WaitForCancellation:    true,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 30 * time.Second, MaximumAttempts: 3},
	})
}

// hostCall is for short calls to one host: touching and releasing a lease.
func hostCall(ctx workflow.Context, queue string, limits backup.Limits, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:                summarize(summary),
		TaskQueue:              queue,
		ScheduleToStartTimeout: limits.HostTimeout,
		StartToCloseTimeout:    time.Minute,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, MaximumAttempts: 3},
	})
}

// onQueue has the activities of ctx done on one host's own queue, and given up when the
// host does not take them in time; an empty queue is the one that all hosts share.
func onQueue(ctx workflow.Context, queue string, limits backup.Limits) workflow.Context {
	if queue == "" {
		return ctx
	}
	return workflow.WithScheduleToStartTimeout(workflow.WithTaskQueue(ctx, queue), limits.HostTimeout)
}

// steadfast is for what must be done in the end, however long it takes:
// writing a policy's state to a store that is away.
func steadfast(ctx workflow.Context, limits backup.Limits, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:             summarize(summary),
		StartToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:    limits.Heartbeat,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 5 * time.Minute},
	})
}

// maxSummary is how many bytes Temporal takes for a summary.
const maxSummary = 400

// summarize cuts a summary to what Temporal takes.
func summarize(s string) string { return shorten(s, maxSummary) }

// shorten cuts s to so many bytes, at a whole character.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
