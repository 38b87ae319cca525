package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

func newBackupDelete(a *app) *cobra.Command {
	var in message.BackupInput
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete BACKUP",
		Short: "Delete a backup before it expires",
		Long: `Delete a backup before it expires. It is shown, and you are asked whether to go
on. Its details stay, and when the next backup may start does not change. A
backup that is held must be released first.`,
		Example: "  holdfast backup delete jira-acme.20261123T021658Z\n" +
			"  holdfast backup delete jira-acme.20261123T021658Z --why 'holds what must go' --yes",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.BackupID = args[0]
			return a.backupDelete(cmd.Context(), in, yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	addNote(cmd, &in.Text, &in.By, "why it is deleted", "who deletes it")
	return cmd
}

func (a *app) backupDelete(ctx context.Context, in message.BackupInput, yes bool) error {
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
	w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	describeBackup(w, b, view.Policy)
	_ = w.Flush()
	if err := a.confirm(ctx, "Delete this backup?", yes); err != nil {
		return err
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	b, err = message.DeleteBackup.Call(asking, c, message.PolicyID(policyID), in)
	if err != nil {
		return explain("delete backup "+in.BackupID, err)
	}
	return a.print(b, func(w io.Writer) {
		if !b.DeletedAt.IsZero() {
			fmt.Fprintf(w, "Backup %s is deleted.\n", b.ID)
			return
		}
		fmt.Fprintf(w, "Backup %s is %s, and its bytes are being deleted. See it:\n  %s\n", b.ID, backup.Expired, a.hint("holdfast backup show "+b.ID))
	})
}
