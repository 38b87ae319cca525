package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// RestoreReadInput names a read of a policy's backup.
type RestoreReadInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
	ReadID   string `json:"readId"`
}

// BeginRestoreRead keeps a backup in the store from expiring while it is restored, and returns its
// row; a policy that this cluster does not have is no failure: its row is then as the store has it.
func (a *Activities) BeginRestoreRead(ctx context.Context, in RestoreReadInput) (backup.Backup, error) {
	defer startPulse(ctx).end()
	row, err := message.BeginRead.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID),
		message.ReadInput{ReadID: in.ReadID, BackupID: in.BackupID})
	if unknownPolicy(err) {
		return a.storedBackup(ctx, in.PolicyID, in.BackupID)
	}
	if kind, reason := failure.Of(err); kind != "" {
		return backup.Backup{}, failure.New(kind, reason) // T1: the policy says why not
	}
	if err != nil {
		return backup.Backup{}, fmt.Errorf("keep backup %s from expiring: %w", in.BackupID, err)
	}
	return row, nil
}

// EndRestoreRead ends it. One that the policy does not know (any more) is over.
func (a *Activities) EndRestoreRead(ctx context.Context, in RestoreReadInput) error {
	defer startPulse(ctx).end()
	_, err := message.EndRead.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID),
		message.ReadInput{ReadID: in.ReadID, BackupID: in.BackupID})
	if err != nil && !unknownPolicy(err) {
		return fmt.Errorf("let backup %s expire: %w", in.BackupID, err)
	}
	return nil
}
