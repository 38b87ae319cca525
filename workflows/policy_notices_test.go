package workflows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

var noticesStart = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// notifying is a policy with two notifications, of which a run is in progress.
func notifying(id string) PolicyState {
	limits := backup.DefaultLimits()
	return PolicyState{
		Policy: backup.Policy{
			ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme",
			Limits: limits, Notify: []string{"ops", "pager"},
		},
		Backups: []backup.Backup{{ID: id, Status: backup.InProgress, StartedAt: noticesStart, Deadline: noticesStart.Add(limits.Deadline)}},
		Running: id, Version: 1, Published: 1,
	}
}

// deliveries are what Notify was asked, in order.
type deliveries struct {
	mu  sync.Mutex
	all []message.NotificationInput
}

func (d *deliveries) add(in message.NotificationInput) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, in)
}

func (d *deliveries) told() (names []string) {
	for _, in := range d.all {
		names = append(names, string(in.Notice.Event)+" to "+in.To)
	}
	slices.Sort(names)
	return names
}

// policyEnvironment runs policies as the children of a driver: the environment
// continues only children as new.
func policyEnvironment(t *testing.T, notify func(message.NotificationInput) error) (*testsuite.TestWorkflowEnvironment, *deliveries) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(noticesStart)
	env.RegisterWorkflowWithOptions(Policy, workflow.RegisterOptions{Name: message.PolicyWorkflow})
	env.RegisterWorkflowWithOptions(Notification, workflow.RegisterOptions{Name: message.NotificationWorkflow})
	var a *activities.Activities
	env.OnActivity(a.WritePolicy, mock.Anything, mock.Anything).Return(nil).Maybe()
	env.OnActivity(a.FindRun, mock.Anything, mock.Anything).Return(activities.FindRunResult{Open: true}, nil).Maybe()
	got := &deliveries{}
	env.OnActivity(a.Notify, mock.Anything, mock.Anything).Return(func(_ context.Context, in message.NotificationInput) (message.NotificationResult, error) {
		got.add(in)
		return message.NotificationResult{Outcome: message.Delivered}, notify(in)
	}).Maybe()
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context, in PolicyInput, life time.Duration) error {
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: message.PolicyID("jira-acme"), ParentClosePolicy: enums.PARENT_CLOSE_POLICY_TERMINATE,
		})
		if err := workflow.ExecuteChildWorkflow(child, message.PolicyWorkflow, in).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return err
		}
		return workflow.Sleep(ctx, life)
	}, workflow.RegisterOptions{Name: "driver"})
	return env, got
}

// TestEachIsToldOnceOfEachEvent states that a Policy that continues as new after each
// change loses no notice and repeats none.
func TestEachIsToldOnceOfEachEvent(t *testing.T) {
	const id = "jira-acme.20261123T000000Z"
	env, got := policyEnvironment(t, func(message.NotificationInput) error { return nil })
	policy := message.PolicyID("jira-acme")
	state := notifying(id)
	// One that was to be announced when the run before continued as new.
	state.Notices = []backup.Notice{{ID: "jira-acme/1.20261122T000000Z", Event: backup.EventMissed, Policy: "jira-acme"}}
	state.NoticeCount = 1
	env.RegisterDelayedCallback(func() {
		require.NoError(t, env.SignalWorkflowByID(policy, message.BackupFinished.Name, message.FinishedReport{
			BackupID: id, Status: backup.Incomplete, Reason: "2 attachments are missing: run again", EndedAt: noticesStart.Add(time.Hour),
		}))
	}, time.Hour)
	env.RegisterDelayedCallback(func() { testNotify(t, env, message.NoteInput{By: "me@here"}) }, 2*time.Hour)
	env.RegisterDelayedCallback(func() { testNotify(t, env, message.NoteInput{To: "pager"}) }, 3*time.Hour)
	env.RegisterDelayedCallback(func() { refuseTest(t, env, message.NoteInput{To: "oops"}, `it has ["ops" "pager"]`) }, 3*time.Hour+time.Minute)
	env.ExecuteWorkflow("driver", PolicyInput{State: state}, 4*time.Hour)
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, []string{
		"incomplete to ops", "incomplete to pager", "missed to ops", "missed to pager",
		"test to ops", "test to pager", "test to pager",
	}, got.told())

	ids := map[string]backup.Notice{}
	for _, in := range got.all {
		if other, ok := ids[in.Notice.ID]; ok {
			require.Equal(t, other, in.Notice, "the same notice for all who are told")
		}
		ids[in.Notice.ID] = in.Notice
	}
	require.Len(t, ids, 4)
	n := ids["jira-acme/2.20261123T010000Z"]
	require.Equal(t, "backup "+id+" is INCOMPLETE: 2 attachments are missing: run again (`holdfast backup show "+id+"` lists what is missing)", n.Text)
	require.Equal(t, []string{"jira-acme", "jira", "https://acme.atlassian.net"}, []string{n.Policy, string(n.Product), n.Site})
	require.Equal(t, noticesStart.Add(time.Hour), n.At)
	require.Equal(t, backup.Incomplete, n.Backup.Status, "the backup as it was then")
	require.Equal(t, "this is a test of the notifications of policy jira-acme, asked for by me@here; nothing is to be done", ids["jira-acme/3.20261123T020000Z"].Text)
}

