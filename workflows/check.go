package workflows

import (
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// Check asks what a credential can reach at a site, before a policy is saved
// (P2). It fails with the reason for which a backup would.
func Check(ctx workflow.Context, in message.CheckInput) (message.CheckResult, error) {
	var a *activities.Activities
	var found activities.PreflightResult
	err := workflow.ExecuteActivity(shortCall(ctx, backup.DefaultLimits(), "check "+host(in.Site)), a.Preflight, activities.PreflightInput{
		Site: in.Site, Product: in.Product, Credential: in.Credential, Options: in.Options,
	}).Get(ctx, &found)
	return message.CheckResult{
		CloudID: found.CloudID, Containers: found.Containers, Items: found.Items, Lacks: found.Lacks,
	}, err
}
