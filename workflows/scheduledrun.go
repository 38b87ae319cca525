package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// scheduledStart is where Temporal writes into a workflow for when its Schedule meant
// it to start.
var scheduledStart = temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")

// ScheduledRun is one ring of a policy's bell: a Temporal Schedule starts it, it asks
// the Policy, and its result is what the Policy answered (P5). A policy that does not
// answer is asked until it does: meanwhile the Schedule leaves out further rings.
func ScheduledRun(ctx workflow.Context, in message.ScheduledRunInput) (message.RingResult, error) {
	info := workflow.GetInfo(ctx)
	at, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduledStart)
	if !ok {
		at = info.WorkflowStartTime // started by hand
	}
	var a *activities.Activities
	var result message.RingResult
	err := workflow.ExecuteActivity(steadfast(ctx, backup.DefaultLimits(), "ring at policy "+in.PolicyID), a.Ring, activities.RingInput{
		PolicyID: in.PolicyID, RequestID: info.WorkflowExecution.ID + "/" + info.OriginalRunID,
		At: at.UTC(), Rang: info.WorkflowStartTime.UTC(),
	}).Get(ctx, &result)
	if err == nil {
		workflow.SetCurrentDetails(ctx, ringDetails(result))
	}
	return result, err
}

// ringDetails says for the Web UI what a ring led to.
func ringDetails(r message.RingResult) string {
	switch r.Outcome {
	case message.RingStarted:
		return "Started " + r.BackupID
	case message.RingWaits:
		return "Waiting until " + when(r.Until) + ": " + r.Reason
	}
	return "Refused: " + r.Reason
}
