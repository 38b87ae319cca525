package workflows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// drills is a Drill on a mock clock, and what it did. Its restores end as planned.
type drills struct {
	*testsuite.TestWorkflowEnvironment
	in       message.DrillInput
	due      message.BeginDrillResult
	ends     []func(message.RestoreInput) (message.RestoreView, error)
	restores []message.RestoreInput
	begun    []activities.BeginDrillInput
	started  int
	stopped  int
	freed    int
	reports  []message.DrillReport
}

var drillStart = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newDrills(t *testing.T) *drills {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(slog.New(slog.DiscardHandler))
	limits := backup.DefaultLimits()
	limits.ProbeAfter = 10 * time.Second
	d := &drills{
		TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(),
		in:                      message.DrillInput{ID: "jira-acme.d1", PolicyID: "jira-acme", BackupID: restoredBackup, Product: backup.Jira, Sample: 100, By: "ann"},
		due:                     message.BeginDrillResult{BackupID: restoredBackup, Product: backup.Jira, Limits: limits, Sample: 500},
	}
	d.SetStartTime(drillStart)
	d.SetWorkerOptions(patient)
	d.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: message.DrillID(d.in.ID), TaskQueue: message.TaskQueue})
	d.RegisterWorkflowWithOptions(Drill, workflow.RegisterOptions{Name: message.DrillWorkflow})
	d.RegisterWorkflowWithOptions(func(ctx workflow.Context, in message.RestoreInput) (message.RestoreView, error) {
		d.restores = append(d.restores, in)
		end := d.ends[0]
		d.ends = d.ends[1:]
		if err := workflow.Sleep(ctx, time.Hour); err != nil {
			return message.RestoreView{}, err
		}
		v, err := end(in)
		v.ID = in.Spec.ID
		return v, err
	}, workflow.RegisterOptions{Name: message.RestoreWorkflow})
	var a *activities.Activities
	d.OnActivity(a.BeginDrill, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.BeginDrillInput) (message.BeginDrillResult, error) {
		d.begun = append(d.begun, in)
		return d.due, nil
	}).Maybe()
	d.OnActivity(a.StartDrillSite, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.DrillSiteInput) (activities.DrillSiteResult, error) {
		d.started++
		return activities.DrillSiteResult{
			Queue: fmt.Sprint("host-", d.started), Site: "http://127.0.0.1:8080", Credential: "drill/" + in.DrillID, Containers: []string{"EE", "PL"},
		}, nil
	}).Maybe()
	d.OnActivity(a.StopDrillSite, mock.Anything, mock.Anything).Return(func(context.Context, activities.DrillSiteInput) error {
		d.stopped++
		return failure.New(failure.NotFound, "it has ended by itself")
	}).Maybe()
	d.OnActivity(a.RecordDrill, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.RecordDrillInput) error {
		require.Equal(t, "jira-acme", in.PolicyID)
		d.reports = append(d.reports, in.Report)
		return nil
	}).Maybe()
	d.OnActivity(a.EndRestoreRead, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.RestoreReadInput) error {
		require.Equal(t, activities.RestoreReadInput{PolicyID: "jira-acme", BackupID: restoredBackup, ReadID: message.DrillID("jira-acme.d1")}, in)
		d.freed++
		return nil
	}).Maybe()
	return d
}

func (d *drills) run(t *testing.T) (report message.DrillReport) {
	d.ExecuteWorkflow(message.DrillWorkflow, d.in)
	require.True(t, d.IsWorkflowCompleted())
	require.NoError(t, d.GetWorkflowError())
	require.NoError(t, d.GetWorkflowResult(&report))
	return report
}

func ends(v message.RestoreView) func(message.RestoreInput) (message.RestoreView, error) {
	return func(message.RestoreInput) (message.RestoreView, error) { return v, nil }
}

func breaks(err error) func(message.RestoreInput) (message.RestoreView, error) {
	return func(message.RestoreInput) (message.RestoreView, error) { return message.RestoreView{}, err }
}

