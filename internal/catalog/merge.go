package catalog

import (
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// merge brings the row of a backup to what its folder says. damage is why its
// state.json can't be read, nil where it can, or is not there.
func (r *reader) merge(l archive.Listed, damage error) error {
	row, state := r.rows[l.ID], l.State
	if l.Sealed {
		r.found.Sealed[l.ID] = true
	}
	if damage != nil {
		r.problem(damage)
	}
	r.found.Version = max(r.found.Version, state.Version)
	stated := damage == nil && state.Backup != ""
	switch {
	case row != nil && row.Status == backup.InProgress && !l.Sealed && (!stated || held(state.Status)):
		return nil // state.json is written just before the manifest: the run was not through
	case row == nil && !l.Sealed && !stated && damage == nil:
		return nil // of a run that was cut off
	case row == nil || row.Status == backup.InProgress:
		known, err := r.details(l, row)
		if err != nil {
			return err
		}
		row = &known
		r.rows[l.ID] = row
		if stated {
			apply(row, state)
		}
	case stated && newer(state, *row, r.version):
		apply(row, state)
	}
	if !stated && damage == nil && l.Sealed {
		r.problem(fmt.Errorf("%s of %s: %w: it is missing", archive.StateName, l.ID, archive.ErrCorrupt))
	}
	if !l.Sealed && held(row.Status) {
		r.lost(row)
	}
	return nil
}

// newer reports whether state.json tells what the row does not know yet. The state
// of what has changed is written before policy.json, and that of what expires at
// once: a row is older where its file is, or where the bytes are deleted already.
func newer(s archive.State, row backup.Backup, version int64) bool {
	return s.Version > version || s.Status == backup.Expired && row.Status != backup.Expired
}

// apply makes a row say what state.json says.
func apply(row *backup.Backup, s archive.State) {
	row.Status, row.Was, row.Reason = s.Status, s.Was, s.Reason
	row.StartedAt, row.EndedAt, row.ExpiresAt = s.StartedAt, s.EndedAt, s.ExpiresAt
	row.Held, row.By, row.VerifiedAt = s.Held, s.By, s.VerifiedAt
}

// lost makes a row of which the manifest is gone, or the whole folder, say so. It
// keeps its expiry: what may be left of it is deleted then.
func (r *reader) lost(row *backup.Backup) {
	if !held(row.Status) {
		return
	}
	what := "its manifest is missing in the store"
	if !r.folders[row.ID] {
		what = "nothing of it is in the store"
	}
	r.problem(fmt.Errorf("backup %s was %s: %w: %s", row.ID, row.Status, archive.ErrCorrupt, what))
	row.Status = backup.Failed
	row.Reason = what + "; run a new backup"
}

// held reports whether a backup of that status has bytes.
func held(s backup.Status) bool { return s == backup.Complete || s == backup.Incomplete }

// details make the row of a backup that ended without the policy's knowing: out of
// its manifest or, where its bytes are deleted, its report. had is its row while the
// run was in progress, nil where not even that is known.
func (r *reader) details(l archive.Listed, had *backup.Backup) (backup.Backup, error) {
	row := backup.Backup{ID: l.ID}
	if had != nil {
		row = *had
	} else {
		_, start, err := backup.ParseBackupID(l.ID)
		if err != nil {
			return row, err // BackupIDs yields no such one
		}
		row.StartedAt = start
	}
	row.Status, row.Reason = backup.Failed, "its state.json can't be read; run a new backup"
	if r.found.Filed {
		row.ExpiresAt = backup.ExpiresAt(row.StartedAt, r.found.Policy.Limits)
	}
	if l.Sealed {
		opened, err := archive.Open(r.ctx, r.s, r.id, l.ID)
		if err == nil {
			r.manifested(&row, opened.Manifest())
			return row, nil
		}
		if !damaged(err) {
			return row, err
		}
		r.problem(err)
		row.Reason = "its manifest can't be read; run a new backup"
	}
	report, err := archive.OpenReport(r.ctx, r.s, r.id, l.ID, archive.ReportVisitor{})
	switch {
	case err == nil:
		row.EndedAt, row.Options, row.Counts = report.EndedAt, report.Options, report.Counts
	case !damaged(err):
		return row, err
	}
	return row, nil
}

// manifested makes a row say what the manifest says.
func (r *reader) manifested(row *backup.Backup, m archive.Manifest) {
	row.Status, row.Reason, row.StartedAt, row.EndedAt = m.Status, "", m.StartedAt, m.SealedAt
	row.Deadline, row.ExpiresAt = m.StartedAt.Add(m.Limits.Deadline), backup.ExpiresAt(m.StartedAt, m.Limits)
	row.Options, row.Counts = m.Options, m.Counts
	if r.manifest == nil || m.StartedAt.After(r.manifest.StartedAt) {
		m.Segments, m.Indexes = nil, nil
		r.manifest = &m
	}
}

// damaged reports whether err is of what is stored, not of the store.
func damaged(err error) bool {
	for _, of := range []error{archive.ErrCorrupt, archive.ErrFormat, archive.ErrNoManifest, store.ErrCorrupt, store.ErrNotExist} {
		if errors.Is(err, of) {
			return true
		}
	}
	return false
}
