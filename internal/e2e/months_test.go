package e2e

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/cronspec"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/scratch"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/workflows"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// tinySite is backed up in a moment: what is tested is what happens between backups.
func tinySite() samplesite.Config {
	return samplesite.Config{Rate: fast, Content: content.Spec{
		Seed: 7, Attachments: 4, Projects: []content.ProjectSpec{{Key: "EE", Issues: 9}},
	}}
}

// clockwork is a policy on the mock clock of the SDK's test environment, with real
// steps: a site, a store, packages. Only what asks a Temporal server for itself,
// the steps about Schedules, is answered here, by Temporal's own code for calendars.
//
// The environment continues only children as new, so that the Policy is the child
// of a workflow that does nothing but wait.
type clockwork struct {
	t      *testing.T
	env    *testsuite.TestWorkflowEnvironment
	start  time.Time
	site   *samplesite.Site
	store  store.Store
	policy backup.Policy
	silent map[int]bool // rings of the bell that fail, by their number
	rings  []*asked[message.RingResult]
	nextID int
}

// asked is an update and its answer, once it is there.
type asked[Out any] struct {
	at     time.Time
	done   bool
	result Out
	err    error
}

func newClockwork(t *testing.T, start time.Time) *clockwork {
	c := &clockwork{t: t, start: start, silent: map[int]bool{}}
	var err error
	c.site, err = samplesite.New(tinySite())
	require.NoError(t, err)
	require.NoError(t, c.site.Start(t.Context()))
	t.Cleanup(func() { _ = c.site.Close() })
	folder := t.TempDir()
	c.store, err = dir.Open(filepath.Join(folder, "store"))
	require.NoError(t, err)
	ledger, err := scratch.Open(filepath.Join(folder, "scratch"), scratch.Options{Slots: 4})
	require.NoError(t, err)
	t.Cleanup(func() { _ = ledger.Close() })

	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(slog.New(slog.DiscardHandler))
	c.env = suite.NewTestWorkflowEnvironment()
	c.env.SetTestTimeout(time.Minute)
	c.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // a busy machine is no deadlock
	c.env.SetStartTime(start)
	workflows.Register(c.env)
	deps := activities.Deps{
		Store: c.store, Installation: "e2e", Version: "test",
		Sites: activities.NewSites(activities.SitesConfig{
			Credentials: atlassian.StaticCredentials(map[string]atlassian.Credential{
				credential: {Name: credential, Email: c.site.Email(), Token: c.site.Token()},
			}),
			Client: atlassian.Config{RetryFor: 3 * time.Second, Backoff: 100 * time.Millisecond},
		}),
	}
	a := activities.New(deps)
	c.env.RegisterActivity(a)
	c.env.RegisterActivityWithOptions(activities.NewHost(deps, ledger), activity.RegisterOptions{SkipInvalidStructFunctions: true})
	c.env.OnActivity(a.SetSchedules, mock.Anything, mock.Anything).Return(c.setSchedules)
	c.env.OnActivity(a.Holder, mock.Anything, mock.Anything).Return(activities.HolderResult{}, nil) // nothing is restored meanwhile

	id, err := backup.PolicyID(backup.Jira, c.site.URL())
	require.NoError(t, err)
	c.policy = backup.Policy{
		ID: id, Product: backup.Jira, Site: c.site.URL(), CloudID: c.site.CloudID(), Credential: credential,
		Options: backup.Options{Attachments: true}, Limits: backup.DefaultLimits(), CreatedBy: "tester",
	}
	return c
}

// setSchedules tells when the bell rings next, as Temporal does of a Schedule.
func (c *clockwork) setSchedules(_ context.Context, in activities.SetSchedulesInput) (activities.SetSchedulesResult, error) {
	s := in.Policy.Schedule
	if s == nil || in.Removed || in.Paused != nil {
		return activities.SetSchedulesResult{}, nil
	}
	next, err := cronspec.Next(s.Cron, s.TimeZone, s.Jitter, c.env.Now(), 2)
	if err != nil {
		return activities.SetSchedulesResult{}, failure.New(failure.InvalidArgument, err.Error())
	}
	return activities.SetSchedulesResult{Next: next[0], Interval: next[1].Sub(next[0])}, nil
}

