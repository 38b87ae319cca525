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

// Holder asks Temporal who holds the lock of a destination (T4). Where the lock is held and
// does not say by whom, it is the id of the lock itself.
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
	payload := info.GetMemo().GetFields()[message.DestinationMemo]
	if payload == nil || cluster.DataConverter().FromPayload(payload, &lock) != nil || lock.Holder == "" {
		return HolderResult{Holder: id}, nil
	}
	return HolderResult{Holder: lock.Holder}, nil
}
