package restore_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/store"
	"holdfast/internal/store/storetest"
)

func TestLanesLieBesideEachOther(t *testing.T) {
	b := two(t)
	plan := restoretest.Plan(t, steps(t, b, &target{there: map[string]string{}}))
	heads, err := restore.OpenFolder(b.Store, plan.Spec.ID).Heads(t.Context(), "issues", 0)
	require.NoError(t, err)
	require.Equal(t, []restore.Head{{N: 0, Lane: "AA", Items: 50}, {N: 1, Lane: "BB", Items: 50}, {N: 2, Lane: "AA", Items: 50},
		{N: 3, Lane: "BB", Items: 10}, {N: 4, Lane: "AA", Items: 20}}, heads, "a lane keeps its order, and all begin early")
	for _, h := range heads {
		batch, err := restore.OpenFolder(b.Store, plan.Spec.ID).Batch(t.Context(), "issues", h.N)
		require.NoError(t, err)
		require.Equal(t, h.N, batch.N)
		require.Equal(t, "issues", batch.Phase)
		require.Equal(t, h.Lane, batch.Lane)
		require.Len(t, batch.Items, h.Items)
	}
	rest, err := restore.OpenFolder(b.Store, plan.Spec.ID).Heads(t.Context(), "issues", 3)
	require.NoError(t, err)
	require.Equal(t, heads[3:], rest)
	for _, from := range []int{5, 200, 1000} {
		rest, err = restore.OpenFolder(b.Store, plan.Spec.ID).Heads(t.Context(), "issues", from)
		require.NoError(t, err)
		require.Empty(t, rest)
	}
}

func TestAPlanIsMadeOnce(t *testing.T) {
	b := two(t)
	s := steps(t, b, &target{there: map[string]string{}})
	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	first, err := s.Plan(t.Context(), "cloud", at)
	require.NoError(t, err)
	require.Equal(t, 180, first.Items)
	require.Equal(t, 2, first.Containers)
	require.Equal(t, 1, first.Unmapped)
	again, err := s.Plan(t.Context(), "another", at.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, first, again)
}

// TestAPlanThatWasCutOffIsMadeAnew ends the planning at each write in turn.
func TestAPlanThatWasCutOffIsMadeAnew(t *testing.T) {
	want := func() *restore.Plan {
		b := two(t)
		return restoretest.Plan(t, steps(t, b, &target{there: map[string]string{}}))
	}()
	b := two(t)
	killed := errors.New("killed")
	n := 0
	for ; ; n++ {
		s := steps(t, b, &target{there: map[string]string{}})
		s.Store = storetest.NewFaulty(b.Store, storetest.Fault{Method: storetest.Put, After: n, Times: -1, Err: killed})
		if _, err := s.Plan(t.Context(), "cloud", time.Now()); err == nil {
			break
		}
		_, err := restore.OpenFolder(b.Store, s.Spec.ID).Plan(t.Context())
		require.ErrorIs(t, err, store.ErrNotExist, "plan.json comes last")
	}
	require.Greater(t, n, 8)
	plan, err := restore.OpenFolder(b.Store, b.Spec().ID).Plan(t.Context())
	require.NoError(t, err)
	require.Equal(t, want.Phases, plan.Phases)
}

func TestABatchThatIsDoneIsDone(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}}
	s := steps(t, b, site)
	restoretest.Plan(t, s)
	first, err := s.Apply(t.Context(), "issues", 0, 0)
	require.NoError(t, err)
	require.Len(t, site.asked, 50)
	again, err := s.Apply(t.Context(), "issues", 0, 0)
	require.NoError(t, err)
	require.Equal(t, first, again)
	again, err = s.Apply(t.Context(), "issues", 0, 1)
	require.NoError(t, err, "of a batch in which nothing failed a retry has nothing to do")
	require.Equal(t, first, again)
	require.Len(t, site.asked, 50)
}

