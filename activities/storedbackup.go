package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// storedBackup tells a backup's row from its manifest and state in the store (T1): failure
// NotAvailable where there is no data of it (any more), NotFound where there is nothing at all.
func (a *Activities) storedBackup(ctx context.Context, policyID, backupID string) (backup.Backup, error) {
	state, serr := archive.ReadState(ctx, a.deps.Store, policyID, backupID)
	stated := serr == nil
	// A state that can't be read says nothing; what the manifest says is then left.
	if serr != nil && !errors.Is(serr, store.ErrNotExist) && !errors.Is(serr, archive.ErrCorrupt) {
		return backup.Backup{}, restoreFailed(serr)
	}
	r, err := archive.Open(ctx, a.deps.Store, policyID, backupID)
	switch {
	case errors.Is(err, archive.ErrNoManifest) && stated:
		status := state.Status
		if backup.HasBytes(backup.Backup{Status: status, ExpiresAt: state.ExpiresAt}) {
			status = backup.Failed // its manifest is lost, or was never written
		}
		return backup.Backup{}, failure.New(failure.NotAvailable, (&backup.NotAvailable{BackupID: backupID, Status: status}).Error())
	case errors.Is(err, archive.ErrNoManifest):
		return backup.Backup{}, failure.New(failure.NotFound, fmt.Sprintf(
			"the store %s holds nothing of a backup %s: see `holdfast backup list %s` for the ids, and check that the worker has the store that the backup was written to",
			a.deps.Store.URL(), backupID, policyID))
	case err != nil:
		return backup.Backup{}, restoreFailed(err)
	}
	row := manifestRow(r.Manifest())
	if stated {
		row.Status, row.Was, row.Reason = state.Status, state.Was, state.Reason
		row.StartedAt, row.EndedAt, row.ExpiresAt = state.StartedAt, state.EndedAt, state.ExpiresAt
		row.Held, row.By, row.VerifiedAt = state.Held, state.By, state.VerifiedAt
	}
	return row, nil
}
