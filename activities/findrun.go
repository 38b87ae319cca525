package activities

import (
	"context"
	"fmt"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
)

// FindRunInput names the workflow of a run.
type FindRunInput struct {
	WorkflowID string `json:"workflowId"`
}

// FindRunResult is what Temporal knows of it.
type FindRunResult struct {
	Open     bool `json:"open"`
	Canceled bool `json:"canceled"` // closed because it was cancelled
	// Sealed is the result of a run that completed: there is a backup.
	Sealed *SealResult `json:"sealed,omitempty"`
}

// FindRun asks Temporal whether the workflow of a run is still open. One that
// Temporal no longer knows is closed.
func (a *Activities) FindRun(ctx context.Context, in FindRunInput) (FindRunResult, error) {
	defer startPulse(ctx).end()
	d, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, in.WorkflowID, "")
	if isNotFound(err) {
		return FindRunResult{}, nil
	}
	if err != nil {
		return FindRunResult{}, fmt.Errorf("look up workflow %s: %w", in.WorkflowID, err)
	}
	status := d.GetWorkflowExecutionInfo().GetStatus()
	found := FindRunResult{
		Open:     status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Canceled: status == enums.WORKFLOW_EXECUTION_STATUS_CANCELED,
	}
	if status == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		found.Sealed = new(SealResult)
		run := d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
		if err := activity.GetClient(ctx).GetWorkflow(ctx, in.WorkflowID, run).Get(ctx, found.Sealed); err != nil {
			return FindRunResult{}, fmt.Errorf("read the result of workflow %s: %w", in.WorkflowID, err)
		}
	}
	return found, nil
}
