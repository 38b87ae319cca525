package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// BeginDrillInput says whose drill begins.
type BeginDrillInput struct {
	PolicyID string                  `json:"policyId"`
	Begin    message.BeginDrillInput `json:"begin"`
}

// BeginDrill asks a Policy which backup a drill is to restore. A policy that does not
// exist (any more) says nothing of a backup that is named: the store has the last word then.
func (a *Activities) BeginDrill(ctx context.Context, in BeginDrillInput) (message.BeginDrillResult, error) {
	defer startPulse(ctx).end()
	result, err := message.BeginDrill.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID), in.Begin)
	if unknownPolicy(err) {
		return message.BeginDrillResult{BackupID: in.Begin.BackupID}, nil
	}
	if kind, _ := failure.Of(err); kind != "" {
		return message.BeginDrillResult{}, err // the policy refuses: T1
	}
	if err != nil {
		return message.BeginDrillResult{}, fmt.Errorf("ask policy %s what to restore: %w", in.PolicyID, err)
	}
	return result, nil
}
