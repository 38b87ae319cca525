package activities

import (
	"context"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// ExpireInput says which backup's bytes are deleted.
type ExpireInput struct {
	PolicyID string `json:"policyId"`
	// Backup is the backup's row, EXPIRED already.
	Backup backup.Backup `json:"backup"`
	Now    time.Time     `json:"now"` // the workflow's clock
}

// Expire deletes the bytes of a backup (S5): it writes state.json first, which says
// EXPIRED, then deletes the manifest, and then the rest. state.json and report.json
// stay. A second call finishes what the first began.
func (a *Activities) Expire(ctx context.Context, in ExpireInput) error {
	return failure.New(failure.InvalidArgument, "not there yet")
}
