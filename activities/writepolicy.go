package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/store"
)

// WritePolicyInput is what a Policy knows.
type WritePolicyInput struct {
	Policy            backup.Policy   `json:"policy"`
	Backups           []backup.Backup `json:"backups"`
	Standing          backup.Standing `json:"standing"`
	LastCompleteStart time.Time       `json:"lastCompleteStart,omitzero"`
	Version           int64           `json:"version"` // grows with each change
}

// PolicyFile is <policy>/policy.json: a policy and its backups, for those who
// have nothing but the store.
type PolicyFile struct {
	Format  int           `json:"format"` // archive.FormatVersion
	Version int64         `json:"version"`
	Policy  backup.Policy `json:"policy"`
	// LastCompleteStart is the start of the last COMPLETE backup (R1).
	LastCompleteStart time.Time       `json:"lastCompleteStart,omitzero"`
	Standing          backup.Standing `json:"standing"`
	Backups           []backup.Backup `json:"backups"` // the last MaxRows, newest first
}

// MaxRows is how many backups a PolicyFile has at most.
const MaxRows = 100

// WritePolicy writes policy.json. What is older than what is there changes
// nothing. A store that is away is a retryable StoreAway: no step waits for this
// one, so the server asks again until the store answers.
func (a *Activities) WritePolicy(ctx context.Context, in WritePolicyInput) error {
	defer startPulse(ctx).end()
	name := archive.PolicyName(in.Policy.ID)
	want := PolicyFile{
		Format: archive.FormatVersion, Version: in.Version, Policy: in.Policy,
		LastCompleteStart: in.LastCompleteStart, Standing: in.Standing, Backups: newest(in.Backups),
	}
	data, err := archive.Encode(want)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	err = failed(store.Update(ctx, a.deps.Store, name, maxPolicyFile, func(old []byte) ([]byte, error) {
		var have PolicyFile
		// One that can't be read is replaced: all that it should say is in want.
		if old != nil && json.Unmarshal(old, &have) == nil && !want.replaces(have) {
			return nil, nil
		}
		return data, nil
	}))
	if kind, message := failure.Of(err); kind == failure.StoreAway {
		return failure.NewRetryable(kind, message)
	}
	return err
}

// maxPolicyFile is the most bytes that a policy.json is read with.
const maxPolicyFile = 4 << 20

// replaces reports whether f is newer than old: of a policy that was made
// anew, or a later version of the same.
func (f PolicyFile) replaces(old PolicyFile) bool {
	if !f.Policy.CreatedAt.Equal(old.Policy.CreatedAt) {
		return f.Policy.CreatedAt.After(old.Policy.CreatedAt)
	}
	return f.Version > old.Version
}

// newest returns the last MaxRows backups, newest first.
func newest(backups []backup.Backup) []backup.Backup {
	rows := slices.Clone(backups)
	slices.SortStableFunc(rows, func(a, b backup.Backup) int { return b.StartedAt.Compare(a.StartedAt) })
	return rows[:min(len(rows), MaxRows)]
}
