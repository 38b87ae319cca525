package workflows_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/proto"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
	"holdfast/workflows"
)

// restoreServer is an embedded server on which the workflows are real, and who holds a
// destination; the other steps do nothing. Some may be others.
func restoreServer(t *testing.T, others map[string]any) client.Client {
	server, err := devserver.Start(t.Context(), devserver.Config{SearchAttributes: cluster.SearchAttributes()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	c, _, err := cluster.Dial(t.Context(), cluster.Options{Address: server.Addr(), Namespace: server.Namespace()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w := worker.New(c, message.TaskQueue, worker.Options{})
	workflows.Register(w)
	a := activities.New(activities.Deps{Installation: "test"})
	now := time.Now().UTC()
	all := map[string]any{
		"Holder": a.Holder, "BeginDrill": a.BeginDrill, "RecordDrill": a.RecordDrill,
		"BeginRestoreRead": func(_ context.Context, in activities.RestoreReadInput) (backup.Backup, error) {
			return backup.Backup{ID: in.BackupID, Status: backup.Complete, StartedAt: now, ExpiresAt: now.Add(14 * 24 * time.Hour)}, nil
		},
		"EndRestoreRead": func(context.Context, activities.RestoreReadInput) error { return nil },
		"PlanRestore": func(_ context.Context, in activities.RestoreStep) (restore.Summary, error) {
			return restore.Summary{CloudID: in.Spec.Site, BackupStatus: backup.Complete, Phases: []restore.PlanPhase{{Name: "issues", Title: "issues", Batches: 1}}}, nil
		},
		"CheckDestination": func(context.Context, activities.RestoreStep) (activities.DestinationState, error) {
			return activities.DestinationState{}, nil
		},
		"ListBatches": func(context.Context, activities.ListBatchesInput) (activities.ListBatchesResult, error) {
			return activities.ListBatchesResult{Batches: []restore.Head{{N: 0, Items: 1}}, Total: 1}, nil
		},
		"ApplyBatch": func(context.Context, activities.BatchInput) (activities.BatchResult, error) {
			return activities.BatchResult{Counts: map[string]restore.Counts{"issue": {Created: 1}}}, nil
		},
		"CompareBatch": func(context.Context, activities.BatchInput) (activities.BatchResult, error) {
			return activities.BatchResult{}, nil
		},
		"EndPhase": func(context.Context, activities.EndPhaseInput) error { return nil },
		"FinishRestore": func(_ context.Context, in activities.FinishRestoreInput) (activities.FinishRestoreResult, error) {
			result := activities.FinishRestoreResult{Counts: map[string]restore.Counts{"issue": {Created: 1}}}
			if in.Compared {
				result.Score = &restore.Score{Records: 1, Fields: 5, Equal: 5}
			}
			return result, nil
		},
		"Discard": func(context.Context, activities.DiscardInput) error { return nil },
	}
	maps.Copy(all, others)
	for name, f := range all {
		w.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return c
}

// restoreOf is a restore of a Jira backup into a site, whose cloud id is its address here.
func restoreOf(site string, second int) message.RestoreInput {
	backupID := "jira-acme.20261101T000000Z"
	return message.RestoreInput{Limits: backup.DefaultLimits(), By: "ann", Spec: restore.Spec{
		ID: restore.NewID(backupID, time.Date(2026, 11, 23, 12, 0, second, 0, time.UTC)), BackupID: backupID, PolicyID: "jira-acme",
		Product: backup.Jira, From: backup.FromStore, Site: site, Credential: "new",
	}}
}

func start(t *testing.T, c client.Client, in message.RestoreInput) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), message.RestoreStart(in), message.RestoreWorkflow, in)
	require.NoError(t, err)
	return run
}

func restoring(t *testing.T, c client.Client, in message.RestoreInput) message.RestoreView {
	t.Helper()
	v, err := message.ShowRestore.Ask(t.Context(), c, message.RestoreID(in.Spec.ID))
	require.NoError(t, err)
	return v
}

func planned(t *testing.T, c client.Client, in message.RestoreInput) {
	t.Helper()
	require.Eventually(t, func() bool { return restoring(t, c, in).Status == restore.Planned }, 30*time.Second, 20*time.Millisecond)
}

func accept(t *testing.T, c client.Client, in message.RestoreInput) (message.RestoreView, error) {
	t.Helper()
	return message.ApplyRestore.Call(t.Context(), c, message.RestoreID(in.Spec.ID), message.ApplyRestoreInput{By: "bob"})
}

// TestT4OneLockForADestination states that a destination has one who writes at a time,
// backup or restore, that others are told who, and that it is free again however that
// one ends.
func TestT4OneLockForADestination(t *testing.T) {
	t.Parallel()
	begun, going := make(chan string, 10), make(chan struct{})
	c := restoreServer(t, map[string]any{
		"ApplyBatch": func(ctx context.Context, in activities.BatchInput) (activities.BatchResult, error) {
			begun <- in.Spec.ID
			select {
			case <-going:
			case <-ctx.Done():
			}
			return activities.BatchResult{}, nil
		},
		"Preflight": func(ctx context.Context, in activities.PreflightInput) (activities.PreflightResult, error) {
			begun <- "backup"
			select {
			case <-going:
			case <-ctx.Done():
			}
			return activities.PreflightResult{}, failure.New(failure.SiteGone, "there is no such site")
		},
	})
	const site = "https://new.atlassian.net"
	one, two, elsewhere := restoreOf(site, 1), restoreOf(site, 2), restoreOf("https://other.atlassian.net", 3)
	start(t, c, two)
	planned(t, c, two)
	free := func(site string) bool {
		d, err := c.DescribeWorkflowExecution(t.Context(), message.DestinationID(backup.Jira, site), "")
		return err == nil && d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	}
	refused := func(holder string) {
		t.Helper()
		_, err := accept(t, c, two)
		kind, why := failure.Of(err)
		require.Equal(t, failure.Locked, kind, "%v", err)
		require.Contains(t, why, holder)
		require.Equal(t, restore.Planned, restoring(t, c, two).Status, "its preview stays")
	}
	backupIn := func(second int) workflows.BackupInput {
		id := fmt.Sprintf("jira-new.20261123T1300%02dZ", second)
		return workflows.BackupInput{Deadline: time.Now().Add(time.Hour), Run: activities.Run{BackupID: id, StartedAt: time.Now(), Policy: backup.Policy{
			ID: "jira-new", Product: backup.Jira, Site: site, CloudID: site, Credential: "new", Limits: backup.DefaultLimits(),
		}}}
	}
	runBackup := func(in workflows.BackupInput) client.WorkflowRun {
		t.Helper()
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: message.BackupID(in.Run.BackupID), TaskQueue: message.TaskQueue}, message.BackupWorkflow, in)
		require.NoError(t, err)
		return run
	}

	// A restore holds it.
	first := start(t, c, one)
	planned(t, c, one)
	v, err := accept(t, c, one)
	require.NoError(t, err)
	require.True(t, v.Lock)
	require.Equal(t, one.Spec.ID, <-begun)
	refused("restore " + one.Spec.ID)
	blocked := runBackup(backupIn(1))
	kind, why := failure.Of(blocked.Get(t.Context(), nil))
	require.Equal(t, failure.Locked, kind, "R3: a backup fails at once")
	require.Contains(t, why, "restore "+one.Spec.ID)
	d, err := c.DescribeWorkflow(t.Context(), message.DestinationID(backup.Jira, site), "")
	require.NoError(t, err)
	summary, err := d.GetStaticSummary()
	require.NoError(t, err)
	require.Equal(t, "jira of "+site+" is held by restore "+one.Spec.ID, summary)

	// Another destination is another lock.
	start(t, c, elsewhere)
	planned(t, c, elsewhere)
	_, err = accept(t, c, elsewhere)
	require.NoError(t, err)
	require.Equal(t, elsewhere.Spec.ID, <-begun)

	// It is terminated.
	require.NoError(t, c.TerminateWorkflow(t.Context(), first.GetID(), "", "by the test"))
	require.Eventually(t, func() bool { return free(site) }, 30*time.Second, 50*time.Millisecond)

	// A backup holds it.
	holds := backupIn(2)
	run := runBackup(holds)
	require.Equal(t, "backup", <-begun)
	refused("backup " + holds.Run.BackupID)
	require.NoError(t, c.CancelWorkflow(t.Context(), run.GetID(), ""))
	require.True(t, temporal.IsCanceledError(run.Get(t.Context(), nil)))
	require.True(t, free(site), "it is given back before the run closes")

	close(going)
	_, err = accept(t, c, two)
	require.NoError(t, err)
	require.NoError(t, c.GetWorkflow(t.Context(), message.RestoreID(two.Spec.ID), "").Get(t.Context(), &v))
	require.Equal(t, restore.Complete, v.Status)
	require.True(t, free(site))
	kind, _ = failure.Of(runBackup(backupIn(3)).Get(t.Context(), nil))
	require.Equal(t, failure.SiteGone, kind, "a backup may run again")
}

