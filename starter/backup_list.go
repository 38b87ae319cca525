package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
)

func newBackupList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list POLICY",
		Short: "List the backups of a policy, newest first",
		Example: "  holdfast backup list jira-acme\n" +
			"  holdfast backup list jira-acme -o json | jq -r '.[] | select(.status == \"COMPLETE\") | .id'",
		ValidArgsFunction: a.complete(completePolicies),
		Args:              one("POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			ctx, cancel := a.call(cmd.Context())
			defer cancel()
			view, err := showPolicy(ctx, c, args[0])
			if err != nil {
				return err
			}
			return a.print(view.Backups, func(w io.Writer) { printBackups(w, args[0], view.Backups) })
		},
	}
}

func printBackups(w io.Writer, policyID string, backups []backup.Backup) {
	if len(backups) == 0 {
		fmt.Fprintf(w, "There are no backups. Start one with 'holdfast backup run %s'.\n", policyID)
		return
	}
	row(w, "BACKUP", "STATUS", "STARTED", "EXPIRES", strings.ToUpper(product(policyID).Items()), "ATTACHMENTS", "STORED", "DOWNLOAD", "BY", "REASON")
	for _, b := range backups {
		expires, by, reason := when(b.ExpiresAt), b.By, b.Reason
		if b.Held != nil {
			expires = "held"
		}
		if b.Scheduled {
			by = "the schedule"
		}
		if b.Deletion != "" {
			reason += " (its deletion waits: " + b.Deletion + ")"
		}
		row(w, b.ID, b.Status, when(b.StartedAt), expires, count(b.Counts.Items), count(b.Counts.Attachments),
			size(b.Counts.StoredBytes), downloadCell(b.Download), by, reason)
	}
}

// downloadCell is a download in a cell.
func downloadCell(d *backup.Download) string {
	if d == nil {
		return ""
	}
	if d.Status == backup.Ready {
		return downloadText(d)
	}
	return string(d.Status)
}

// days is a duration for people: whole days where it is some.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		if d == day {
			return "1 day"
		}
		return fmt.Sprintf("%d days", d/day)
	}
	return d.String()
}
