package workflows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/message"
)

const day = 24 * time.Hour

// born is when the backup of most tests started, and bornID is its id.
var born = time.Date(2026, 11, 23, 2, 16, 58, 0, time.UTC)

const bornID = "jira-acme.20261123T021658Z"

// edges are one second before, at, and one second after.
var edges = []struct {
	name string
	off  time.Duration
}{{"one second before", -time.Second}, {"at", 0}, {"one second after", time.Second}}

// life is a Policy's life in the SDK's test environment: one run of the workflow
// after the other, each with the state that the last one left, on one mock clock.
type life struct {
	t       *testing.T
	env     *testsuite.TestWorkflowEnvironment
	state   PolicyState
	now     time.Time
	steps   []*lifeStep
	runs    int
	updates int
	over    bool // the workflow has completed

	// What the activities answer; nil means that they succeed.
	expire         func(activities.ExpireInput) error
	write          func(activities.WritePolicyInput) error
	removePolicy   func() error
	setSchedules   func(activities.SetSchedulesInput) error
	downloadClosed bool
	// holder holds the lock of the policy's site.
	holder string

	expired       []activities.ExpireInput
	written       []activities.WritePolicyInput
	schedules     []activities.SetSchedulesInput
	removals      []time.Time
	packages      []activities.DeletePackageInput
	downloads     []message.DownloadInput
	ended         []string // the workflows of downloads that were told to end
	downloadsGone bool     // and are not there
	cancelled     []string
	notices       []backup.Notice
	began         []BackupInput
}

type lifeStep struct {
	at   time.Time
	do   func()
	done bool
}

// newLife is the life of a policy with these backups, from born on.
func newLife(t *testing.T, backups ...backup.Backup) *life {
	l := &life{t: t, now: born, state: PolicyState{
		Policy: backup.Policy{
			ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "cloud", Credential: "acme",
			Limits: backup.DefaultLimits(), Notify: []string{"ops"}, CreatedAt: born.Add(-day), CreatedBy: "ann",
		},
		Backups: backups, Version: 1, Published: 1,
	}}
	l.state.LastComplete = backup.LastComplete(backups)
	return l
}

// whole is a COMPLETE backup that started at start, with the default limits.
func whole(start time.Time) backup.Backup {
	return backup.Backup{
		ID: backup.NewBackupID("jira-acme", start), Status: backup.Complete, StartedAt: start, EndedAt: start.Add(time.Hour),
		ExpiresAt: start.Add(14 * day), Counts: backup.Counts{Items: 70, StoredBytes: 1 << 20},
	}
}

// at has do done at a time.
func (l *life) at(at time.Time, do func()) { l.steps = append(l.steps, &lifeStep{at: at, do: do}) }

// after has do done a while after born.
func (l *life) after(d time.Duration, do func()) { l.at(born.Add(d), do) }

// live lets the policy live until a time, and returns what it tells of itself then,
// or told at last.
func (l *life) live(until time.Time) (view message.PolicyView) {
	l.t.Helper()
	l.at(until, func() {
		view = l.view()
		l.env.CancelWorkflow()
	})
	for l.runs = 0; ; l.runs++ {
		require.Less(l.t, l.runs, 300, "the policy continues as new again and again")
		if !l.runOnce() {
			break
		}
	}
	if l.over {
		p := policyRun{PolicyState: l.state}
		view.Backups, view.Standing = slices.Clone(p.Backups), p.Standing
		slices.Reverse(view.Backups)
	}
	return view
}

