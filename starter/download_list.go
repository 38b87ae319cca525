package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
)

// listedDownload is a row of the JSON result of download list.
type listedDownload struct {
	Backup string `json:"backup"` // its id
	backup.Download
}

func newDownloadList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list [POLICY]",
		Short: "List the last download of each backup",
		Long:  "List the last download of each backup that had one, of a policy or of all, newest backups first.",
		Example: "  holdfast download list\n" +
			"  holdfast download list jira-acme -o json",
		ValidArgsFunction: a.complete(completePolicies),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%q takes at most one POLICY; %d were given", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			ctx, cancel := a.call(cmd.Context())
			defer cancel()
			all, err := listDownloads(ctx, c, args)
			if err != nil {
				return err
			}
			return a.print(all, func(w io.Writer) { printDownloads(w, all, time.Now()) })
		},
	}
}

// listDownloads asks the policies, or all where none is given, for their downloads.
func listDownloads(ctx context.Context, c client.Client, policies []string) ([]listedDownload, error) {
	if len(policies) == 0 {
		known, err := listPolicies(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, p := range known {
			policies = append(policies, p.ID)
		}
	}
	all := []listedDownload{}
	for _, id := range policies {
		view, err := showPolicy(ctx, c, id)
		if err != nil {
			return nil, err
		}
		for _, b := range view.Backups {
			if b.Download != nil {
				all = append(all, listedDownload{b.ID, *b.Download})
			}
		}
	}
	return all, nil
}

func printDownloads(w io.Writer, all []listedDownload, now time.Time) {
	if len(all) == 0 {
		fmt.Fprintln(w, "There are no downloads. Prepare one with 'holdfast download prepare BACKUP'.")
		return
	}
	row(w, "BACKUP", "NUMBER", "STATUS", "SIZE", "ASKED FOR", "UNTIL", "BY", "REASON")
	for _, d := range all {
		until, bytes := when(d.ReadyUntil), "-"
		if d.Status == backup.Preparing {
			until = "gives up " + when(d.Deadline)
		}
		if d.Size > 0 {
			bytes = size(d.Size)
		}
		status := d.Status
		if status == backup.Ready && !d.Open(now) {
			status = backup.DownloadExpired
		}
		row(w, d.Backup, d.Number, status, bytes, when(d.RequestedAt), until, d.By, d.Reason)
	}
}
