package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"holdfast/activities"
	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
)

// TestKilledWorker states R4: a worker process is killed (-9) at random moments
// of a run, and started again, or not while a second one lives. Each run ends
// COMPLETE, no finished shard is exported again, and nothing of a losing attempt stays.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	sites, runs := 1, 1
	if os.Getenv("HOLDFAST_LONG") != "" {
		sites, runs = 4, 5
	}
	for n := range sites {
		t.Run(fmt.Sprintf("site %d", n+1), func(t *testing.T) {
			t.Parallel()
			killWorkers(t, runs)
		})
	}
}

// killWorkers kills a worker in each of so many runs.
func killWorkers(t *testing.T, runs int) {
	s := setUp(t, killSite())
	s.limits.Cadence = time.Nanosecond
	s.plain = true // twenty runs; races of worker processes are looked for in TestCluster
	first := s.startWorker("scratch-a")
	s.createPolicy()
	start := time.Now()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	undisturbed := time.Since(start)
	t.Logf("undisturbed: %v", undisturbed)

	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	for n := range runs {
		at := time.Duration(random.Int64N(int64(undisturbed)))
		again := random.IntN(2) == 0
		if n == runs/2 {
			s.dropBackup(row.ID) // until now attachments were copied from it; from now on they are fetched
		}
		t.Run(fmt.Sprintf("killed after %v, started again: %v", at.Round(time.Millisecond), again), func(t *testing.T) {
			var second *process
			if !again {
				second = s.startWorker("scratch-b")
			}
			id := s.begin().ID
			first.killAfter(t, at)
			if again {
				first = s.startWorker("scratch-a")
			}
			row := s.finish(id)
			require.Equal(t, backup.Complete, row.Status, row.Reason)
			s.requireVerified(id)
			s.requireEqualToSite(id)
			s.requireNoFileTooMany(id)
			s.requireNoFinishedShardExportedAgain(id)
			s.requireSmallHistories(id)
			if !again {
				second.kill()
				first = s.startWorker("scratch-a")
			}
			s.dropBackup(id)
		})
	}
}

// dropBackup makes room: the backups of one site need not stay.
func (s *stack) dropBackup(id string) {
	require.NoError(s.t, os.RemoveAll(s.backupFolder(id)))
}

// requireNoFileTooMany compares the backup's folder with what its sums list.
func (s *stack) requireNoFileTooMany(id string) {
	s.t.Helper()
	folder := s.backupFolder(id)
	listed := map[string]bool{archive.StateName: true, archive.SumsName: true}
	sums, err := os.Open(filepath.Join(folder, archive.SumsName))
	require.NoError(s.t, err)
	defer sums.Close()
	for sum, err := range archive.Sums(sums) {
		require.NoError(s.t, err)
		listed[sum.Name] = true
	}
	require.NoError(s.t, filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		require.True(s.t, listed[filepath.ToSlash(name)], "%s is in no list", name)
		return err
	}))
	for o, err := range s.store.List(s.ctx(), archive.RunDir(s.policy, id)) {
		require.NoError(s.t, err)
		require.Fail(s.t, "left from the run", o.Name)
	}
}

// requireNoFinishedShardExportedAgain reads the histories of a run's batches:
// once a shard is verified, no Export of it is scheduled.
func (s *stack) requireNoFinishedShardExportedAgain(id string) {
	s.t.Helper()
	for n := 0; ; n++ {
		batch := message.BatchID(id, n)
		if _, err := s.client.DescribeWorkflowExecution(s.ctx(), batch, ""); err != nil {
			require.Positive(s.t, n, "no batch found: %v", err)
			return
		}
		verifying := map[int64]string{}
		finished := map[string]bool{}
		events := s.client.GetWorkflowHistory(s.ctx(), batch, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			require.NoError(s.t, err)
			if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
				var in struct {
					Shard activities.ShardRef `json:"shard"`
				}
				switch a.GetActivityType().GetName() {
				case "Verify":
					require.NoError(s.t, converter.GetDefaultDataConverter().FromPayloads(a.GetInput(), &in))
					verifying[e.GetEventId()] = in.Shard.ID
				case "Export":
					require.NoError(s.t, converter.GetDefaultDataConverter().FromPayloads(a.GetInput(), &in))
					require.False(s.t, finished[in.Shard.ID], "shard %s was finished and is exported again", in.Shard.ID)
				}
			}
			if a := e.GetActivityTaskCompletedEventAttributes(); a != nil {
				if shard := verifying[a.GetScheduledEventId()]; shard != "" {
					finished[shard] = true
				}
			}
		}
		require.NotEmpty(s.t, finished)
	}
}

// requireSmallHistories holds the histories of a run to their limits: 3,000
// events and 4 MiB.
func (s *stack) requireSmallHistories(id string) {
	s.t.Helper()
	list, err := s.client.ListWorkflow(s.ctx(), &workflowservice.ListWorkflowExecutionsRequest{
		Query: fmt.Sprintf("WorkflowId STARTS_WITH '%s'", message.BackupID(id)),
	})
	require.NoError(s.t, err)
	require.NotEmpty(s.t, list.GetExecutions())
	for _, e := range list.GetExecutions() {
		d, err := s.client.DescribeWorkflowExecution(s.ctx(), e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId())
		require.NoError(s.t, err)
		info := d.GetWorkflowExecutionInfo()
		s.t.Logf("%s: %d events, %d bytes", info.GetType().GetName(), info.GetHistoryLength(), info.GetHistorySizeBytes())
		require.Less(s.t, info.GetHistoryLength(), int64(3000))
		require.Less(s.t, info.GetHistorySizeBytes(), int64(4<<20))
	}
}

// TestKilledInAShortCall states: a worker that is lost in a call of a few
// requests is noticed as soon as one that is lost in a long step.
func TestKilledInAShortCall(t *testing.T) {
	t.Parallel()
	s := setUp(t, smallSite())
	worker := s.startWorker("scratch-a")
	s.createPolicy()
	stuck := s.site.Inject(samplesite.Rule{Route: samplesite.Prefix + "/myself", Count: 1, Effect: samplesite.Effect{Delay: time.Minute}})
	start := time.Now()
	id := s.begin().ID
	require.Eventually(t, func() bool { return stuck.Fired() == 1 }, time.Minute, 10*time.Millisecond)
	worker.kill()
	s.startWorker("scratch-a")
	row := s.finish(id)
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.Less(t, time.Since(start), 2*time.Minute, "ten minutes would be the call's own time-out")
}
