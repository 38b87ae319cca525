package workflows

import (
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// ImportInput asks for a policy to be rebuilt from what the workers' store has of it.
type ImportInput struct {
	PolicyID string `json:"policyId"`
	// TakeOver makes this installation the owner of the policy, whoever was.
	TakeOver bool `json:"takeOver,omitempty"`
	// Credential names the credential of a policy whose policy.json is lost; empty
	// means the site's subdomain.
	Credential string `json:"credential,omitempty"`
}

// Import rebuilds a policy that this cluster does not have from what the workers'
// store has of it. It may be repeated: a policy that is there is left alone.
func Import(ctx workflow.Context, in ImportInput) (message.ImportResult, error) {
	var a *activities.Activities
	result := message.ImportResult{PolicyID: in.PolicyID}
	limits := backup.DefaultLimits()
	var there activities.FindRunResult
	err := workflow.ExecuteActivity(shortCall(ctx, limits, "look whether "+in.PolicyID+" is here"), a.FindRun, activities.FindRunInput{
		WorkflowID: message.PolicyID(in.PolicyID),
	}).Get(ctx, &there)
	if err != nil {
		return result, err
	}
	if there.Open {
		result.Known = true
		return result, nil
	}
	var found activities.ReadPolicyResult
	err = workflow.ExecuteActivity(longWalk(ctx, limits, "read what the store has of "+in.PolicyID), a.ReadPolicy, activities.ReadPolicyInput{
		PolicyID: in.PolicyID, TakeOver: in.TakeOver, Credential: in.Credential, Now: workflow.Now(ctx).UTC(),
	}).Get(ctx, &found)
	if err != nil {
		return result, err
	}
	result.Notes = found.Notes
	var imported activities.ImportPolicyResult
	err = workflow.ExecuteActivity(shortCall(ctx, limits, "start "+in.PolicyID), a.ImportPolicy, found.Import).Get(ctx, &imported)
	result.Backups, result.Available = imported.Backups, imported.Available
	return result, err
}

// StoredInput names the policies that are looked up; none means all.
type StoredInput struct {
	PolicyIDs []string `json:"policyIds,omitempty"`
}

// Stored looks what policies the workers' store has.
func Stored(ctx workflow.Context, in StoredInput) (message.StoredResult, error) {
	var a *activities.Activities
	var found message.StoredResult
	err := workflow.ExecuteActivity(longWalk(ctx, backup.DefaultLimits(), "look what the store has"), a.Stored, activities.StoredInput{
		PolicyIDs: in.PolicyIDs, Now: workflow.Now(ctx).UTC(),
	}).Get(ctx, &found)
	return found, err
}
