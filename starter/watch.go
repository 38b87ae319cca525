package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
)

// progress is how far a run is, all its parts added up. It is the JSON line of
// `backup watch` (docs/cli.md).
type progress struct {
	Event   string        `json:"event"` // "progress"
	Time    time.Time     `json:"time"`
	Backup  string        `json:"backup"`
	Phase   message.Phase `json:"phase"`
	Waiting string        `json:"waiting,omitempty"` // what the run waits for, and until when
	// Items are those of the census: issues, or pages and blog posts; ItemsDone those that were
	// captured, in finished shards and in those under way.
	Items       int   `json:"items"`
	ItemsDone   int   `json:"itemsDone"`
	Attachments int   `json:"attachments"` // stored so far
	Bytes       int64 `json:"bytes"`       // of records and attachments, so far
	Shards      int   `json:"shards"`
	ShardsDone  int   `json:"shardsDone"`
	// Rate is in items per second, over the last seconds.
	Rate float64 `json:"rate"`
	// Remaining is how many seconds are left at this rate; absent where there is none.
	Remaining float64 `json:"remainingSeconds,omitempty"`
}

// watcher follows one run.
type watcher struct {
	client   client.Client
	backupID string
	now      func() time.Time

	last progress
	pace pace
}

func newWatcher(c client.Client, backupID string) *watcher {
	return &watcher{client: c, backupID: backupID, now: time.Now, last: progress{Backup: backupID, Phase: message.Preflight}}
}

// askTimeout is how long one question may take: without a worker none is answered.
const askTimeout = 5 * time.Second

// look asks the run and its open batches how far they are. closed is whether
// the run's workflow has ended. The error is one that asking again does not mend.
func (w *watcher) look(ctx context.Context) (p progress, closed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	run, err := w.client.DescribeWorkflowExecution(ctx, message.BackupID(w.backupID), "")
	if err != nil {
		var notFound *serviceerror.NotFound
		if errors.As(err, &notFound) {
			return w.last, false, explain("backup "+w.backupID, err)
		}
		return w.silent("Temporal does not answer: check the cluster"), false, nil
	}
	closed = run.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	told, err := message.ShowProgress.Ask(ctx, w.client, message.BackupID(w.backupID))
	if err != nil {
		return w.silent("no worker answers: start one, or give it a moment"), closed, nil
	}
	parts := []part{{told: told, pending: run.GetPendingActivities()}}
	for _, id := range told.Batches {
		batch, err := w.batch(ctx, id)
		if err != nil {
			continue // it has just ended; its run tells the next time
		}
		parts = append(parts, batch)
	}
	return w.note(add(parts)), closed, nil
}

func (w *watcher) batch(ctx context.Context, id string) (part, error) {
	told, err := message.ShowProgress.Ask(ctx, w.client, id)
	if err != nil {
		return part{}, err
	}
	d, err := w.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return part{}, err
	}
	return part{told: told, pending: d.GetPendingActivities()}, nil
}

// silent is the last progress, waiting for an answer.
func (w *watcher) silent(why string) progress {
	p := w.last
	p.Waiting = why
	p.Event, p.Time = "progress", w.now().UTC()
	return p
}

// part is what a run or one of its open batches tells.
type part struct {
	told    message.Progress
	pending []*workflowpb.PendingActivityInfo
}

// add adds the parts of a run up; the first one is the run itself.
func add(parts []part) progress {
	run := parts[0].told
	p := progress{
		Phase: run.Phase, Waiting: run.Waiting, Items: run.Items, Shards: run.Shards, ShardsDone: run.ShardsDone,
	}
	for i, part := range parts {
		done := part.told.Done
		p.ItemsDone += done.Items + done.Gone
		p.Attachments += done.Attachments
		p.Bytes += done.RawBytes + done.AttachmentBytes
		if i > 0 {
			p.ShardsDone += part.told.ShardsDone
			if p.Waiting == "" {
				p.Waiting = part.told.Waiting
			}
		}
		for _, a := range part.pending {
			step, ok := heartbeat(a)
			if !ok {
				continue
			}
			switch a.GetActivityType().GetName() {
			case "Export":
				p.ItemsDone += step.Items
				p.Bytes += step.Bytes
			case "Upload":
				p.Attachments += step.Attachments
				p.Bytes += step.Bytes
			case "Census":
				p.Items += step.Items
			}
		}
	}
	return p
}

// heartbeat is what a step last said of itself.
func heartbeat(a *workflowpb.PendingActivityInfo) (step activities.StepProgress, ok bool) {
	if a.GetHeartbeatDetails() == nil {
		return step, false
	}
	return step, cluster.DataConverter().FromPayloads(a.GetHeartbeatDetails(), &step) == nil
}

// note makes the sum fit for showing: what was captured does not become less
// because a step ended whose shard has not; and the rate comes from the last
// seconds.
func (w *watcher) note(p progress) progress {
	p.Event, p.Backup, p.Time = "progress", w.backupID, w.now().UTC()
	p.ItemsDone = max(p.ItemsDone, w.last.ItemsDone)
	p.Attachments = max(p.Attachments, w.last.Attachments)
	p.Bytes = max(p.Bytes, w.last.Bytes)
	p.Items = max(p.Items, w.last.Items)
	if p.Phase != message.Census && p.Phase != message.Preflight {
		p.ItemsDone = min(p.ItemsDone, p.Items)
	}
	p.Rate = w.pace.rate(p.Time, int64(p.ItemsDone))
	if left := p.Items - p.ItemsDone; left > 0 && p.Rate > 0 && p.Waiting == "" {
		p.Remaining = float64(left) / p.Rate
	}
	w.last = p
	return p
}

// pace measures a rate over the last seconds.
type pace struct{ seen []sample }

type sample struct {
	at time.Time
	n  int64
}

// paceWindow is long enough to hold several heartbeats.
const paceWindow = 30 * time.Second

func (r *pace) rate(at time.Time, n int64) float64 {
	r.seen = append(r.seen, sample{at, n})
	for len(r.seen) > 2 && at.Sub(r.seen[0].at) > paceWindow {
		r.seen = r.seen[1:]
	}
	first := r.seen[0]
	d := at.Sub(first.at).Seconds()
	if d <= 0 {
		return 0
	}
	return float64(n-first.n) / d
}

// follow looks every now and then until the run has closed, and shows each look.
func (w *watcher) follow(ctx context.Context, every time.Duration, show func(look)) error {
	for {
		p, closed, err := w.look(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("watching backup %s ended; the backup goes on: watch it again with 'holdfast backup watch %s', or end it with 'holdfast backup cancel %s'",
				w.backupID, w.backupID, w.backupID)
		}
		if err != nil {
			return err
		}
		show(p)
		if closed {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

// settled waits until the policy knows what became of a run that has closed.
func settled(ctx context.Context, c client.Client, backupID string) (backup.Backup, message.PolicyView, error) {
	for {
		b, view, err := showBackup(ctx, c, backupID)
		if err != nil || b.Status != backup.InProgress {
			return b, view, err
		}
		select {
		case <-ctx.Done():
			return b, view, fmt.Errorf("backup %s has closed without telling its policy: the policy looks after it within the hour; look then at 'holdfast backup show %s'", backupID, backupID)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
