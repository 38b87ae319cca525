package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/recording"
)

// recorded are the histories of a scenario of workflows/testdata.
type recorded map[string][]*historypb.HistoryEvent // by "workflow id run id"

func readRecorded(t *testing.T, scenario string) (r recorded, backupID string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "workflows", "testdata", scenario+".*.json.gz"))
	require.NoError(t, err)
	r = recorded{}
	for _, file := range files {
		rec, history, err := recording.Read(file)
		require.NoError(t, err)
		r[rec.WorkflowID+" "+rec.RunID] = history.Events
		if rec.Type == message.BackupWorkflow {
			r[rec.WorkflowID+" "] = history.Events
			backupID = strings.TrimPrefix(rec.WorkflowID, message.BackupID(""))
		}
	}
	require.NotEmpty(t, backupID)
	return r, backupID
}

func (r recorded) GetWorkflowHistory(_ context.Context, id, runID string, _ bool, _ enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	return &recordedEvents{left: r[id+" "+runID], gone: r[id+" "+runID] == nil}
}

func (r recorded) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{}, nil
}

// longest is how long the longest activity of that type took.
func (r recorded) longest(activityType string) (longest time.Duration) {
	for _, events := range r {
		scheduled, started := map[int64]bool{}, map[int64]time.Time{}
		for _, e := range events {
			if a := e.GetActivityTaskScheduledEventAttributes(); a != nil && a.GetActivityType().GetName() == activityType {
				scheduled[e.GetEventId()] = true
			}
			if a := e.GetActivityTaskStartedEventAttributes(); a != nil && scheduled[a.GetScheduledEventId()] {
				started[e.GetEventId()] = e.GetEventTime().AsTime()
			}
			if a := e.GetActivityTaskCompletedEventAttributes(); a != nil && scheduled[a.GetScheduledEventId()] {
				longest = max(longest, e.GetEventTime().AsTime().Sub(started[a.GetStartedEventId()]))
			}
		}
	}
	return longest
}

type recordedEvents struct {
	left []*historypb.HistoryEvent
	gone bool
}

func (e *recordedEvents) HasNext() bool { return len(e.left) > 0 || e.gone }

func (e *recordedEvents) Next() (*historypb.HistoryEvent, error) {
	if e.gone {
		return nil, serviceerror.NewNotFound("gone")
	}
	next := e.left[0]
	e.left = e.left[1:]
	return next, nil
}

func tellRecorded(t *testing.T, scenario string) []logLine {
	t.Helper()
	r, backupID := readRecorded(t, scenario)
	var lines []logLine
	err := newStory(r, backupID, func(l logLine) error {
		lines = append(lines, l)
		return nil
	}).tell(t.Context(), false)
	require.NoError(t, err)
	return lines
}

// find is the first line of that event whose text or reason contains part.
func find(t *testing.T, lines []logLine, event, part string) logLine {
	t.Helper()
	for _, l := range lines {
		if l.Event == event && strings.Contains(l.Text+l.Reason, part) {
			return l
		}
	}
	require.FailNow(t, "no such line", "%s %q in %+v", event, part, lines)
	return logLine{}
}

func TestStoryOfRecordedRuns(t *testing.T) {
	t.Run("steps have outcome, host and duration, in the order of time", func(t *testing.T) {
		lines := tellRecorded(t, "complete")
		for i := range len(lines) - 1 {
			require.False(t, lines[i+1].Time.Before(lines[i].Time), "%+v comes after %+v", lines[i+1], lines[i])
		}
		require.Equal(t, logRun, lines[0].Event)
		require.Contains(t, lines[0].Text, "asked for by tester")
		export := find(t, lines, logStep, "export shard 000-000, attempt 1")
		require.Equal(t, "export shard 000-000, attempt 1", export.Text, "the host has a column of its own")
		require.Equal(t, stepDone, export.Outcome)
		require.Equal(t, "000", export.Batch)
		require.Equal(t, "vm", export.Host)
		r, _ := readRecorded(t, "complete")
		require.InDelta(t, r.longest("Export").Seconds(), export.Seconds, 0.001)
		find(t, lines, logStep, "list the projects")
		find(t, lines, logStep, "prove the census and seal")
		last := lines[len(lines)-1]
		require.Equal(t, logSummary, last.Event)
		require.Equal(t, backup.Complete, last.Status)
		require.Equal(t, 270, last.Counts.Items)
		require.Zero(t, last.Failures)
		for _, l := range lines {
			require.NotContains(t, l.Text, "grace", "timers that tell of nothing are left out")
			require.NotContains(t, l.Text, "deadline")
		}
	})
	t.Run("a wait has its reason and its end, and its time is counted", func(t *testing.T) {
		lines := tellRecorded(t, "waiting")
		wait := find(t, lines, logWait, "the site is away")
		require.True(t, wait.Until.After(wait.Time))
		waits := find(t, lines, logStep, "the run goes on once the site answers")
		require.Equal(t, stepWaits, waits.Outcome)
		last := lines[len(lines)-1]
		require.Equal(t, backup.Complete, last.Status)
		require.Greater(t, last.Waited, 0.5)
		require.Zero(t, last.Failures, "what waits has not failed")
	})
	t.Run("a failure has its message, and what to do", func(t *testing.T) {
		lines := tellRecorded(t, "failed")
		failed := find(t, lines, logStep, "AUTHENTICATED_FAILED")
		require.Equal(t, stepFailed, failed.Outcome)
		require.Contains(t, failed.Reason, "check that the API token is valid")
		last := lines[len(lines)-1]
		require.Equal(t, backup.Failed, last.Status)
		require.NotEmpty(t, last.Reason)
		require.Equal(t, 1, last.Failures)
		require.Nil(t, last.Counts)
	})
	t.Run("a cancellation has who asked for it", func(t *testing.T) {
		lines := tellRecorded(t, "cancelled")
		find(t, lines, logRun, "is being cancelled by ")
		require.Equal(t, stepCancelled, find(t, lines, logStep, "export shard 000-000").Outcome)
		require.Contains(t, lines[len(lines)-1].Reason, "cancelled by ")
	})
	t.Run("a batch that continues as new is told to its end", func(t *testing.T) {
		lines := tellRecorded(t, "continued")
		find(t, lines, logRun, "goes on in another run")
		find(t, lines, logStep, "verify shard 000-000")
		find(t, lines, logRun, "the batch has ended: 2 shards")
	})
	t.Run("a batch whose history is gone leaves a line", func(t *testing.T) {
		r, backupID := readRecorded(t, "complete")
		for id := range r {
			if strings.Contains(id, "/batch-") {
				delete(r, id)
			}
		}
		var lines []logLine
		require.NoError(t, newStory(r, backupID, func(l logLine) error { lines = append(lines, l); return nil }).tell(t.Context(), false))
		find(t, lines, logRun, "no longer kept")
		require.Equal(t, backup.Complete, lines[len(lines)-1].Status)
	})
}