// runOnce is one run of the workflow; it reports whether that continued as new.
func (l *life) runOnce() bool {
	l.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(cluster.Logger(nil))
	l.env = suite.NewTestWorkflowEnvironment()
	l.env.SetTestTimeout(time.Minute)
	// A machine that is busy with other tests is no deadlock.
	l.env.SetWorkerOptions(patient)
	l.env.SetStartTime(l.now)
	l.env.RegisterWorkflowWithOptions(Policy, workflow.RegisterOptions{Name: message.PolicyWorkflow})
	l.children()
	l.steadyActivities()
	for _, s := range l.steps {
		if !s.done {
			l.env.RegisterDelayedCallback(func() {
				if !l.env.IsWorkflowCompleted() && !s.done {
					s.done = true
					s.do()
				}
			}, max(s.at.Sub(l.now), 1)) // 0 would be before its first task
		}
	}
	l.env.ExecuteWorkflow(message.PolicyWorkflow, PolicyInput{State: l.state})
	require.True(l.t, l.env.IsWorkflowCompleted())
	l.now = l.env.Now().UTC()
	err := l.env.GetWorkflowError()
	if err == nil {
		l.over = true
		return false
	}
	var next *workflow.ContinueAsNewError
	if !errors.As(err, &next) {
		require.ErrorContains(l.t, err, "cancel")
		return false
	}
	var in PolicyInput
	require.NoError(l.t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	l.state = in.State
	return true
}

// children are the workflows that a Policy starts, and tells to end.
func (l *life) children() {
	register := func(f any, name string) {
		l.env.RegisterWorkflowWithOptions(f, workflow.RegisterOptions{Name: name})
	}
	register(func(_ workflow.Context, in BackupInput) error {
		l.began = append(l.began, in)
		return nil
	}, message.BackupWorkflow)
	register(func(_ workflow.Context, in message.DownloadInput) error {
		l.downloads = append(l.downloads, in)
		return nil
	}, message.DownloadWorkflow)
	register(func(_ workflow.Context, in message.NotificationInput) error {
		l.notices = append(l.notices, in.Notice)
		return nil
	}, message.NotificationWorkflow)
	l.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, "", message.EndDownload.Name, mock.Anything).Return(
		func(_, id, _, _ string, _ any) error {
			l.ended = append(l.ended, id)
			if l.downloadsGone {
				return fmt.Errorf("no such workflow")
			}
			return nil
		}).Maybe()
	l.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, "", message.CancelledBy.Name, mock.Anything).Return(nil).Maybe()
	l.env.OnRequestCancelExternalWorkflow(mock.Anything, mock.Anything, "").Return(
		func(_, id, _ string) error {
			l.cancelled = append(l.cancelled, id)
			return nil
		}).Maybe()
}

func (l *life) steadyActivities() {
	var a *activities.Activities
	l.env.OnActivity(a.Expire, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.ExpireInput) error {
		l.expired = append(l.expired, in)
		if l.expire != nil {
			return l.expire(in)
		}
		return nil
	}).Maybe()
	l.env.OnActivity(a.WritePolicy, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.WritePolicyInput) error {
		l.written = append(l.written, in)
		if l.write != nil {
			return l.write(in)
		}
		return nil
	}).Maybe()
	l.env.OnActivity(a.RemovePolicy, mock.Anything, mock.Anything).Return(func(context.Context, activities.RemovePolicyInput) error {
		l.removals = append(l.removals, l.env.Now().UTC())
		if l.removePolicy != nil {
			return l.removePolicy()
		}
		return nil
	}).Maybe()
	l.env.OnActivity(a.SetSchedules, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
		l.schedules = append(l.schedules, in)
		if l.setSchedules != nil {
			return activities.SetSchedulesResult{}, l.setSchedules(in)
		}
		return activities.SetSchedulesResult{}, nil
	}).Maybe()
	l.env.OnActivity(a.DeletePackage, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.DeletePackageInput) error {
		l.packages = append(l.packages, in)
		return nil
	}).Maybe()
	l.env.OnActivity(a.FindDownload, mock.Anything, mock.Anything).Return(func(context.Context, activities.FindDownloadInput) (activities.FindDownloadResult, error) {
		return activities.FindDownloadResult{Open: !l.downloadClosed}, nil
	}).Maybe()
	l.env.OnActivity(a.FindRun, mock.Anything, mock.Anything).Return(activities.FindRunResult{}, nil).Maybe()
	l.env.OnActivity(a.Holder, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.HolderInput) (activities.HolderResult, error) {
		require.Equal(l.t, activities.HolderInput{Product: backup.Jira, CloudID: "cloud"}, in)
		return activities.HolderResult{Holder: l.holder}, nil
	}).Maybe()
	l.env.OnActivity(a.Discard, mock.Anything, mock.Anything).Return(nil).Maybe()
}

// view is what the policy tells of itself now.
func (l *life) view() (v message.PolicyView) {
	l.t.Helper()
	answer, err := l.env.QueryWorkflow(message.ShowPolicy.Name)
	require.NoError(l.t, err)
	require.NoError(l.t, answer.Get(&v))
	return v
}

// page is what the Web UI shows of the policy now.
func (l *life) page() string {
	l.t.Helper()
	answer, err := l.env.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(l.t, err)
	var m workflowpb.WorkflowMetadata
	require.NoError(l.t, answer.Get(&m))
	return m.GetCurrentDetails()
}

// row is a backup as the policy tells of it now.
func (l *life) row(id string) backup.Backup {
	l.t.Helper()
	for _, b := range l.view().Backups {
		if b.ID == id {
			return b
		}
	}
	l.t.Fatalf("the policy does not know %s", id)
	return backup.Backup{}
}
