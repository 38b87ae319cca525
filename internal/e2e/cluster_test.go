package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/devserver"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/store/gcs"
)

// TestCluster states R4 of what a team runs: three worker processes, a Temporal
// server that keeps its state in PostgreSQL, and a bucket. Again and again, in
// the middle of a run, one worker is killed, another one asked to end, and the
// server killed, all at once. The backup is COMPLETE and equal to the site.
func TestCluster(t *testing.T) {
	db := startPostgres(t)
	db.writeTables(t)
	temporal := startTemporal(t, devserver.Config{
		Database: &devserver.Database{
			State: db.sql(stateDatabase.name), Visibility: db.sql(visibilityDatabase.name), HistoryShards: 4,
		},
		Port:      freePort(t), // the same after each kill, so that its clients find it again
		Namespace: "backups",
		Retention: 72 * time.Hour, // less than a backup's: the workers are to say so
	})
	s := startSite(t, clusterSite())
	s.server = temporal
	s.dial()
	s.openBucket()
	moments := []<-chan struct{}{s.moment(bulkfetch, 3)}
	if os.Getenv("HOLDFAST_LONG") != "" {
		moments = []<-chan struct{}{
			s.moment(samplesite.Prefix+"/search/jql", 2), s.moment(bulkfetch, 10), s.moment(remotelink, 2500),
			s.moment(samplesite.Prefix+"/attachment/content/{id}", 40),
		}
	}
	start := func(n int) *process {
		// With one slot each, no worker can take all of a small run.
		return s.startWorker(fmt.Sprint("scratch-", n), "--scratch-slots", "1")
	}
	workers := []*process{start(0), start(1), start(2)}
	s.requireLogged("host is ready", len(workers))
	s.createPolicy()
	id := s.begin().ID
	var drained []*process
	for n, moment := range moments {
		select {
		case <-moment:
		case <-s.ctx().Done():
			require.FailNow(t, "the run did not come so far", "round %d", n)
		}
		refused := strings.Count(s.log.String(), "connection refused")
		killed, asked := n%3, (n+1)%3
		workers[killed].kill()
		workers[asked].terminate(t)
		temporal.kill()
		drained = append(drained, workers[asked])
		s.requireLogged("connection refused", refused+1)
		temporal.start()
		for _, n := range []int{killed, asked} {
			workers[n] = start(n)
		}
	}
	row := s.finish(id)
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireVerified(id)
	s.requireEqualToSite(id)
	s.requireNoObjectTooMany(id)
	s.requireSmallHistories(id)
	require.GreaterOrEqual(t, len(s.processesOf(id)), 2, "who took part in the run")
	for _, p := range drained {
		<-p.ended
		require.Zero(t, p.cmd.ProcessState.ExitCode(), "a worker that was asked to end")
	}
	require.NotContains(t, s.log.String(), "DATA RACE")

	t.Run("the workers warn of a namespace that forgets runs before their backups", func(t *testing.T) {
		require.Contains(t, s.log.String(), "namespace "+temporal.Namespace()+" keeps closed runs for 72h")
	})
	t.Run("search attributes are registered and searched for", func(t *testing.T) {
		n, err := s.client.CountWorkflow(s.ctx(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running' AND HoldfastPolicy = '%s' AND HoldfastExpires > '2026-01-01T00:00:00Z'", message.PolicyWorkflow, s.policy),
		})
		require.NoError(t, err)
		require.Equal(t, int64(1), n.Count)
	})
	t.Run("the command lists the policy", func(t *testing.T) {
		long(t) // to build it takes longer than all of the above
		path, err := starterBinary()
		require.NoError(t, err)
		cmd := exec.Command(path, "policy", "list", "--output", "json", "--address", s.server.Addr(), "--namespace", s.server.Namespace())
		cmd.Stderr = s.log
		out, err := cmd.Output()
		require.NoError(t, err)
		var list []message.PolicySummary
		require.NoError(t, json.Unmarshal(out, &list), "%s", out)
		require.Len(t, list, 1, "%s", out)
	})
}

// clusterSite has enough shards for three workers.
func clusterSite() samplesite.Config {
	issues, attachments := 1600, 40
	if os.Getenv("HOLDFAST_LONG") != "" {
		issues, attachments = 8000, 200
	}
	return samplesite.Config{Rate: fast, Content: content.Spec{
		Seed: 11, Attachments: attachments,
		Projects: []content.ProjectSpec{{Key: "EE", Issues: issues}, {Key: "OPS", Issues: 140}, {Key: "NONE"}},
		Issues:   []content.IssueSpec{{Key: "EE-1", Comments: 250}, {Key: "EE-2", Odd: true}},
	}}
}

// openBucket makes the store a bucket of an emulator, which worker processes
// find by the same variable of the environment as this one.
func (s *stack) openBucket() {
	s.t.Helper()
	emulator, err := fakestorage.NewServerWithOptions(fakestorage.Options{Scheme: "http", Host: "127.0.0.1"})
	require.NoError(s.t, err)
	s.t.Cleanup(emulator.Stop)
	emulator.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: "backups"})
	s.t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(emulator.URL(), "http://"))
	bucket, err := gcs.Open(s.t.Context(), "backups", "team")
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = bucket.Close() })
	s.store = bucket
}

// processesOf are the processes whose steps the first batch of a run counted,
// each with the number of its steps.
func (s *stack) processesOf(id string) map[string]int {
	s.t.Helper()
	steps := map[string]int{}
	events := s.client.GetWorkflowHistory(s.ctx(), message.BatchID(id, 0), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(s.t, err)
		if a := e.GetActivityTaskCompletedEventAttributes(); a != nil {
			steps[a.GetIdentity()]++
		}
	}
	s.t.Logf("steps by process: %v", steps)
	return steps
}

// moment is closed when the site is asked for the nth time.
func (s *stack) moment(route string, n int) <-chan struct{} {
	reached := make(chan struct{})
	s.site.Inject(samplesite.Rule{Route: route, From: n, Count: 1, Effect: samplesite.Effect{Do: func() { close(reached) }}})
	return reached
}

// requireLogged waits until this is logged so often.
func (s *stack) requireLogged(what string, times int) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return strings.Count(s.log.String(), what) >= times }, time.Minute, 50*time.Millisecond,
		"logged too seldom: %q", what)
}

// requireNoObjectTooMany compares what the store holds of a backup with what its sums list.
func (s *stack) requireNoObjectTooMany(id string) {
	s.t.Helper()
	folder := archive.BackupDir(s.policy, id)
	listed := map[string]bool{archive.StateName: true, archive.SumsName: true}
	sums, err := s.store.Get(s.ctx(), folder+archive.SumsName, 0, -1)
	require.NoError(s.t, err)
	defer sums.Close()
	for sum, err := range archive.Sums(sums) {
		require.NoError(s.t, err)
		listed[sum.Name] = true
	}
	for o, err := range s.store.List(s.ctx(), folder) {
		require.NoError(s.t, err)
		require.True(s.t, listed[strings.TrimPrefix(o.Name, folder)], "%s is in no list", o.Name)
	}
	for o, err := range s.store.List(s.ctx(), archive.RunDir(s.policy, id)) {
		require.NoError(s.t, err)
		require.Fail(s.t, "left from the run", o.Name)
	}
}
