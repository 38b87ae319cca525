package main

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/cluster"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// refusal is the error of what the rules do not allow, what makes no sense for a restore as it
// is, or of a restore whose destination is not what its plan was made for: nothing was done.
type refusal struct{ cause error }

func (r *refusal) Error() string { return r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

// refusef is the refusal of a request that makes no sense for the restore as it is.
func refusef(format string, args ...any) error { return &refusal{fmt.Errorf(format, args...)} }

// explainRestore is explain for requests of restores: what rules refuse is a refusal.
func explainRestore(what string, err error) error {
	kind, text := failure.Of(err)
	switch kind {
	case failure.Locked, failure.Running:
		id := detail[string](err)
		watch := "holdfast backup watch " + id
		if _, of := backupOf(id); of == nil {
			watch = "holdfast restore watch " + id
		}
		return &refusal{&explained{fmt.Sprintf("%s: %s\n  watch who holds it:  %s", what, text, watch), err}}
	case failure.NotAvailable, failure.TooOld, failure.Changed, failure.Lapsed, failure.Restoring:
		return &refusal{&explained{what + ": " + text, err}}
	}
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return &explained{what + ": Temporal does not know it: look for it with 'holdfast restore list', and check --address and --namespace", err}
	}
	return explain(what, err)
}

// startRestore starts a restore, or tries one again.
func startRestore(ctx context.Context, c client.Client, in message.RestoreInput) error {
	_, err := c.ExecuteWorkflow(ctx, message.RestoreStart(in), message.RestoreWorkflow, in)
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &started) {
		return &refusal{&explained{fmt.Sprintf("restore %s is in progress: watch it with 'holdfast restore watch %s'", in.Spec.ID, in.Spec.ID), err}}
	}
	return explainRestore("start restore "+in.Spec.ID, err)
}

// showRestore asks a restore what it is.
func showRestore(ctx context.Context, c client.Client, id string) (message.RestoreView, error) {
	v, err := message.ShowRestore.Ask(ctx, c, message.RestoreID(id))
	return v, explainRestore("restore "+id, err)
}

// lookAtRestore is showRestore with the time limit of a request.
func (a *app) lookAtRestore(ctx context.Context, c client.Client, id string) (message.RestoreView, error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	return showRestore(ctx, c, id)
}

// requestOf is what a restore was asked to do, as its workflow began: a retry is the
// same again. Temporal has it for as long as its namespace keeps closed runs.
func requestOf(ctx context.Context, c client.Client, id string) (message.RestoreInput, error) {
	var in message.RestoreInput
	events := c.GetWorkflowHistory(ctx, message.RestoreID(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	if !events.HasNext() {
		return in, fmt.Errorf("restore %s has no history: plan it again", id)
	}
	first, err := events.Next()
	if err != nil {
		return in, explainRestore("restore "+id, err)
	}
	if err := cluster.DataConverter().FromPayloads(first.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in); err != nil || in.Spec.ID != id {
		return in, fmt.Errorf("what restore %s was asked for can't be read from Temporal: plan it again", id)
	}
	return in, nil
}

// restoreOutcome is the error of a restore that is not what was waited for. What there is
// to say has been printed.
type restoreOutcome struct{ status restore.Status }

func (o restoreOutcome) Error() string { return "the restore is " + string(o.status) }

// outcomeOfRestore is nil where a restore is COMPLETE, or goes on.
func outcomeOfRestore(status restore.Status) error {
	if status == restore.Complete || !status.Ended() {
		return nil
	}
	return restoreOutcome{status}
}