// at does f at a time after the start.
func (c *clockwork) at(after time.Duration, f func()) {
	c.env.RegisterDelayedCallback(f, after)
}

// run runs the clock until the end.
func (c *clockwork) run(until time.Duration) {
	driver := func(ctx workflow.Context) error {
		child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: message.PolicyID(c.policy.ID), ParentClosePolicy: enums.PARENT_CLOSE_POLICY_TERMINATE,
		}), message.PolicyWorkflow, workflows.PolicyInput{})
		if err := child.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
			return err
		}
		return workflow.Sleep(ctx, until)
	}
	c.env.RegisterWorkflowWithOptions(driver, workflow.RegisterOptions{Name: "driver"})
	c.env.ExecuteWorkflow("driver")
	require.True(c.t, c.env.IsWorkflowCompleted())
	require.NoError(c.t, c.env.GetWorkflowError())
}

// ask sends an update to the Policy. The answer is there some moments later.
func ask[In, Out any](c *clockwork, u message.Update[In, Out], in In) *asked[Out] {
	a := &asked[Out]{at: c.env.Now()}
	c.nextID++
	id := fmt.Sprint("update-", c.nextID)
	var send func()
	send = func() {
		err := c.env.UpdateWorkflowByID(message.PolicyID(c.policy.ID), u.Name, id, &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { a.done, a.err = true, err },
			OnComplete: func(result any, err error) {
				a.done, a.err = true, err
				if out, ok := result.(Out); ok {
					a.result = out
				}
			},
		}, in)
		var between *serviceerror.NotFound // one run has ended, and the next not begun
		if errors.As(err, &between) {
			c.env.RegisterDelayedCallback(send, time.Millisecond)
			return
		}
		require.NoError(c.t, err)
	}
	send()
	return a
}

// view is what the Policy tells of itself now.
func (c *clockwork) view() (v message.PolicyView) {
	c.t.Helper()
	answer, err := c.env.QueryWorkflowByID(message.PolicyID(c.policy.ID), message.ShowPolicy.Name)
	require.NoError(c.t, err)
	require.NoError(c.t, answer.Get(&v))
	return v
}

// last is the policy's newest backup.
func (c *clockwork) last() backup.Backup {
	c.t.Helper()
	v := c.view()
	require.NotEmpty(c.t, v.Backups)
	return v.Backups[0]
}

// ringFrom lets the bell ring by the policy's schedule, from now on, as a Schedule
// of Temporal does.
func (c *clockwork) ringFrom() {
	s := c.policy.Schedule
	next, err := cronspec.Next(s.Cron, s.TimeZone, s.Jitter, c.env.Now(), 2)
	require.NoError(c.t, err)
	c.env.RegisterDelayedCallback(func() {
		n := len(c.rings)
		if c.silent[n] {
			c.rings = append(c.rings, nil)
		} else {
			c.rings = append(c.rings, ask(c, message.ScheduledRun, message.RingInput{RequestID: fmt.Sprint("ring-", n), At: next[0], Next: next[1]}))
		}
		c.ringFrom()
	}, next[0].Sub(c.env.Now()))
}

// has reports whether the store has an object.
func (c *clockwork) has(name string) bool {
	c.t.Helper()
	_, err := c.store.Stat(c.t.Context(), name)
	if errors.Is(err, store.ErrNotExist) {
		return false
	}
	require.NoError(c.t, err)
	return true
}

