package main

import (
	"strings"

	"github.com/spf13/cobra"

	"holdfast/internal/restore"
)

func newRestore(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "restore", Short: "Restore backups into a site, and prove that they can be",
		Example: "  holdfast restore plan jira-acme.20261123T021658Z --to https://new.atlassian.net --credential new\n" +
			"  holdfast restore apply jira-acme.20261123T021658Z.r20261124T080000Z\n" +
			"  holdfast restore drill jira-acme"}
	cmd.AddCommand(newRestorePlan(a), newRestoreShow(a), newRestoreApply(a), newRestoreWatch(a), newRestoreList(a),
		newRestoreReport(a), newRestoreRetry(a), newRestoreCancel(a), newRestoreDrill(a))
	group(cmd)
	return cmd
}

// backupOf is the backup of which a restore is one, by the restore's id.
func backupOf(restoreID string) (string, error) {
	backupID, _, err := restore.ParseID(restoreID)
	if _, backupErr := policyOf(backupID); err != nil || backupErr != nil {
		return "", usagef("%q is not the id of a restore: it looks like jira-acme.20261123T021658Z.r20261124T080000Z; 'holdfast restore list' has the ids", restoreID)
	}
	return backupID, nil
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
