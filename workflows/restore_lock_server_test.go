package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// TestLockThatIsTerminated states that a restore whose lock somebody terminates ends with
// the batches under way, and says why.
func TestLockThatIsTerminated(t *testing.T) {
	t.Parallel()
	begun, going := make(chan struct{}, 1), make(chan struct{})
	c := restoreServer(t, map[string]any{
		"ListBatches": func(context.Context, activities.ListBatchesInput) (activities.ListBatchesResult, error) {
			return activities.ListBatchesResult{Batches: []restore.Head{{N: 0, Lane: "EE", Items: 1}, {N: 1, Lane: "EE", Items: 1}}, Total: 2}, nil
		},
		"ApplyBatch": func(ctx context.Context, in activities.BatchInput) (activities.BatchResult, error) {
			begun <- struct{}{} // once: nobody receives a second one
			<-going
			return activities.BatchResult{}, nil
		},
	})
	in := restoreOf("https://new.atlassian.net", 1)
	in.Apply = true
	run := start(t, c, in)
	<-begun
	require.NoError(t, c.TerminateWorkflow(t.Context(), message.DestinationID(backup.Jira, in.Spec.Site), "", "by the test"))
	require.Eventually(t, func() bool {
		return restoring(t, c, in).Waiting == "cancelled: the batches under way come to their end"
	}, 30*time.Second, 20*time.Millisecond)
	close(going)
	kind, why := failure.Of(run.Get(t.Context(), nil))
	require.Equal(t, failure.Locked, kind, why)
	require.Contains(t, why, "has lost the lock of the destination")
	require.Empty(t, begun, "no batch begins after that")
	v := restoring(t, c, in)
	require.Equal(t, restore.Failed, v.Status)
	require.False(t, v.Lock)
}

// TestLockOfAnEarlierTry states that a restore waits for the lock of its own run before
// this one, which Temporal ends some time after that run, and says so.
func TestLockOfAnEarlierTry(t *testing.T) {
	t.Parallel()
	c := restoreServer(t, nil)
	in := restoreOf("https://new.atlassian.net", 1)
	in.Apply = true
	held := message.DestinationInput{Holder: in.Spec.ID}
	lock, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: message.DestinationID(backup.Jira, in.Spec.Site), TaskQueue: message.TaskQueue, Memo: map[string]any{message.DestinationMemo: held},
	}, message.DestinationWorkflow, held)
	require.NoError(t, err)
	run := start(t, c, in)
	require.Eventually(t, func() bool { return restoring(t, c, in).Waiting != "" }, time.Minute, 50*time.Millisecond)
	v := restoring(t, c, in)
	require.Contains(t, v.Waiting, "held by an earlier try of this one")
	require.Contains(t, v.Waiting, lock.GetID())
	require.False(t, v.Lock)
	require.NoError(t, c.TerminateWorkflow(t.Context(), lock.GetID(), "", "by the test"))
	var after message.RestoreView
	require.NoError(t, run.Get(t.Context(), &after))
	require.Equal(t, restore.Complete, after.Status)
	require.Empty(t, after.Waiting)
}