// TestDrill states what a drill reports: a backup is proven restorable where all of it
// was restored and everything that can be written is as it was.
func TestDrill(t *testing.T) {
	perfect := restore.Score{Records: 70, Fields: 900, Equal: 900, Unwritable: 12, Expected: 3}
	with := func(change func(*restore.Score)) *restore.Score {
		s := perfect
		change(&s)
		return &s
	}
	lost := breaks(failure.New(failure.LeaseLost, "the sample site is gone"))
	whole := ends(message.RestoreView{Status: restore.Complete, Score: &perfect})
	for _, c := range []struct {
		name   string
		ends   []func(message.RestoreInput) (message.RestoreView, error)
		passed bool
		reason string
		stops  int
	}{
		{"everything is as it was", []func(message.RestoreInput) (message.RestoreView, error){whole}, true, "", 1},
		{"a field is different", []func(message.RestoreInput) (message.RestoreView, error){
			ends(message.RestoreView{Status: restore.Complete, Score: with(func(s *restore.Score) { s.Different = 1 })})}, false, "1 fields are different, 0 records are absent, and 0 too many", 1},
		{"a record is there twice", []func(message.RestoreInput) (message.RestoreView, error){
			ends(message.RestoreView{Status: restore.Complete, Score: with(func(s *restore.Score) { s.Surplus = 1 })})}, false, "and 1 too many", 1},
		{"nothing was compared", []func(message.RestoreInput) (message.RestoreView, error){
			ends(message.RestoreView{Status: restore.Complete})}, false, "nothing was compared", 1},
		{"something failed", []func(message.RestoreInput) (message.RestoreView, error){
			ends(message.RestoreView{Status: restore.Incomplete, Reason: "3 records failed", Score: &perfect})}, false, "is INCOMPLETE: 3 records failed", 1},
		{"the restore failed", []func(message.RestoreInput) (message.RestoreView, error){
			breaks(failure.New(failure.Corrupt, "segment 3 is damaged"))}, false, "the restore failed: segment 3 is damaged", 1},
		{"a lost host: begun anew", []func(message.RestoreInput) (message.RestoreView, error){lost, lost, whole}, true, "", 1},
		{"three lost hosts: given up", []func(message.RestoreInput) (message.RestoreView, error){lost, lost, lost}, false, "the restore failed: the sample site is gone", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDrills(t)
			d.ends = c.ends
			d.RegisterDelayedCallback(func() {
				value, err := d.QueryWorkflow(message.ShowDrill.Name)
				require.NoError(t, err)
				var v message.DrillView
				require.NoError(t, value.Get(&v))
				require.Equal(t, message.DrillView{ID: d.in.ID, BackupID: restoredBackup, RestoreID: v.RestoreID, Try: 1}, v)
				require.True(t, strings.HasPrefix(v.RestoreID, restore.NewID(restoredBackup, drillStart)+"-"), "a plan of the same second has another id")
			}, time.Minute)
			report := d.run(t)
			require.Equal(t, c.passed, report.Passed)
			require.Contains(t, report.Reason, c.reason)
			require.Equal(t, c.passed, report.Reason == "")
			require.Equal(t, []message.DrillReport{report}, d.reports)
			require.Equal(t, message.DrillID(d.in.ID), report.ReadID)
			require.Equal(t, 100, report.Sample)
			require.Empty(t, d.ends)
			require.Equal(t, len(d.restores), d.started)
			require.Equal(t, c.stops, d.stopped, "the sites of lost hosts can't be stopped")
			ids := map[string]bool{}
			for i, in := range d.restores {
				require.Equal(t, fmt.Sprint("host-", i+1), in.Queue)
				require.True(t, in.Apply && in.Compare)
				require.Equal(t, []string{"EE", "PL"}, in.Spec.Selection.Containers)
				require.Equal(t, "drill/jira-acme.d1", in.Spec.Credential)
				require.Equal(t, backup.FromStore, in.Spec.From)
				require.Equal(t, d.due.Limits, in.Limits)
				ids[in.Spec.ID] = true
				of, _, err := restore.ParseID(in.Spec.ID)
				require.NoError(t, err)
				require.Equal(t, restoredBackup, of)
			}
			require.Len(t, ids, len(d.restores), "each try is a restore of its own")
		})
	}
}

func TestScheduledDrill(t *testing.T) {
	t.Run("restores what the policy says", func(t *testing.T) {
		d := newDrills(t)
		d.in = message.DrillInput{PolicyID: "jira-acme", Product: backup.Jira, By: "schedule", Scheduled: true}
		d.ends = append(d.ends, ends(message.RestoreView{Status: restore.Complete, Score: &restore.Score{Records: 1, Fields: 1, Equal: 1}}))
		report := d.run(t)
		require.True(t, report.Passed)
		require.Equal(t, "jira-acme.d20261123T120000Z", report.ID)
		require.Equal(t, restoredBackup, report.BackupID)
		require.Equal(t, 500, report.Sample)
		require.True(t, d.begun[0].Begin.Scheduled)
	})
	t.Run("has nothing to restore", func(t *testing.T) {
		d := newDrills(t)
		d.in, d.due = message.DrillInput{PolicyID: "jira-acme", Product: backup.Jira, Scheduled: true}, message.BeginDrillResult{}
		report := d.run(t)
		require.False(t, report.Passed)
		require.Empty(t, report.BackupID)
		require.Zero(t, d.started)
		require.Empty(t, d.reports)
	})
	t.Run("of a policy that is not here: the limits of the input", func(t *testing.T) {
		d := newDrills(t)
		d.due = message.BeginDrillResult{BackupID: restoredBackup}
		d.ends = append(d.ends, ends(message.RestoreView{Status: restore.Complete, Score: &restore.Score{Records: 1}}))
		require.True(t, d.run(t).Passed)
		require.Equal(t, backup.DefaultLimits(), d.restores[0].Limits)
	})
}

// TestCancelledDrill states that a drill that is cancelled reports nothing and leaves
// nothing behind.
func TestCancelledDrill(t *testing.T) {
	d := newDrills(t)
	d.ends = append(d.ends, breaks(errors.New("not reached")))
	var status []string
	d.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(a temporal.SearchAttributes) bool {
		value, _ := a.GetKeyword(cluster.AttributeStatus)
		status = append(status, value)
		return true
	})).Return(nil)
	d.RegisterDelayedCallback(d.CancelWorkflow, 30*time.Minute)
	d.ExecuteWorkflow(message.DrillWorkflow, d.in)
	require.Equal(t, []string{"DRILLING", "CANCELLED"}, slices.Compact(status))
	require.True(t, temporal.IsCanceledError(d.GetWorkflowError()))
	require.Equal(t, 1, d.stopped)
	require.Equal(t, 1, d.freed)
	require.Empty(t, d.reports)
}
