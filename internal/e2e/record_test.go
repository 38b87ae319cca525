package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/devserver"
	"holdfast/internal/message"
	"holdfast/internal/recording"
	"holdfast/internal/samplesite"
	"holdfast/workflows"
)

// TestRecord makes the recordings that workflows/replay_test.go replays:
//
//	HOLDFAST_RECORD=1 go test -run 'TestRecord$' ./internal/e2e
//
// Recordings are made anew in the commit that changes a workflow, until version
// 0.1.0 stands in CHANGELOG.md; from then on those that exist stay as they are.
func TestRecord(t *testing.T) {
	if os.Getenv("HOLDFAST_RECORD") == "" {
		t.Skip("makes workflows/testdata anew: set HOLDFAST_RECORD=1")
	}
	folder := filepath.Join("..", "..", "workflows", "testdata")
	old, err := filepath.Glob(filepath.Join(folder, "*.json.gz"))
	require.NoError(t, err)
	for _, path := range old {
		require.NoError(t, os.Remove(path))
	}

	t.Run("complete", func(t *testing.T) {
		s := started(t)
		row := s.run()
		require.Equal(t, backup.Complete, row.Status, row.Reason)
		s.execute(message.CheckWorkflow, "check/"+s.policy, message.CheckInput{Site: s.site.URL(), Product: backup.Jira, Credential: credential})
		s.execute(message.VerifyWorkflow, message.VerifyID(row.ID, row.EndedAt), message.VerifyInput{PolicyID: s.policy, BackupID: row.ID})
		s.record(folder, "complete")
	})
	t.Run("incomplete", func(t *testing.T) {
		s := started(t)
		s.site.LoseAttachmentBytes(s.attachments()[0].ID)
		require.Equal(t, backup.Incomplete, s.run().Status)
		s.record(folder, "incomplete")
	})
	t.Run("failed", func(t *testing.T) {
		s := started(t)
		s.site.Inject(samplesite.Rule{Route: remotelink, From: 20, Count: 1, Effect: samplesite.Effect{Do: s.site.RevokeToken}})
		require.Equal(t, backup.Failed, s.run().Status)
		s.record(folder, "failed")
	})
	t.Run("cancelled", func(t *testing.T) {
		s := started(t)
		slow := s.site.Inject(samplesite.Rule{Route: remotelink, From: 30, Effect: samplesite.Effect{Delay: 300 * time.Millisecond}})
		id := s.begin().ID
		require.Eventually(t, func() bool { return slow.Fired() > 3 }, time.Minute, 10*time.Millisecond)
		_, err := message.CancelBackup.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.CancelBackupInput{By: "tester"})
		require.NoError(t, err)
		require.Equal(t, backup.Failed, s.finish(id).Status)
		s.record(folder, "cancelled")
	})
	t.Run("waiting", func(t *testing.T) {
		s := started(t)
		fault := s.site.Inject(samplesite.Rule{From: 60, Effect: samplesite.Effect{Status: http.StatusInternalServerError}})
		id := s.begin().ID
		s.requireWaiting(id, "the site is away")
		fault.Heal()
		require.Equal(t, backup.Complete, s.finish(id).Status)
		s.record(folder, "waiting")
	})
	t.Run("life", func(t *testing.T) {
		s := setUp(t, tinySite())
		s.limits.Cadence, s.limits.Retention, s.limits.DownloadLife, s.limits.ExpiryNotice = time.Nanosecond, 8*time.Second, time.Second, 4*time.Second
		s.startHost(withLinks(t, s), withHook(t))
		s.createPolicy()
		s.edit(func(p *backup.Policy) { p.Notify = []string{hook} })
		first, second := s.run(), s.run()
		s.prepare(first.ID)
		s.linkTo(first.ID, 1)
		_, err := message.Hold.Call(s.ctx(), s.client, message.PolicyID(s.policy), of(second.ID))
		require.NoError(t, err)
		s.eventually(first.ID, func(c *assertT, b backup.Backup) { require.False(c, b.DeletedAt.IsZero(), b.Deletion) })
		_, err = message.Release.Call(s.ctx(), s.client, message.PolicyID(s.policy), of(second.ID))
		require.NoError(t, err)
		s.edit(func(p *backup.Policy) {
			p.Schedule = &backup.Schedule{Cron: "@every 4s", Retries: 1, RetryAfter: time.Second}
			p.Verification = &backup.Verification{Cron: "@every 3s", Of: 2}
		})
		require.EventuallyWithT(t, func(c *assertT) { require.GreaterOrEqual(c, s.show().Shares, 2) }, time.Minute, 100*time.Millisecond)
		_, err = message.Pause.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.NoteInput{By: "tester"})
		require.NoError(t, err)
		for s.show().Running != "" {
			s.finish(s.show().Running)
		}
		_, err = message.DeletePolicy.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.DeletePolicyInput{By: "tester", DeleteBackups: true})
		require.NoError(t, err)
		require.NoError(t, s.client.GetWorkflow(s.ctx(), message.PolicyID(s.policy), "").Get(s.ctx(), nil))
		s.record(folder, "life")
	})
	t.Run("imported", func(t *testing.T) {
		s := setUp(t, tinySite())
		s.startHost()
		s.createPolicy()
		require.Equal(t, backup.Complete, s.run().Status)
		require.NoError(t, s.client.TerminateWorkflow(s.ctx(), message.PolicyID(s.policy), "", "its cluster is lost"))
		s.execute(message.ImportWorkflow, message.ImportID(s.policy), workflows.ImportInput{PolicyID: s.policy})
		require.Equal(t, 1, s.show().Available)
		s.record(folder, "imported")
	})
	t.Run("continued", func(t *testing.T) {
		s := setUp(t, smallSite(), func(c *devserver.Config) { c.SuggestContinueAsNew = 25 })
		s.limits.Window = 1
		s.startHost()
		s.createPolicy()
		require.Equal(t, backup.Complete, s.run().Status)
		s.record(folder, "continued")
	})
	recordRestores(t, folder)
}

