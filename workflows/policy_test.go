package workflows

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// TestLookAfter states what a Policy does about a run that has not told of its
// end by the time it is looked after: only what left no backup is removed.
func TestLookAfter(t *testing.T) {
	const id = "jira-acme.20261123T000000Z"
	counts := backup.Counts{Containers: 3, Items: 70}
	sealed := message.FinishedReport{BackupID: id, Status: backup.Complete, Counts: counts}
	for _, c := range []struct {
		name      string
		found     activities.FindRunResult
		tells     bool // the report comes while the run is looked up
		discarded bool
		status    backup.Status
		counts    backup.Counts
	}{
		{name: "terminated: what it stored is removed", discarded: true, status: backup.Failed},
		{name: "cancelled: what it stored is removed", found: activities.FindRunResult{Canceled: true}, discarded: true, status: backup.Failed},
		{name: "completed, and its report is lost: the backup stays",
			found: activities.FindRunResult{Sealed: &activities.SealResult{Status: backup.Complete, Counts: counts}}, status: backup.Complete, counts: counts},
		{name: "it tells while it is looked up: the backup stays", tells: true, status: backup.Complete, counts: counts},
	} {
		t.Run(c.name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.SetWorkerOptions(patient)
			env.RegisterWorkflowWithOptions(Policy, workflow.RegisterOptions{Name: message.PolicyWorkflow})
			var a *activities.Activities
			start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
			env.SetStartTime(start)
			discarded := false
			env.OnActivity(a.WritePolicy, mock.Anything, mock.Anything).Return(nil)
			env.OnActivity(a.FindRun, mock.Anything, mock.Anything).Return(func(context.Context, activities.FindRunInput) (activities.FindRunResult, error) {
				if c.tells {
					env.SignalWorkflow(message.BackupFinished.Name, sealed)
				}
				return c.found, nil
			})
			env.OnActivity(a.Discard, mock.Anything, mock.Anything).Return(func(context.Context, activities.DiscardInput) error {
				discarded = true
				return nil
			}).Maybe()
			limits := backup.DefaultLimits()
			env.ExecuteWorkflow(message.PolicyWorkflow, PolicyInput{State: PolicyState{
				Policy:  backup.Policy{ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", Limits: limits},
				Backups: []backup.Backup{{ID: id, Status: backup.InProgress, StartedAt: start, Deadline: start.Add(limits.Deadline)}},
				Running: id, Version: 1, Published: 1,
			}})
			require.True(t, env.IsWorkflowCompleted())
			var next *workflow.ContinueAsNewError
			require.ErrorAs(t, env.GetWorkflowError(), &next)
			var in PolicyInput
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
			require.Empty(t, in.State.Running)
			require.Equal(t, c.discarded, discarded)
			require.Equal(t, c.status, in.State.Backups[0].Status, in.State.Backups[0].Reason)
			require.Equal(t, c.counts, in.State.Backups[0].Counts)
			require.Equal(t, c.status == backup.Complete, in.State.LastComplete.Equal(start), "R1 counts from a COMPLETE one")
		})
	}
}
