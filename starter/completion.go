package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

func newCompletion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print the script that lets a shell complete commands, flags and ids",
		Long: `Print the script that lets a shell complete commands, flags, and the ids of
policies and backups. The ids are asked of the cluster that the command would
use; one that does not answer at once completes nothing.`,
		Example: "  source <(holdfast completion bash)\n" +
			"  holdfast completion zsh > \"${fpath[1]}/_holdfast\"\n" +
			"  holdfast completion fish > ~/.config/fish/completions/holdfast.fish\n" +
			"  holdfast completion powershell | Out-String | Invoke-Expression",
		ValidArgs: []cobra.Completion{"bash", "zsh", "fish", "powershell"},
		Args:      one("SHELL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.out)
			}
			return usagef("there is no completion for %q: take bash, zsh, fish or powershell", args[0])
		},
	}
	return cmd
}

// completionTime is how long a shell is kept waiting for ids.
const completionTime = 2 * time.Second

// maxCompletions is how many ids a shell is given.
const maxCompletions = 100

// complete makes a completion of a command's one argument from a list that the
// cluster gives. Whatever goes wrong, there is just nothing to complete with: a
// shell has no place for errors.
func (a *app) complete(list func(ctx context.Context, c client.Client, prefix string) ([]cobra.Completion, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 || strings.Trim(prefix, idLetters) != "" {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		c, err := a.dial(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer c.Close()
		found, err := list(ctx, c, prefix)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// idLetters are all that ids are made of.
const idLetters = "abcdefghijklmnopqrstuvwxyzTZ0123456789-."

// completePolicies are the ids of policies that begin with prefix.
func completePolicies(ctx context.Context, c client.Client, prefix string) ([]cobra.Completion, error) {
	all, err := listPolicies(ctx, c)
	var found []cobra.Completion
	for _, p := range all {
		if strings.HasPrefix(p.ID, prefix) {
			found = append(found, cobra.CompletionWithDesc(p.ID, cell(p.Site)))
		}
	}
	return found, err
}

// completeBackups are the ids of backups that begin with prefix, newest first.
// They are those whose runs Temporal knows: no worker is needed for it.
func completeBackups(ctx context.Context, c client.Client, prefix string) ([]cobra.Completion, error) {
	return findBackups(ctx, c, prefix, "")
}

// completeRunning is completeBackups for runs in progress.
func completeRunning(ctx context.Context, c client.Client, prefix string) ([]cobra.Completion, error) {
	return findBackups(ctx, c, prefix, " AND ExecutionStatus = 'Running'")
}

func findBackups(ctx context.Context, c client.Client, prefix, also string) ([]cobra.Completion, error) {
	reply, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowType = '%s' AND WorkflowId STARTS_WITH '%s'%s",
			message.BackupWorkflow, message.BackupID(prefix), also),
		PageSize: maxCompletions,
	})
	if err != nil {
		return nil, err
	}
	var found []cobra.Completion
	for _, e := range reply.GetExecutions() {
		id := strings.TrimPrefix(e.GetExecution().GetWorkflowId(), message.BackupID(""))
		if _, start, err := backup.ParseBackupID(id); err == nil {
			found = append(found, cobra.CompletionWithDesc(id, "started "+when(start)))
		}
	}
	return found, nil
}
