package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

func newDownloadDelete(a *app) *cobra.Command {
	var yes bool
	var as string
	cmd := &cobra.Command{
		Use:   "delete BACKUP",
		Short: "Delete the download of a backup before it ends",
		Long: `Delete the download of a backup before it ends, or stop its preparation, and wait
for that. The backup stays, and another download can be prepared.`,
		Example:           "  holdfast download delete jira-acme.20261123T021658Z --yes",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.downloadDelete(cmd.Context(), args[0], as, yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().StringVar(&as, "as", operator(), "who deletes it; shown as it is said")
	completeValues(cmd, "as")
	return cmd
}

func (a *app) downloadDelete(ctx context.Context, backupID, as string, yes bool) error {
	if _, err := policyOf(backupID); err != nil {
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
	if !b.Download.Open(time.Now()) {
		return fmt.Errorf("backup %s has no download that could be deleted: prepare one with 'holdfast download prepare %s'", backupID, backupID)
	}
	fmt.Fprintf(a.err, "download of backup %s: %s\n", cell(backupID), cell(downloadText(b.Download)))
	if err := a.confirm(ctx, "Delete this download?", yes); err != nil {
		return err
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	id := message.DownloadID(backupID, b.Download.Number)
	if err := c.SignalWorkflow(asking, id, "", message.EndDownload.Name, "deleted by "+as); err != nil {
		return explain("delete the download of backup "+backupID, err)
	}
	if b, err = a.downloadEnded(asking, c, b); err != nil {
		return err
	}
	return a.print(b, func(w io.Writer) { a.printDownload(w, b) })
}

// downloadEnded waits until the policy has heard that the download of b has ended.
// One that was fetched a moment ago ends with the last link to it.
func (a *app) downloadEnded(ctx context.Context, c client.Client, b backup.Backup) (backup.Backup, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for number := b.Download.Number; ; {
		now, _, err := showBackup(ctx, c, b.ID)
		if err != nil {
			return b, err
		}
		if d := now.Download; d == nil || d.Number != number || !d.Open(time.Now()) {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return b, fmt.Errorf("the download of backup %s is being deleted: a link to it that was given out ends within 15 minutes at most; look again with 'holdfast backup show %s'", b.ID, b.ID)
		case <-tick.C:
		}
	}
}
