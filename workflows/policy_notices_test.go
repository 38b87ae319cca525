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
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

var noticesStart = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// patient is for machines that have much else to do: the SDK takes a workflow that
// waits for the processor for a second for one that hangs.
var patient = worker.Options{DeadlockDetectionTimeout: time.Minute}

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

// deliveries are what was to be delivered, in order.
type deliveries struct {
	mu  sync.Mutex
	all []message.NotificationInput
}

func (d *deliveries) add(in message.NotificationInput) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, in)
}

// told are the events and who is told of them, sorted.
func (d *deliveries) told() (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, in := range d.all {
		names = append(names, string(in.Notice.Event)+" to "+in.To)
	}
	slices.Sort(names)
	return names
}

// nextRun runs a Policy until it continues as new, which do has it do a minute after
// at, and returns what it carries. All notifications are taken at once.
func (d *deliveries) nextRun(t *testing.T, state PolicyState, at time.Time, do func(*testsuite.TestWorkflowEnvironment)) PolicyState {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(at)
	env.SetWorkerOptions(patient)
	env.RegisterWorkflowWithOptions(Policy, workflow.RegisterOptions{Name: message.PolicyWorkflow})
	env.RegisterWorkflowWithOptions(Notification, workflow.RegisterOptions{Name: message.NotificationWorkflow})
	var a *activities.Activities
	env.OnActivity(a.WritePolicy, mock.Anything, mock.Anything).Return(nil).Maybe()
	env.OnWorkflow(message.NotificationWorkflow, mock.Anything, mock.Anything).Return(func(_ workflow.Context, in message.NotificationInput) (message.NotificationResult, error) {
		d.add(in)
		return message.NotificationResult{Outcome: message.Delivered}, nil
	}).Maybe()
	env.RegisterDelayedCallback(func() { do(env) }, time.Minute)
	env.ExecuteWorkflow(message.PolicyWorkflow, PolicyInput{State: state})
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, env.GetWorkflowError(), &next)
	var in PolicyInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	return in.State
}

// TestEachIsToldOnceOfEachEvent states that a Policy that continues as new after each
// change loses no notice and repeats none.
func TestEachIsToldOnceOfEachEvent(t *testing.T) {
	const id = "jira-acme.20261123T000000Z"
	state := notifying(id)
	// One that was to be announced when the run before continued as new.
	state.Notices = []backup.Notice{{ID: "jira-acme/1.20261122T000000Z", Event: backup.EventMissed, Policy: "jira-acme"}}
	state.NoticeCount = 1
	var got deliveries
	for n, do := range []func(*testsuite.TestWorkflowEnvironment){
		func(env *testsuite.TestWorkflowEnvironment) {
			env.SignalWorkflow(message.BackupFinished.Name, message.FinishedReport{
				BackupID: id, Status: backup.Incomplete, Reason: "2 attachments are missing: run again", EndedAt: noticesStart.Add(time.Minute),
			})
		},
		func(env *testsuite.TestWorkflowEnvironment) { testNotify(t, env, message.NoteInput{By: "me@here"}) },
		func(env *testsuite.TestWorkflowEnvironment) {
			refuseTest(t, env, message.NoteInput{To: "oops"}, `it has ["ops" "pager"]`)
			testNotify(t, env, message.NoteInput{To: "pager"})
		},
	} {
		state = got.nextRun(t, state, noticesStart.Add(time.Duration(n)*time.Hour), do)
		require.Empty(t, state.Notices, "all deliveries have begun")
		require.Equal(t, n+2, state.NoticeCount)
	}
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
	n := ids["jira-acme/2.20261123T000100Z"]
	require.Equal(t, "backup "+id+" is INCOMPLETE: 2 attachments are missing: run again (`holdfast backup show "+id+"` lists what is missing)", n.Text)
	require.Equal(t, []string{"jira-acme", "jira", "https://acme.atlassian.net"}, []string{n.Policy, string(n.Product), n.Site})
	require.Equal(t, noticesStart.Add(time.Minute), n.At)
	require.Equal(t, backup.Incomplete, n.Backup.Status, "the backup as it was then")
	require.Equal(t, "this is a test of the notifications of policy jira-acme, asked for by me@here; nothing is to be done", ids["jira-acme/3.20261123T010100Z"].Text)
}

// testNotify asks for a test and has it answered with the notice.
func testNotify(t *testing.T, env *testsuite.TestWorkflowEnvironment, in message.NoteInput) {
	env.UpdateWorkflow(message.TestNotify.Name, "test", &testsuite.TestUpdateCallback{
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
}

// refuseTest asks for a test and has it refused.
func refuseTest(t *testing.T, env *testsuite.TestWorkflowEnvironment, in message.NoteInput, says string) {
	env.UpdateWorkflow(message.TestNotify.Name, "refused", &testsuite.TestUpdateCallback{
		OnAccept:   func() { t.Error("it was accepted") },
		OnReject:   func(err error) { require.ErrorContains(t, err, says) },
		OnComplete: func(any, error) {},
	}, in)
}

func TestAtMostAHundredNoticesWait(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
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
}

func TestAPolicyWithoutNotificationsAnnouncesNothing(t *testing.T) {
	state := notifying("jira-acme.20261123T000000Z")
	state.Policy.Notify = nil
	var got deliveries
	state = got.nextRun(t, state, noticesStart, func(env *testsuite.TestWorkflowEnvironment) {
		refuseTest(t, env, message.NoteInput{}, "--notify NAME")
		env.SignalWorkflow(message.BackupFinished.Name, message.FinishedReport{BackupID: state.Running, Status: backup.Failed, Reason: "x"})
	})
	require.Empty(t, got.told())
	require.Empty(t, state.Notices)
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
			n := backup.Notice{ID: "jira-acme/1.20261123T000000Z", Event: backup.EventFailed, Policy: "jira-acme"}
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.SetStartTime(noticesStart)
			env.SetWorkerOptions(patient)
			env.RegisterWorkflowWithOptions(Notification, workflow.RegisterOptions{Name: message.NotificationWorkflow})
			got := &deliveries{}
			var a *activities.Activities
			env.OnActivity(a.Notify, mock.Anything, mock.Anything).Return(func(_ context.Context, in message.NotificationInput) (message.NotificationResult, error) {
				got.add(in)
				return message.NotificationResult{Outcome: message.Delivered}, c.fails(len(got.all))
			})
			env.ExecuteWorkflow(message.NotificationWorkflow, message.NotificationInput{To: "ops", Notice: n})
			require.True(t, env.IsWorkflowCompleted())
			for _, in := range got.all {
				require.Equal(t, message.NotificationInput{To: "ops", Notice: n}, in, "each time the same notice")
			}
			require.Len(t, got.all, c.tries)
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
