package workflows

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

func TestImport(t *testing.T) {
	var a *activities.Activities
	found := activities.ReadPolicyResult{
		Import: message.ImportInput{Policy: backup.Policy{ID: "jira-acme"}, Version: 7}, Notes: []string{"removed something"},
	}
	tests := []struct {
		name  string
		setup func(env *testsuite.TestWorkflowEnvironment)
		want  message.ImportResult
		fails failure.Type
	}{
		{"a policy that is here is left alone: its downloads are in use", func(env *testsuite.TestWorkflowEnvironment) {
			env.OnActivity(a.FindRun, mock.Anything, activities.FindRunInput{WorkflowID: "policy/jira-acme"}).Return(activities.FindRunResult{Open: true}, nil)
		}, message.ImportResult{PolicyID: "jira-acme", Known: true}, ""},
		{"one that is not is read and started", func(env *testsuite.TestWorkflowEnvironment) {
			env.OnActivity(a.FindRun, mock.Anything, mock.Anything).Return(activities.FindRunResult{}, nil)
			env.OnActivity(a.ReadPolicy, mock.Anything, mock.MatchedBy(func(in activities.ReadPolicyInput) bool {
				return in.PolicyID == "jira-acme" && in.TakeOver && in.Credential == "acme" && !in.Now.IsZero()
			})).Return(found, nil)
			env.OnActivity(a.ImportPolicy, mock.Anything, found.Import).Return(activities.ImportPolicyResult{Backups: 3, Available: 2}, nil)
		}, message.ImportResult{PolicyID: "jira-acme", Backups: 3, Available: 2, Notes: found.Notes}, ""},
		{"that of another installation is refused", func(env *testsuite.TestWorkflowEnvironment) {
			env.OnActivity(a.FindRun, mock.Anything, mock.Anything).Return(activities.FindRunResult{}, nil)
			env.OnActivity(a.ReadPolicy, mock.Anything, mock.Anything).Return(activities.ReadPolicyResult{}, failure.New(failure.Owned, "there"))
		}, message.ImportResult{}, failure.Owned},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.SetWorkerOptions(patient)
			env.RegisterWorkflowWithOptions(Import, workflow.RegisterOptions{Name: message.ImportWorkflow})
			tt.setup(env)
			env.ExecuteWorkflow(message.ImportWorkflow, ImportInput{PolicyID: "jira-acme", TakeOver: true, Credential: "acme"})
			require.True(t, env.IsWorkflowCompleted())
			kind, _ := failure.Of(env.GetWorkflowError())
			require.Equal(t, tt.fails, kind)
			if tt.fails == "" {
				var got message.ImportResult
				require.NoError(t, env.GetWorkflowResult(&got))
				require.Equal(t, tt.want, got)
			}
			env.AssertExpectations(t)
		})
	}
}