// testNotify asks for a test and has it answered with the notice.
func testNotify(t *testing.T, env *testsuite.TestWorkflowEnvironment, in message.NoteInput) {
	err := env.UpdateWorkflowByID(message.PolicyID("jira-acme"), message.TestNotify.Name, fmt.Sprint("test-", in), &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { require.NoError(t, err) },
		OnComplete: func(v any, err error) {
			require.NoError(t, err)
			n, ok := v.(backup.Notice)
			require.True(t, ok)
			require.Equal(t, backup.EventTest, n.Event)
			require.NotEmpty(t, n.ID)
		},
	}, in)
	require.NoError(t, err)
}

// refuseTest asks for a test and has it refused.
func refuseTest(t *testing.T, env *testsuite.TestWorkflowEnvironment, in message.NoteInput, says string) {
	require.NoError(t, env.UpdateWorkflowByID(message.PolicyID("jira-acme"), message.TestNotify.Name, "", &testsuite.TestUpdateCallback{
		OnAccept:   func() { t.Error("it was accepted") },
		OnReject:   func(err error) { require.ErrorContains(t, err, says) },
		OnComplete: func(any, error) {},
	}, in))
}

// TestANoticeGoesIntoTheNextRun states what continuing as new carries: nothing that
// has been handed over, and the number of the next notice.
func TestANoticeGoesIntoTheNextRun(t *testing.T) {
	const id = "jira-acme.20261123T000000Z"
	env, _ := policyEnvironment(t, func(message.NotificationInput) error { return nil })
	started := 0
	env.OnWorkflow(message.NotificationWorkflow, mock.Anything, mock.Anything).Return(func(workflow.Context, message.NotificationInput) (message.NotificationResult, error) {
		started++
		return message.NotificationResult{}, nil
	})
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(message.BackupFinished.Name, message.FinishedReport{BackupID: id, Status: backup.Failed, Reason: "x", EndedAt: noticesStart})
	}, time.Hour)
	env.ExecuteWorkflow(message.PolicyWorkflow, PolicyInput{State: notifying(id)})
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, env.GetWorkflowError(), &next)
	var in PolicyInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	require.Empty(t, in.State.Notices)
	require.Equal(t, 1, in.State.NoticeCount)
	require.Equal(t, 2, started, "both deliveries had begun")
}

