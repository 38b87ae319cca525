package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

func newPolicyShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:               "show POLICY",
		Short:             "Show a policy and its backups",
		Example:           "  holdfast policy show jira-acme",
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
			return a.print(view, func(w io.Writer) {
				printView(w, view, time.Now())
				fmt.Fprintln(w)
				printBackups(w, view.Policy.ID, view.Backups)
			})
		},
	}
}
