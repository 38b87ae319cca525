package main

import "github.com/spf13/cobra"

// one checks that a command has exactly one argument and says which it is; an
// operator who forgot it need not know what cobra calls it.
func one(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%q takes one %s; %d were given", cmd.CommandPath(), name, len(args))
		}
		if args[0] == "" {
			return usagef("%q takes one %s; an empty one was given", cmd.CommandPath(), name)
		}
		return nil
	}
}
