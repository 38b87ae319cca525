package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"holdfast/internal/message"
)

// BeginVerificationInput says whose verification begins.
type BeginVerificationInput struct {
	PolicyID string `json:"policyId"`
	// RequestID is the id of the workflow that verifies.
	RequestID string `json:"requestId"`
}

// BeginVerification asks a Policy which backup its scheduled verification is to read,
// and which share of it. A policy that does not exist (any more) has none.
func (a *Activities) BeginVerification(ctx context.Context, in BeginVerificationInput) (message.BeginVerificationResult, error) {
	defer startPulse(ctx).end()
	result, err := message.BeginVerification.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID),
		message.BeginVerificationInput{RequestID: in.RequestID})
	if unknownPolicy(err) {
		return message.BeginVerificationResult{}, nil
	}
	if refused := typedError(err); refused != nil {
		return message.BeginVerificationResult{}, refused
	}
	if err != nil {
		return message.BeginVerificationResult{}, fmt.Errorf("ask policy %s what to verify: %w", in.PolicyID, err)
	}
	return result, nil
}
