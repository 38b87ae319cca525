package workflows_test

import (
	"context"
	"errors"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/store/dir"
	"holdfast/workflows"
)

// bellServer is an embedded server on which policies are real and their backups are
// not: they are COMPLETE at once. Some activities may be others.
func bellServer(t *testing.T, others func(*activities.Activities) map[string]any) client.Client {
	server, err := devserver.Start(t.Context(), devserver.Config{SearchAttributes: cluster.SearchAttributes()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	c, _, err := cluster.Dial(t.Context(), cluster.Options{Address: server.Addr(), Namespace: server.Namespace()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	w := worker.New(c, message.TaskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(workflows.Policy, workflow.RegisterOptions{Name: message.PolicyWorkflow})
	w.RegisterWorkflowWithOptions(workflows.ScheduledRun, workflow.RegisterOptions{Name: message.ScheduledRunWorkflow})
	w.RegisterWorkflowWithOptions(workflows.Verify, workflow.RegisterOptions{Name: message.VerifyWorkflow})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.BackupInput) (workflows.BackupResult, error) {
		report := message.FinishedReport{BackupID: in.Run.BackupID, Status: backup.Complete, EndedAt: workflow.Now(ctx)}
		return workflows.BackupResult{Status: backup.Complete}, message.BackupFinished.Send(ctx, message.PolicyID(in.Run.Policy.ID), report).Get(ctx, nil)
	}, workflow.RegisterOptions{Name: message.BackupWorkflow})
	a := activities.New(activities.Deps{Store: s, Installation: "test"})
	all := map[string]any{
		"SetSchedules": a.SetSchedules, "Ring": a.Ring, "BeginVerification": a.BeginVerification, "RecordVerification": a.RecordVerification,
		"Holder":       a.Holder,
		"WritePolicy":  func(context.Context, activities.WritePolicyInput) error { return nil },
		"RemovePolicy": func(context.Context, activities.RemovePolicyInput) error { return nil },
		"Expire":       func(context.Context, activities.ExpireInput) error { return nil },
		"VerifyBackup": func(_ context.Context, in activities.VerifyBackupInput) (activities.VerifyBackupResult, error) {
			return activities.VerifyBackupResult{Readable: true}, nil
		},
	}
	if others != nil {
		maps.Copy(all, others(a))
	}
	for name, f := range all {
		w.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return c
}

func create(t *testing.T, c client.Client, p backup.Policy) message.PolicyView {
	t.Helper()
	start := c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: message.PolicyID(p.ID), TaskQueue: message.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, message.PolicyWorkflow, workflows.PolicyInput{})
	v, err := message.Configure.CallWithStart(t.Context(), c, start, message.ConfigureInput{Policy: p})
	require.NoError(t, err)
	return v
}

// rung are the results of the last rings of a bell, by the ids of their workflows.
func rung(t *testing.T, c client.Client, scheduleID string) map[string]message.RingResult {
	t.Helper()
	d, err := c.ScheduleClient().GetHandle(t.Context(), scheduleID).Describe(t.Context())
	require.NoError(t, err)
	results := map[string]message.RingResult{}
	for _, action := range d.Info.RecentActions {
		var result message.RingResult
		if c.GetWorkflow(t.Context(), action.StartWorkflowResult.WorkflowID, "").Get(t.Context(), &result) == nil {
			results[action.StartWorkflowResult.WorkflowID] = result
		}
	}
	return results
}

// TestABellOfTemporal has Temporal ring at a policy: the first ring starts a backup,
// those that follow too soon are refused, and each workflow says so by its result.
func TestABellOfTemporal(t *testing.T) {
	t.Parallel()
	c := bellServer(t, nil)
	policy := backup.Policy{
		ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme", Limits: backup.DefaultLimits(),
		Schedule:     &backup.Schedule{Cron: "@every 2s"},
		Verification: &backup.Verification{Cron: "@every 3s", Of: 3},
	}
	id := message.ScheduleID(policy.ID)
	created := create(t, c, policy)
	require.WithinDuration(t, time.Now(), created.NextRun, 10*time.Second)
	view := func() message.PolicyView {
		v, err := message.ShowPolicy.Ask(t.Context(), c, message.PolicyID(policy.ID))
		require.NoError(t, err)
		return v
	}
	var v message.PolicyView
	require.Eventually(t, func() bool {
		v = view()
		return v.Refused != nil && v.Standing.Shares >= 2
	}, time.Minute, 100*time.Millisecond, "a refused ring, and two verifications")
	require.Len(t, v.Backups, 1)
	require.Equal(t, backup.Complete, v.Backups[0].Status)
	require.True(t, v.Backups[0].Scheduled)
	require.Equal(t, "schedule", v.Backups[0].By)
	require.True(t, v.Backups[0].VerifiedAt.IsZero(), "a share is not all of it")
	require.Nil(t, v.Missed)
	require.True(t, v.NextRun.After(v.Backups[0].StartedAt))

	outcomes := map[message.RingOutcome]int{}
	for workflowID, result := range rung(t, c, id) {
		outcomes[result.Outcome]++
		if result.Outcome == message.RingStarted {
			require.Equal(t, v.Backups[0].ID, result.BackupID)
		}
		d, err := c.DescribeWorkflow(t.Context(), workflowID, "")
		require.NoError(t, err)
		summary, err := d.GetStaticSummary()
		require.NoError(t, err)
		require.Equal(t, "bell of jira-acme", summary)
	}
	require.Equal(t, 1, outcomes[message.RingStarted])
	require.Positive(t, outcomes[message.RingRefused])

	paused, err := message.Pause.Call(t.Context(), c, message.PolicyID(policy.ID), message.NoteInput{By: "ada", Text: "the site moves"})
	require.NoError(t, err)
	require.True(t, paused.NextRun.IsZero())
	d, err := c.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
	require.NoError(t, err)
	require.True(t, d.Schedule.State.Paused)
	require.Contains(t, d.Schedule.State.Note, "by ada: the site moves")
	resumed, err := message.Resume.Call(t.Context(), c, message.PolicyID(policy.ID), message.NoteInput{By: "ada"})
	require.NoError(t, err)
	require.False(t, resumed.NextRun.IsZero())

	_, err = message.DeletePolicy.Call(t.Context(), c, message.PolicyID(policy.ID), message.DeletePolicyInput{By: "ada"})
	require.NoError(t, err)
	var notFound *serviceerror.NotFound
	for _, id := range []string{id, message.VerificationScheduleID(policy.ID)} {
		_, err = c.ScheduleClient().GetHandle(t.Context(), id).Describe(t.Context())
		require.ErrorAs(t, err, &notFound, id)
	}
}

// TestABellOfNobody states that a Schedule whose policy is gone says so.
func TestABellOfNobody(t *testing.T) {
	t.Parallel()
	c := bellServer(t, nil)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: message.TaskQueue},
		message.ScheduledRunWorkflow, message.ScheduledRunInput{PolicyID: "jira-gone"})
	require.NoError(t, err)
	var result message.RingResult
	require.NoError(t, run.Get(t.Context(), &result))
	require.Equal(t, message.RingResult{Outcome: message.RingRefused,
		Reason: "there is no policy jira-gone: delete the schedule schedule/jira-gone in Temporal"}, result)

	run, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: message.TaskQueue},
		message.VerifyWorkflow, message.VerifyInput{PolicyID: "jira-gone"})
	require.NoError(t, err)
	var verified message.VerifyResult
	require.NoError(t, run.Get(t.Context(), &verified))
	require.Empty(t, verified, "there is nothing to verify")
}

