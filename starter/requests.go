package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/workflows"
)

// The requests to the service, as the commands and the demo make them.

// check asks what a credential reaches at a site (P2). A check of the same
// policy that is under way answers both.
func check(ctx context.Context, c client.Client, policyID string, in message.CheckInput) (message.CheckResult, error) {
	var result message.CheckResult
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: message.CheckID(policyID), TaskQueue: message.TaskQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "what credential " + in.Credential + " reaches at " + in.Site,
	}, message.CheckWorkflow, in)
	if err == nil {
		err = run.Get(ctx, &result)
	}
	return result, explainCheck(ctx, c, message.CheckID(policyID), in.Site, err)
}

// configure saves a policy; its workflow is started where it does not run yet.
func configure(ctx context.Context, c client.Client, p backup.Policy) (message.PolicyView, error) {
	start := c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: message.PolicyID(p.ID), TaskQueue: message.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            fmt.Sprintf("backups of %s of %s", p.Product, p.Site),
	}, message.PolicyWorkflow, workflows.PolicyInput{})
	view, err := message.Configure.CallWithStart(ctx, c, start, message.ConfigureInput{Policy: p})
	return view, explain("save policy "+p.ID, err)
}

// runBackup asks for a backup.
func runBackup(ctx context.Context, c client.Client, policyID string, in message.RunBackupInput) (backup.Backup, error) {
	in.RequestID = uuid.NewString()
	b, err := message.RunBackup.Call(ctx, c, message.PolicyID(policyID), in)
	what := "run a backup of policy " + policyID
	if kind, _ := failure.Of(err); kind == failure.TooEarly {
		return b, &explained{fmt.Sprintf("%s: %s\n  run it then:  holdfast backup run %s", what, advice(err), policyID), err}
	}
	return b, explain(what, err)
}

// showPolicy asks for everything about a policy.
func showPolicy(ctx context.Context, c client.Client, policyID string) (message.PolicyView, error) {
	view, err := message.ShowPolicy.Ask(ctx, c, message.PolicyID(policyID))
	if err == nil && view.Policy.ID == "" {
		return view, fmt.Errorf("policy %s is not set up yet: look again in a minute, or create it with 'holdfast policy create'", policyID)
	}
	if view.Backups == nil {
		view.Backups = []backup.Backup{} // a list in JSON too
	}
	return view, explain("policy "+policyID, err)
}

// showBackup asks for the row of a backup, and for the policy that it belongs to.
func showBackup(ctx context.Context, c client.Client, backupID string) (backup.Backup, message.PolicyView, error) {
	policyID, err := policyOf(backupID)
	if err != nil {
		return backup.Backup{}, message.PolicyView{}, err
	}
	view, err := showPolicy(ctx, c, policyID)
	if err != nil {
		return backup.Backup{}, view, err
	}
	for _, b := range view.Backups {
		if b.ID == backupID {
			return b, view, nil
		}
	}
	return backup.Backup{}, view, fmt.Errorf("policy %s does not know backup %s (it remembers its last 100): look at 'holdfast backup list %s'", policyID, backupID, policyID)
}

// policyOf is the policy to which a backup belongs, by the backup's id.
func policyOf(backupID string) (string, error) {
	policyID, _, err := backup.ParseBackupID(backupID)
	if err != nil {
		return "", usagef("%v: 'holdfast backup list POLICY' has the ids", err)
	}
	return policyID, nil
}

// tell asks a policy for a change and waits for the answer. what is the change, for
// the error.
func tell[In, Out any](ctx context.Context, a *app, u message.Update[In, Out], policyID, what string, in In) (Out, error) {
	var nothing Out
	c, err := a.dial(ctx)
	if err != nil {
		return nothing, err
	}
	defer c.Close()
	ctx, cancel := a.call(ctx)
	defer cancel()
	out, err := u.Call(ctx, c, message.PolicyID(policyID), in)
	return out, explain(what, err)
}

// lookAt is showPolicy with the time limit of a request.
func (a *app) lookAt(ctx context.Context, c client.Client, policyID string) (message.PolicyView, error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	return showPolicy(ctx, c, policyID)
}

// lookAtBackup is showBackup with the time limit of a request.
func (a *app) lookAtBackup(ctx context.Context, c client.Client, backupID string) (backup.Backup, message.PolicyView, error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	return showBackup(ctx, c, backupID)
}
