package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"holdfast/internal/store"
)

// ReadState reads state.json of a backup; where there is none, it is store.ErrNotExist.
func ReadState(ctx context.Context, s store.Store, policyID, backupID string) (State, error) {
	data, err := store.ReadAll(ctx, s, BackupDir(policyID, backupID)+StateName, maxState)
	if err != nil {
		return State{}, fmt.Errorf("state of %s: %w", backupID, err)
	}
	var st State
	if err := json.Unmarshal(data, &st); err != nil {
		return State{}, fmt.Errorf("%s of %s: %w: %w", StateName, backupID, ErrCorrupt, withoutContent(err))
	}
	if st.Backup != backupID {
		return State{}, fmt.Errorf("%s of %s: %w: it is that of %.80q", StateName, backupID, ErrCorrupt, st.Backup)
	}
	return st, nil
}

// Listed is a backup as the store alone shows it.
type Listed struct {
	ID string
	// Sealed is whether there is a manifest: the data is there.
	Sealed bool
	// State is state.json; its zero value where there is none.
	State State
}

// ListBackups yields the policy's backups that have a folder in the store,
// oldest first: sealed ones, and those of which only the details are left.
// A folder with neither manifest nor state, of a run that is open or was cut off,
// is listed too; its Listed has nothing but the ID. A damaged state.json does not
// end the list: its backup comes together with an error that is ErrCorrupt.
func ListBackups(ctx context.Context, s store.Store, policyID string) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		for id, err := range BackupIDs(ctx, s, policyID) {
			l := Listed{ID: id}
			if err == nil {
				_, err = s.Stat(ctx, BackupDir(policyID, id)+ManifestName)
				l.Sealed = err == nil
				if errors.Is(err, store.ErrNotExist) {
					err = nil
				}
			}
			if err == nil {
				l.State, err = ReadState(ctx, s, policyID, id)
				if errors.Is(err, store.ErrNotExist) {
					err = nil
				}
			}
			if !yield(l, err) || err != nil && !errors.Is(err, ErrCorrupt) {
				return
			}
		}
	}
}
