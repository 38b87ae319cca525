package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

func newPolicy(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Create policies and look at them: what is backed up",
		Example: "  holdfast policy create --site https://acme.atlassian.net --credential acme\n  holdfast policy list"}
	cmd.AddCommand(newPolicyCreate(a), newPolicyList(a), newPolicyShow(a))
	group(cmd)
	return cmd
}

// describePolicy writes a policy's own settings as lines of a table.
func describePolicy(w io.Writer, p backup.Policy) {
	row(w, "policy", p.ID)
	row(w, "site", p.Site)
	row(w, "product", p.Product)
	row(w, "credential", p.Credential)
	describeOptions(w, p.Product, p.Options)
	row(w, "a backup is kept for", days(p.Limits.Retention))
	row(w, "next backup after a COMPLETE one", days(p.Limits.Cadence))
	row(w, "a run gives up after", days(p.Limits.Deadline))
}

func describeOptions(w io.Writer, p backup.Product, o backup.Options) {
	for _, c := range o.Choices(p) {
		row(w, c.Name, c.Value)
	}
}

// printView writes all that a policy tells of itself (P4).
func printView(w io.Writer, v message.PolicyView) {
	describePolicy(w, v.Policy)
	row(w, "created", when(v.Policy.CreatedAt)+" by "+cell(v.Policy.CreatedBy)+" (as they say)")
	row(w, "available backups", v.Available)
	if len(v.Backups) > 0 {
		row(w, "last backup", fmt.Sprintf("%s, %s", when(v.Backups[0].StartedAt), v.Backups[0].Status))
	}
	if v.Running != "" {
		row(w, "in progress", v.Running)
	}
	if !v.NextAllowedAt.IsZero() {
		row(w, "next backup allowed", when(v.NextAllowedAt))
	}
	if v.Policy.Product == backup.Jira {
		row(w, "service projects", "issues, comments and attachments like all others; queues, request types, SLAs and organisations are not captured")
	}
}
