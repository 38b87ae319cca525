package workflows_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/workflows"
)

// TestLargestBatchHasASmallHistory runs a full batch on a real server, with every
// shard restarted once, and measures its history. The steps do nothing here:
// only their number and the size of their inputs count.
func TestLargestBatchHasASmallHistory(t *testing.T) {
	t.Parallel()
	server, err := devserver.Start(t.Context(), devserver.Config{SearchAttributes: cluster.SearchAttributes()})
	require.NoError(t, err)
	defer func() { _ = server.Stop() }()
	c, _, err := cluster.Dial(t.Context(), cluster.Options{Address: server.Addr(), Namespace: server.Namespace()})
	require.NoError(t, err)
	defer c.Close()

	var mu sync.Mutex
	lost := map[string]bool{}
	w := worker.New(c, message.TaskQueue, worker.Options{})
	workflows.Register(w)
	register := func(name string, f any) { w.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name}) }
	register("AcquireScratch", func(_ context.Context, in activities.AcquireScratchInput) (activities.Lease, error) {
		return activities.Lease{Queue: message.TaskQueue, Shard: in.Shard, Attempt: in.Attempt, Host: "backup-worker-0123456789.eu-west.example"}, nil
	})
	register("Export", func(context.Context, activities.StepInput) (activities.ExportResult, error) {
		return activities.ExportResult{Items: 1000, Records: 20000, RawBytes: 50 << 20, Segments: 1}, nil
	})
	register("Compress", func(context.Context, activities.StepInput) (activities.CompressResult, error) {
		return activities.CompressResult{Bytes: 5 << 20}, nil
	})
	register("Upload", func(_ context.Context, in activities.StepInput) (activities.UploadResult, error) {
		mu.Lock()
		defer mu.Unlock()
		if !lost[in.Shard.ID] {
			lost[in.Shard.ID] = true
			return activities.UploadResult{}, failure.New(failure.LeaseLost, "the scratch slot is gone")
		}
		return activities.UploadResult{Object: fmt.Sprintf("results/%s.%d.json", in.Shard.ID, in.Lease.Attempt), Counts: backup.Counts{Items: 1000}}, nil
	})
	register("Verify", func(context.Context, activities.VerifyShardInput) error { return nil })
	register("Touch", func(context.Context, activities.StepInput) error { return nil })
	register("Release", func(context.Context, activities.StepInput) error { return nil })
	register("SaveWinners", func(context.Context, activities.SaveWinnersInput) error { return nil })
	require.NoError(t, w.Start())
	defer w.Stop()

	limits := backup.DefaultLimits()
	limits.ProbeAfter = 12 * time.Second // a lost host is waited for a twelfth of it
	in := workflows.ExportBatchInput{Batch: "000", Run: activities.Run{
		BackupID: "jira-acme-and-partners.20261123T021658Z", StartedAt: time.Now(), Options: backup.Options{Attachments: true, Exclude: []string{"SECRET", "OLD", "TEST"}},
		Policy: backup.Policy{
			ID: "jira-acme-and-partners", Product: backup.Jira, Site: "https://acme-and-partners.atlassian.net", CloudID: "11223344-a1b2-3b33-c444-def123456789",
			Credential: "acme", Limits: limits, Options: backup.Options{Attachments: true, Exclude: []string{"SECRET", "OLD", "TEST"}},
		},
	}}
	for n := range workflows.MaxBatch {
		in.Pending = append(in.Pending, workflows.PendingShard{Shard: activities.ShardRef{ID: activities.ShardID(0, n), Tag: "1-17-1"}, Attempt: 1})
	}
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: message.BatchID(in.Run.BackupID, 0), TaskQueue: message.TaskQueue}, message.BatchWorkflow, in)
	require.NoError(t, err)
	var result workflows.ExportBatchResult
	require.NoError(t, run.Get(t.Context(), &result))
	require.Equal(t, workflows.ExportBatchResult{Shards: workflows.MaxBatch, Counts: backup.Counts{Items: 1000 * workflows.MaxBatch}}, result)
	require.Len(t, lost, workflows.MaxBatch, "every shard was restarted once")

	d, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
	require.NoError(t, err)
	events, size := d.GetWorkflowExecutionInfo().GetHistoryLength(), d.GetWorkflowExecutionInfo().GetHistorySizeBytes()
	t.Logf("%d events, %d bytes", events, size)
	require.Less(t, events, int64(3000))
	require.Less(t, size, int64(4<<20))
}
