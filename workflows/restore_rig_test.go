package workflows

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// restores is a Restore on a mock clock, and what it did. Its phases and its lock are
// real, its steps are not.
type restores struct {
	*testsuite.TestWorkflowEnvironment
	t     *testing.T
	in    message.RestoreInput
	start time.Time

	row     backup.Backup // as the policy or the manifest has it
	begin   []func() error
	plans   []func() error
	sum     restore.Summary
	checks  []func() error
	changed []string
	holder  string // of the lock, where it is taken
	heads   map[string][]restore.Head
	batch   func(activities.BatchInput) (activities.BatchResult, error)
	ended   func(activities.EndPhaseInput) error
	finish  []func() error

	mu       sync.Mutex
	did      []string // the steps, in their order
	asked    int
	lists    int // of batches
	ahead    int // what is to be done yet
	finished []activities.FinishRestoreInput
}

const restoredBackup = "jira-acme.20261120T120000Z"

func newRestores(t *testing.T) *restores {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(slog.New(slog.DiscardHandler))
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	begun := start.Add(-3 * day)
	r := &restores{
		TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, start: start,
		in: message.RestoreInput{By: "ann", Limits: backup.DefaultLimits(), Spec: restore.Spec{
			ID: restore.NewID(restoredBackup, start), BackupID: restoredBackup, PolicyID: "jira-acme", Product: backup.Jira,
			From: backup.FromStore, Site: "https://new.atlassian.net", Credential: "new",
		}},
		row: backup.Backup{ID: restoredBackup, Status: backup.Complete, StartedAt: begun, ExpiresAt: begun.Add(14 * day)},
		sum: restore.Summary{CloudID: "cloud", BackupStatus: backup.Complete, BackupStarted: begun, Containers: 2, Items: 30, Phases: []restore.PlanPhase{
			{Name: "projects", Title: "projects", Batches: 1}, {Name: "issues", Title: "issues", Batches: 3},
		}},
		heads: map[string][]restore.Head{
			"projects": {{N: 0, Items: 2}},
			"issues":   {{N: 0, Lane: "EE", Items: 10}, {N: 1, Lane: "PL", Items: 10}, {N: 2, Lane: "EE", Items: 10}},
		},
	}
	r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
		return activities.BatchResult{Counts: map[string]restore.Counts{"issue": {Created: 10}}}, nil
	}
	r.SetStartTime(start)
	r.SetTestTimeout(time.Minute)
	r.SetWorkerOptions(patient)
	r.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: message.RestoreID(r.in.Spec.ID), TaskQueue: message.TaskQueue})
	register := func(f any, name string) {
		r.RegisterWorkflowWithOptions(f, workflow.RegisterOptions{Name: name})
	}
	register(Restore, message.RestoreWorkflow)
	register(RestorePhase, message.RestorePhaseWorkflow)
	register(Destination, message.DestinationWorkflow)
	r.steps()
	return r
}

func (r *restores) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.did = append(r.did, fmt.Sprintf(format, args...))
}