// execute runs a short workflow to its end.
func (s *stack) execute(workflowType, id string, in any) {
	s.t.Helper()
	run, err := s.client.ExecuteWorkflow(s.ctx(), client.StartWorkflowOptions{ID: id, TaskQueue: message.TaskQueue}, workflowType, in)
	require.NoError(s.t, err)
	require.NoError(s.t, run.Get(s.ctx(), nil))
}

// record stores the histories of all workflows that have closed: among them a Policy and a
// Backup, and those of these types, each as often as it is named; what closes at the same
// time is waited for as long as more comes to be listed.
func (s *stack) record(folder, scenario string, types ...string) {
	s.t.Helper()
	want := map[string]int{message.PolicyWorkflow: 1, message.BackupWorkflow: 1}
	for _, name := range types {
		want[name]++
	}
	listed := 0
	var closed *workflowservice.ListWorkflowExecutionsResponse
	require.EventuallyWithT(s.t, func(c *assertT) {
		var err error
		closed, err = s.client.ListWorkflow(s.ctx(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: "ExecutionStatus != 'Running'",
		})
		require.NoError(c, err)
		before := listed
		listed = len(closed.GetExecutions())
		require.Equal(c, before, listed, "more of them are listed")
		ended := map[string]int{}
		for _, e := range closed.GetExecutions() {
			ended[e.GetType().GetName()]++
		}
		for name, n := range want {
			require.GreaterOrEqual(c, ended[name], n, "%s is not listed yet", name)
		}
	}, 30*time.Second, 500*time.Millisecond)
	slices.SortFunc(closed.Executions, func(a, b *workflowpb.WorkflowExecutionInfo) int {
		return a.GetCloseTime().AsTime().Compare(b.GetCloseTime().AsTime())
	})
	numbers := map[string]int{}
	for _, e := range closed.GetExecutions() {
		name := e.GetType().GetName()
		if e.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_TERMINATED {
			continue
		}
		r, err := recording.Fetch(s.ctx(), s.client, scenario, e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId())
		require.NoError(s.t, err)
		require.NoError(s.t, r.Write(folder, numbers[name]))
		numbers[name]++
	}
	s.t.Log(fmt.Sprint(scenario, ": ", numbers))
}
