package main

import "github.com/spf13/cobra"

func newPolicy(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Create policies, change them and look at them: what is backed up, and when",
		Example: "  holdfast policy create --site https://acme.atlassian.net --credential acme\n  holdfast policy list"}
	cmd.AddCommand(newPolicyCreate(a), newPolicyList(a), newPolicyShow(a), newPolicyEdit(a), newPolicyPause(a), newPolicyResume(a), newPolicyDelete(a), newPolicyImport(a))
	group(cmd)
	return cmd
}
