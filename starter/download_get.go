package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/fetch"
	"holdfast/internal/links"
	"holdfast/internal/message"
)

// getFlags are the flags of download get.
type getFlags struct {
	file        string
	force, json bool
}

func newDownloadGet(a *app) *cobra.Command {
	var f getFlags
	cmd := &cobra.Command{
		Use:   "get BACKUP [-o FILE]",
		Short: "Fetch a download that is ready, and verify it",
		Long: `Fetch a download that is ready, by a link that only this process can read, check
its size and SHA-256, and verify what is in it. It is written to FILE.part, and
becomes FILE when it is whole. Interrupted or broken off, the same command goes on
where it was.

Here -o is the file; --json makes the results JSON.

Exit codes: 0 the file is whole, and the backup in it COMPLETE; 3 the same, and the
backup INCOMPLETE; 1 failed.`,
		Example: "  holdfast download get jira-acme.20261123T021658Z\n" +
			"  holdfast download get jira-acme.20261123T021658Z -o /mnt/backups/jira.zip",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.json {
				a.output = "json"
			}
			return a.downloadGet(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.file, "output", "o", "", "the file that is written (default: BACKUP.zip, here)")
	fl.BoolVar(&f.force, "force", false, "replace a file that is there")
	fl.BoolVar(&f.json, "json", false, "results as JSON")
	return cmd
}

// got is the JSON result of download get.
type got struct {
	Event string `json:"event"` // "end"
	fileVerified
}

// target is the file that is written. One that is there is an error, unless it may
// be replaced.
func (f getFlags) target(backupID string) (string, error) {
	file := f.file
	if file == "" {
		file = backupID + ".zip"
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return file, nil
	case err != nil:
		return "", fmt.Errorf("write %s: %w: choose another file with -o", file, err)
	case info.IsDir():
		return "", usagef("%s is a folder: give a file with -o", file)
	case !f.force:
		return "", usagef("%s is there already: give another file with -o, or replace it with --force", file)
	}
	return file, nil
}

func (a *app) downloadGet(ctx context.Context, backupID string, f getFlags) error {
	policyID, err := policyOf(backupID)
	if err != nil {
		return err
	}
	file, err := f.target(backupID)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	b, _, err := a.lookAtBackup(ctx, c, backupID)
	if err != nil {
		return err
	}
	if err := mayGet(policyID, b, time.Now()); err != nil {
		return err
	}
	part := file + ".part"
	if err := a.fetch(ctx, c, b, part); err != nil {
		return err
	}
	found, err := a.verifyFile(ctx, part, backupID, a.newDisplay())
	if err != nil {
		return err
	}
	if !found.Whole {
		if err := a.printGot(found); err != nil {
			return err
		}
		return fmt.Errorf("what was prepared of backup %s is not whole: verify the backup with 'holdfast backup verify %s'; what was fetched is in %s", backupID, backupID, part)
	}
	if err := os.Rename(part, file); err != nil {
		return fmt.Errorf("name the download: %w: it is whole, in %s", err, part)
	}
	found.File = file
	if err := a.printGot(found); err != nil {
		return err
	}
	return found.outcome()
}

func (a *app) printGot(found fileVerified) error {
	if a.json() {
		return encodeLine(a.out, got{"end", found})
	}
	return a.print(found, func(w io.Writer) { found.table(w) })
}

// mayGet says whether there is something to fetch of a backup.
func mayGet(policyID string, b backup.Backup, now time.Time) error {
	switch d := b.Download; {
	case d != nil && d.Status == backup.Preparing:
		return fmt.Errorf("the download of backup %s is being prepared: wait for it with 'holdfast download prepare %s'", b.ID, b.ID)
	case d.Open(now):
		return nil
	case d != nil && d.Status == backup.DownloadFailed:
		return fmt.Errorf("the download of backup %s has FAILED: %s; prepare another one with 'holdfast download prepare %s'", b.ID, d.Reason, b.ID)
	case !backup.Available(b, now):
		return fmt.Errorf("backup %s is %s: there is nothing to fetch of it; take one that 'holdfast backup list %s' shows as COMPLETE", b.ID, backup.StatusAt(b, now), policyID)
	case d != nil:
		return fmt.Errorf("the download of backup %s has expired: prepare another one with 'holdfast download prepare %s'", b.ID, b.ID)
	}
	return fmt.Errorf("there is no download of backup %s: prepare one with 'holdfast download prepare %s'", b.ID, b.ID)
}

// fetch fetches the download of a backup into a file, and shows how far it is.
func (a *app) fetch(ctx context.Context, c client.Client, b backup.Backup, part string) error {
	l, err := newLinker(c, b)
	if err != nil {
		return err
	}
	d := a.newDisplay()
	pace, last := transferPace{backup: b.ID, step: stepFetch}, time.Time{}
	var refused error
	err = fetch.Fetch(ctx, fetch.File{
		Link: func(ctx context.Context) (address string, err error) {
			ctx, cancel := a.call(ctx)
			defer cancel()
			address, refused = l.link(ctx)
			return address, refused
		},
		Size: b.Download.Size, SHA256: b.Download.SHA256, Part: part,
		Progress: func(done int64, waiting string) {
			if now := time.Now(); waiting != "" || done == b.Download.Size || now.Sub(last) >= d.every() {
				d.show(pace.note(now, done, b.Download.Size, waiting))
				last = now
			}
		},
	})
	d.done()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fetch.ErrDamaged):
		return damagedDownload(b, err)
	case ctx.Err() != nil:
		return fmt.Errorf("fetching the download of backup %s was interrupted: what is there is in %s, and the same command goes on", b.ID, part)
	case refused != nil:
		return fmt.Errorf("fetch the download of backup %s: %w", b.ID, refused)
	}
	return fmt.Errorf("fetch the download of backup %s: %w; what is there is in %s: the same command goes on (see that this host reaches the links of the workers, their --links-url)", b.ID, err, part)
}

// damagedDownload is the error of a download that did not arrive as it was prepared.
// Another one is refused for as long as this one can be fetched, so that is told.
func damagedDownload(b backup.Backup, err error) error {
	return fmt.Errorf("fetch the download of backup %s: %w: fetch it again; if it comes out so again, its file in the store is damaged: verify the backup with 'holdfast backup verify %s', then make another one: 'holdfast download delete %s', 'holdfast download prepare %s'", b.ID, err, b.ID, b.ID, b.ID)
}

// linker asks for links to one download, that only this process can read.
type linker struct {
	client client.Client
	key    *links.Key
	backup string
	id     string // of the download's workflow
}

func newLinker(c client.Client, b backup.Backup) (*linker, error) {
	key, err := links.NewKey()
	if err != nil {
		return nil, err
	}
	return &linker{client: c, key: key, backup: b.ID, id: message.DownloadID(b.ID, b.Download.Number)}, nil
}

func (l *linker) link(ctx context.Context) (string, error) {
	sealed, err := message.Link.Call(ctx, l.client, l.id, message.LinkInput{PublicKey: l.key.Public()})
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return "", fmt.Errorf("it has expired: prepare another one with 'holdfast download prepare %s'", l.backup)
	}
	if err != nil {
		return "", explain("ask for a link", err)
	}
	return links.Open(l.key, l.id, sealed.Sealed)
}
