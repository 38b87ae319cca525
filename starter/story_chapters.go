package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// chapter is the history of one run of one workflow, as far as it was read, and
// what is under way in it.
type chapter struct {
	workflowID, runID string
	batch             string // empty: the backup's own
	steps             map[int64]*storyStep
	timers            map[int64]storyTimer

	events client.HistoryEventIterator
	head   *historypb.HistoryEvent
	// at orders the events of several chapters. A history is in the order in
	// which the server wrote it: a step's start is written when it ends.
	at   time.Time
	seen int64
	over bool // its workflow has closed
}

// open begins a chapter.
func (s *story) open(ctx context.Context, workflowID, runID string) *chapter {
	c := &chapter{
		workflowID: workflowID, runID: runID, steps: map[int64]*storyStep{}, timers: map[int64]storyTimer{},
		events: s.client.GetWorkflowHistory(ctx, workflowID, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT),
	}
	if _, n, ok := strings.Cut(strings.TrimPrefix(workflowID, message.BackupID(s.total.Backup)), "/batch-"); ok {
		c.batch = n
	}
	return c
}

// next reads the next event into head, nil where there is none yet.
func (c *chapter) next() error {
	c.head = nil
	if !c.events.HasNext() {
		return nil
	}
	e, err := c.events.Next()
	if err != nil {
		return err
	}
	c.head, c.seen = e, e.GetEventId()
	if at := e.GetEventTime().AsTime(); at.After(c.at) {
		c.at = at
	}
	return nil
}

// tell tells all that there is, and goes on until the run has closed where
// follow is set. The last line is the summary.
func (s *story) tell(ctx context.Context, follow bool) error {
	run := s.open(ctx, message.BackupID(s.total.Backup), "")
	left, err := s.catchUp(ctx, run)
	if err != nil {
		return err
	}
	if follow && !run.over {
		err = s.follow(ctx, left)
	} else {
		err = s.underWay(ctx, left)
	}
	if err != nil {
		return err
	}
	if s.total.Status == backup.InProgress {
		s.total.Time = time.Now().UTC()
	}
	return s.show(s.total)
}

// catchUp tells what has happened, in the order of time, and returns the
// chapters that are not over.
func (s *story) catchUp(ctx context.Context, run *chapter) (left []*chapter, err error) {
	if err := run.next(); err != nil {
		return nil, err
	}
	open := []*chapter{run}
	for len(open) > 0 {
		c := slices.MinFunc(open, func(x, y *chapter) int { return x.at.Compare(y.at) })
		if c.head != nil {
			if err := s.event(c, c.head); err != nil {
				return nil, err
			}
			if child := s.successor(ctx, c, c.head); child != nil {
				switch err := child.next(); {
				case forgotten(err):
					err = s.show(logLine{Event: logRun, Time: c.at, Batch: child.batch, Text: "its history is no longer kept"})
					if err != nil {
						return nil, err
					}
				case err != nil:
					return nil, err
				default:
					open = append(open, child)
				}
			}
			c.over = ends(c.head)
			if err := c.next(); err != nil {
				return nil, err
			}
		}
		if c.head == nil {
			open = slices.DeleteFunc(open, func(x *chapter) bool { return x == c })
			if !c.over {
				left = append(left, c)
			}
		}
	}
	return left, nil
}

// successor is the chapter that an event begins: a child's, or that of the same
// workflow's next run. The lock of the destination has nothing to tell.
func (s *story) successor(ctx context.Context, c *chapter, e *historypb.HistoryEvent) *chapter {
	if a := e.GetChildWorkflowExecutionStartedEventAttributes(); a != nil {
		if a.GetWorkflowType().GetName() == message.DestinationWorkflow {
			return nil
		}
		return s.open(ctx, a.GetWorkflowExecution().GetWorkflowId(), a.GetWorkflowExecution().GetRunId())
	}
	if a := e.GetWorkflowExecutionContinuedAsNewEventAttributes(); a != nil {
		return s.open(ctx, c.workflowID, a.GetNewExecutionRunId())
	}
	return nil
}

// told is an event as it happens, or why there are no more.
type told struct {
	chapter *chapter
	event   *historypb.HistoryEvent
	err     error
}

// follow tells what happens in the chapters until the run's own is over.
func (s *story) follow(ctx context.Context, left []*chapter) error {
	ctx, stop := context.WithCancel(ctx)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer stop()
	heard := make(chan told)
	listen := func(c *chapter) {
		listening.Go(func() { s.listen(ctx, c, heard) })
	}
	for _, c := range left {
		listen(c)
	}
	for {
		var t told
		select {
		case <-ctx.Done():
			return ctx.Err()
		case t = <-heard:
		}
		switch {
		case forgotten(t.err) && t.chapter.batch != "":
			continue
		case t.err != nil:
			return t.err
		}
		if err := s.event(t.chapter, t.event); err != nil {
			return err
		}
		if next := s.successor(ctx, t.chapter, t.event); next != nil {
			listen(next)
		}
		if ends(t.event) && t.chapter.batch == "" {
			return nil
		}
	}
}

// listen passes on a chapter's events after those that it has told of.
func (s *story) listen(ctx context.Context, c *chapter, heard chan<- told) {
	events := s.client.GetWorkflowHistory(ctx, c.workflowID, c.runID, true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err == nil && e.GetEventId() <= c.seen {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case heard <- told{c, e, err}:
		}
		if err != nil {
			return
		}
	}
}

// underWay tells which steps are, in order of their chapters.
func (s *story) underWay(ctx context.Context, left []*chapter) error {
	for _, c := range left {
		d, err := s.client.DescribeWorkflowExecution(ctx, c.workflowID, c.runID)
		if forgotten(err) {
			continue
		}
		if err != nil {
			return err
		}
		for _, scheduled := range slices.Sorted(maps.Keys(c.steps)) {
			st := c.steps[scheduled]
			for _, a := range d.GetPendingActivities() {
				if a.GetActivityId() != st.activityID {
					continue
				}
				st.try = int(a.GetAttempt())
				if a.GetState() == enumspb.PENDING_ACTIVITY_STATE_STARTED {
					st.started = a.GetLastStartedTime().AsTime()
				}
				if st.host == "" {
					st.host = hostOf(a.GetLastWorkerIdentity())
				}
				line := st.line(c, time.Now().UTC(), stepUnderWay)
				line.Reason = messageOf(a.GetLastFailure())
				if err := s.show(line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// forgotten reports whether Temporal has no such history.
func forgotten(err error) bool {
	var notFound *serviceerror.NotFound
	return errors.As(err, &notFound)
}
