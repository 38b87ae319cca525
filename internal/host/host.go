// Package host is a host of the service: the part of a process that does the
// work of backups. It takes tasks of a Temporal cluster from the queue that all
// hosts share, and those steps that belong to its own scratch disk from a queue
// of its own.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"holdfast/activities"
	"holdfast/internal/buildinfo"
	"holdfast/internal/links"
	"holdfast/internal/message"
	"holdfast/internal/metrics"
	"holdfast/internal/notify"
	"holdfast/internal/scratch"
	"holdfast/internal/store"
	"holdfast/workflows"
)

// Config says what a Host works with.
type Config struct {
	// Client is connected to the cluster; it must outlive the Host.
	Client client.Client
	// Store is where backups are kept. It is probed at start.
	Store store.Store
	// Sites makes the clients of Atlassian's sites, and holds the credentials.
	Sites *activities.Sites
	// Scratch is a folder on a local disk; hosts on one machine may share it.
	Scratch string
	// Slots is how many shards may lie there at a time; zero means scratch.DefaultSlots.
	Slots int
	// Installation identifies who controls the policies in the store: all hosts
	// of a cluster have the same. ClusterInstallation makes it.
	Installation string
	// StopTimeout is how long Stop lets steps that are under way go on; zero
	// means DefaultStopTimeout.
	StopTimeout time.Duration
	// MaxActivities is how many steps of the shared queue are under way at a time;
	// zero means DefaultMaxActivities. Those on the host's own disk are bounded by Slots.
	MaxActivities int
	// MaxWorkflowTasks is how many workflows are decided on at a time; zero means
	// DefaultMaxWorkflowTasks.
	MaxWorkflowTasks int
	// Links serves downloads of a store that makes no links itself; nil means that none are served.
	Links *links.Server
	// Hooks deliver notices; nil means that this host delivers none.
	Hooks *notify.Hooks
	// Metrics count what the host does; nil means that nothing is counted.
	Metrics *metrics.Metrics
	// Log hears what the host does; nil means that nobody does.
	Log *slog.Logger
}

// The defaults of Config. Steps of the shared queue read what was stored or walk
// the site's lists: the site's own limits are kept by the throttle, memory by
// this. Deciding on a workflow is short work for the processor.
const (
	DefaultMaxActivities    = 16
	DefaultMaxWorkflowTasks = 100
)

// DefaultStopTimeout is how long Stop waits for steps that are under way. What
// takes longer is cut off, and goes on at another host.
const DefaultStopTimeout = 30 * time.Second

// heartbeatThrottle is how often progress is reported at least while there is
// any: `backup watch` lives on it.
const heartbeatThrottle = 2 * time.Second

// Host does the work of backups until it is stopped.
type Host struct {
	workers []worker.Worker
	ledger  *scratch.Ledger
	sweeper context.CancelFunc
	swept   sync.WaitGroup
	failed  chan error
	ended   atomic.Pointer[error] // why it polls no more
	stop    sync.Once
	stopped error
}

// Start starts a host and returns when it polls for work.
func Start(ctx context.Context, cfg Config) (*Host, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.StopTimeout == 0 {
		cfg.StopTimeout = DefaultStopTimeout
	}
	if cfg.MaxActivities == 0 {
		cfg.MaxActivities = DefaultMaxActivities
	}
	if cfg.MaxWorkflowTasks == 0 {
		cfg.MaxWorkflowTasks = DefaultMaxWorkflowTasks
	}
	if err := store.Probe(ctx, cfg.Store); err != nil {
		return nil, err
	}
	ledger, err := scratch.Open(cfg.Scratch, scratch.Options{Slots: cfg.Slots})
	if err != nil {
		return nil, err
	}
	h := &Host{ledger: ledger, failed: make(chan error, 1)}
	sweeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.sweeper = stop
	h.swept.Go(func() {
		ledger.Run(sweeping, func(err error) { cfg.Log.Warn("scratch that nobody wants any more was not removed", "error", err) })
	})
	steps := activities.NewHost(h.deps(cfg), ledger)
	h.workers = []worker.Worker{h.shared(cfg, steps), h.own(cfg, steps)}
	for n, w := range h.workers {
		if err := w.Start(); err != nil {
			h.workers = h.workers[:n]
			return nil, errors.Join(fmt.Errorf("start the worker: %w: check that the cluster is well and knows the namespace", err), h.Stop())
		}
	}
	cfg.Log.Info("host is ready", "store", cfg.Store.URL(), "scratch", ledger.Dir(), "slots", ledger.Slots(), "queue", ledger.Queue())
	return h, nil
}

