package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast/internal/message"
)

func newPolicyPause(a *app) *cobra.Command {
	var in message.NoteInput
	cmd := &cobra.Command{
		Use:   "pause POLICY",
		Short: "Let a policy's schedule start no backups",
		Long: `Let a policy's schedule start no backups, until it is resumed. Backups that
somebody asks for, expiry and downloads go on.`,
		Example:           "  holdfast policy pause jira-acme --why 'the site moves this week'",
		ValidArgsFunction: a.complete(completePolicies),
		Args:              one("POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			view, err := tell(cmd.Context(), a, message.Pause, args[0], "pause policy "+args[0], in)
			if err != nil {
				return err
			}
			return a.print(view, func(w io.Writer) {
				if n := view.Paused; n != nil && (n.By != in.By || n.Text != in.Text) {
					fmt.Fprintf(w, "Policy %s is paused already, since %s; that stays as it was said. Let it go on:\n  %s\n", args[0], noteText(n), a.hint("holdfast policy resume "+args[0]))
					return
				}
				fmt.Fprintf(w, "Policy %s is paused. Let it go on:\n  %s\n", args[0], a.hint("holdfast policy resume "+args[0]))
			})
		},
	}
	addNote(cmd, &in.Text, &in.By, "why it is paused", "who pauses it")
	return cmd
}

// addNote adds the flags by which somebody says why and who they are.
func addNote(cmd *cobra.Command, text, by *string, why, who string) {
	fl := cmd.Flags()
	fl.StringVar(text, "why", "", why)
	fl.StringVar(by, "as", operator(), who+"; shown as it is said")
	completeValues(cmd, "why")
	completeValues(cmd, "as")
}
