package activities

import (
	"context"

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
func (a *Activities) Package(ctx context.Context, in PackageInput) (PackageResult, error) {
	return PackageResult{}, failure.New(failure.InvalidArgument, "not there yet")
}

// DeletePackageInput names a download of a backup.
type DeletePackageInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
	Number   int    `json:"number"`
}

// DeletePackage deletes the package of a download, and its parts.
func (a *Activities) DeletePackage(ctx context.Context, in DeletePackageInput) error {
	return failure.New(failure.InvalidArgument, "not there yet")
}
