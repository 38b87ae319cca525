package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"holdfast/internal/message"
)

// RecordDrillInput says which policy is told what.
type RecordDrillInput struct {
	PolicyID string              `json:"policyId"`
	Report   message.DrillReport `json:"report"`
}

// RecordDrill tells a Policy what a drill found. A policy that does not exist (any
// more), or does not know the backup, is not an error: the drill's own result stands.
func (a *Activities) RecordDrill(ctx context.Context, in RecordDrillInput) error {
	defer startPulse(ctx).end()
	_, err := message.RecordDrill.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID), in.Report)
	if unknownPolicy(err) {
		activity.GetLogger(ctx).Warn("no policy knows the backup of the drill", "backup", in.Report.BackupID)
		return nil
	}
	if err != nil {
		return fmt.Errorf("record the drill of %s: %w", in.Report.BackupID, err)
	}
	return nil
}
