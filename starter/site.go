package main

import "github.com/spf13/cobra"

func newSite(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "site",
		Short:   "Look at a site before it is backed up",
		Example: "  holdfast site check --site https://acme.atlassian.net --credential acme",
	}
	cmd.AddCommand(newSiteCheck(a))
	group(cmd)
	return cmd
}
