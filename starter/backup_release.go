package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/message"
)

func newBackupRelease(a *app) *cobra.Command {
	var in message.BackupInput
	var yes bool
	cmd := &cobra.Command{
		Use:   "release BACKUP",
		Short: "Let a backup expire that is held",
		Long: `Let a backup expire that is held. Where its time is over, it is deleted at once:
you are asked first.`,
		Example:           "  holdfast backup release jira-acme.20261123T021658Z",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.BackupID = args[0]
			return a.backupRelease(cmd.Context(), in, yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	addNote(cmd, &in.Text, &in.By, "why it is released", "who releases it")
	return cmd
}

func (a *app) backupRelease(ctx context.Context, in message.BackupInput, yes bool) error {
	policyID, err := policyOf(in.BackupID)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	b, view, err := a.lookAtBackup(ctx, c, in.BackupID)
	if err != nil {
		return err
	}
	if b.Held != nil && !time.Now().Before(b.ExpiresAt) {
		w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
		describeBackup(w, b, view.Policy)
		_ = w.Flush()
		if err := a.confirm(ctx, "Its time is over. Release this backup, which deletes it?", yes); err != nil {
			return err
		}
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	b, err = message.Release.Call(asking, c, message.PolicyID(policyID), in)
	if err != nil {
		return explain("release backup "+in.BackupID, err)
	}
	return a.print(b, func(w io.Writer) {
		fmt.Fprintf(w, "Backup %s is released. It expires at %s.\n", b.ID, when(b.ExpiresAt))
	})
}
