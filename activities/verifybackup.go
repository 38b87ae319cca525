package activities

import (
	"context"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
)

// VerifyBackupInput names a backup.
type VerifyBackupInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
}

// VerifyBackupResult is what reading a whole backup has found.
type VerifyBackupResult struct {
	Counts       backup.Counts `json:"counts"`             // as the manifest says
	Problems     []string      `json:"problems,omitempty"` // at most 20
	ProblemCount int           `json:"problemCount"`
	Readable     bool          `json:"readable"` // the manifest could be read
}

// VerifyBackup reads every byte of a backup from the store and compares it with
// what is said of it. Damage is in the result; the error is one of the store.
func (a *Activities) VerifyBackup(ctx context.Context, in VerifyBackupInput) (VerifyBackupResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	found, err := archive.Verify(ctx, a.deps.Store, in.PolicyID, in.BackupID, archive.VerifyOptions{
		Progress: func(p archive.VerifyProgress) { beat.at(StepProgress{Items: p.Objects, Bytes: p.Bytes}) },
	})
	if err != nil {
		return VerifyBackupResult{}, failed(err)
	}
	return VerifyBackupResult{
		Counts: found.Counts, Problems: found.Problems, ProblemCount: found.ProblemCount, Readable: found.Readable,
	}, nil
}
