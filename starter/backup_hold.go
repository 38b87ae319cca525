package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast/internal/message"
)

func newBackupHold(a *app) *cobra.Command {
	var in message.BackupInput
	cmd := &cobra.Command{
		Use:   "hold BACKUP --why TEXT",
		Short: "Keep a backup from expiring until it is released",
		Long: `Keep a backup from expiring, and from being deleted, until it is released with
'backup release'.`,
		Example:           "  holdfast backup hold jira-acme.20261123T021658Z --why 'ticket LEGAL-7'",
		ValidArgsFunction: a.complete(completeBackups),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			policyID, err := policyOf(args[0])
			if err != nil {
				return err
			}
			in.BackupID = args[0]
			b, err := tell(cmd.Context(), a, message.Hold, policyID, "hold backup "+args[0], in)
			if err != nil {
				return err
			}
			return a.print(b, func(w io.Writer) {
				fmt.Fprintf(w, "Backup %s is held: it does not expire. Let it expire again:\n  %s\n", b.ID, a.hint("holdfast backup release "+b.ID))
			})
		},
	}
	addNote(cmd, &in.Text, &in.By, "why it is held", "who holds it")
	_ = cmd.MarkFlagRequired("why") // fails only for a flag that does not exist
	return cmd
}
