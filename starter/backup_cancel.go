package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast/internal/message"
)

func newBackupCancel(a *app) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:               "cancel BACKUP",
		Short:             "Cancel a backup in progress",
		Long:              "Cancel a backup in progress. What it has stored is removed, and its status becomes FAILED.",
		Example:           "  holdfast backup cancel jira-acme.20261123T021658Z",
		ValidArgsFunction: a.complete(completeRunning),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			policyID, err := policyOf(args[0])
			if err != nil {
				return err
			}
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			ctx, cancel := a.call(cmd.Context())
			defer cancel()
			b, err := message.CancelBackup.Call(ctx, c, message.PolicyID(policyID), message.CancelBackupInput{BackupID: args[0], By: as})
			if err != nil {
				return explain("cancel backup "+args[0], err)
			}
			return a.print(b, func(w io.Writer) {
				fmt.Fprintf(w, "Backup %s is being cancelled. See it end:\n  %s\n", b.ID, a.hint("holdfast backup watch "+b.ID))
			})
		},
	}
	cmd.Flags().StringVar(&as, "as", operator(), "who cancels it; shown as it is said")
	return cmd
}
