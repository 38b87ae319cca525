package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/restore"
)

// FileFound is what an uploaded file is a backup of.
type FileFound struct {
	Backup backup.Backup `json:"backup"` // as its manifest has it: id, status, start
}

// VerifyImport reads every byte of an uploaded file's content and compares it with its
// manifest. Damage is failure Corrupt, an unknown version InvalidArgument.
func (a *Activities) VerifyImport(ctx context.Context, in RestoreStep) (FileFound, error) {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.begin(ctx, in); err != nil {
		return FileFound{}, err
	}
	s := restore.Source(a.deps.Store, in.Spec)
	r, err := archive.Open(ctx, s, in.Spec.PolicyID, in.Spec.BackupID)
	if errors.Is(err, archive.ErrNoManifest) {
		return FileFound{}, failure.New(failure.Corrupt, fmt.Sprintf(
			"the file of backup %s is not all in the store %s: give it again with --file within a day, which goes on where the upload was", in.Spec.BackupID, a.deps.Store.URL()))
	}
	if err != nil {
		return FileFound{}, importFailed(err)
	}
	found, err := archive.Verify(ctx, s, in.Spec.PolicyID, in.Spec.BackupID, archive.VerifyOptions{
		Progress: func(p archive.VerifyProgress) {
			beat.at(StepProgress{Items: p.Objects, Bytes: p.Bytes, Total: p.Total})
		},
	})
	switch {
	case err != nil:
		return FileFound{}, importFailed(err)
	case !found.OK():
		return FileFound{}, failure.New(failure.Corrupt, fmt.Sprintf(
			"what was uploaded of backup %s is damaged (%s): give the file again with --file", in.Spec.BackupID, found.Problems[0]))
	case found.ExtraCount > 0:
		return FileFound{}, failure.New(failure.Corrupt, fmt.Sprintf(
			"beside what was uploaded of backup %s are %d objects that do not belong to it: delete %s from the store and give the file again with --file",
			in.Spec.BackupID, found.ExtraCount, restore.ImportDir(in.Spec.Import)))
	}
	return FileFound{Backup: manifestRow(r.Manifest())}, nil
}

// importFailed is restoreFailed for an uploaded file.
func importFailed(err error) error {
	if kind, _ := failure.Of(err); kind == "" && errors.Is(err, archive.ErrCorrupt) {
		return failure.New(failure.Corrupt, fmt.Sprintf("%v; give the file again with --file", err))
	}
	return restoreFailed(err)
}

// manifestRow is the row of a backup as its manifest has it.
func manifestRow(m archive.Manifest) backup.Backup {
	return backup.Backup{
		ID: m.Backup, Status: m.Status, StartedAt: m.StartedAt, EndedAt: m.SealedAt, Deadline: m.StartedAt.Add(m.Limits.Deadline),
		ExpiresAt: backup.ExpiresAt(m.StartedAt, m.Limits), Options: m.Options, Counts: m.Counts,
	}
}
