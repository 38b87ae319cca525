package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// The figures of a notification.
const (
	// notifyFor is how long a notice is tried to be delivered.
	notifyFor = 3 * 24 * time.Hour
	// notifyOnce is more than one delivery may take (notify.Timeout): a worker that is
	// silent for so long is lost.
	notifyOnce = 2 * time.Minute
	// notifyEvery is how far apart the tries are in the end.
	notifyEvery = 10 * time.Minute
)

// Notification delivers one notice to one of the workers' notifications: at least
// once, always under the notice's id.
func Notification(ctx workflow.Context, in message.NotificationInput) (message.NotificationResult, error) {
	var a *activities.Activities
	var out message.NotificationResult
	call := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Summary:                summarize(fmt.Sprintf("tell %s: %s", in.To, in.Notice.Event)),
		StartToCloseTimeout:    notifyOnce,
		ScheduleToCloseTimeout: notifyFor,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: notifyEvery},
	})
	err := workflow.ExecuteActivity(call, a.Notify, in).Get(ctx, &out)
	if err == nil || temporal.IsCanceledError(err) {
		return out, err
	}
	kind, why := lastFailure(err)
	if kind != failure.HookRefused {
		kind, why = failure.HookAway, fmt.Sprintf("notice %s could not be delivered for 3 days; at last: %s; try it with `holdfast notify test %s`", in.Notice.ID, why, in.Notice.Policy)
	}
	return out, failure.New(kind, why)
}

// lastFailure is the type and message of what an activity that was tried until its
// time was over failed with at last.
func lastFailure(err error) (failure.Type, string) {
	if kind, why := failure.Of(err); why != "" {
		return kind, why
	}
	var late *temporal.TimeoutError
	if errors.As(err, &late) {
		return "", "no worker took it, or none came to an end with it"
	}
	return "", reason(err)
}
