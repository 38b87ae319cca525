package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// TestShrunkSiteFailsAtOnce states S6: a census with fewer than half of last
// time's items ends the run before anything is captured.
func TestShrunkSiteFailsAtOnce(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(patient)
	env.RegisterWorkflowWithOptions(Backup, workflow.RegisterOptions{Name: message.BackupWorkflow})
	env.RegisterWorkflowWithOptions(Destination, workflow.RegisterOptions{Name: message.DestinationWorkflow})
	// ExportBatch is not registered: a run that starts one fails otherwise.
	var a *activities.Activities
	env.OnActivity(a.Preflight, mock.Anything, mock.Anything).Return(activities.PreflightResult{AccountID: "me"}, nil)
	env.OnActivity(a.ListContainers, mock.Anything, mock.Anything).Return(activities.ListContainersResult{Pages: 1, Containers: 4}, nil)
	env.OnActivity(a.Census, mock.Anything, mock.Anything).Return(activities.CensusResult{Shards: 1, Items: 49}, nil)
	env.OnActivity(a.Dedupe, mock.Anything, mock.Anything).Return(activities.DedupeResult{Shards: []activities.ShardSet{{Shards: 1}}, Items: 49}, nil)
	env.OnActivity(a.Discard, mock.Anything, mock.Anything).Return(nil)
	env.OnSignalExternalWorkflow(mock.Anything, message.PolicyID("jira-acme"), "", message.BackupFinished.Name, mock.Anything).Return(nil)

	start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	env.SetStartTime(start)
	policy := backup.Policy{ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", Limits: backup.DefaultLimits()}
	env.ExecuteWorkflow(message.BackupWorkflow, BackupInput{
		Run:      activities.Run{Policy: policy, BackupID: "jira-acme.20261123T000000Z", StartedAt: start},
		Deadline: start.Add(policy.Limits.Deadline), Baseline: backup.Baseline{Backup: "before", Containers: 4, Items: 100},
	})
	require.True(t, env.IsWorkflowCompleted())
	kind, why := failure.Of(env.GetWorkflowError())
	require.Equal(t, failure.Smaller, kind, why)
	require.Contains(t, why, "49 items where backup before held 4 with 100")
	env.AssertExpectations(t)
}