// TestMonthsOnOneClock walks one policy through seven months: the cadence, an
// INCOMPLETE backup that is made again, a download and its end, expiry, and a
// weekly schedule over both changes of the clocks.
func TestMonthsOnOneClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC) // a Thursday
	c := newClockwork(t, start)
	run := func() *asked[backup.Backup] {
		c.nextID++
		return ask(c, message.RunBackup, message.RunBackupInput{RequestID: fmt.Sprint("run-", c.nextID), By: "tester"})
	}
	refused := func(a *asked[backup.Backup], kind failure.Type, allowed time.Time) {
		t.Helper()
		require.True(t, a.done)
		got, text := failure.Of(a.err)
		require.Equal(t, kind, got, "%v", a.err)
		require.Contains(t, text, allowed.UTC().Format("2006-01-02 15:04:05Z"))
	}
	file := func(id, name string) string { return archive.BackupDir(c.policy.ID, id) + name }

	var first, second, third backup.Backup
	c.at(time.Second, func() { ask(c, message.Configure, message.ConfigureInput{Policy: c.policy}) })
	firstStart := time.Minute
	c.at(firstStart, func() { run() })
	c.at(time.Hour, func() {
		first = c.last()
		require.Equal(t, backup.Complete, first.Status, first.Reason)
		require.Equal(t, start.Add(firstStart), first.StartedAt)
		require.Equal(t, first.StartedAt.Add(2*week), first.ExpiresAt)
		ask(c, message.PrepareDownload, message.PrepareDownloadInput{RequestID: "download", BackupID: first.ID, By: "tester"})
	})
	zip := func() string { return archive.PackageName(c.policy.ID, first.ID, 1) }
	c.at(2*time.Hour, func() {
		d := c.last().Download
		require.NotNil(t, d)
		require.Equal(t, backup.Ready, d.Status, d.Reason)
		require.True(t, c.has(zip()))
		require.WithinDuration(t, start.Add(time.Hour+day), d.ReadyUntil, time.Minute)
	})
	c.at(time.Hour+day+time.Hour, func() {
		require.Equal(t, backup.DownloadExpired, c.last().Download.Status)
		require.False(t, c.has(zip()), "L3: its package is deleted")
		require.True(t, c.has(file(first.ID, archive.ManifestName)))
	})

	var early, edge *asked[backup.Backup]
	c.at(6*day, func() { early = run() })
	c.at(6*day+time.Minute, func() { refused(early, failure.TooEarly, start.Add(firstStart+week)) })
	c.at(firstStart+week-time.Second, func() { edge = run() })
	var broken *samplesite.Fault
	c.at(firstStart+week, func() {
		refused(edge, failure.TooEarly, start.Add(firstStart+week))
		broken = c.site.Inject(samplesite.Rule{Route: remotelink, Effect: samplesite.Effect{Status: http.StatusForbidden}})
		run()
	})
	c.at(firstStart+week+10*time.Minute, func() {
		second = c.last()
		require.Equal(t, backup.Incomplete, second.Status, second.Reason)
		require.Equal(t, start.Add(firstStart+week), second.StartedAt, "R1: on day 7, to the second")
		broken.Heal()
		run() // R2: at once
	})
	thirdStart := firstStart + week + 10*time.Minute
	c.at(thirdStart+10*time.Minute, func() {
		third = c.last()
		require.Equal(t, backup.Complete, third.Status, third.Reason)
		require.Equal(t, start.Add(thirdStart), third.StartedAt)
		require.Equal(t, 3, c.view().Available)
	})

	c.at(firstStart+2*week-time.Second, func() {
		require.Equal(t, 3, c.view().Available, "S5: one second before 14 days")
		require.True(t, c.has(file(first.ID, archive.ManifestName)))
	})
	c.at(firstStart+2*week+time.Minute, func() {
		v := c.view()
		require.Equal(t, 2, v.Available)
		row := v.Backups[2]
		require.Equal(t, first.ID, row.ID)
		require.Equal(t, backup.Expired, row.Status)
		require.Equal(t, backup.Complete, row.Was)
		require.Equal(t, first.ExpiresAt, row.ExpiresAt)
		require.Empty(t, row.Deletion)
		require.False(t, row.DeletedAt.IsZero())
		require.Equal(t, first.Counts, row.Counts, "details are kept")
		requireDetailsAlone(t, c.store, c.policy.ID, first.ID)
		require.True(t, c.has(file(second.ID, archive.ManifestName)))
	})

	// From the next Monday on the schedule does it, for 26 weeks.
	const scheduled = 15 * day
	schedule := &backup.Schedule{Cron: "0 3 * * 1", TimeZone: "Europe/Berlin", Jitter: time.Hour, Retries: 3, RetryAfter: 30 * time.Minute}
	const failing, silent, weeks = 5, 10, 27
	var edited *asked[message.PolicyView]
	c.at(scheduled, func() {
		was := c.view().Policy
		c.policy = was
		c.policy.Schedule = schedule
		edited = ask(c, message.Edit, message.EditInput{Was: was, Policy: c.policy, By: "tester"})
		c.silent[silent] = true
		c.ringFrom()
	})
	c.at(scheduled+time.Minute, func() {
		require.True(t, edited.done)
		require.NoError(t, edited.err)
		v := c.view()
		require.Equal(t, schedule, v.Policy.Schedule)
		require.WithinDuration(t, time.Date(2026, 10, 19, 1, 30, 0, 0, time.UTC), v.NextRun, 30*time.Minute, "Monday, three to four in Berlin")
	})
	monday := func(n int) time.Time { return time.Date(2026, 10, 19+7*n, 0, 0, 0, 0, berlin(t)) }
	c.at(monday(failing).Sub(start), func() {
		c.site.Inject(samplesite.Rule{Route: remotelink, Count: 1, Effect: samplesite.Effect{Status: http.StatusForbidden}})
	})
	c.at(monday(silent).Add(day).Sub(start), func() {
		v := c.view()
		require.NotNil(t, v.Missed, "P5: never silent")
		require.WithinDuration(t, monday(silent).Add(5*time.Hour), v.Missed.At, 2*time.Hour)
		require.True(t, v.NextRun.After(c.env.Now()))
	})
	var rows []backup.Backup
	c.at(monday(weeks).Sub(start), func() {
		v := c.view()
		rows = v.Backups
		require.Nil(t, v.Refused)
		require.LessOrEqual(t, v.Available, 3)
	})
	c.run(monday(weeks).Add(time.Hour).Sub(start))

	require.Len(t, c.rings, weeks)
	for n, ring := range c.rings {
		if n == silent {
			continue
		}
		require.True(t, ring.done)
		require.NoError(t, ring.err)
		require.NotEqual(t, message.RingRefused, ring.result.Outcome, "ring %d: %s", n, ring.result.Reason)
	}
	for n := range weeks {
		var statuses []backup.Status
		for _, b := range rows {
			if b.Scheduled && !b.StartedAt.Before(monday(n)) && b.StartedAt.Before(monday(n+1)) {
				status := b.Status
				if status == backup.Expired {
					status = b.Was
				}
				statuses = append(statuses, status)
			}
		}
		switch n {
		case silent:
			require.Empty(t, statuses)
		case failing:
			require.Equal(t, []backup.Status{backup.Complete, backup.Incomplete}, statuses, "tried again by itself")
		default:
			require.Equal(t, []backup.Status{backup.Complete}, statuses, "week %d, from %v", n, monday(n))
		}
	}
	c.requireStoreAs(rows)
}

