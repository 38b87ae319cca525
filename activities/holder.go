package activities

import (
	"context"
	"fmt"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
)

// HolderInput names a destination.
type HolderInput struct {
	Product backup.Product `json:"product"`
	CloudID string         `json:"cloudId"`
}

// HolderResult says who holds the lock of a destination; empty where nobody does.
type HolderResult struct {
	Holder string `json:"holder,omitempty"` // id of a backup or a restore
}

// Holder asks Temporal who holds the lock of a destination (T4).
func (a *Activities) Holder(ctx context.Context, in HolderInput) (HolderResult, error) {
	defer startPulse(ctx).end()
	id := message.DestinationID(in.Product, in.CloudID)
	d, err := activity.GetClient(ctx).DescribeWorkflowExecution(ctx, id, "")
	if isNotFound(err) {
		return HolderResult{}, nil
	}
	if err != nil {
		return HolderResult{}, fmt.Errorf("look up workflow %s: %w", id, err)
	}
	info := d.GetWorkflowExecutionInfo()
	if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return HolderResult{}, nil
	}
	var lock message.DestinationInput
	memo, ok := info.GetMemo().GetFields()[message.DestinationMemo]
	if !ok {
		return HolderResult{}, fmt.Errorf("workflow %s does not say who holds the lock: look at it in the Temporal Web UI, and terminate it where nobody should", id)
	}
	if err := cluster.DataConverter().FromPayload(memo, &lock); err != nil {
		return HolderResult{}, fmt.Errorf("read the memo of workflow %s: %w", id, err)
	}
	return HolderResult{Holder: lock.Holder}, nil
}
