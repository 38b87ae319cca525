package workflows

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// TestLanes states that the batches of a lane are written one after another, in their
// order, and never more at a time than the window; and that none is lost or done twice
// when the phase continues as new.
func TestLanes(t *testing.T) {
	const batches, lanes = 2*maxBatches + 50, 3
	r := newRestores(t)
	r.in.Apply = true
	r.sum.Phases = []restore.PlanPhase{{Name: "issues", Title: "issues", Batches: batches}}
	r.heads["issues"] = nil
	lane := func(n int) string {
		if n%7 == 0 {
			return "" // runs freely
		}
		return fmt.Sprint("L", n%lanes)
	}
	for n := range batches {
		r.heads["issues"] = append(r.heads["issues"], restore.Head{N: n, Lane: lane(n), Items: 1})
	}
	var (
		mu     sync.Mutex
		order  = map[string][]int{}
		under  = map[string]int{}
		active int
		most   int
		shown  int
	)
	away := always(1, failure.New(failure.SiteAway, "no answer"))
	r.after(30*time.Second, func() { shown = r.show().Phases[0].Done })
	r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
		name := lane(in.N)
		mu.Lock()
		if in.N == batches-1 {
			// The last one waits for a minute.
			if err := next(&away); err != nil {
				mu.Unlock()
				return activities.BatchResult{}, err
			}
		}
		active++
		under[name]++
		most = max(most, active)
		order[name] = append(order[name], in.N)
		alone := name == "" || under[name] == 1
		mu.Unlock()
		if !alone {
			t.Errorf("batch %d of lane %s began while another one was under way", in.N, name)
		}
		time.Sleep(time.Millisecond) // so that they overlap where they may
		mu.Lock()
		active--
		under[name]--
		mu.Unlock()
		return activities.BatchResult{Counts: map[string]restore.Counts{"issue": {Created: 1}}}, nil
	}
	v, err := r.run()
	require.NoError(t, err)
	require.Equal(t, batches, v.Phases[0].Done)
	require.LessOrEqual(t, most, r.in.Limits.Window)
	require.Greater(t, most, 1)
	done := 0
	for name, ns := range order {
		done += len(ns)
		if name != "" {
			require.IsIncreasing(t, ns)
		}
	}
	require.Equal(t, batches, done)
	require.GreaterOrEqual(t, shown, batches*8/10, "the restore knows about how far its phase is")
}

// TestAWaitThatFillsTheHistory states that a phase which waits very long gives back what
// it waits with, and goes on in another run of its workflow; what is done stays done.
func TestAWaitThatFillsTheHistory(t *testing.T) {
	r := newRestores(t)
	var told []message.PhaseReport
	r.OnSignalExternalWorkflow(mock.Anything, message.RestoreID(r.in.Spec.ID), "", message.PhaseChanged.Name, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error {
			told = append(told, arg.(message.PhaseReport))
			return nil
		})
	r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
		if in.N == 1 {
			return activities.BatchResult{Counts: map[string]restore.Counts{"issue": {Created: 2}}}, nil
		}
		return activities.BatchResult{}, failure.New(failure.SiteAway, "no answer")
	}
	r.after(30*time.Minute, func() { r.SetCurrentHistoryLength(fullHistory) })
	r.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: message.RestorePhaseID(r.in.Spec.ID, "issues", 0), TaskQueue: message.TaskQueue})
	r.ExecuteWorkflow(message.RestorePhaseWorkflow, message.RestorePhaseInput{Spec: r.in.Spec, Limits: r.in.Limits, Phase: "issues"})
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, r.GetWorkflowError(), &next)
	var in message.RestorePhaseInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	require.Equal(t, []restore.Head{{N: 0, Lane: "EE", Items: 10}, {N: 2, Lane: "EE", Items: 10}}, in.Pending, "in their order")
	require.Equal(t, 3, in.Next)
	require.Equal(t, 1, in.Done)
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 2}}, in.Counts)
	require.Less(t, r.Now().Sub(r.start), 40*time.Minute)
	require.Contains(t, told[len(told)-1].Waiting, "the site is away")
	require.Zero(t, r.count("apply issues 2"), "its lane is not free")
	require.Equal(t, 1, r.lists)

	again := newRestores(t)
	again.OnSignalExternalWorkflow(mock.Anything, mock.Anything, "", message.PhaseChanged.Name, mock.Anything).Return(nil)
	again.ExecuteWorkflow(message.RestorePhaseWorkflow, in)
	require.NoError(t, again.GetWorkflowError())
	var result message.RestorePhaseResult
	require.NoError(t, again.GetWorkflowResult(&result))
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 22}}, result.Counts)
	require.Equal(t, []string{"apply issues 0", "apply issues 2"}, again.list())
	require.Zero(t, again.lists, "what was listed is not listed again")
}

// TestReportsOfAPhase states that a report of a phase which is through changes nothing.
func TestReportsOfAPhase(t *testing.T) {
	r := &restoreRun{}
	r.view.Counts = map[string]restore.Counts{"project": {Created: 1}, "issue": {Created: 9}} // of another phase
	r.view.Status, r.view.Phase = restore.Applying, "issues"
	r.view.Phases = []message.PhaseProgress{{Name: "projects", Batches: 1, Done: 1}, {Name: "issues", Batches: 20}, {Name: "issues", Batches: 20, Compare: true}}
	r.hear(message.PhaseReport{Phase: "issues", Done: 4, Waiting: "quota", Counts: map[string]restore.Counts{"issue": {Created: 7}}})
	require.Equal(t, 4, r.view.Phases[1].Done)
	require.Zero(t, r.view.Phases[2].Done)
	require.Equal(t, "quota", r.view.Waiting)
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 7}}, r.view.Counts, "two phases may tell of the same issue")
	before := r.view
	r.hear(message.PhaseReport{Phase: "projects", Waiting: "the site is away"})
	r.hear(message.PhaseReport{Phase: "issues", Compare: true, Done: 3})
	require.Equal(t, before, r.view)
	r.view.Status = restore.Complete
	r.hear(message.PhaseReport{Phase: "issues", Done: 5})
	require.Equal(t, 4, r.view.Phases[1].Done)
}
