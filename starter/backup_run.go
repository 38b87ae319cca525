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

// runFlags are what a user says of one run.
type runFlags struct {
	// nil: as the policy says
	attachments, personalSpaces *bool

	acceptSmaller bool
	watch, yes    bool
	as            string
}

func newBackupRun(a *app) *cobra.Command {
	var f runFlags
	var attachments, personalSpaces bool
	cmd := &cobra.Command{
		Use:   "run POLICY",
		Short: "Start a backup",
		Long: `Start a backup. What it will hold is shown, and you are asked whether to go on.

A backup may start seven days after the start of the last COMPLETE one; after a
FAILED or INCOMPLETE one it may start at any time.`,
		Example: "  holdfast backup run jira-acme\n" +
			"  holdfast backup run jira-acme --attachments=false --yes --watch\n" +
			"  holdfast backup run confluence-acme --personal-spaces=false",
		ValidArgsFunction: a.complete(completePolicies),
		Args:              one("POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("attachments") {
				f.attachments = &attachments
			}
			if cmd.Flags().Changed("personal-spaces") {
				f.personalSpaces = &personalSpaces
			}
			return a.backupRun(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&attachments, "attachments", true, "include the bytes of attachments in this backup (default: as the policy says)")
	fl.BoolVar(&personalSpaces, "personal-spaces", true, "Confluence: include the personal spaces in this backup (default: as the policy says)")
	for _, name := range []string{"attachments", "personal-spaces"} {
		completeValues(cmd, name, "true", "false")
	}
	fl.BoolVar(&f.acceptSmaller, "accept-smaller", false, "let it be COMPLETE although the site holds fewer than half of what the last backup held")
	fl.BoolVar(&f.watch, "watch", false, "watch it until it ends")
	fl.BoolVar(&f.yes, "yes", false, "do not ask")
	fl.StringVar(&f.as, "as", operator(), "who runs it; shown as it is said")
	completeValues(cmd, "as")
	return cmd
}

func (a *app) backupRun(ctx context.Context, policyID string, f runFlags) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	asking, cancel := a.call(ctx)
	defer cancel()
	view, err := showPolicy(asking, c, policyID)
	if err != nil {
		return err
	}
	in := message.RunBackupInput{By: f.as, Attachments: f.attachments, PersonalSpaces: f.personalSpaces, AcceptSmaller: f.acceptSmaller}
	options, err := in.Options(view.Policy)
	if err != nil {
		return usagef("%v", err)
	}
	a.reviewRun(view.Policy, options, f)
	if err := a.confirm(ctx, "Start this backup?", f.yes); err != nil {
		return err
	}
	starting, cancel := a.call(ctx)
	defer cancel()
	b, err := runBackup(starting, c, policyID, in)
	if err != nil {
		return err
	}
	if f.watch {
		return a.watch(ctx, c, b.ID)
	}
	return a.print(b, func(w io.Writer) {
		fmt.Fprintf(w, "Backup %s is in progress. Watch it:\n  %s\n", b.ID, a.hint("holdfast backup watch "+b.ID))
	})
}

// reviewRun shows what a run will back up, before it is asked for (P3).
func (a *app) reviewRun(p backup.Policy, options backup.Options, f runFlags) {
	w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	row(w, "backup of", fmt.Sprintf("%s of %s", p.Product, p.Site))
	describeOptions(w, p.Product, options)
	row(w, "kept for", days(p.Limits.Retention))
	if f.acceptSmaller {
		row(w, "accepted", "a site that holds fewer than half of what it held")
	}
	_ = w.Flush()
}
