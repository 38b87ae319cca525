package activities

import (
	"context"
	"fmt"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
)

// FindDownloadInput names the workflow of a download.
type FindDownloadInput struct {
	WorkflowID string `json:"workflowId"`
}

// FindDownloadResult is what Temporal knows of it.
type FindDownloadResult struct {
	Open bool `json:"open"`
}

// FindDownload asks Temporal whether the workflow of a download is still open. One
// that Temporal no longer knows is closed.
func (a *Activities) FindDownload(ctx context.Context, in FindDownloadInput) (FindDownloadResult, error) {
	defer startPulse(ctx).end()
	d, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, in.WorkflowID, "")
	if isNotFound(err) {
		return FindDownloadResult{}, nil
	}
	if err != nil {
		return FindDownloadResult{}, fmt.Errorf("look up workflow %s: %w", in.WorkflowID, err)
	}
	return FindDownloadResult{Open: d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING}, nil
}