// TestAReadIsEndedWhereVerificationFails has a backup verified that the store does not
// hold: it expires at once when it is deleted after that, and not while it is read.
func TestAReadIsEndedWhereVerificationFails(t *testing.T) {
	t.Parallel()
	reading, read, expired := make(chan struct{}), make(chan struct{}), make(chan string, 1)
	c := bellServer(t, func(a *activities.Activities) map[string]any {
		var begun atomic.Bool
		return map[string]any{
			"VerifyBackup": func(ctx context.Context, in activities.VerifyBackupInput) (activities.VerifyBackupResult, error) {
				result, err := a.VerifyBackup(ctx, in)
				if begun.CompareAndSwap(false, true) {
					// The same read begins again, as another attempt's does.
					_, err := message.BeginRead.Call(ctx, activity.GetClient(ctx), message.PolicyID(in.PolicyID), message.ReadInput{ReadID: in.ReadID, BackupID: in.BackupID})
					if err != nil {
						return result, err
					}
					close(reading)
					<-read
					return result, errors.New("the worker is lost")
				}
				return result, err
			},
			"Expire": func(_ context.Context, in activities.ExpireInput) error {
				expired <- in.Backup.ID
				return nil
			},
		}
	})
	policy := backup.Policy{ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme", Limits: backup.DefaultLimits()}
	create(t, c, policy)
	row, err := message.RunBackup.Call(t.Context(), c, message.PolicyID(policy.ID), message.RunBackupInput{RequestID: "1"})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		v, err := message.ShowPolicy.Ask(t.Context(), c, message.PolicyID(policy.ID))
		return err == nil && v.Backups[0].Status == backup.Complete
	}, 30*time.Second, 100*time.Millisecond)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: message.TaskQueue},
		message.VerifyWorkflow, message.VerifyInput{PolicyID: policy.ID, BackupID: row.ID})
	require.NoError(t, err)
	<-reading
	_, err = message.DeleteBackup.Call(t.Context(), c, message.PolicyID(policy.ID), message.BackupInput{BackupID: row.ID, By: "ada"})
	require.NoError(t, err)
	select {
	case <-expired:
		t.Error("it was deleted while it was read")
	case <-time.After(time.Second):
	}
	close(read)
	err = run.Get(t.Context(), nil)
	kind, _ := failure.Of(err)
	require.Equal(t, failure.NotFound, kind, "%v", err)
	select {
	case id := <-expired:
		require.Equal(t, row.ID, id)
	case <-time.After(30 * time.Second):
		t.Error("the read was not ended")
	}
}
