package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/cluster"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// maxRestores is how many restores are listed.
const maxRestores = 100

func newRestoreList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the last restores, and which of them hold their destination",
		Long: `List the last 100 restores that Temporal knows, newest first, and which of them hold
their destination. No worker is needed; where there is one, those under way tell what
they wait for. -o json has all of each.`,
		Example: "  holdfast restore list\n" +
			"  holdfast restore list -o json | jq -r '.[].id'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			ctx, cancel := a.call(cmd.Context())
			defer cancel()
			all, err := listRestores(ctx, c, "", maxRestores)
			if err != nil {
				return explain("list the restores", err)
			}
			listed := askWaiting(ctx, c, all)
			return a.print(listed, func(w io.Writer) { printRestores(w, listed) })
		},
	}
}

// listRestores reads the memos of restores, newest first, each once however often it was
// tried. also is more of the query.
func listRestores(ctx context.Context, c client.Client, also string, most int) ([]message.RestoreSummary, error) {
	all, seen := []message.RestoreSummary{}, map[string]bool{}
	var page []byte
	for len(all) < most {
		found, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: fmt.Sprintf("WorkflowType = '%s'%s", message.RestoreWorkflow, also), NextPageToken: page,
		})
		if err != nil {
			return nil, err
		}
		for _, e := range found.GetExecutions() {
			v := memoOf(e)
			if !seen[v.ID] && len(all) < most {
				seen[v.ID] = true
				all = append(all, v)
			}
		}
		if page = found.GetNextPageToken(); len(page) == 0 {
			break
		}
	}
	return all, nil
}

// memoOf is what the memo of a run says of its restore; where Temporal ended a run, the
// memo is what it was before, and the status says so.
func memoOf(e *workflowpb.WorkflowExecutionInfo) message.RestoreSummary {
	var v message.RestoreSummary
	id := strings.TrimPrefix(e.GetExecution().GetWorkflowId(), message.RestoreID(""))
	payload := e.GetMemo().GetFields()[message.RestoreMemo]
	if payload == nil || cluster.DataConverter().FromPayload(payload, &v) != nil || v.ID != id {
		v = message.RestoreSummary{ID: id, Status: restore.Planning, RequestedAt: e.GetStartTime().AsTime()}
		v.BackupID, _ = backupOf(id)
		v.Product = product(id)
	}
	switch e.GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		if !v.Status.Ended() {
			v.Status, v.Reason, v.Lock = restore.Failed, "it was ended in Temporal", false
		}
	}
	return v
}

// completeRestores are the ids of restores that begin with prefix, newest first.
func completeRestores(ctx context.Context, c client.Client, prefix string) ([]cobra.Completion, error) {
	return findRestores(ctx, c, prefix, "")
}

// completeRestoring is completeRestores for those that have not ended.
func completeRestoring(ctx context.Context, c client.Client, prefix string) ([]cobra.Completion, error) {
	return findRestores(ctx, c, prefix, " AND ExecutionStatus = 'Running'")
}

func findRestores(ctx context.Context, c client.Client, prefix, also string) ([]cobra.Completion, error) {
	all, err := listRestores(ctx, c, fmt.Sprintf(" AND WorkflowId STARTS_WITH '%s'%s", message.RestoreID(prefix), also), maxCompletions)
	var found []cobra.Completion
	for _, v := range all {
		found = append(found, cobra.CompletionWithDesc(v.ID, fmt.Sprintf("%s, to %s", v.Status, cell(v.Site))))
	}
	return found, err
}
