// Package upload puts the content of a downloaded backup into the store, where a restore
// can read it (T2): the file is verified as a whole first, and nothing of one that is not
// exactly a backup of holdfast is written.
package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// Step is what is being done with a file.
type Step string

// The steps, in their order.
const (
	Hashing   Step = "reading"
	Verifying Step = "verifying"
	Storing   Step = "uploading"
)

// Progress is how far a step is.
type Progress struct {
	Step  Step
	Bytes int64
	Total int64
}

// ErrRefused is wrapped where a file can't be restored from, whatever is tried: it is no
// package of a backup, damaged, of an unknown version, or of a backup that is too old.
var ErrRefused = errors.New("the file can't be restored from")

// Upload verifies the package in a file of so many bytes wholly, judges whether it may
// still be restored from now (T2), and puts its content below restore.ImportDir, object
// by object in the layout of a backup's folder, manifest.json last. What an earlier call
// stored it keeps, by size and checksum. It returns the SHA-256 of the file, which names
// that folder, and what it is a backup of. progress may be nil.
//
// What is wrong with the file wraps ErrRefused, and *backup.FileTooOld where it is too
// old; other errors are of reading the file and of the store.
func Upload(ctx context.Context, s store.Store, file io.ReaderAt, size int64, progress func(Progress)) (sha, policyID, backupID string, err error) {
	return upload(ctx, s, file, size, time.Now(), progress)
}

func upload(ctx context.Context, s store.Store, file io.ReaderAt, size int64, now time.Time, progress func(Progress)) (sha, policyID, backupID string, err error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	m, err := check(ctx, file, size, now, progress)
	if err != nil {
		return "", "", "", err
	}
	if sha, err = hash(ctx, file, size, progress); err != nil {
		return "", "", "", err
	}
	p, err := archive.OpenPackage(ctx, file, size)
	if err != nil {
		return "", "", "", fmt.Errorf("the file changed while it was read: %w", err)
	}
	to := &uploader{s: s, sha: sha, m: m, progress: progress, total: m.Counts.StoredBytes}
	if err := to.all(ctx, p); err != nil {
		return "", "", "", fmt.Errorf("upload the file of backup %s: %w", m.Backup, err)
	}
	return sha, m.Policy, m.Backup, nil
}

// check verifies a file wholly, and judges its age: by what its manifest says first,
// which is quick, and again when that is known to be true.
func check(ctx context.Context, file io.ReaderAt, size int64, now time.Time, progress func(Progress)) (archive.Manifest, error) {
	m, err := archive.ReadPackageManifest(ctx, file, size)
	if err != nil {
		return m, refused(err)
	}
	row := backup.Backup{ID: m.Backup, Status: m.Status, StartedAt: m.StartedAt}
	limits := m.Limits
	if limits.FileLife <= 0 {
		limits.FileLife = backup.DefaultLimits().FileLife
	}
	if err := backup.MayRestore(row, backup.FromFile, now, limits); err != nil {
		return m, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	found, err := archive.VerifyPackage(ctx, file, size, archive.VerifyOptions{
		Progress: func(p archive.VerifyProgress) { progress(Progress{Verifying, p.Bytes, size}) },
	})
	if err != nil {
		return m, err
	}
	if !found.OK() {
		return m, fmt.Errorf("%w: %s (%d problems in all): fetch it again, and verify it with 'holdfast verify FILE'",
			ErrRefused, found.Problems[0], found.ProblemCount)
	}
	return m, nil
}

// refused tells what is wrong with a file from what is wrong with reading it.
func refused(err error) error {
	if errors.Is(err, archive.ErrCorrupt) || errors.Is(err, archive.ErrFormat) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

// hash is the SHA-256 of the whole file.
func hash(ctx context.Context, file io.ReaderAt, size int64, progress func(Progress)) (string, error) {
	sum := sha256.New()
	buf := make([]byte, 1<<20)
	for at := int64(0); at < size; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := file.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		_, _ = sum.Write(buf[:n]) // a hash takes everything
		at += int64(n)
		progress(Progress{Hashing, at, size})
		if err != nil && at < size {
			return "", fmt.Errorf("read the file at byte %d: %w", at, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
