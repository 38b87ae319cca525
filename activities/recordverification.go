package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/store"
)

// RecordVerificationInput says which policy is told what.
type RecordVerificationInput struct {
	PolicyID string                     `json:"policyId"`
	Report   message.VerificationReport `json:"report"`
}

// RecordVerification tells a Policy what a verification found, and writes what
// the backup is by that into its state.json. A policy that does not exist (any
// more), or does not know the backup, is not an error: the verification's own
// result stands.
func (a *Activities) RecordVerification(ctx context.Context, in RecordVerificationInput) error {
	defer startPulse(ctx).end()
	row, err := message.RecordVerification.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID), in.Report)
	if unknownPolicy(err) {
		activity.GetLogger(ctx).Warn("no policy knows the verified backup", "backup", in.Report.BackupID)
		return nil
	}
	if err != nil {
		return fmt.Errorf("record the verification of %s: %w", in.Report.BackupID, err)
	}
	if err := a.owned(ctx, in.PolicyID); err != nil {
		return err
	}
	return failed(a.writeVerified(ctx, in.PolicyID, row))
}

// writeVerified brings the state.json of a verified backup to what its Policy
// says. One that is not there, or is damaged, is left as the verification found it.
func (a *Activities) writeVerified(ctx context.Context, policyID string, row backup.Backup) error {
	name := archive.BackupDir(policyID, row.ID) + archive.StateName
	return store.Update(ctx, a.deps.Store, name, maxDocument, func(old []byte) ([]byte, error) {
		var state archive.State
		if old == nil || json.Unmarshal(old, &state) != nil || state.Backup != row.ID || row.Status == backup.InProgress {
			return nil, nil
		}
		state.Status, state.Reason, state.VerifiedAt = row.Status, row.Reason, row.VerifiedAt
		return archive.Encode(state)
	})
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