func TestARetryTriesWhatFailed(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}, fails: map[string]bool{"10003": true, "10044": true, "20001": true}}
	s := steps(t, b, site)
	_, counts := restoretest.Run(t, s)
	require.Equal(t, restore.Counts{Created: 177, Failed: 3}, counts["issue"])

	site.asked, site.fails = nil, map[string]bool{"10044": true}
	counts = restoretest.Apply(t, s, 1)
	require.Equal(t, restore.Counts{Created: 179, Failed: 1}, counts["issue"], "the counts are those of all tries together")
	slices.Sort(site.asked)
	require.Equal(t, []string{"10003", "10044", "20001"}, site.asked)

	site.asked = nil
	counts = restoretest.Apply(t, s, 1)
	require.Equal(t, restore.Counts{Created: 179, Failed: 1}, counts["issue"])
	require.Empty(t, site.asked, "within one try a batch is done once")

	site.fails = nil
	counts = restoretest.Apply(t, s, 2)
	require.Equal(t, restore.Counts{Created: 180}, counts["issue"])
	require.Equal(t, []string{"10044"}, site.asked)
	ids, err := restore.OpenFolder(b.Store, s.Spec.ID).IDs(t.Context(), "issues")
	require.NoError(t, err)
	for id, there := range site.there {
		ref, ok, err := ids.Get(t.Context(), "issue", id)
		require.NoError(t, err)
		require.True(t, ok, "the ids of all tries are known")
		require.Equal(t, there, ref.ID)
	}
}

func TestABatchThatWasCutOffHasNoResult(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}, breaks: 20}
	s := steps(t, b, site)
	_, err := restoretest.TryApply(t, s, 0)
	require.Error(t, err, "there is no plan")
	plan := restoretest.Plan(t, s)
	_, err = restoretest.TryApply(t, s, 0)
	require.ErrorContains(t, err, "the site is away")
	_, err = restore.OpenFolder(b.Store, plan.Spec.ID).Result(t.Context(), "issues", 0)
	require.ErrorIs(t, err, store.ErrNotExist)
	counts := restoretest.Apply(t, s, 0)
	require.Equal(t, restore.Counts{Created: 180}, counts["issue"])
}

// TestOneOfTwoAttemptsWritesTheResult lets a batch be applied while another attempt of it
// writes its result.
func TestOneOfTwoAttemptsWritesTheResult(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}}
	s := steps(t, b, site)
	restoretest.Plan(t, s)
	late := *s
	late.Store = storetest.NewFaulty(b.Store, storetest.Fault{Method: storetest.Put, Name: "results/issues/0.json", Before: func() {
		_, err := s.Apply(t.Context(), "issues", 0, 0)
		require.NoError(t, err)
	}})
	result, err := late.Apply(t.Context(), "issues", 0, 0)
	require.NoError(t, err)
	stored, err := s.Apply(t.Context(), "issues", 0, 0)
	require.NoError(t, err)
	require.Equal(t, stored, result)
}

func TestWhatChangedInTheDestinationIsNamed(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}, changed: map[string]string{"projects": "none"}}
	s := steps(t, b, site)
	restoretest.Plan(t, s)
	for _, test := range []struct {
		now  map[string]string
		want []string
	}{
		{map[string]string{"projects": "none"}, nil},
		{map[string]string{"projects": "one"}, []string{"projects"}},
		{map[string]string{"projects": "none", "fields": "x"}, []string{"fields"}},
		{map[string]string{"users": ""}, []string{"projects", "users"}},
		{nil, []string{"projects"}},
	} {
		site.changed = test.now
		changed, err := s.Changed(t.Context())
		require.NoError(t, err)
		require.Equal(t, test.want, changed)
	}
}

