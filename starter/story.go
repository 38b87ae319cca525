package main

import (
	"context"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/failure"
)

// The events of a story.
const (
	logRun     = "run"     // something about the run as a whole, or a batch
	logStep    = "step"    // a step has ended, or is under way
	logWait    = "wait"    // the run begins to wait
	logRetry   = "retry"   // something is tried again, after a while
	logSummary = "summary" // the last line
)

// What may become of a step.
const (
	stepDone      = "done"
	stepWaits     = "waits" // it came to what passes by itself, and is done again then
	stepFailed    = "failed"
	stepLost      = "lost" // its host fell silent or did not take it
	stepCancelled = "cancelled"
	stepUnderWay  = "under way"
)

// logLine is one line of `backup logs`; its JSON is documented in docs/cli.md.
type logLine struct {
	Event string    `json:"event"`
	Time  time.Time `json:"time"`
	Batch string    `json:"batch,omitempty"` // "000" in the first batch of shards
	Text  string    `json:"text,omitempty"`
	// Outcome, Try, Host and Seconds are a step's. Seconds is how long its last try took.
	Outcome string  `json:"outcome,omitempty"`
	Try     int     `json:"try,omitempty"` // from 1
	Host    string  `json:"host,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	// Until is when a wait ends, or something is tried again.
	Until time.Time `json:"until,omitzero"`

	// The summary's.
	Backup   string         `json:"backup,omitempty"`
	Status   backup.Status  `json:"status,omitempty"` // how the run ended, not what became of the backup later
	Counts   *backup.Counts `json:"counts,omitempty"`
	Steps    int            `json:"steps,omitempty"`    // that ended
	Retries  int            `json:"retries,omitempty"`  // steps and attempts that were tried again
	Failures int            `json:"failures,omitempty"` // steps that failed or were lost
	Waited   float64        `json:"waitedSeconds,omitempty"`

	housekeeping bool
}

// story turns the histories of a run and of its batches into lines. It holds
// what is under way, never a history.
type story struct {
	client histories
	show   func(logLine) error
	total  logLine // the summary
	by     string  // who asked for the cancellation
}

// histories is the part of a client that a story reads.
type histories interface {
	GetWorkflowHistory(ctx context.Context, workflowID, runID string, isLongPoll bool, filter enumspb.HistoryEventFilterType) client.HistoryEventIterator
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}

func newStory(c histories, backupID string, show func(logLine) error) *story {
	return &story{client: c, show: show, total: logLine{Event: logSummary, Backup: backupID, Status: backup.InProgress}}
}

// inWords has a step say projects or spaces where its summary, which is the same
// for each product, says containers.
func (s *story) inWords(text string) string {
	return strings.ReplaceAll(text, "containers", product(s.total.Backup).Containers())
}

// storyStep is an activity that was scheduled.
type storyStep struct {
	activityID, kind, text, host string
	started                      time.Time
	try                          int
	before                       *failurepb.Failure // why the try before this one ended
}

// storyTimer is a timer that was started.
type storyTimer struct {
	text    string
	started time.Time
	waits   bool
}

// event tells what an event of a chapter's history means.
func (s *story) event(c *chapter, e *historypb.HistoryEvent) error {
	at := e.GetEventTime().AsTime()
	line := logLine{Event: logRun, Time: at, Batch: c.batch}
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		a := e.GetActivityTaskScheduledEventAttributes()
		st := &storyStep{activityID: a.GetActivityId(), kind: a.GetActivityType().GetName(), text: summaryOf(e)}
		if st.text == "" {
			st.text = st.kind
		}
		st.text, st.host, _ = strings.Cut(st.text, ", on ")
		st.text = s.inWords(st.text)
		c.steps[e.GetEventId()] = st
		return nil
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		a := e.GetActivityTaskStartedEventAttributes()
		if st := c.steps[a.GetScheduledEventId()]; st != nil {
			st.started, st.try, st.before = at, int(a.GetAttempt()), a.GetLastFailure()
			if st.host == "" {
				st.host = hostOf(a.GetIdentity())
			}
		}
		return nil
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		return s.ended(c, e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId(), at, stepDone, nil)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		a := e.GetActivityTaskFailedEventAttributes()
		return s.ended(c, a.GetScheduledEventId(), at, outcomeOfFailure(a.GetFailure()), a.GetFailure())
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		a := e.GetActivityTaskTimedOutEventAttributes()
		return s.ended(c, a.GetScheduledEventId(), at, stepLost, a.GetFailure())
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		return s.ended(c, e.GetActivityTaskCanceledEventAttributes().GetScheduledEventId(), at, stepCancelled, nil)
	case enumspb.EVENT_TYPE_TIMER_STARTED:
		return s.timer(c, e, line)
	case enumspb.EVENT_TYPE_TIMER_FIRED:
		return s.fired(c, e, line)
	case enumspb.EVENT_TYPE_TIMER_CANCELED:
		return s.waited(c, e.GetTimerCanceledEventAttributes().GetStartedEventId(), at)
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		a := e.GetWorkflowTaskFailedEventAttributes()
		line.Text, line.Reason, line.Host = "a worker could not go on; the next one tries: see its log", messageOf(a.GetFailure()), hostOf(a.GetIdentity())
		return s.show(line)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		line.Text = "the batch goes on in another run"
		return s.show(line)
	}
	if c.batch == "" {
		return s.runEvent(e, line)
	}
	return s.batchEvent(e, line)
}

// ended tells that a step has ended.
func (s *story) ended(c *chapter, scheduled int64, at time.Time, outcome string, f *failurepb.Failure) error {
	st := c.steps[scheduled]
	if st == nil {
		return nil
	}
	delete(c.steps, scheduled)
	line := st.line(c, at, outcome)
	line.Reason = messageOf(f)
	s.total.Steps++
	if st.try > 1 {
		s.total.Retries += st.try - 1
		if line.Reason == "" {
			line.Reason = "the try before ended with: " + messageOf(st.before)
		}
	}
	if outcome == stepFailed || outcome == stepLost {
		s.total.Failures++
	}
	return s.show(line)
}

// line is the step's line, as of at.
func (st *storyStep) line(c *chapter, at time.Time, outcome string) logLine {
	line := logLine{Event: logStep, Time: at, Batch: c.batch, Text: st.text, Outcome: outcome, Try: st.try, Host: st.host}
	if !st.started.IsZero() {
		line.Seconds = at.Sub(st.started).Seconds()
	}
	switch st.kind {
	case "AcquireScratch", "Touch", "Release":
		line.housekeeping = true
	}
	return line
}

// The summaries of timers that tell of nothing that happens, and of those that
// tell that something is tried again; all others are waits (workflows/gate.go).
var (
	silentTimers = []string{"deadline of the run", "keep the scratch slot", "what goes on as long as this has got through", "grace for "}
	retryTimers  = []string{"try again after: ", "shard "}
)

func (s *story) timer(c *chapter, e *historypb.HistoryEvent, line logLine) error {
	t := storyTimer{text: summaryOf(e), started: line.Time}
	line.Until = line.Time.Add(e.GetTimerStartedEventAttributes().GetStartToFireTimeout().AsDuration())
	line.Text = t.text
	defer func() { c.timers[e.GetEventId()] = t }()
	switch {
	case hasPrefix(t.text, silentTimers) || t.text == "":
		return nil
	case hasPrefix(t.text, retryTimers):
		line.Event = logRetry
		s.total.Retries++
	default:
		line.Event, t.waits = logWait, true
	}
	return s.show(line)
}

func (s *story) fired(c *chapter, e *historypb.HistoryEvent, line logLine) error {
	started := e.GetTimerFiredEventAttributes().GetStartedEventId()
	if strings.HasPrefix(c.timers[started].text, "deadline of the run") {
		line.Text = "the deadline of the run has passed"
		if err := s.show(line); err != nil {
			return err
		}
	}
	return s.waited(c, started, line.Time)
}

// waited counts the time of a wait that is over.
func (s *story) waited(c *chapter, started int64, at time.Time) error {
	if t := c.timers[started]; t.waits {
		s.total.Waited += at.Sub(t.started).Seconds()
	}
	delete(c.timers, started)
	return nil
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// summaryOf is what a workflow says of a step, timer or child.
func summaryOf(e *historypb.HistoryEvent) string { return decoded(e.GetUserMetadata().GetSummary()) }

func decoded(p *commonpb.Payload) (s string) {
	if p != nil {
		_ = cluster.DataConverter().FromPayload(p, &s) // what can't be read has nothing to say
	}
	return s
}

// hostOf is the host of a worker, by its identity: process@host@queue.
func hostOf(identity string) string {
	if parts := strings.Split(identity, "@"); len(parts) > 1 {
		return parts[1]
	}
	return identity
}

// outcomeOfFailure tells what passes by itself from what does not.
func outcomeOfFailure(f *failurepb.Failure) string {
	if failure.Type(f.GetApplicationFailureInfo().GetType()).Waits() {
		return stepWaits
	}
	return stepFailed
}

// messageOf is why something failed, for people.
func messageOf(f *failurepb.Failure) string {
	if f == nil {
		return ""
	}
	switch f.GetTimeoutFailureInfo().GetTimeoutType() {
	case enumspb.TIMEOUT_TYPE_HEARTBEAT:
		return "its host fell silent: it is done again; see that the worker there runs"
	case enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START:
		return "its host did not take it in time: another one does; see that the worker there runs"
	case enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, enumspb.TIMEOUT_TYPE_START_TO_CLOSE:
		return "it was not done in time: see that workers run"
	}
	if cause := f.GetCause(); cause != nil && f.GetApplicationFailureInfo() == nil {
		return messageOf(cause) // an activity's or child's failure wraps what happened
	}
	return f.GetMessage()
}
