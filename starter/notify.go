package main

import "github.com/spf13/cobra"

func newNotify(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "notify", Short: "Try the notifications of policies",
		Example: "  holdfast notify test jira-acme"}
	cmd.AddCommand(newNotifyTest(a))
	group(cmd)
	return cmd
}
