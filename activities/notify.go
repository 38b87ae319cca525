package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/notify"
)

// noHookMax is how long a notice that this worker can't deliver waits at most for
// another worker, or for the entry to come.
const noHookMax = time.Minute

// Notify delivers a notice once. A worker that does not have the entry is NoHook,
// which others may have; a definite refusal is HookRefused. All other errors pass,
// perhaps: the server has the notice delivered again, as the same one.
func (a *Activities) Notify(ctx context.Context, in message.NotificationInput) (message.NotificationResult, error) {
	receipt, err := a.deps.Hooks.Deliver(ctx, in.To, in.Notice)
	var refused *notify.RefusedError
	switch {
	case errors.Is(err, notify.ErrUnknown):
		return message.NotificationResult{}, noHook(ctx, err)
	case errors.As(err, &refused):
		return message.NotificationResult{}, failure.New(failure.HookRefused, err.Error())
	case err != nil:
		return message.NotificationResult{}, err
	}
	a.deps.Log.Info("notice", "notice", in.Notice.ID, "event", string(in.Notice.Event), "to", in.To, "wanted", receipt.Wanted, "answer", receipt.Answer)
	if !receipt.Wanted {
		return message.NotificationResult{Outcome: message.LeftOut}, nil
	}
	return message.NotificationResult{Outcome: message.Delivered, Answer: receipt.Answer}, nil
}

// noHook has the server give the notice to any worker again, soon: another one may
// have the entry.
func noHook(ctx context.Context, err error) error {
	wait := noHookMax
	if activity.IsActivity(ctx) {
		wait = min(wait, time.Duration(activity.GetInfo(ctx).Attempt)*2*time.Second)
	}
	return temporal.NewApplicationErrorWithOptions(
		fmt.Sprintf("%v; the notice waits for a worker that has it", err), string(failure.NoHook),
		temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign, NextRetryDelay: wait})
}
