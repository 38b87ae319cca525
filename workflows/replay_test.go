package workflows

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/cluster"
	"holdfast/internal/message"
	"holdfast/internal/recording"
)

// The recordings are made by `HOLDFAST_RECORD=1 go test -run 'TestRecord$' ./internal/e2e`
// against the embedded server, until version 0.1.0 stands in CHANGELOG.md; from
// then on they stay as they are.

// wanted is how many recordings there are of each scenario and workflow type, so
// that a lost one is noticed; status is how the last of them closed.
var wanted = []struct {
	scenario, workflowType, status string
	atLeast                        int
}{
	{"complete", message.PolicyWorkflow, "ContinuedAsNew", 2},
	{"complete", message.BackupWorkflow, "Completed", 1},
	{"complete", message.BatchWorkflow, "Completed", 1},
	{"complete", message.CheckWorkflow, "Completed", 1},
	{"complete", message.VerifyWorkflow, "Completed", 1},
	{"incomplete", message.BackupWorkflow, "Completed", 1},
	{"incomplete", message.BatchWorkflow, "Completed", 1},
	{"failed", message.BackupWorkflow, "Failed", 1},
	{"cancelled", message.BackupWorkflow, "Canceled", 1},
	{"cancelled", message.PolicyWorkflow, "ContinuedAsNew", 1},
	{"continued", message.BatchWorkflow, "ContinuedAsNew", 1},
	{"continued", message.BackupWorkflow, "Completed", 1},
	{"life", message.PolicyWorkflow, "Completed", 1},
	{"life", message.PolicyWorkflow, "ContinuedAsNew", 5},
	{"life", message.DownloadWorkflow, "Completed", 1},
	{"life", message.NotificationWorkflow, "Completed", 2},
	{"life", message.ScheduledRunWorkflow, "Completed", 1},
	{"life", message.VerifyWorkflow, "Completed", 1},
	{"imported", message.ImportWorkflow, "Completed", 1},
	{"imported", message.PolicyWorkflow, "ContinuedAsNew", 1},
	{"restored", message.RestoreWorkflow, "Completed", 1},
	{"restored", message.RestorePhaseWorkflow, "ContinuedAsNew", 1},
	{"restored", message.RestorePhaseWorkflow, "Completed", 12},
	{"restored", message.DestinationWorkflow, "Completed", 2},
	{"restored", message.PolicyWorkflow, "ContinuedAsNew", 5},
	{"restore-retried", message.RestoreWorkflow, "Completed", 2},
	{"restore-retried", message.RestorePhaseWorkflow, "Completed", 18},
	{"restore-cancelled", message.RestoreWorkflow, "Canceled", 1},
	{"restore-cancelled", message.RestorePhaseWorkflow, "Canceled", 1},
	{"restore-failed", message.RestoreWorkflow, "Failed", 1},
	{"restore-failed", message.RestorePhaseWorkflow, "Failed", 1},
	{"restore-lapsed", message.RestoreWorkflow, "Completed", 1},
	{"restore-refused", message.RestoreWorkflow, "Completed", 1},
	{"restore-refused", message.PolicyWorkflow, "ContinuedAsNew", 8},
	{"drilled", message.DrillWorkflow, "Completed", 1},
	{"drilled", message.RestoreWorkflow, "Completed", 1},
	{"drilled", message.PolicyWorkflow, "ContinuedAsNew", 8},
}

func recordings(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.json.gz"))
	require.NoError(t, err)
	return paths
}

func TestReplay(t *testing.T) {
	for _, path := range recordings(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json.gz"), func(t *testing.T) {
			require.NoError(t, replay(t, path, Register))
		})
	}
}

func TestNoRecordingIsLost(t *testing.T) {
	found := map[[3]string]int{}
	for _, path := range recordings(t) {
		r, history, err := recording.Read(path)
		require.NoError(t, err)
		require.Len(t, history.Events, r.Events, path)
		found[[3]string{r.Scenario, r.Type, r.Status}]++
	}
	for _, w := range wanted {
		require.GreaterOrEqual(t, found[[3]string{w.scenario, w.workflowType, w.status}], w.atLeast, "%s of %s that ended %s", w.scenario, w.workflowType, w.status)
	}
}

// TestChangedWorkflowIsCaught shows that the harness can fail: a Backup that
// begins with a timer does not fit the recorded ones.
func TestChangedWorkflowIsCaught(t *testing.T) {
	err := replay(t, filepath.Join("testdata", "complete.Backup.0.json.gz"), func(r worker.WorkflowRegistry) {
		r.RegisterWorkflowWithOptions(func(ctx workflow.Context, in BackupInput) (BackupResult, error) {
			if err := workflow.Sleep(ctx, 1); err != nil {
				return BackupResult{}, err
			}
			return Backup(ctx, in)
		}, workflow.RegisterOptions{Name: message.BackupWorkflow})
	})
	require.ErrorContains(t, err, "TMPRL1100")
}

// replay runs the workflow code against a recorded history.
func replay(t *testing.T, path string, register func(worker.WorkflowRegistry)) error {
	t.Helper()
	r, history, err := recording.Read(path)
	require.NoError(t, err)
	replayer, err := worker.NewWorkflowReplayerWithOptions(cluster.ReplayerOptions())
	require.NoError(t, err)
	register(replayer)
	return replayer.ReplayWorkflowHistoryWithOptions(cluster.Logger(nil), history, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: r.WorkflowID, RunID: r.RunID},
	})
}
