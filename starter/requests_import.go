package main

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
	"holdfast/workflows"
)

// lookStored asks a worker what policies its store has; no ids are all.
func lookStored(ctx context.Context, c client.Client, ids []string) (message.StoredResult, error) {
	var found message.StoredResult
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: message.StoredID(time.Now()), TaskQueue: message.TaskQueue, StaticSummary: "what policies the store has",
	}, message.StoredWorkflow, workflows.StoredInput{PolicyIDs: ids})
	if err == nil {
		err = run.Get(ctx, &found)
	}
	return found, explain("look at the workers' store", err)
}

// importPolicy rebuilds a policy from the workers' store. An import of it that is
// under way answers both.
func importPolicy(ctx context.Context, c client.Client, in workflows.ImportInput) (message.ImportResult, error) {
	var result message.ImportResult
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: message.ImportID(in.PolicyID), TaskQueue: message.TaskQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "import " + in.PolicyID + " from the store",
	}, message.ImportWorkflow, in)
	if err == nil {
		err = run.Get(ctx, &result)
	}
	return result, explain("import policy "+in.PolicyID, err)
}
