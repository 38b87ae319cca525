package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// ImportPolicyResult is what became of a policy that was imported.
type ImportPolicyResult struct {
	Backups   int `json:"backups"`
	Available int `json:"available"` // COMPLETE and INCOMPLETE, not expired
}

// ImportPolicy starts the workflow of a policy with what the store has of it. It may
// be tried again: a policy that is there and was created at the same time is the one
// that an earlier try has imported. Another one is AlreadyExists.
func (a *Activities) ImportPolicy(ctx context.Context, in message.ImportInput) (ImportPolicyResult, error) {
	defer startPulse(ctx).end()
	c := activity.GetClient(ctx)
	view, err := importInto(ctx, c, in)
	if kind, _ := failure.Of(err); kind == failure.AlreadyExists {
		there, asked := message.ShowPolicy.Ask(ctx, c, message.PolicyID(in.Policy.ID))
		if asked == nil && there.Policy.CreatedAt.Equal(in.Policy.CreatedAt) {
			view, err = there, nil
		}
	}
	if err != nil {
		if kind, _ := failure.Of(err); kind != "" {
			return ImportPolicyResult{}, err
		}
		return ImportPolicyResult{}, fmt.Errorf("import policy %s: %w", in.Policy.ID, err)
	}
	return ImportPolicyResult{Backups: len(view.Backups), Available: view.Available}, nil
}

// importInto asks the workflow of the policy, which is started where it does not run.
func importInto(ctx context.Context, c client.Client, in message.ImportInput) (message.PolicyView, error) {
	// The input of the workflow is a state, of which the zero value is that of a
	// policy that nothing is known of yet.
	start := c.NewWithStartWorkflowOperation(message.PolicyStart(in.Policy), message.PolicyWorkflow, struct{}{})
	return message.ImportPolicy.CallWithStart(ctx, c, start, in)
}