func TestReport(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}, fails: map[string]bool{"10003": true}}
	s := steps(t, b, site)
	restoretest.Run(t, s)
	restoretest.Compare(t, s)
	ended := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	in := restore.ReportInput{Status: restore.Incomplete, Reason: "1 failed", By: "ann", EndedAt: ended, Compared: true}
	counts, score, err := s.Finish(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 179, Failed: 1}, "link": {Degraded: 1}}, counts)
	require.Equal(t, 179, score.Equal)
	require.Equal(t, 1, score.Expected, "what the report says is expected")

	f := restore.OpenFolder(b.Store, s.Spec.ID)
	var rows []restore.Row
	report, err := f.Report(t.Context(), func(r restore.Row) error { rows = append(rows, r); return nil })
	require.NoError(t, err)
	require.Equal(t, []restore.ReportKind{
		{Kind: "issue", Title: "issues", Archive: 180, Counts: restore.Counts{Created: 179, Failed: 1}},
		{Kind: "link", Title: "link", Archive: 1, Counts: restore.Counts{Degraded: 1}},
	}, report.Kinds)
	require.Len(t, rows, 2, "what is plainly created is counted and not listed")
	require.Equal(t, restore.Row{Outcome: restore.Missed, Kind: "issue", ID: "10003", Reason: "no"}, rows[0])
	require.Equal(t, restore.Incomplete, report.Status)
	require.Equal(t, "ann", report.By)
	require.Equal(t, 6, report.Batches)
	require.Zero(t, report.NotDone)
	require.Equal(t, score, report.Score)
	differences, err := f.Differences(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, *score, differences.Score)
	require.Equal(t, "fields.summary", differences.Fields[0].Path)
	end, err := f.End(t.Context())
	require.NoError(t, err)
	require.Equal(t, restore.End{Status: restore.Incomplete, EndedAt: ended, Planned: true}, end)
	require.True(t, end.Retriable())

	site.fails = nil
	restoretest.Apply(t, s, 1)
	in.Status, in.Reason, in.Compared = restore.Complete, "", false
	_, score, err = s.Finish(t.Context(), in)
	require.NoError(t, err)
	require.Nil(t, score)
	report, err = f.Report(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, restore.Complete, report.Status, "the report of a retry takes the place of the one before")
	require.Equal(t, 180, report.Kinds[0].Created)
}

func TestReportOfARestoreThatWasNotPlanned(t *testing.T) {
	b := two(t)
	s := steps(t, b, &target{})
	counts, _, err := s.Finish(t.Context(), restore.ReportInput{Status: restore.Failed, Reason: "no", EndedAt: time.Now()})
	require.NoError(t, err)
	require.Empty(t, counts)
	report, err := restore.OpenFolder(b.Store, s.Spec.ID).Report(t.Context(), func(restore.Row) error { return fmt.Errorf("no rows") })
	require.NoError(t, err)
	require.Equal(t, restoretest.BackupID, report.BackupID)
	end, err := restore.OpenFolder(b.Store, s.Spec.ID).End(t.Context())
	require.NoError(t, err)
	require.False(t, end.Retriable(), "there is nothing to go on with")
}

func TestARecordOfSeveralPhasesIsCountedOnce(t *testing.T) {
	b := two(t)
	site := &target{there: map[string]string{}, again: []restore.Row{
		{Outcome: restore.Degraded, Kind: "issue", ID: "10001", Reason: "no status", Fields: []string{"fields.status"}},
		{Outcome: restore.Missed, Kind: "issue", ID: "10002", Reason: "gone"},
		{Outcome: restore.Skipped, Kind: "issue", ID: "10003"},
		{Outcome: restore.Created, Kind: "issue", ID: "10004"},
	}}
	s := steps(t, b, site)
	restoretest.Run(t, s)
	counts, _, err := s.Finish(t.Context(), restore.ReportInput{Status: restore.Incomplete, EndedAt: time.Now()})
	require.NoError(t, err)
	require.Equal(t, restore.Counts{Created: 178, Degraded: 1, Failed: 1}, counts["issue"])
	var rows []string
	_, err = restore.OpenFolder(b.Store, s.Spec.ID).Report(t.Context(), func(r restore.Row) error { rows = append(rows, r.ID); return nil })
	require.NoError(t, err)
	require.Equal(t, []string{"10001", "10002", "1"}, rows)
}

func TestStepsShareWhatDoesNotChange(t *testing.T) {
	b := two(t)
	reads := storetest.NewFaulty(b.Store)
	s := steps(t, b, &target{there: map[string]string{}})
	s.Store, s.Cache = reads, new(restore.Cache)
	restoretest.Plan(t, s)
	_, err := s.Apply(t.Context(), "issues", 0, 0)
	require.NoError(t, err)
	reads.Plan(storetest.Fault{Method: storetest.Get, Name: "mapping.json", Times: -1, Err: errors.New("read again")})
	for n := range 4 {
		_, err := s.Apply(t.Context(), "issues", n+1, 0)
		require.NoError(t, err)
	}
	other := *s
	other.Spec.ID += "2"
	_, err = other.Apply(t.Context(), "issues", 0, 0)
	require.ErrorIs(t, err, store.ErrNotExist, "one restore knows nothing of another one")
}
