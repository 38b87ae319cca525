package main

import "github.com/spf13/cobra"

func newBackup(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "backup", Short: "Run backups, watch them and look at them",
		Example: "  holdfast backup run jira-acme --watch\n  holdfast backup list jira-acme"}
	cmd.AddCommand(newBackupRun(a), newBackupWatch(a), newBackupList(a), newBackupShow(a), newBackupLogs(a), newBackupVerify(a), newBackupCancel(a),
		newBackupExtend(a), newBackupHold(a), newBackupRelease(a), newBackupDelete(a))
	group(cmd)
	return cmd
}
