package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
)

func newDownload(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "download", Short: "Prepare backups as one file, and fetch them",
		Example: "  holdfast download prepare jira-acme.20261123T021658Z\n  holdfast download get jira-acme.20261123T021658Z"}
	cmd.AddCommand(newDownloadPrepare(a), newDownloadList(a), newDownloadGet(a), newDownloadDelete(a))
	group(cmd)
	return cmd
}

// printDownload writes what became of the download of a backup, and what to do next.
func (a *app) printDownload(w io.Writer, b backup.Backup) {
	d := b.Download
	row(w, "backup", b.ID)
	row(w, "download", downloadText(d))
	switch d.Status {
	case backup.Preparing:
		row(w, "gives up", when(d.Deadline))
		fmt.Fprintf(w, "Wait for it:\n  %s\n", a.hint("holdfast download prepare "+b.ID))
	case backup.Ready:
		row(w, "size", size(d.Size))
		row(w, "SHA-256", d.SHA256)
		fmt.Fprintf(w, "Fetch it:\n  %s\n", a.hint("holdfast download get "+b.ID))
	}
}

// downloadText is a download in one line.
func downloadText(d *backup.Download) string {
	switch {
	case d == nil:
		return "none"
	case d.Status == backup.Ready:
		return fmt.Sprintf("%s until %s", d.Status, when(d.ReadyUntil))
	case d.Reason != "":
		return fmt.Sprintf("%s: %s", d.Status, d.Reason)
	}
	return string(d.Status)
}
