package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// prepareFlags are the flags of download prepare.
type prepareFlags struct {
	detach bool
	as     string
}

func newDownloadPrepare(a *app) *cobra.Command {
	var f prepareFlags
	cmd := &cobra.Command{
		Use:   "prepare BACKUP",
		Short: "Make one file of a backup that can be fetched",
		Long: `Let a worker make one file of a backup, which can be fetched for a day, and wait
for it. Interrupting it does not end the preparation: given again, it waits for
it. A file over the policy's limit, 50 GB, is refused.

Exit codes: 0 the download is ready, 1 it is not.`,
		Example: "  holdfast download prepare jira-acme.20261123T021658Z\n" +
			"  holdfast download prepare jira-acme.20261123T021658Z --detach",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.downloadPrepare(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.detach, "detach", false, "do not wait for it")
	fl.StringVar(&f.as, "as", operator(), "who asks for it; shown as it is said")
	completeValues(cmd, "as")
	return cmd
}

func (a *app) downloadPrepare(ctx context.Context, backupID string, f prepareFlags) error {
	policyID, err := policyOf(backupID)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	b, err := a.prepareDownload(ctx, c, policyID, backupID, f.as)
	if err != nil {
		return err
	}
	if f.detach {
		return a.print(b, func(w io.Writer) { a.printDownload(w, b) })
	}
	if b, err = a.followDownload(ctx, c, b); err != nil {
		return err
	}
	if a.json() {
		err = json.NewEncoder(a.out).Encode(ended{Event: "end", Backup: b})
	} else {
		w := tabwriter.NewWriter(a.table(), 0, 0, 2, ' ', 0)
		a.printDownload(w, b)
		err = w.Flush()
	}
	if err == nil && b.Download.Status != backup.Ready {
		return outcomeOf(backup.Failed)
	}
	return err
}

// prepareDownload asks for a download. One that is being prepared already is as good.
func (a *app) prepareDownload(ctx context.Context, c client.Client, policyID, backupID, as string) (backup.Backup, error) {
	asking, cancel := a.call(ctx)
	defer cancel()
	b, err := message.PrepareDownload.Call(asking, c, message.PolicyID(policyID),
		message.PrepareDownloadInput{RequestID: uuid.NewString(), BackupID: backupID, By: as})
	if kind, text := failure.Of(err); kind == failure.Exists {
		there, _, lookErr := showBackup(asking, c, backupID)
		if lookErr == nil && there.Download != nil && wasPreparing(err, *there.Download) {
			return there, nil
		}
		err = &explained{fmt.Sprintf("prepare a download of backup %s: %s:\n  holdfast download get %s", backupID, text, backupID), err}
		return b, err
	}
	return b, explain("prepare a download of backup "+backupID, err)
}

// wasPreparing is whether a download was being prepared when another one was refused
// with err, whatever has become of it since: the refusal names no end of it then.
func wasPreparing(err error, d backup.Download) bool {
	return d.Status == backup.Preparing || detail[time.Time](err).IsZero()
}

// followDownload shows a download that is being prepared until it is ready, or
// failed, and returns what the policy knows of it then.
func (a *app) followDownload(ctx context.Context, c client.Client, b backup.Backup) (backup.Backup, error) {
	d := a.newDisplay()
	w := newDownloadWatcher(c, b)
	err := w.follow(ctx, d)
	d.done()
	if err != nil {
		return b, err
	}
	settling, cancel := a.call(ctx)
	defer cancel()
	for {
		row, _, err := showBackup(settling, c, b.ID)
		if err != nil {
			return b, err
		}
		if d := row.Download; d != nil && (d.Number != b.Download.Number || d.Status != backup.Preparing) {
			return row, nil
		}
		select {
		case <-settling.Done():
			return b, fmt.Errorf("download %d of backup %s has ended without telling its policy: look at it in a while with 'holdfast backup show %s', then prepare another one", b.Download.Number, b.ID, b.ID)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
