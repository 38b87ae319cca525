// Package catalog reads what a store says of its policies and their backups. It
// needs nothing but the store: policy.json, which a policy writes after each change,
// and the folders of the backups, which have the last word where that file is
// missing, or older.
package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// File is <policy>/policy.json: a policy and its backups, for those who have nothing
// but the store.
type File struct {
	Format  int           `json:"format"` // archive.FormatVersion
	Version int64         `json:"version"`
	Policy  backup.Policy `json:"policy"`
	// LastCompleteStart is the start of the last COMPLETE backup (R1).
	LastCompleteStart time.Time       `json:"lastCompleteStart,omitzero"`
	Standing          backup.Standing `json:"standing"`
	Backups           []backup.Backup `json:"backups"` // the last MaxRows, newest first
}

// MaxRows is how many backups a File has at most.
const MaxRows = 100

// MaxFile is the most bytes that a policy.json is read with.
const MaxFile = 4 << 20

// ReadFile reads policy.json of a policy. Where there is none it is
// store.ErrNotExist; one that is damaged is archive.ErrCorrupt, one that this
// program can't read archive.ErrFormat.
func ReadFile(ctx context.Context, s store.Store, policyID string) (File, error) {
	name := archive.PolicyName(policyID)
	data, err := store.ReadAll(ctx, s, name, MaxFile)
	if err != nil {
		return File{}, fmt.Errorf("read %s: %w", name, err)
	}
	var f File
	switch err := json.Unmarshal(data, &f); {
	case err != nil: // the error may quote what is in it
		return File{}, fmt.Errorf("read %s: %w: it is no JSON of a policy", name, archive.ErrCorrupt)
	case f.Format != archive.FormatVersion:
		return File{}, fmt.Errorf("read %s: %w %d: this program reads version %d; use the program that wrote it, or a newer one",
			name, archive.ErrFormat, f.Format, archive.FormatVersion)
	case f.Policy.ID != policyID:
		return File{}, fmt.Errorf("read %s: %w: it is that of %.80q", name, archive.ErrCorrupt, f.Policy.ID)
	}
	return f, nil
}

// PolicyIDs yields the ids of the policies that have a folder in the store, in order.
func PolicyIDs(ctx context.Context, s store.Store) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for folder, err := range store.Folders(ctx, s, "") {
			if err != nil {
				yield("", fmt.Errorf("list the policies in %s: %w", s.URL(), err))
				return
			}
			if _, _, err := backup.ParsePolicyID(folder); err != nil {
				continue // not ours
			}
			if !yield(folder, nil) {
				return
			}
		}
	}
}
