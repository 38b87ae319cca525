// Package message names what workflows can be asked and told, with the types on
// both sides: one place for workflows, activities and the CLI.
package message

import (
	"context"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
)

// TaskQueue is the queue that all workers share.
const TaskQueue = "holdfast"

// Update is a typed update: a request to a workflow that changes it and is answered.
type Update[In, Out any] struct{ Name string }

// Call sends the update to the workflow's current run and waits for the answer.
func (u Update[In, Out]) Call(ctx context.Context, c client.Client, workflowID string, in In) (Out, error) {
	var out Out
	h, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: u.Name, Args: []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return out, err
	}
	return out, h.Get(ctx, &out)
}

// CallWithStart is Call that starts the workflow first where it does not run yet.
func (u Update[In, Out]) CallWithStart(ctx context.Context, c client.Client, start client.WithStartWorkflowOperation, in In) (Out, error) {
	var out Out
	h, err := c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName: u.Name, Args: []any{in},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return out, err
	}
	return out, h.Get(ctx, &out)
}

// Handle sets the workflow's handler for the update. The validator only reads.
func (u Update[In, Out]) Handle(ctx workflow.Context, description string, validate func(workflow.Context, In) error, handle func(workflow.Context, In) (Out, error)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, u.Name, handle, workflow.UpdateHandlerOptions{
		Validator: validate, Description: description,
	})
}

// Query is a typed query: a question that changes nothing.
type Query[Out any] struct{ Name string }

// Ask asks the workflow's current or last run.
func (q Query[Out]) Ask(ctx context.Context, c client.Client, workflowID string) (Out, error) {
	var out Out
	v, err := c.QueryWorkflow(ctx, workflowID, "", q.Name)
	if err != nil {
		return out, err
	}
	return out, v.Get(&out)
}

// Handle sets the workflow's answer to the query.
func (q Query[Out]) Handle(ctx workflow.Context, description string, answer func() (Out, error)) error {
	return workflow.SetQueryHandlerWithOptions(ctx, q.Name, answer, workflow.QueryHandlerOptions{Description: description})
}

// Signal is a typed signal: a message to a workflow that is not answered.
type Signal[In any] struct{ Name string }

// Send sends the signal from one workflow to another's current run.
func (s Signal[In]) Send(ctx workflow.Context, workflowID string, in In) workflow.Future {
	return workflow.SignalExternalWorkflow(ctx, workflowID, "", s.Name, in)
}

// Channel is where the workflow receives the signal.
func (s Signal[In]) Channel(ctx workflow.Context) workflow.ReceiveChannel {
	return workflow.GetSignalChannel(ctx, s.Name)
}
