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

// MaxBatch is how many shards one ExportBatch is given: with every shard
// restarted once its history stays under 3,000 events.
const MaxBatch = 40

// ExportBatchInput is what an ExportBatch has to do, and, after it has continued
// as new, what it has already done.
type ExportBatchInput struct {
	Run   activities.Run `json:"run"`
	Batch string         `json:"batch"`
	// Pending are the shards that are not done, in the order in which they are started.
	Pending []PendingShard `json:"pending"`
	// Winners are the attempts that count, of the runs of this workflow so far.
	Winners []activities.Winner `json:"winners,omitempty"`
	// Done adds up what the winners hold.
	Done backup.Counts `json:"done"`
}

// PendingShard is a shard and the number of its next attempt, from 1.
type PendingShard struct {
	Shard   activities.ShardRef `json:"shard"`
	Attempt int                 `json:"attempt"`
}

// ExportBatchResult is what an ExportBatch achieved; what it holds shard by
// shard is in the run's folder in the store.
type ExportBatchResult struct {
	Counts  backup.Counts `json:"counts"`
	Shards  int           `json:"shards"`
	GivenUp int           `json:"givenUp"`
}

// ExportBatch captures at most 40 shards, a few at a time, each on one host:
// export, compress, upload, verify. A lost host means another attempt
// elsewhere; what passes by itself is waited for by all together.
func ExportBatch(ctx workflow.Context, in ExportBatchInput) (ExportBatchResult, error) {
	b := &exportBatch{in: in, pending: in.Pending, winners: in.Winners, done: in.Done}
	if err := b.setup(ctx); err != nil {
		return ExportBatchResult{}, err
	}
	return b.run(ctx)
}

type exportBatch struct {
	in      ExportBatchInput
	gate    *gate
	pending []PendingShard
	winners []activities.Winner
	done    backup.Counts
	active  int
	waiting string
	fatal   error // a definite refusal: ends the batch and the run
}

func (b *exportBatch) setup(ctx workflow.Context) error {
	b.gate = newGate(ctx, b.in.Run.Policy.Limits, func(waiting string) {
		b.waiting = waiting
		b.show(ctx)
	})
	b.show(ctx)
	return message.ShowProgress.Handle(ctx, "how far this batch of shards is", func() (message.Progress, error) {
		return message.Progress{
			BackupID: b.in.Run.BackupID, Phase: message.Capture, Started: b.in.Run.StartedAt, Waiting: b.waiting,
			Shards: len(b.winners) + b.active + len(b.pending), ShardsDone: len(b.winners),
			Done: b.done, Status: backup.InProgress,
		}, nil
	})
}

func (b *exportBatch) run(ctx workflow.Context) (ExportBatchResult, error) {
	work, stop := workflow.WithCancel(ctx)
	for b.next(work) {
		p := b.pending[0]
		b.pending = b.pending[1:]
		b.active++
		workflow.Go(work, func(ctx workflow.Context) {
			b.shard(ctx, p)
			b.active--
			b.show(ctx)
		})
	}
	if b.fatal != nil {
		stop()
	}
	// Shards that are under way end by themselves, soon where they are cancelled.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if err := workflow.Await(calm, func() bool { return b.active == 0 }); err != nil {
		return ExportBatchResult{}, err
	}
	if b.fatal != nil {
		return ExportBatchResult{}, b.fatal
	}
	if len(b.pending) > 0 && ctx.Err() == nil {
		next := b.in
		next.Pending, next.Winners, next.Done = b.pending, b.winners, b.done
		return ExportBatchResult{}, workflow.NewContinueAsNewError(ctx, message.BatchWorkflow, next)
	}
	if ctx.Err() != nil {
		bounded, stop := within(calm, endGrace, "grace for recording which attempts count")
		defer stop()
		calm = bounded
	}
	return b.finish(calm)
}

