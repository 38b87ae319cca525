// Package workflows has holdfast's durable workflows: deterministic code only.
// What has a side effect is an activity.
package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/message"
)

// Register registers all workflows under their names.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(Policy, workflow.RegisterOptions{Name: message.PolicyWorkflow})
	r.RegisterWorkflowWithOptions(Backup, workflow.RegisterOptions{Name: message.BackupWorkflow})
	r.RegisterWorkflowWithOptions(ExportBatch, workflow.RegisterOptions{Name: message.BatchWorkflow})
	r.RegisterWorkflowWithOptions(Check, workflow.RegisterOptions{Name: message.CheckWorkflow})
	r.RegisterWorkflowWithOptions(SiteCheck, workflow.RegisterOptions{Name: message.SiteCheckWorkflow})
	r.RegisterWorkflowWithOptions(Notification, workflow.RegisterOptions{Name: message.NotificationWorkflow})
	r.RegisterWorkflowWithOptions(Download, workflow.RegisterOptions{Name: message.DownloadWorkflow})
	r.RegisterWorkflowWithOptions(Verify, workflow.RegisterOptions{Name: message.VerifyWorkflow})
	r.RegisterWorkflowWithOptions(ScheduledRun, workflow.RegisterOptions{Name: message.ScheduledRunWorkflow})
	r.RegisterWorkflowWithOptions(Import, workflow.RegisterOptions{Name: message.ImportWorkflow})
	r.RegisterWorkflowWithOptions(Restore, workflow.RegisterOptions{Name: message.RestoreWorkflow})
	r.RegisterWorkflowWithOptions(RestorePhase, workflow.RegisterOptions{Name: message.RestorePhaseWorkflow})
	r.RegisterWorkflowWithOptions(Destination, workflow.RegisterOptions{Name: message.DestinationWorkflow})
	r.RegisterWorkflowWithOptions(Drill, workflow.RegisterOptions{Name: message.DrillWorkflow})
	r.RegisterWorkflowWithOptions(Stored, workflow.RegisterOptions{Name: message.StoredWorkflow})
}