func TestAtMostAHundredNoticesWait(t *testing.T) {
	env, got := policyEnvironment(t, func(message.NotificationInput) error { return nil })
	var p *policyRun
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		p = &policyRun{PolicyState: notifying("jira-acme.20261123T000000Z")}
		for n := range 150 {
			p.announce(ctx, backup.EventMissed, fmt.Sprint("missed ", n+1), nil)
		}
		return nil
	}, workflow.RegisterOptions{Name: "announce"})
	env.ExecuteWorkflow("announce")
	require.NoError(t, env.GetWorkflowError())
	require.Len(t, p.Notices, 100)
	require.Equal(t, "missed 51", p.Notices[0].Text, "the newest are kept")
	require.Empty(t, got.all)
}

func TestAPolicyWithoutNotificationsAnnouncesNothing(t *testing.T) {
	env, got := policyEnvironment(t, func(message.NotificationInput) error { return nil })
	state := notifying("jira-acme.20261123T000000Z")
	state.Policy.Notify = nil
	env.RegisterDelayedCallback(func() { refuseTest(t, env, message.NoteInput{}, "--notify NAME") }, time.Minute)
	env.RegisterDelayedCallback(func() {
		require.NoError(t, env.SignalWorkflowByID(message.PolicyID("jira-acme"), message.BackupFinished.Name, message.FinishedReport{BackupID: state.Running, Status: backup.Failed}))
	}, time.Hour)
	env.ExecuteWorkflow("driver", PolicyInput{State: state}, 2*time.Hour)
	require.NoError(t, env.GetWorkflowError())
	require.Empty(t, got.all)
}

// TestNotification states how long a notice is tried, and how it ends.
func TestNotification(t *testing.T) {
	noHook := failure.NewRetryable(failure.NoHook, "there is no such notification here")
	for _, c := range []struct {
		name   string
		fails  func(try int) error
		tries  int
		within time.Duration // the least time that passes
		kind   failure.Type  // of its end; empty: delivered
		says   string
	}{
		{name: "taken at once", fails: func(int) error { return nil }, tries: 1},
		{name: "a worker without the entry makes it wait", fails: func(try int) error {
			if try < 6 {
				return noHook
			}
			return nil
		}, tries: 6, within: 30 * time.Second},
		{name: "what passes is tried again", fails: func(try int) error {
			if try < 4 {
				return errors.New("ops answered 500")
			}
			return nil
		}, tries: 4, within: 7 * time.Second},
		{name: "a definite refusal ends it", fails: func(int) error { return failure.New(failure.HookRefused, "ops answered 404: correct it") },
			tries: 1, kind: failure.HookRefused, says: "correct it"},
		// The environment gives up after ten tries; the server counts the days alone.
		{name: "what never passes is told", fails: func(int) error { return errors.New("ops answered 500") },
			tries: 10, kind: failure.HookAway, within: 8 * time.Minute, says: "at last: ops answered 500; try it with `holdfast notify test jira-acme`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tries := 0
			n := backup.Notice{ID: "jira-acme/1.20261123T000000Z", Event: backup.EventFailed, Policy: "jira-acme"}
			env, got := policyEnvironment(t, func(message.NotificationInput) error { tries++; return c.fails(tries) })
			env.ExecuteWorkflow(message.NotificationWorkflow, message.NotificationInput{To: "ops", Notice: n})
			require.True(t, env.IsWorkflowCompleted())
			for _, in := range got.all {
				require.Equal(t, message.NotificationInput{To: "ops", Notice: n}, in, "each time the same notice")
			}
			require.Equal(t, c.tries, tries)
			passed := env.Now().Sub(noticesStart)
			require.GreaterOrEqual(t, passed, c.within)
			require.LessOrEqual(t, passed, notifyFor+time.Hour)
			err := env.GetWorkflowError()
			if c.kind == "" {
				require.NoError(t, err)
				var out message.NotificationResult
				require.NoError(t, env.GetWorkflowResult(&out))
				require.Equal(t, message.Delivered, out.Outcome)
				return
			}
			kind, why := failure.Of(err)
			require.Equal(t, c.kind, kind, why)
			require.Contains(t, why, c.says)
		})
	}
}
