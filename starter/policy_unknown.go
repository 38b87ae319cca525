package main

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
)

// notForgotten refuses to create a policy of which the workers' store has backups
// and this cluster knows nothing: it would forget them, and when they expire.
func (a *app) notForgotten(ctx context.Context, c client.Client, policyID string) error {
	ctx, cancel := a.call(ctx)
	defer cancel()
	d, err := c.DescribeWorkflowExecution(ctx, message.PolicyID(policyID), "")
	var none *serviceerror.NotFound
	switch {
	case err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return nil // it is known; to create it again changes nothing
	case err != nil && !errors.As(err, &none):
		return explain("look for policy "+policyID, err)
	}
	found, err := lookStored(ctx, c, []string{policyID})
	if err != nil {
		return err
	}
	return lost(found)
}

// lost is the refusal, nil where the store has no backup of the policies.
func lost(found message.StoredResult) error {
	for _, p := range found.Policies {
		switch {
		case p.Backups == 0:
		case !p.Ours:
			return fmt.Errorf("policy %[1]s in %[2]s belongs to installation %[3]s, which has %[4]d backups of it: go on with it there or, once that one has ended for good, take it over with 'holdfast policy import %[1]s --take-over'",
				p.ID, found.Store, p.Owner, p.Backups)
		default:
			return fmt.Errorf("%[2]s has %[3]d backups of policy %[1]s that this cluster does not know: take them in with 'holdfast policy import %[1]s', or delete the folder %[1]s from the store, then create the policy again",
				p.ID, found.Store, p.Backups)
		}
	}
	return nil
}
