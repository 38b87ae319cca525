package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// RecordVerificationInput says which policy is told what.
type RecordVerificationInput struct {
	PolicyID string                     `json:"policyId"`
	Report   message.VerificationReport `json:"report"`
}

// RecordVerification tells a Policy what a verification found; the Policy has that
// written into the backup's state.json. A policy that does not exist (any more), or
// does not know the backup, is not an error: the verification's own result stands.
func (a *Activities) RecordVerification(ctx context.Context, in RecordVerificationInput) error {
	defer startPulse(ctx).end()
	_, err := message.RecordVerification.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID), in.Report)
	if unknownPolicy(err) {
		activity.GetLogger(ctx).Warn("no policy knows the verified backup", "backup", in.Report.BackupID)
		return nil
	}
	if err != nil {
		return fmt.Errorf("record the verification of %s: %w", in.Report.BackupID, err)
	}
	return nil
}

// unknownPolicy reports whether err says that there is no such policy (any more), or
// that it does not know what it was asked about.
func unknownPolicy(err error) bool {
	kind, _ := failure.Of(err)
	return kind == failure.NotFound || isNotFound(err)
}

// isNotFound reports whether Temporal does not know the workflow that was asked for.
func isNotFound(err error) bool {
	var notFound *serviceerror.NotFound
	return errors.As(err, &notFound)
}