func berlin(t *testing.T) *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return zone
}

// requireStoreAs holds the store against the policy's rows: what is available
// verifies, of what has expired the details are left, and nothing else is there.
func (c *clockwork) requireStoreAs(rows []backup.Backup) {
	c.t.Helper()
	known := map[string]bool{}
	for _, b := range rows {
		known[b.ID] = true
		if b.Status == backup.Expired {
			requireDetailsAlone(c.t, c.store, c.policy.ID, b.ID)
			continue
		}
		v, err := archive.Verify(c.t.Context(), c.store, c.policy.ID, b.ID, archive.VerifyOptions{})
		require.NoError(c.t, err)
		require.True(c.t, v.OK(), v.Problems)
	}
	for l, err := range archive.ListBackups(c.t.Context(), c.store, c.policy.ID) {
		require.NoError(c.t, err)
		require.True(c.t, known[l.ID], l.ID)
	}
	for o, err := range c.store.List(c.t.Context(), c.policy.ID+"/downloads/") {
		require.NoError(c.t, err)
		c.t.Errorf("%s is left", o.Name)
	}
	for o, err := range c.store.List(c.t.Context(), c.policy.ID+"/runs/") {
		require.NoError(c.t, err)
		c.t.Errorf("%s is left", o.Name)
	}
}
