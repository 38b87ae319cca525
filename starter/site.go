package main

import "github.com/spf13/cobra"

func newSite(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "site",
		Short: "Look at a site before it is backed up",
	}
	cmd.AddCommand(newSiteCheck(a))
	group(cmd)
	return cmd
}