// TestRestoreIsToldWithoutAWorker states that the memo of a restore says how it ended,
// and its search attributes what it is.
func TestRestoreIsToldWithoutAWorker(t *testing.T) {
	t.Parallel()
	c := restoreServer(t, nil)
	in := restoreOf("https://new.atlassian.net", 1)
	in.Apply, in.By = true, "alice"
	run := start(t, c, in)
	var v message.RestoreView
	require.NoError(t, run.Get(t.Context(), &v))
	d, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
	require.NoError(t, err)
	info := d.GetWorkflowExecutionInfo()
	told := memo(t, info.GetMemo())
	require.Equal(t, message.RestoreSummary{
		ID: v.ID, BackupID: v.BackupID, Product: v.Product, Site: v.Site, From: v.From, Status: restore.Complete, By: "alice",
		RequestedAt: v.RequestedAt, Until: v.Until, AppliedAt: v.AppliedAt, EndedAt: v.EndedAt, Counts: restore.Counts{Created: 1},
	}, told)
	require.Equal(t, restore.Complete, told.Status)
	attribute := func(key temporal.SearchAttributeKey) (value string) {
		require.NoError(t, cluster.DataConverter().FromPayload(info.GetSearchAttributes().GetIndexedFields()[key.GetName()], &value))
		return value
	}
	require.Equal(t, "new.atlassian.net", attribute(cluster.AttributeSite))
	require.Equal(t, "jira", attribute(cluster.AttributeProduct))
	require.Equal(t, "jira-acme", attribute(cluster.AttributePolicy))
	require.Equal(t, "COMPLETE", attribute(cluster.AttributeStatus))
	_, err = c.ExecuteWorkflow(t.Context(), message.RestoreStart(in), message.RestoreWorkflow, in)
	require.NoError(t, err, "a retry has the same id")
}

