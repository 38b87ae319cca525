package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// writeRow brings a backup's state.json to what its row says, as of a version of its
// policy; 0 where that does not matter. What a later version has written stays, and
// so does EXPIRED: no bytes come back.
func writeRow(ctx context.Context, s store.Store, policyID string, row backup.Backup, version int64) error {
	want := stateOf(row)
	name := archive.BackupDir(policyID, row.ID) + archive.StateName
	return store.Update(ctx, s, name, maxDocument, func(old []byte) ([]byte, error) {
		want.Version = version
		var have archive.State
		// One that can't be read is replaced: all that it should say is in the row.
		if old != nil && json.Unmarshal(old, &have) == nil && have.Backup == row.ID {
			if version != 0 && have.Version > version || have.Status == backup.Expired && want.Status != backup.Expired {
				return nil, nil
			}
			want.Version = max(have.Version, version)
		}
		data, err := archive.Encode(want)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", name, err)
		}
		if bytes.Equal(data, old) {
			return nil, nil
		}
		return data, nil
	})
}

// stateOf is what state.json says of a backup whose row this is.
func stateOf(row backup.Backup) archive.State {
	return archive.State{
		Backup: row.ID, Status: row.Status, Was: row.Was, Reason: row.Reason,
		StartedAt: row.StartedAt, EndedAt: row.EndedAt, ExpiresAt: row.ExpiresAt,
		Held: row.Held, By: row.By, VerifiedAt: row.VerifiedAt,
	}
}
