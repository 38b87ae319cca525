package activities

import (
	"context"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// ReadPolicyInput names a policy in the store.
type ReadPolicyInput struct {
	PolicyID string `json:"policyId"`
	// TakeOver makes this installation the owner, whoever was.
	TakeOver bool `json:"takeOver,omitempty"`
}

// ReadPolicy takes a policy over from the store: it makes this installation its
// owner, or is Owned, removes downloads that nobody knows any more, and returns what
// policy.json and the state.json of each backup say.
func (a *Activities) ReadPolicy(ctx context.Context, in ReadPolicyInput) (message.ImportInput, error) {
	return message.ImportInput{}, failure.New(failure.InvalidArgument, "not there yet")
}
