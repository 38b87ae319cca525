package main

import (
	"context"
	"encoding/json"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

func newBackupWatch(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "watch BACKUP",
		Short: "Watch a backup until it ends",
		Long: `Watch a backup until it ends. On a terminal there is a bar; otherwise, and with
-o json, one JSON object per line. Interrupting it does not end the backup.

Exit codes: 0 the backup is COMPLETE, 3 INCOMPLETE, 1 FAILED.`,
		Example:           "  holdfast backup watch jira-acme.20261123T021658Z",
		ValidArgsFunction: a.complete(completeRunning),
		Args:              one("BACKUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := policyOf(args[0]); err != nil {
				return err
			}
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			return a.watch(cmd.Context(), c, args[0])
		},
	}
}

// watch shows a run until it ends and then what became of it.
func (a *app) watch(ctx context.Context, c client.Client, backupID string) error {
	b, view, err := a.follow(ctx, c, backupID)
	if err != nil {
		return err
	}
	if a.json() {
		if err := json.NewEncoder(a.out).Encode(ended{Event: "end", Backup: b}); err != nil {
			return err
		}
		return outcomeOf(b.Status)
	}
	w := tabwriter.NewWriter(a.table(), 0, 0, 2, ' ', 0)
	printBackup(w, b, view.Policy)
	if err := w.Flush(); err != nil {
		return err
	}
	return outcomeOf(b.Status)
}

// follow shows a run until it ends and returns what the policy knows of it then.
func (a *app) follow(ctx context.Context, c client.Client, backupID string) (backup.Backup, message.PolicyView, error) {
	d := a.newDisplay()
	err := newWatcher(c, backupID).follow(ctx, d.every(), d.show)
	d.done()
	if err != nil {
		return backup.Backup{}, message.PolicyView{}, err
	}
	ctx, cancel := a.call(ctx)
	defer cancel()
	return settled(ctx, c, backupID)
}
