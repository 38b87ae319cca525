package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// Destination is the lock of a destination (T4): it only waits. One of its id runs at
// a time, and it ends with who holds it, however that ends.
func Destination(ctx workflow.Context, in message.DestinationInput) error {
	workflow.SetCurrentDetails(ctx, "Held by "+holderText(in.Holder)+".")
	_ = workflow.Await(ctx, func() bool { return false })
	return nil
}

// destination names a site's product and who wants to be alone there.
type destination struct {
	site    string
	product backup.Product
	cloudID string
	holder  string // id of a backup or a restore
	limits  backup.Limits
	// waiting is told what is waited for where that is long; empty when it is over. It may be nil.
	waiting func(string)
}

// lock is a destination that is held.
type lock struct {
	child  workflow.ChildWorkflowFuture
	cancel workflow.CancelFunc
}

// The tries to take a lock that is just being given back.
const (
	lockTries = 10
	lockWait  = time.Second
)

// The wait for the lock of an earlier run of the same workflow, which Temporal ends with
// that one: soon, unless its service is behind.
const (
	ownLockTries   = 74 // an hour
	ownLockMaxWait = time.Minute
)

// take takes the lock of a destination, or fails at once with Locked, naming who
// holds it.
func (d destination) take(ctx workflow.Context) (*lock, error) {
	// What is cancelled gives the lock back when it has come to its end, not before.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	for try := 1; ; try++ {
		held, cancel := workflow.WithCancel(calm)
		child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(held, d.options()),
			message.DestinationWorkflow, message.DestinationInput{Holder: d.holder})
		err := child.GetChildWorkflowExecution().Get(ctx, nil)
		if err == nil {
			if try > lockTries {
				d.tell("")
			}
			return &lock{child, cancel}, nil
		}
		cancel()
		var exists *temporal.ChildWorkflowExecutionAlreadyStartedError
		if !errors.As(err, &exists) {
			return nil, err
		}
		holder, err := d.heldBy(ctx)
		if err != nil {
			return nil, err
		}
		own := holder == d.holder
		wait, again := lockPause(own, try)
		switch {
		case own && !again:
			return nil, failure.NewWithDetails(failure.Locked, fmt.Sprintf(
				"the destination is still held by an earlier try of %s: terminate workflow %s in the Temporal Web UI, then try again", holderText(holder), d.id()), holder)
		case holder != "" && !own || !again:
			return nil, lockedBy(holder)
		}
		// It has just been given back; or it is still that of the run before this one.
		if wait > lockWait {
			d.tell(fmt.Sprintf("the destination is held by an earlier try of this one, which has ended: Temporal ends its lock, workflow %s, or you do", d.id()))
		}
		if err := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{
			Summary: "the lock of the destination is being given back",
		}).Get(ctx, nil); err != nil {
			return nil, err
		}
	}
}

// lockPause is how long to wait after a try, and whether there is another one.
func lockPause(own bool, try int) (wait time.Duration, again bool) {
	if try < lockTries {
		return lockWait, true
	}
	wait = lockWait << min(try-lockTries+1, 10)
	return min(wait, ownLockMaxWait), own && try < ownLockTries
}

func (d destination) id() string { return message.DestinationID(d.product, d.cloudID) }

func (d destination) tell(waiting string) {
	if d.waiting != nil {
		d.waiting(waiting)
	}
}

func (d destination) options() workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID:          d.id(),
		WaitForCancellation: true,
		ParentClosePolicy:   enums.PARENT_CLOSE_POLICY_TERMINATE,
		Memo:                map[string]any{message.DestinationMemo: message.DestinationInput{Holder: d.holder}},
		TypedSearchAttributes: temporal.NewSearchAttributes(
			cluster.AttributeSite.ValueSet(host(d.site)),
			cluster.AttributeProduct.ValueSet(string(d.product)),
		),
		StaticSummary: summarize(fmt.Sprintf("%s of %s is held by %s", d.product, d.site, holderText(d.holder))),
	}
}

// heldBy is who holds the lock now; empty where nobody does.
func (d destination) heldBy(ctx workflow.Context) (string, error) {
	return holder(ctx, d.product, d.cloudID, d.limits)
}

// holder asks who holds the lock of a destination.
func holder(ctx workflow.Context, product backup.Product, cloudID string, limits backup.Limits) (string, error) {
	var a *activities.Activities
	var found activities.HolderResult
	err := workflow.ExecuteActivity(shortCall(ctx, limits, fmt.Sprintf("look who holds %s of %s", product, cloudID)), a.Holder, activities.HolderInput{
		Product: product, CloudID: cloudID,
	}).Get(ctx, &found)
	return found.Holder, err
}

// release gives the lock back, and returns once it is free. l may be nil.
func (l *lock) release(ctx workflow.Context) {
	if l == nil {
		return
	}
	calm, _ := workflow.NewDisconnectedContext(ctx)
	l.cancel()
	if err := l.child.Get(calm, nil); err != nil && !temporal.IsCanceledError(err) {
		workflow.GetLogger(ctx).Warn("the lock of the destination had ended before", "error", reason(err))
	}
}

// lost reports whether the lock has ended while it was held: an operator can end any
// workflow.
func (l *lock) lost() bool { return l != nil && l.child.IsReady() }

// lockedBy refuses what needs a destination that is held (T4).
func lockedBy(holder string) error {
	if holder == "" {
		return failure.New(failure.Locked, "the destination is held by somebody who does not say who it is: look for its workflow in the Temporal Web UI")
	}
	end := "holdfast backup cancel " + holder
	if isRestore(holder) {
		end = "holdfast restore cancel " + holder
	}
	return failure.NewWithDetails(failure.Locked, fmt.Sprintf("the destination is held by %s: wait for its end, or end it with '%s'", holderText(holder), end), holder)
}

// holderText names who holds a lock, for people.
func holderText(holder string) string {
	if isRestore(holder) {
		return "restore " + holder
	}
	return "backup " + holder
}

// isRestore reports whether an id is that of a restore, as restore.NewID and
// restore.NewIDFor make it, and not that of a backup.
func isRestore(id string) bool {
	n := strings.LastIndexByte(id, '.')
	return n >= 0 && strings.HasPrefix(id[n:], ".r")
}
