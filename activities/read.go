package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// beginRead asks a Policy to keep a backup from expiring while it is read. The store
// decides what can be read: a policy that does not exist (any more), or whose backup
// has no bytes, is no error.
func beginRead(ctx context.Context, policyID string, in message.ReadInput) error {
	if in.ReadID == "" || !activity.IsActivity(ctx) {
		return nil
	}
	_, err := message.BeginRead.Call(ctx, activity.GetClient(ctx), message.PolicyID(policyID), in)
	if kind, _ := failure.Of(err); err == nil || kind == failure.NotAvailable || unknownPolicy(err) {
		return nil
	}
	if refused := typedError(err); refused != nil {
		return refused
	}
	return fmt.Errorf("keep backup %s from expiring: %w", in.BackupID, err)
}

// endReadWait is how long a read that failed waits for the Policy to hear of it.
const endReadWait = 10 * time.Second

// endRead lets a backup expire that was to be read. A Policy that does not hear of it
// waits until the grace of the read is over.
func endRead(ctx context.Context, policyID string, in message.ReadInput) {
	if in.ReadID == "" || !activity.IsActivity(ctx) {
		return
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endReadWait)
	defer cancel()
	if _, err := message.EndRead.Call(ending, activity.GetClient(ctx), message.PolicyID(policyID), in); err != nil && !unknownPolicy(err) {
		activity.GetLogger(ctx).Warn("the policy did not hear of the end of a read", "backup", in.BackupID, "error", err)
	}
}