// TestMemoOfARestoreIsSmall states that Temporal does not warn of the memo (2 KB), whatever
// there is to restore, and however long the reason is for which it failed.
func TestMemoOfARestoreIsSmall(t *testing.T) {
	t.Parallel()
	const most = 2 << 10
	counts := map[string]restore.Counts{}
	for n := range 60 {
		counts[fmt.Sprint("kind of record ", n)] = restore.Counts{Created: 1000, Failed: 1}
	}
	c := restoreServer(t, map[string]any{
		"FinishRestore": func(_ context.Context, in activities.FinishRestoreInput) (activities.FinishRestoreResult, error) {
			return activities.FinishRestoreResult{Counts: counts, Score: &restore.Score{Records: 60_000, Fields: 1_000_000, Equal: 1_000_000}}, nil
		},
		"ApplyBatch": func(_ context.Context, in activities.BatchInput) (activities.BatchResult, error) {
			if strings.Contains(in.Spec.Site, "broken") {
				return activities.BatchResult{}, failure.New(failure.SiteGone, strings.Repeat("the site is göne, ", 500))
			}
			return activities.BatchResult{Counts: counts}, nil
		},
	})
	for n, site := range []string{"https://new.atlassian.net", "https://broken.atlassian.net"} {
		in := restoreOf(site, n)
		in.Apply = true
		run := start(t, c, in)
		_ = run.Get(t.Context(), nil)
		d, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
		require.NoError(t, err)
		m := d.GetWorkflowExecutionInfo().GetMemo()
		require.Less(t, proto.Size(m), most)
		told := memo(t, m)
		require.Equal(t, []restore.Status{restore.Incomplete, restore.Failed}[n], told.Status)
		require.Equal(t, restore.Counts{Created: 60_000, Failed: 60}, told.Counts)
		require.True(t, told.Perfect)
		v, err := message.ShowRestore.Ask(t.Context(), c, run.GetID())
		require.NoError(t, err)
		require.Len(t, v.Counts, 60, "all of it is asked for, not listed")
		whole, err := cluster.DataConverter().ToPayload(v)
		require.NoError(t, err)
		require.Greater(t, proto.Size(whole), most)
		require.True(t, utf8.ValidString(told.Reason))
		require.True(t, strings.HasPrefix(v.Reason, strings.TrimSuffix(told.Reason, "…")))
	}
}

