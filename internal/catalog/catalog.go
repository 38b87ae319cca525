package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// Policy is what a store has of a policy.
type Policy struct {
	// File is policy.json, brought to what the backups' folders say. Without a
	// policy.json that can be read it is made of them alone: the policy is then that of
	// the newest manifest, where there is one, and its credential is not known.
	File
	// Owner is the installation that controls it; empty where nobody does.
	Owner string
	// Filed is whether there is a policy.json that can be read.
	Filed bool
	// Sealed holds the ids of the backups that have a manifest.
	Sealed map[string]bool
	// Problems tell what is missing or damaged, without content.
	Problems []string
}

// ErrNoPolicy means that a folder holds neither a policy nor a backup.
var ErrNoPolicy = errors.New("there is no policy and no backup")

// Read reads all that the store has of a policy. What is damaged is in Problems; the
// error is one of the store, or ErrNoPolicy, or archive.ErrFormat.
func Read(ctx context.Context, s store.Store, policyID string) (Policy, error) {
	r := &reader{ctx: ctx, s: s, id: policyID, rows: map[string]*backup.Backup{}, found: Policy{Sealed: map[string]bool{}}}
	if err := r.run(); err != nil {
		return Policy{}, fmt.Errorf("read policy %s of %s: %w", policyID, s.URL(), err)
	}
	return r.found, nil
}

// reader is one run of Read.
type reader struct {
	ctx      context.Context
	s        store.Store
	id       string
	found    Policy
	rows     map[string]*backup.Backup
	folders  map[string]bool // backups that have a folder
	version  int64           // of policy.json
	manifest *archive.Manifest
}

func (r *reader) run() (err error) {
	owner, err := ReadOwner(r.ctx, r.s, r.id)
	if err != nil {
		return err
	}
	if owner != nil {
		r.found.Owner = owner.Installation
	}
	switch r.found.File, err = ReadFile(r.ctx, r.s, r.id); {
	case err == nil:
		r.found.Filed = true
	case errors.Is(err, store.ErrNotExist), errors.Is(err, archive.ErrCorrupt), errors.Is(err, store.ErrCorrupt):
		r.problem(err)
		r.found.File = File{Format: archive.FormatVersion}
	default:
		return err
	}
	r.version = r.found.Version
	for _, b := range r.found.Backups {
		r.rows[b.ID] = &b
	}
	r.folders = make(map[string]bool)
	for l, err := range archive.ListBackups(r.ctx, r.s, r.id) {
		if err != nil && !errors.Is(err, archive.ErrCorrupt) {
			return err
		}
		r.folders[l.ID] = true
		if err := r.merge(l, err); err != nil {
			return err
		}
	}
	for _, b := range r.found.Backups {
		if !r.folders[b.ID] {
			r.lost(r.rows[b.ID])
		}
	}
	return r.finish()
}

// finish puts the rows in order, and makes of them what policy.json would say.
func (r *reader) finish() error {
	f := &r.found.File
	f.Backups = f.Backups[:0]
	for _, row := range r.rows {
		f.Backups = append(f.Backups, *row)
	}
	slices.SortFunc(f.Backups, func(a, b backup.Backup) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	f.LastCompleteStart = lastComplete(f.LastCompleteStart, f.Backups)
	if r.found.Filed {
		return nil
	}
	if len(f.Backups) == 0 {
		return ErrNoPolicy
	}
	product, _, err := backup.ParsePolicyID(r.id)
	if err != nil {
		return err
	}
	f.Policy = backup.Policy{ID: r.id, Product: product, CreatedAt: f.Backups[len(f.Backups)-1].StartedAt}
	if m := r.manifest; m != nil {
		f.Policy.Site, f.Policy.CloudID, f.Policy.Options, f.Policy.Limits = m.Site, m.CloudID, m.Options, m.Limits
	}
	return nil
}

// lastComplete is the start of the last COMPLETE backup. It outlives the row of
// that backup (R1), but not its verification.
func lastComplete(said time.Time, rows []backup.Backup) time.Time {
	last := backup.LastComplete(rows)
	if slices.ContainsFunc(rows, func(b backup.Backup) bool { return b.StartedAt.Equal(said) }) || last.After(said) {
		return last
	}
	return said
}

func (r *reader) problem(err error) {
	r.found.Problems = append(r.found.Problems, err.Error())
}