// next waits until another shard may start. It returns false when none will:
// all have started, the batch must continue as new, it was cancelled, or it has failed.
func (b *exportBatch) next(ctx workflow.Context) bool {
	window := max(1, b.in.Run.Policy.Limits.Window)
	done := func() bool {
		return b.fatal != nil || (len(b.pending) == 0 && b.active == 0) ||
			workflow.GetInfo(ctx).GetContinueAsNewSuggested()
	}
	err := workflow.Await(ctx, func() bool { return done() || (len(b.pending) > 0 && b.active < window) })
	return err == nil && !done()
}

// finish stores which attempts count and says what they hold together.
func (b *exportBatch) finish(ctx workflow.Context) (ExportBatchResult, error) {
	for _, p := range b.pending {
		b.giveUp(p.Shard, notInTime)
	}
	var givenUp int
	for _, w := range b.winners {
		if w.Result == "" {
			givenUp++
		}
	}
	var a *activities.Activities
	err := b.gate.persist(ctx, func(int) error {
		return workflow.ExecuteActivity(shortCall(ctx, b.in.Run.Policy.Limits, "record which attempts count"), a.SaveWinners, activities.SaveWinnersInput{
			Run: b.in.Run, Batch: b.in.Batch, Winners: b.winners,
		}).Get(ctx, nil)
	})
	return ExportBatchResult{Counts: b.done, Shards: len(b.winners), GivenUp: givenUp}, err
}

// notInTime is the reason for shards that a run had no time for.
const notInTime = "not captured before the run ended"

func (b *exportBatch) giveUp(shard activities.ShardRef, why string) {
	b.winners = append(b.winners, activities.Winner{Shard: shard, Reason: why})
}

// shard makes attempts at one shard until one succeeds or trying again makes no sense.
func (b *exportBatch) shard(ctx workflow.Context, p PendingShard) {
	surprises := 0
	for attempt := p.Attempt; ; attempt++ {
		t := &attemptAt{exportBatch: b, shard: p.Shard, attempt: attempt}
		result, err := t.run(ctx)
		if err == nil {
			b.winners = append(b.winners, activities.Winner{Shard: p.Shard, Result: result.Object})
			b.done.Add(result.Counts)
			if t.rest != nil {
				b.pending = append(b.pending, PendingShard{Shard: *t.rest, Attempt: 1})
			}
			return
		}
		if ctx.Err() != nil {
			b.giveUp(p.Shard, notInTime)
			return
		}
		if kind, _ := failure.Of(err); kind.Definite() {
			b.fatal = err
			b.giveUp(p.Shard, reason(err))
			return
		}
		if !hostLost(err) {
			surprises++
		}
		if surprises >= maxSurprises {
			b.giveUp(p.Shard, fmt.Sprintf("failed %d times, last: %s", surprises, reason(err)))
			return
		}
		wait := b.lostBackoff(attempt - p.Attempt)
		workflow.GetLogger(ctx).Warn("attempt at shard failed", "shard", p.Shard.ID, "attempt", attempt, "error", reason(err))
		if workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{
			Summary: summarize(fmt.Sprintf("shard %s: attempt %d after: %s", p.Shard.ID, attempt+1, reason(err))),
		}).Get(ctx, nil) != nil {
			b.giveUp(p.Shard, notInTime)
			return
		}
	}
}

// lostBackoff is the wait before another attempt after n lost ones: short at
// first, since another host may be there, and never longer than ProbeMax.
func (b *exportBatch) lostBackoff(n int) time.Duration {
	d := b.in.Run.Policy.Limits.ProbeAfter / 12
	for ; n > 0 && d < b.in.Run.Policy.Limits.ProbeMax; n-- {
		d *= 2
	}
	return min(d, b.in.Run.Policy.Limits.ProbeMax)
}

// show writes the batch's state for the Web UI.
func (b *exportBatch) show(ctx workflow.Context) {
	text := fmt.Sprintf("%d of %d shards done, %d under way\n\n%s",
		len(b.winners), len(b.winners)+b.active+len(b.pending), b.active, countsTable(b.in.Run.Policy.Product, b.done))
	if b.waiting != "" {
		text = "**Waiting:** " + b.waiting + "\n\n" + text
	}
	workflow.SetCurrentDetails(ctx, text)
}