// memo is what a memo says of a restore.
func memo(t *testing.T, m *commonpb.Memo) (told message.RestoreSummary) {
	t.Helper()
	require.NoError(t, cluster.DataConverter().FromPayload(m.GetFields()[message.RestoreMemo], &told))
	return told
}

// TestLongRestoreHasASmallHistory runs a phase of many batches, each of which is
// restarted once, and measures the histories.
func TestLongRestoreHasASmallHistory(t *testing.T) {
	t.Parallel()
	const batches = 130
	var mu sync.Mutex
	tried := map[int]int{}
	c := restoreServer(t, map[string]any{
		"PlanRestore": func(context.Context, activities.RestoreStep) (restore.Summary, error) {
			return restore.Summary{CloudID: "cloud", Phases: []restore.PlanPhase{{Name: "issues", Title: "issues", Batches: batches}}}, nil
		},
		"ListBatches": func(_ context.Context, in activities.ListBatchesInput) (activities.ListBatchesResult, error) {
			r := activities.ListBatchesResult{Total: batches}
			for n := in.From; n < min(batches, in.From+200); n++ {
				r.Batches = append(r.Batches, restore.Head{N: n, Lane: fmt.Sprint("PROJECT", n%10), Items: 50})
			}
			return r, nil
		},
		"ApplyBatch": func(_ context.Context, in activities.BatchInput) (activities.BatchResult, error) {
			mu.Lock()
			defer mu.Unlock()
			if tried[in.N]++; tried[in.N] == 1 {
				return activities.BatchResult{}, temporal.NewNonRetryableApplicationError("a surprise", "", nil)
			}
			counts := map[string]restore.Counts{}
			for _, kind := range strings.Fields("issue comment worklog attachment remoteLink issueLink watcher property") {
				counts[kind] = restore.Counts{Created: 50}
			}
			return activities.BatchResult{Counts: counts}, nil
		},
	})
	in := restoreOf("https://new.atlassian.net", 1)
	in.Apply, in.Limits.ProbeAfter, in.Limits.Window = true, time.Second, 10
	run := start(t, c, in)
	var v message.RestoreView
	require.NoError(t, run.Get(t.Context(), &v))
	require.Equal(t, restore.Complete, v.Status)
	require.Len(t, tried, batches)
	for n, times := range tried {
		require.Equal(t, 2, times, "batch %d", n)
	}
	for _, id := range []string{run.GetID(), message.RestorePhaseID(in.Spec.ID, "issues", 0)} {
		runs := histories(t, c, id)
		for runID, n := range runs {
			t.Logf("%s, run %s: %d events", id, runID, n)
			require.Less(t, n, int64(3000))
		}
		if id != run.GetID() {
			require.Len(t, runs, 2)
		}
	}
}

// histories are the lengths of the histories of all runs of a workflow.
func histories(t *testing.T, c client.Client, id string) map[string]int64 {
	t.Helper()
	lengths := map[string]int64{}
	for runID := ""; ; {
		d, err := c.DescribeWorkflowExecution(t.Context(), id, runID)
		require.NoError(t, err)
		info := d.GetWorkflowExecutionInfo()
		runID = info.GetExecution().GetRunId()
		lengths[runID] = info.GetHistoryLength()
		require.Less(t, info.GetHistorySizeBytes(), int64(4<<20))
		event, err := c.GetWorkflowHistory(t.Context(), id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT).Next()
		require.NoError(t, err)
		if runID = event.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId(); runID == "" {
			return lengths
		}
	}
}

// TestRestoreOnALostHost states that a restore whose steps belong to one host fails as
// soon as that one does not answer.
func TestRestoreOnALostHost(t *testing.T) {
	t.Parallel()
	c := restoreServer(t, nil)
	in := restoreOf("http://127.0.0.1:1", 1)
	in.Apply, in.Queue, in.Limits.HostTimeout = true, "nobody-is-here", time.Second
	kind, why := failure.Of(start(t, c, in).Get(t.Context(), nil))
	require.Equal(t, failure.LeaseLost, kind, why)
	require.Contains(t, why, "the host of the restore is lost")
	require.Equal(t, restore.Failed, restoring(t, c, in).Status)
}

