package main

import "github.com/spf13/cobra"

func newStore(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "Look at a store, and verify it, without any Temporal",
		Example: "  holdfast store list file:///var/backups/holdfast\n  holdfast store verify gs://acme-backups/holdfast jira-acme"}
	cmd.AddCommand(newStoreList(a), newStoreVerify(a))
	group(cmd)
	return cmd
}

// storeArgs checks that a command has the address of a store, and after it at most
// so many other arguments.
func storeArgs(more int, usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < 1 || len(args) > 1+more || args[0] == "" {
			return usagef("%q takes %s: give the store as the workers know it, file:///directory or gs://bucket/prefix", cmd.CommandPath(), usage)
		}
		return nil
	}
}