// steps are the activities.
func (r *restores) steps() {
	var a *activities.Activities
	r.OnActivity(a.BeginRestoreRead, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.RestoreReadInput) (backup.Backup, error) {
		require.Equal(r.t, activities.RestoreReadInput{PolicyID: "jira-acme", BackupID: restoredBackup, ReadID: message.RestoreID(r.in.Spec.ID)}, in)
		r.note("begin read")
		return r.row, next(&r.begin)
	}).Maybe()
	r.OnActivity(a.EndRestoreRead, mock.Anything, mock.Anything).Return(func(context.Context, activities.RestoreReadInput) error {
		r.note("end read")
		return nil
	}).Maybe()
	r.OnActivity(a.VerifyImport, mock.Anything, mock.Anything).Return(func(context.Context, activities.RestoreStep) (activities.FileFound, error) {
		r.note("verify file")
		return activities.FileFound{Backup: r.row}, next(&r.begin)
	}).Maybe()
	r.OnActivity(a.PlanRestore, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.RestoreStep) (restore.Summary, error) {
		require.Equal(r.t, r.in.Spec, in.Spec)
		r.note("plan")
		return r.sum, next(&r.plans)
	}).Maybe()
	r.OnActivity(a.CheckDestination, mock.Anything, mock.Anything).Return(func(context.Context, activities.RestoreStep) (activities.DestinationState, error) {
		r.note("check")
		return activities.DestinationState{Changed: r.changed}, next(&r.checks)
	}).Maybe()
	r.OnActivity(a.Holder, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.HolderInput) (activities.HolderResult, error) {
		require.Equal(r.t, activities.HolderInput{Product: backup.Jira, CloudID: "cloud"}, in)
		return activities.HolderResult{Holder: r.holder}, nil
	}).Maybe()
	r.OnActivity(a.ListBatches, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.ListBatchesInput) (activities.ListBatchesResult, error) {
		r.lists++
		all := r.heads[in.Phase]
		from := min(in.From, len(all))
		return activities.ListBatchesResult{Batches: all[from:min(from+200, len(all))], Total: len(all)}, nil
	}).Maybe()
	r.OnActivity(a.ApplyBatch, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.BatchInput) (activities.BatchResult, error) {
		r.note("apply %s %d", in.Phase, in.N)
		return r.batch(in)
	}).Maybe()
	r.OnActivity(a.CompareBatch, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.BatchInput) (activities.BatchResult, error) {
		r.note("compare %s %d", in.Phase, in.N)
		return activities.BatchResult{}, nil
	}).Maybe()
	r.OnActivity(a.EndPhase, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.EndPhaseInput) error {
		r.note("end %s %v", in.Phase, in.Compare)
		if r.ended != nil {
			return r.ended(in)
		}
		return nil
	}).Maybe()
	r.OnActivity(a.FinishRestore, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.FinishRestoreInput) (activities.FinishRestoreResult, error) {
		r.note("finish %s", in.Status)
		if err := next(&r.finish); err != nil {
			return activities.FinishRestoreResult{}, err
		}
		r.finished = append(r.finished, in)
		result := activities.FinishRestoreResult{Counts: map[string]restore.Counts{"issue": {Created: 40}}}
		if in.Compared {
			result.Score = &restore.Score{Records: 40, Fields: 400, Equal: 400}
		}
		return result, nil
	}).Maybe()
}

// run runs the restore to its end, and returns what it returned.
func (r *restores) run() (message.RestoreView, error) {
	r.t.Helper()
	r.ExecuteWorkflow(message.RestoreWorkflow, r.in)
	require.True(r.t, r.IsWorkflowCompleted())
	require.Zero(r.t, r.ahead, "it ended before all was asked")
	if err := r.GetWorkflowError(); err != nil {
		return r.show(), err
	}
	var v message.RestoreView
	require.NoError(r.t, r.GetWorkflowResult(&v))
	require.Equal(r.t, v, r.show())
	return v, nil
}

// after does something after a while, which the restore has to live to see.
func (r *restores) after(wait time.Duration, do func()) {
	r.ahead++
	r.RegisterDelayedCallback(func() {
		r.ahead--
		do()
	}, wait)
}

// applyAfter accepts the preview after a while.
func (r *restores) applyAfter(wait time.Duration) *reply[message.RestoreView] {
	a := &reply[message.RestoreView]{t: r.t}
	r.after(wait, func() {
		r.asked++
		r.UpdateWorkflow(message.ApplyRestore.Name, fmt.Sprint(r.asked), &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { a.err, a.done = err, true },
			OnComplete: func(answer any, err error) {
				a.err = err
				a.out, _ = answer.(message.RestoreView)
				a.done = true
			},
		}, message.ApplyRestoreInput{By: "bob"})
	})
	return a
}

func (r *restores) show() (v message.RestoreView) {
	r.t.Helper()
	value, err := r.QueryWorkflow(message.ShowRestore.Name)
	require.NoError(r.t, err)
	require.NoError(r.t, value.Get(&v))
	return v
}

// page is what the Web UI shows of the restore now.
func (r *restores) page() string {
	r.t.Helper()
	answer, err := r.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(r.t, err)
	var m workflowpb.WorkflowMetadata
	require.NoError(r.t, answer.Get(&m))
	return m.GetCurrentDetails()
}

// steps are those that were done, in their order.
func (r *restores) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.did)
}

func (r *restores) count(step string) (n int) {
	for _, s := range r.list() {
		if s == step {
			n++
		}
	}
	return n
}