func TestLogs(t *testing.T) {
	s, _ := startedDemo(t, siteFlags{issues: 900, attachments: 20, seed: 7})
	b, err := s.begin(t.Context(), backup.Jira)
	require.NoError(t, err)
	at := []string{"--address", s.server.Addr(), "-o", "json"}
	lines := func(got result) (all []logLine) {
		require.Equal(t, exitDone, got.code, got.err)
		for line := range bytes.Lines([]byte(got.out)) {
			var l logLine
			dec := json.NewDecoder(bytes.NewReader(line))
			dec.DisallowUnknownFields()
			require.NoError(t, dec.Decode(&l))
			all = append(all, l)
		}
		return all
	}
	logs := append([]string{"backup", "logs", b.ID, "--all"}, at...)
	followed := make(chan result, 1)
	go func() { followed <- holdfastIn(t.Context(), append(logs, "--follow")...) }()
	require.Eventually(t, func() bool {
		got := holdfastIn(t.Context(), logs...)
		return strings.Contains(got.out, `"under way"`) && strings.Contains(got.out, `"IN PROGRESS"`)
	}, time.Minute, 10*time.Millisecond, "steps under way are told of")

	live := lines(<-followed)
	_, _, err = settled(t.Context(), s.client, b.ID)
	require.NoError(t, err)
	after := lines(holdfast(t, logs...))
	require.ElementsMatch(t, after, live, "what was followed is what is told later")
	last := live[len(live)-1]
	require.Equal(t, backup.Complete, last.Status)
	require.Equal(t, 900, last.Counts.Items)

	got := holdfast(t, "backup", "logs", b.ID, "--address", s.server.Addr())
	require.Contains(t, got.out, "COMPLETE: ")
	require.NotContains(t, got.out, "lease scratch")
	require.NotContains(t, got.out, "\x1b", "no colour where there is no terminal")

	t.Run("a history that is kept no longer is told of", func(t *testing.T) {
		gone := newStory(recorded{}, b.ID, func(logLine) error { return nil }).tell(t.Context(), false)
		require.True(t, forgotten(gone), "%v", gone)
		a := &app{timeout: time.Minute}
		err := a.forgotten(t.Context(), s.client, b.ID, gone)
		require.ErrorContains(t, err, "no longer kept")
		require.ErrorContains(t, err, "'holdfast backup show "+b.ID+"'")
	})
	t.Run("a backup that never was is told of", func(t *testing.T) {
		got := holdfast(t, "backup", "logs", "jira-none.20261123T021658Z", "--address", s.server.Addr())
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "holdfast --address "+s.server.Addr()+" policy list")
	})
}

func TestColours(t *testing.T) {
	var out bytes.Buffer
	n, err := painted{&out}.Write([]byte("a  COMPLETE  INCOMPLETE  FAILED  IN PROGRESS  0 failed\n"))
	require.NoError(t, err)
	require.Equal(t, 55, n)
	require.Equal(t, "a  \x1b[32mCOMPLETE\x1b[0m  \x1b[33mINCOMPLETE\x1b[0m  \x1b[31mFAILED\x1b[0m  \x1b[33mIN PROGRESS\x1b[0m  0 failed\n", out.String())
}

func TestDumbTerminal(t *testing.T) {
	var out bytes.Buffer
	d := &display{w: &out, plain: true}
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	for i := range 30 {
		phase := message.Census
		if i > 14 {
			phase = message.Capture
		}
		d.show(progress{Event: "progress", Backup: "jira-acme.20261123T021658Z", Phase: phase, Time: at.Add(time.Duration(i) * time.Second)})
	}
	d.done()
	require.Equal(t, 4, strings.Count(out.String(), "\n"), "one line every ten seconds, and one for each phase")
	require.NotContains(t, out.String(), "\r")
	require.NotContains(t, out.String(), "\x1b")
}
