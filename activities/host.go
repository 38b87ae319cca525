package activities

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"holdfast/internal/atlassian"
	"holdfast/internal/scratch"
)

// Host has the steps that work on this host's scratch disk. They are registered
// with the worker of the ledger's task queue; AcquireScratch, which any
// host may answer, is registered on the shared queue too.
type Host struct {
	deps   Deps
	ledger *scratch.Ledger
	name   string
}

// NewHost returns the steps that work with d and on the ledger's scratch.
func NewHost(d Deps, ledger *scratch.Ledger) *Host {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	d.Store = markStore(d.Store)
	name, err := os.Hostname()
	if err != nil {
		name = "a host without a name"
	}
	return &Host{deps: d, ledger: ledger, name: name}
}

// StepInput says for which shard a step works, and where.
type StepInput struct {
	Run   Run      `json:"run"`
	Shard ShardRef `json:"shard"`
	Lease Lease    `json:"lease"`
}

// ShardRef names a shard. Its list is runs/<backup>/shards/<ID>.<Tag>.json;
// SiteShard has none.
type ShardRef struct {
	ID  string `json:"id"`
	Tag string `json:"tag"`
}

// StepProgress is the heartbeat detail of every step: what is durably done.
type StepProgress struct {
	Items       int   `json:"items"`
	Attachments int   `json:"attachments"`
	Bytes       int64 `json:"bytes"`
	// Total is how many bytes there are to do, where that is known.
	Total int64 `json:"total,omitempty"`
}

// step runs one step in the lease's folder, alone there, with a heartbeat.
func (h *Host) step(ctx context.Context, in StepInput, do func(ctx context.Context, dir string, beat *pulse) error) error {
	use, err := h.ledger.Use(ctx, in.Lease.Slot, in.key())
	if err != nil {
		return failed(err)
	}
	defer use.Done()
	beat := startPulse(ctx)
	defer beat.end()
	err = do(ctx, use.Dir, beat)
	if err == nil {
		return nil
	}
	// A folder that was taken away shows as files that are not there, or not whole.
	if lost := h.ledger.Touch(in.Lease.Slot, in.key()); errors.Is(lost, scratch.ErrLost) {
		return failed(lost)
	}
	if errors.Is(context.Cause(ctx), worker.ErrWorkerShutdown) {
		return errStopping()
	}
	if ctx.Err() != nil {
		return ctx.Err() // whatever broke off with it is no fault
	}
	return failed(err)
}

func (h *Host) product(run Run) (atlassian.Product, error) {
	p := run.Policy
	return h.deps.Sites.Product(p.Site, p.CloudID, p.Product, p.Credential, run.Options)
}

func (in StepInput) key() scratch.Key {
	return scratch.Key{Backup: in.Run.BackupID, Shard: in.Lease.Shard, Attempt: in.Lease.Attempt}
}

// halt returns an error when the step should end between two pieces of work:
// because it is cancelled, or because this worker is stopping.
func halt(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !activity.IsActivity(ctx) {
		return nil
	}
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return errStopping()
	default:
		return nil
	}
}

// errStopping has the server try the step again: here, once the worker is back.
func errStopping() error {
	return temporal.NewApplicationErrorWithOptions("this worker is stopping; the step goes on where it was", "Stopping",
		temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
}
