package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"holdfast/internal/backup"
	"holdfast/internal/restore"
	"holdfast/internal/restore/upload"
)

// uploadFile verifies a downloaded file wholly, puts its content into the store, and
// notes in s where it is. It shows how far it is.
func (a *app) uploadFile(ctx context.Context, path, address string, s *restore.Spec) error {
	if address == "" {
		return usagef("--file is put into the store of the workers first: give its address with --store")
	}
	file, err := os.Open(path)
	if err != nil {
		return usagef("--file: %v: check its name", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return usagef("--file: %s is no file: give one that 'holdfast download get' has fetched", path)
	}
	st, err := openExisting(ctx, address)
	if err != nil {
		return err
	}
	d, last := a.newDisplay(), time.Time{}
	pace := transferPace{backup: s.BackupID}
	sha, policyID, backupID, err := upload.Upload(ctx, st, file, info.Size(), func(p upload.Progress) {
		if pace.step != string(p.Step) {
			pace, last = transferPace{backup: s.BackupID, step: string(p.Step)}, time.Time{}
		}
		if now := time.Now(); now.Sub(last) >= d.every() {
			d.show(pace.note(now, p.Bytes, p.Total, ""))
			last = now
		}
	})
	d.done()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the upload of %s was interrupted: the same command goes on with it", path)
	case errors.Is(err, upload.ErrRefused):
		return &refusal{&explained{fmt.Sprintf("%s: %v", path, err), err}}
	case err != nil:
		return fmt.Errorf("upload %s: %w; the same command goes on with it", path, err)
	}
	if s.BackupID != "" && s.BackupID != backupID {
		return fmt.Errorf("%s was backup %s and is %s now: it has changed meanwhile, so give the command again", path, s.BackupID, backupID)
	}
	s.From, s.Import, s.PolicyID, s.BackupID = backup.FromFile, sha, policyID, backupID
	s.Product = product(backupID)
	return nil
}
