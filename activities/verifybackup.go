package activities

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/store"
)

// VerifyBackupInput names a backup, and which share of it is read.
type VerifyBackupInput struct {
	PolicyID string `json:"policyId"`
	BackupID string `json:"backupId"`
	// Share and Of say that the Share-th of Of shares is read, as archive.VerifyOptions
	// have it; where they are 0, all is.
	Share int `json:"share,omitempty"`
	Of    int `json:"of,omitempty"`
	// ReadID is the id of the workflow that verifies.
	ReadID string `json:"readId,omitempty"`
}

// VerifyBackupResult is what reading a whole backup has found.
type VerifyBackupResult struct {
	Counts       backup.Counts `json:"counts"`             // as the manifest says
	Problems     []string      `json:"problems,omitempty"` // at most 20
	ProblemCount int           `json:"problemCount"`
	Readable     bool          `json:"readable"` // the manifest could be read
}

// VerifyBackup reads every byte of a backup, or of a share of it, from the store and
// compares it with what is said of it. Damage is in the result; the error is one of
// the store, or NotFound where it holds nothing of such a backup: perhaps it is
// another store. It keeps the backup from expiring: with success until
// RecordVerification, otherwise until it fails.
func (a *Activities) VerifyBackup(ctx context.Context, in VerifyBackupInput) (result VerifyBackupResult, err error) {
	beat := startPulse(ctx)
	defer beat.end()
	read := message.ReadInput{ReadID: in.ReadID, BackupID: in.BackupID}
	if err := beginRead(ctx, in.PolicyID, read); err != nil {
		return VerifyBackupResult{}, err
	}
	defer func() {
		if err != nil {
			endRead(ctx, in.PolicyID, read)
		}
	}()
	if of := max(in.Of, 1); in.Of < 0 || in.Of > 0 && (in.Share < 1 || in.Share > of) {
		return VerifyBackupResult{}, failure.New(failure.InvalidArgument, fmt.Sprintf("there is no share %d of %d: give one of 1 to %d", in.Share, in.Of, of))
	}
	if err := a.held(ctx, in); err != nil {
		return VerifyBackupResult{}, failed(err)
	}
	found, err := archive.Verify(ctx, a.deps.Store, in.PolicyID, in.BackupID, archive.VerifyOptions{
		Share: in.Share, Of: in.Of,
		Progress: func(p archive.VerifyProgress) { beat.at(StepProgress{Items: p.Objects, Bytes: p.Bytes}) },
	})
	if err != nil {
		return VerifyBackupResult{}, failed(err)
	}
	return VerifyBackupResult{
		Counts: found.Counts, Problems: found.Problems, ProblemCount: found.ProblemCount, Readable: found.Readable,
	}, nil
}

// held is nil where the store has, or should have, the data of a backup: a manifest
// that is lost is damage, a folder that was never there is not.
func (a *Activities) held(ctx context.Context, in VerifyBackupInput) error {
	_, err := a.deps.Store.Stat(ctx, archive.BackupDir(in.PolicyID, in.BackupID)+archive.ManifestName)
	if !errors.Is(err, store.ErrNotExist) {
		return err
	}
	state, err := archive.ReadState(ctx, a.deps.Store, in.PolicyID, in.BackupID)
	switch {
	case errors.Is(err, store.ErrNotExist):
		return failure.New(failure.NotFound, fmt.Sprintf(
			"the store %s holds nothing of a backup %s: see `holdfast backup list %s` for the ids, and check that the worker has the store that the backup was written to",
			a.deps.Store.URL(), in.BackupID, in.PolicyID))
	case err == nil && (state.Status == backup.Failed || state.Status == backup.Expired):
		return failure.New(failure.NotFound, fmt.Sprintf("backup %s is %s: it has no data that could be verified", in.BackupID, state.Status))
	case errors.Is(err, archive.ErrCorrupt):
		return nil // Verify tells of it
	}
	return err
}
