package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// PackageInput says which backup is packaged. What comes out depends on it and on
// the backup alone.
type PackageInput struct {
	Policy backup.Policy `json:"policy"`
	Backup backup.Backup `json:"backup"` // with the Download that asks
}

// PackageResult is the package.
type PackageResult struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
}

// Package makes the package of a backup (L1) from store to store, as fixed parts
// that are composed at the end. A later call goes on after the last whole part. A
// package over the limit is TooBig before a byte of the backup is read (L2).
//
// All of the backup passes by its CRC-32 on its way, and the package as a whole by a
// checksum that is known beforehand: Corrupt where the backup is damaged. NotAvailable
// where it has no bytes any more, or is of a time when no packages were made.
func (a *Activities) Package(ctx context.Context, in PackageInput) (PackageResult, error) {
	beat := startPulse(ctx)
	defer beat.end()
	p := &packager{store: a.deps.Store, in: in, beat: beat, partSize: archive.PartSize}
	if err := p.check(); err != nil {
		return PackageResult{}, err
	}
	if err := a.owned(ctx, in.Policy.ID); err != nil {
		return PackageResult{}, err
	}
	result, err := p.run(ctx)
	return result, packageFailed(err)
}

// packageFailed is failed for what reads a backup for a package.
func packageFailed(err error) error {
	switch kind, _ := failure.Of(err); {
	case kind != "":
		return err
	case errors.Is(err, archive.ErrNoManifest), errors.Is(err, archive.ErrNotPackable), errors.Is(err, archive.ErrFormat):
		return failure.New(failure.NotAvailable, err.Error())
	case errors.Is(err, archive.ErrCorrupt):
		return failure.New(failure.Corrupt, fmt.Sprintf("%v; verify the backup with `holdfast backup verify`, and run a new one where it is damaged", err))
	}
	return failed(err)
}

// DeletePackageInput names a download of a backup.
type DeletePackageInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
	Number   int    `json:"number"`
}

// DeletePackage deletes the package of a download, and its parts. One that is not
// there (any more) is not an error. It is StoreHeld where a retention policy or a
// hold keeps an object; the others are deleted.
func (a *Activities) DeletePackage(ctx context.Context, in DeletePackageInput) error {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.owned(ctx, in.PolicyID); err != nil {
		return err
	}
	var kept keptObjects
	// The package first: nobody shall fetch what is being deleted.
	name := archive.PackageName(in.PolicyID, in.BackupID, in.Number)
	for _, prefix := range []string{name, archive.PackageParts(in.PolicyID, in.BackupID, in.Number)} {
		keep := func(found string) bool { return prefix == name && found != name }
		if err := kept.removeAll(ctx, a.deps.Store, prefix, beat, keep); err != nil {
			return deletionFailed(err)
		}
	}
	return deletionFailed(kept.err())
}
