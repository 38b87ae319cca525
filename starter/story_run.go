package main

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
	"holdfast/workflows"
)

// runEvent tells what an event of the run's own workflow means.
func (s *story) runEvent(e *historypb.HistoryEvent, line logLine) error {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		var in workflows.BackupInput
		decode(e.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in)
		line.Text = "the backup starts"
		if in.By != "" {
			line.Text += ", asked for by " + in.By + " (as they say)"
		}
		line.Until = in.Deadline
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		a := e.GetWorkflowExecutionSignaledEventAttributes()
		if a.GetSignalName() == message.CancelledBy.Name {
			decode(a.GetInput(), &s.by)
		}
		return nil
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		line.Text = "the backup is being cancelled by " + s.canceller()
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		line.Text = summaryOf(e)
		if line.Text == "" {
			line.Text = e.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetWorkflowId()
		}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		var result workflows.BackupResult
		decode(e.GetWorkflowExecutionCompletedEventAttributes().GetResult(), &result)
		s.total.Status, s.total.Reason, s.total.Counts = result.Status, result.Reason, &result.Counts
		line.Text = "the backup is " + string(result.Status)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		s.total.Reason = messageOf(e.GetWorkflowExecutionFailedEventAttributes().GetFailure())
		line.Text = s.failed()
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		s.total.Reason = "cancelled by " + s.canceller()
		line.Text = s.failed()
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		a := e.GetWorkflowExecutionTerminatedEventAttributes()
		s.total.Reason = fmt.Sprintf("terminated in Temporal by %s: %s", a.GetIdentity(), a.GetReason())
		line.Text = s.failed()
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
		s.total.Reason = "its workflow timed out in Temporal"
		line.Text = s.failed()
	default:
		return nil
	}
	s.total.Time = line.Time
	return s.show(line)
}

func (s *story) failed() string {
	s.total.Status = backup.Failed
	return "the backup is " + string(backup.Failed)
}

// canceller is who asked for the cancellation.
func (s *story) canceller() string {
	if s.by == "" {
		return "an operator in Temporal"
	}
	return s.by
}

// batchEvent tells what an event of a batch's workflow means.
func (s *story) batchEvent(e *historypb.HistoryEvent, line logLine) error {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		var result workflows.ExportBatchResult
		decode(e.GetWorkflowExecutionCompletedEventAttributes().GetResult(), &result)
		line.Text = fmt.Sprintf("the batch has ended: %d shards, %d records, %d attachments", result.Shards, result.Counts.Records, result.Counts.Attachments)
		if result.GivenUp > 0 {
			line.Text += fmt.Sprintf("; %d shards were given up", result.GivenUp)
		}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		line.Text, line.Reason = "the batch has failed", messageOf(e.GetWorkflowExecutionFailedEventAttributes().GetFailure())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		line.Text, line.Reason = "the batch was terminated in Temporal", e.GetWorkflowExecutionTerminatedEventAttributes().GetReason()
	default:
		return nil
	}
	return s.show(line)
}

// decode reads the first payload; what can't be read leaves v as it is.
func decode(p *commonpb.Payloads, v any) {
	if p != nil {
		_ = cluster.DataConverter().FromPayloads(p, v)
	}
}

// ends reports whether the event closes its workflow.
func ends(e *historypb.HistoryEvent) bool {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return true
	}
	return false
}
