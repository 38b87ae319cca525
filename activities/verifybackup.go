package activities

import (
	"context"
	"errors"

	"holdfast/internal/backup"
)

// VerifyBackup reads a whole backup from the store.
type VerifyBackupInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
}
type VerifyBackupResult struct {
	Counts       backup.Counts `json:"counts"`
	Problems     []string      `json:"problems,omitempty"` // at most 20
	ProblemCount int           `json:"problemCount"`
	Readable     bool          `json:"readable"` // the manifest could be read
}

// VerifyBackup …
func (a *Activities) VerifyBackup(ctx context.Context, in VerifyBackupInput) (VerifyBackupResult, error) {
	return VerifyBackupResult{}, errors.ErrUnsupported
}
