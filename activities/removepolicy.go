package activities

import (
	"context"

	"holdfast/internal/failure"
)

// RemovePolicyInput names a policy of which no backup has bytes any more.
type RemovePolicyInput struct {
	PolicyID string `json:"policyId"`
}

// RemovePolicy deletes what the store has of a deleted policy: details of backups,
// leftovers of runs and downloads, policy.json and, last, owner.json.
func (a *Activities) RemovePolicy(ctx context.Context, in RemovePolicyInput) error {
	return failure.New(failure.InvalidArgument, "not there yet")
}