// shared is the worker of the queue that all hosts share: workflows, and the
// steps that any host can do.
func (h *Host) shared(cfg Config, steps *activities.Host) worker.Worker {
	opts := h.options(cfg)
	opts.MaxConcurrentActivityExecutionSize = cfg.MaxActivities
	// One is for the tasks of workflows that this host remembers, so that two are the least.
	opts.MaxConcurrentWorkflowTaskExecutionSize = max(2, cfg.MaxWorkflowTasks)
	opts.MaxConcurrentActivityTaskPollers = 4
	opts.MaxConcurrentWorkflowTaskPollers = 4
	w := worker.New(cfg.Client, message.TaskQueue, opts)
	workflows.Register(w)
	w.RegisterActivity(activities.New(h.deps(cfg)))
	// Any host may lease a slot; the steps that follow go to the one that did.
	w.RegisterActivityWithOptions(steps.AcquireScratch, activity.RegisterOptions{Name: "AcquireScratch"})
	return w
}

// own is the worker of this host's own queue: the steps of the shards that lie on its disk.
func (h *Host) own(cfg Config, steps *activities.Host) worker.Worker {
	opts := h.options(cfg)
	opts.DisableWorkflowWorker = true
	// Each leased slot has one step at a time; touching and releasing come on top.
	opts.MaxConcurrentActivityExecutionSize = 2*h.ledger.Slots() + 4
	opts.MaxConcurrentActivityTaskPollers = 4
	w := worker.New(cfg.Client, h.ledger.Queue(), opts)
	// It has methods that are no steps, such as the name of its queue.
	w.RegisterActivityWithOptions(steps, activity.RegisterOptions{SkipInvalidStructFunctions: true})
	// The sample site of a drill stands in this process: all that restores into it is done here.
	a := activities.New(h.deps(cfg))
	for name, step := range map[string]any{
		"BeginRestoreRead": a.BeginRestoreRead, "EndRestoreRead": a.EndRestoreRead, "PlanRestore": a.PlanRestore,
		"CheckDestination": a.CheckDestination, "ListBatches": a.ListBatches, "ApplyBatch": a.ApplyBatch, "CompareBatch": a.CompareBatch,
		"EndPhase": a.EndPhase, "FinishRestore": a.FinishRestore, "StopDrillSite": a.StopDrillSite,
	} {
		w.RegisterActivityWithOptions(step, activity.RegisterOptions{Name: name})
	}
	return w
}

func (h *Host) options(cfg Config) worker.Options {
	return worker.Options{
		WorkerStopTimeout:                cfg.StopTimeout,
		MaxHeartbeatThrottleInterval:     heartbeatThrottle,
		DefaultHeartbeatThrottleInterval: heartbeatThrottle,
		OnFatalError: func(err error) {
			err = fmt.Errorf("the worker lost its cluster: %w: look at the cluster, then start the worker again", err)
			select {
			case h.failed <- err:
				h.ended.CompareAndSwap(nil, &err)
			default:
			}
		},
	}
}

func (h *Host) deps(cfg Config) activities.Deps {
	return activities.Deps{
		Store: cfg.Store, Sites: cfg.Sites, Installation: cfg.Installation,
		Log: cfg.Log, Version: buildinfo.Read().Program(), Metrics: cfg.Metrics,
		Links: cfg.Links, Hooks: cfg.Hooks, Queue: h.ledger.Queue(),
	}
}

// Failed yields an error when the host can't go on by itself. It still has to be stopped.
func (h *Host) Failed() <-chan error { return h.failed }

// Queue is the name of the host's own task queue.
func (h *Host) Queue() string { return h.ledger.Queue() }

// Alive returns nil while the host polls for work, and why it does so no more after that.
func (h *Host) Alive() error {
	if err := h.ended.Load(); err != nil {
		return *err
	}
	return nil
}

// Scratch is the disk space that the host works with.
func (h *Host) Scratch() *scratch.Ledger { return h.ledger }

// Stop takes no more work, lets what is under way go on for at most
// Config.StopTimeout and returns. Leases of scratch slots stay for the next
// start within ten minutes.
func (h *Host) Stop() error {
	h.stop.Do(func() {
		stopped := errors.New("the worker has stopped")
		h.ended.CompareAndSwap(nil, &stopped)
		var ending sync.WaitGroup
		for _, w := range h.workers {
			ending.Go(w.Stop)
		}
		ending.Wait()
		h.sweeper()
		h.swept.Wait()
		h.stopped = h.ledger.Close()
	})
	return h.stopped
}

// ClusterInstallation is the identity of the installation that a cluster's
// namespace is: its id, which no other has.
func ClusterInstallation(ctx context.Context, c client.Client, namespace string) (string, error) {
	d, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return "", fmt.Errorf("look up namespace %s: %w: check --namespace", namespace, err)
	}
	return d.GetNamespaceInfo().GetId(), nil
}
