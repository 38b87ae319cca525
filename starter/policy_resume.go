package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast/internal/message"
)

func newPolicyResume(a *app) *cobra.Command {
	var in message.NoteInput
	cmd := &cobra.Command{
		Use:   "resume POLICY",
		Short: "Let a policy go on that is paused, or deleted with its backups kept",
		Long: `Let the schedule of a policy that is paused start backups again. A policy that
was deleted and whose backups are kept until they expire is taken back.`,
		Example:           "  holdfast policy resume jira-acme",
		ValidArgsFunction: a.complete(completePolicies),
		Args:              one("POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			view, err := tell(cmd.Context(), a, message.Resume, args[0], "resume policy "+args[0], in)
			if err != nil {
				return err
			}
			return a.print(view, func(w io.Writer) {
				fmt.Fprintf(w, "Policy %s goes on.\n", args[0])
				if !view.NextRun.IsZero() {
					fmt.Fprintf(w, "Its next scheduled run is at %s.\n", when(view.NextRun))
				}
			})
		},
	}
	addNote(cmd, &in.Text, &in.By, "why it goes on", "who resumes it")
	return cmd
}
