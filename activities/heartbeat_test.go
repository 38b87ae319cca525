package activities

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

func TestExportHeartbeatsWithWhatIsDone(t *testing.T) {
	t.Parallel()
	b := newBench(t, slice("EE", true, numbers(1, 250)...))
	var (
		mu   sync.Mutex
		last StepProgress
	)
	b.site.fail = func(ids []string) error {
		if ids[0] == "101" { // the second chunk takes longer than the heartbeat's time-out
			require.Eventually(t, func() bool {
				mu.Lock()
				defer mu.Unlock()
				return last.Items == 100
			}, 10*time.Second, time.Millisecond)
			time.Sleep(500 * time.Millisecond)
		}
		return nil
	}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(b.host)
	env.SetTestTimeout(time.Minute)
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		mu.Lock()
		defer mu.Unlock()
		require.NoError(t, details.Get(&last))
	})
	env.ExecuteWorkflow(func(ctx workflow.Context) (ExportResult, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 300 * time.Millisecond})
		var r ExportResult
		err := workflow.ExecuteActivity(ctx, b.host.Export, b.in).Get(ctx, &r)
		return r, err
	})
	require.NoError(t, env.GetWorkflowError())
	var r ExportResult
	require.NoError(t, env.GetWorkflowResult(&r))
	require.Equal(t, 250, r.Items)
	requireOnce(t, b.site.asked, numbers(1, 250))
}