// TestADrillBySchedule has Temporal start the drills of a policy.
func TestADrillBySchedule(t *testing.T) {
	t.Parallel()
	var sites sync.Map
	c := restoreServer(t, map[string]any{
		"SetSchedules": activities.New(activities.Deps{}).SetSchedules,
		"WritePolicy":  func(context.Context, activities.WritePolicyInput) error { return nil },
		"RemovePolicy": func(context.Context, activities.RemovePolicyInput) error { return nil },
		"StartDrillSite": func(_ context.Context, in activities.DrillSiteInput) (activities.DrillSiteResult, error) {
			sites.Store(in.DrillID, in.Sample)
			return activities.DrillSiteResult{Queue: message.TaskQueue, Site: "http://127.0.0.1:1", Credential: "drill/1"}, nil
		},
		"StopDrillSite": func(context.Context, activities.DrillSiteInput) error { return nil },
	})
	policy := backup.Policy{
		ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme", Limits: backup.DefaultLimits(),
		Drill: &backup.Drill{Cron: "@every 2s", Sample: 42}, CreatedAt: time.Now(),
	}
	now := time.Now().UTC().Truncate(time.Second)
	imported := c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: message.PolicyID(policy.ID), TaskQueue: message.TaskQueue, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, message.PolicyWorkflow, workflows.PolicyInput{})
	_, err := message.ImportPolicy.CallWithStart(t.Context(), c, imported, message.ImportInput{Policy: policy, Version: 1, Backups: []backup.Backup{{
		ID: backup.NewBackupID(policy.ID, now), Status: backup.Complete, StartedAt: now, ExpiresAt: now.Add(14 * 24 * time.Hour),
	}}})
	require.NoError(t, err)
	var v message.PolicyView
	require.Eventually(t, func() bool {
		var err error
		v, err = message.ShowPolicy.Ask(t.Context(), c, message.PolicyID(policy.ID))
		return err == nil && v.Proven != nil
	}, time.Minute, 100*time.Millisecond)
	require.Equal(t, backup.NewBackupID(policy.ID, now), v.Proven.Backup)
	require.Equal(t, 5, v.Proven.Fields)
	require.Equal(t, 42, v.Proven.Sample)
	require.Nil(t, v.Unproven)
	sample, ok := sites.Load(v.Proven.Drill)
	require.True(t, ok)
	require.Equal(t, 42, sample, "the policy says how much")
}

// TestT1AnExpiredBackupIsRefused states that the policy's refusal comes through, at once.
func TestT1AnExpiredBackupIsRefused(t *testing.T) {
	t.Parallel()
	a := activities.New(activities.Deps{})
	c := restoreServer(t, map[string]any{
		"SetSchedules": a.SetSchedules, "BeginRestoreRead": a.BeginRestoreRead,
		"WritePolicy": func(context.Context, activities.WritePolicyInput) error { return nil },
	})
	in := restoreOf("https://new.atlassian.net", 1)
	policy := backup.Policy{ID: "jira-acme", Product: backup.Jira, Site: "https://acme.atlassian.net", CloudID: "c", Credential: "acme", Limits: backup.DefaultLimits()}
	before := time.Now().Add(-15 * 24 * time.Hour)
	imported := c.NewWithStartWorkflowOperation(message.PolicyStart(policy), message.PolicyWorkflow, workflows.PolicyInput{})
	_, err := message.ImportPolicy.CallWithStart(t.Context(), c, imported, message.ImportInput{Policy: policy, Version: 1, Backups: []backup.Backup{{
		ID: in.Spec.BackupID, Status: backup.Expired, Was: backup.Complete, StartedAt: before, ExpiresAt: before.Add(14 * 24 * time.Hour), DeletedAt: time.Now(),
	}}})
	require.NoError(t, err)
	kind, why := failure.Of(start(t, c, in).Get(t.Context(), nil))
	require.Equal(t, failure.NotAvailable, kind, why)
	require.Contains(t, why, "is EXPIRED")
	drill := message.DrillInput{ID: "jira-acme.d1", PolicyID: "jira-acme", BackupID: in.Spec.BackupID, Product: backup.Jira}
	run, err := c.ExecuteWorkflow(t.Context(), message.DrillStart(drill), message.DrillWorkflow, drill)
	require.NoError(t, err)
	kind, why = failure.Of(run.Get(t.Context(), nil))
	require.Equal(t, failure.NotAvailable, kind, why)
}
