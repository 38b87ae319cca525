package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
)

func newVerify(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify FILE",
		Short: "Check every byte of a downloaded file, without a cluster",
		Long: `Check every byte of a downloaded file against what is said of it inside.
Neither a cluster nor a store is needed.

Exit codes: 0 the file is whole, and the backup in it COMPLETE; 3 the file is
whole, and the backup INCOMPLETE; 1 the file is damaged, or none of holdfast.`,
		Example: "  holdfast verify jira-acme.20261123T021658Z.zip\n" +
			"  holdfast verify jira-acme.20261123T021658Z.zip -o json",
		Args: one("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := a.verifyFile(cmd.Context(), args[0], "", a.newBar())
			if err != nil {
				return err
			}
			if err := a.print(found, found.table); err != nil {
				return err
			}
			return found.outcome()
		},
	}
}

// fileVerified is the JSON result of verify: what a downloaded file is.
type fileVerified struct {
	File   string        `json:"file"`
	Whole  bool          `json:"whole"` // every byte is as is said of it inside
	Backup string        `json:"backup,omitempty"`
	Site   string        `json:"site,omitempty"`
	Status backup.Status `json:"status,omitempty"` // of the backup, COMPLETE or INCOMPLETE, when it was made
	// RestorableUntil is until when a file of this backup can be restored (T2).
	RestorableUntil time.Time     `json:"restorableUntil,omitzero"`
	Counts          backup.Counts `json:"counts"`
	Files           int           `json:"files"` // that were read
	Bytes           int64         `json:"bytes"` // that were read
	Problems        []string      `json:"problems,omitempty"`
	ProblemCount    int           `json:"problemCount"`
}

// outcome is nil for a whole file of a COMPLETE backup.
func (v fileVerified) outcome() error {
	if !v.Whole {
		return outcomeOf(backup.Failed)
	}
	return outcomeOf(v.Status)
}

// verifyFile reads all of a downloaded file and shows how far it is; d may be nil.
// What is wrong with the file is in the result; the error is one of reading it.
func (a *app) verifyFile(ctx context.Context, path, backupID string, d *display) (fileVerified, error) {
	v := fileVerified{File: path}
	file, err := os.Open(path)
	if err != nil {
		return v, fmt.Errorf("verify a download: %w: check its name", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return v, fmt.Errorf("verify a download: %w", err)
	}
	if !info.Mode().IsRegular() {
		return v, usagef("%s is no file: give one that 'holdfast download get' has fetched", path)
	}
	pace, last := transferPace{backup: backupID, step: stepVerify}, time.Time{}
	found, err := archive.VerifyPackage(ctx, file, info.Size(), archive.VerifyOptions{
		Progress: func(p archive.VerifyProgress) {
			if now := time.Now(); d != nil && now.Sub(last) >= d.every() {
				d.show(pace.note(now, p.Bytes, p.Total, ""))
				last = now
			}
		},
	})
	if d != nil {
		d.done()
	}
	if ctx.Err() != nil {
		return v, &explained{fmt.Sprintf("verifying %s was interrupted: it is not known yet whether it is whole; give the same command again", path), ctx.Err()}
	}
	if err != nil {
		return v, fmt.Errorf("verify %s: %w", path, err)
	}
	v.describe(ctx, file, info.Size())
	v.Whole, v.Counts, v.Files, v.Bytes = found.OK(), found.Counts, found.Objects, found.Bytes
	v.Problems, v.ProblemCount = found.Problems, found.ProblemCount
	return v, nil
}

// describe notes what the file says that it is; one that does not say it is damaged,
// which its verification tells.
func (v *fileVerified) describe(ctx context.Context, file io.ReaderAt, size int64) {
	m, err := archive.ReadPackageManifest(ctx, file, size)
	if err != nil {
		return
	}
	v.Backup, v.Status, v.Site, v.RestorableUntil = m.Backup, m.Status, m.Site, m.FileUntil()
}

// table writes what a file is, for people.
func (v fileVerified) table(w io.Writer) {
	row(w, "file", v.File)
	if v.Backup != "" {
		row(w, "backup", v.Backup)
		row(w, "of", fmt.Sprintf("%s of %s", product(v.Backup), v.Site))
		row(w, "status", v.Status)
		row(w, "accepted for a restore", "until "+when(v.RestorableUntil))
	}
	if !v.Whole {
		row(w, "verified", "no: DAMAGED, problems found: "+count(v.ProblemCount)+"; fetch it again, or verify the backup in the store")
	} else {
		row(w, "verified", fmt.Sprintf("every byte is as is said of it inside: %s files, %s", count(v.Files), size(v.Bytes)))
	}
	if v.Backup != "" {
		printCounts(w, product(v.Backup), v.Counts)
	}
	for _, p := range v.Problems {
		row(w, "problem", p)
	}
	if left := v.ProblemCount - len(v.Problems); left > 0 && len(v.Problems) > 0 {
		row(w, "", fmt.Sprintf("and %s more", count(left)))
	}
}

// encodeLine writes v as one line of JSON.
func encodeLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
