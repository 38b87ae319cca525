package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	common "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"holdfast/internal/backup"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/store/dir"
)

// scheduling is an embedded server with a worker that sets schedules.
type scheduling struct {
	t *testing.T
	client.Client
}

func newScheduling(t *testing.T) *scheduling {
	server, err := devserver.Start(t.Context(), devserver.Config{SearchAttributes: cluster.SearchAttributes()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	c, _, err := cluster.Dial(t.Context(), cluster.Options{Address: server.Addr(), Namespace: server.Namespace()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	s, err := dir.Open(t.TempDir())
	require.NoError(t, err)
	w := worker.New(c, "schedules", worker.Options{})
	w.RegisterActivity(New(Deps{Store: s}))
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, in SetSchedulesInput) (result SetSchedulesResult, err error) {
		var a *Activities
		err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
		}), a.SetSchedules, in).Get(ctx, &result)
		return result, err
	}, workflow.RegisterOptions{Name: "set"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return &scheduling{t: t, Client: c}
}

func (s *scheduling) set(in SetSchedulesInput) (result SetSchedulesResult, err error) {
	run, err := s.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{TaskQueue: "schedules"}, "set", in)
	if err == nil {
		err = run.Get(s.t.Context(), &result)
	}
	return result, err
}

func (s *scheduling) mustSet(in SetSchedulesInput) SetSchedulesResult {
	s.t.Helper()
	result, err := s.set(in)
	require.NoError(s.t, err)
	return result
}

func (s *scheduling) handle(id string) client.ScheduleHandle {
	return s.ScheduleClient().GetHandle(s.t.Context(), id)
}

func (s *scheduling) describe(id string) *client.ScheduleDescription {
	s.t.Helper()
	d, err := s.handle(id).Describe(s.t.Context())
	require.NoError(s.t, err)
	return d
}

// change gives a schedule other times, and leaves the rest of it.
func (s *scheduling) change(id string, spec client.ScheduleSpec) error {
	return s.handle(id).Update(s.t.Context(), client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		in.Description.Schedule.Spec = &spec
		return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
	}})
}

func (s *scheduling) absent(id string) {
	s.t.Helper()
	_, err := s.handle(id).Describe(s.t.Context())
	require.True(s.t, isNotFound(err), "%s: %v", id, err)
}

// scheduledPolicy is a policy of that id with a schedule.
func scheduledPolicy(id string, schedule backup.Schedule) SetSchedulesInput {
	return SetSchedulesInput{Policy: backup.Policy{ID: id, Product: backup.Jira, Site: "https://acme.atlassian.net", Limits: backup.DefaultLimits(), Schedule: &schedule}}
}

func mondays() backup.Schedule {
	return backup.Schedule{Cron: "0 3 * * 1", TimeZone: "Europe/Berlin", Jitter: time.Hour, Retries: 3, RetryAfter: 30 * time.Minute}
}

// week is the time between two Mondays, with up to an hour of jitter at both ends
// and a change of the clock.
func requireWeek(t *testing.T, d time.Duration) {
	t.Helper()
	require.InDelta(t, 7*24, d.Hours(), 2)
}

func TestSetSchedules(t *testing.T) {
	t.Parallel()
	s := newScheduling(t)

	t.Run("a schedule that is not there is made", func(t *testing.T) {
		in := scheduledPolicy("jira-new", mondays())
		id := message.ScheduleID("jira-new")
		result := s.mustSet(in)
		requireWeek(t, result.Interval)
		require.Equal(t, time.Monday, result.Next.In(berlin(t)).Weekday())
		require.Contains(t, []int{3, 4}, result.Next.In(berlin(t)).Hour())
		require.False(t, result.Ringing)

		d := s.describe(id)
		require.Equal(t, result.Next, d.Info.NextActionTimes[0].UTC())
		require.Equal(t, "Europe/Berlin", d.Schedule.Spec.TimeZoneName)
		require.Equal(t, time.Hour, d.Schedule.Spec.Jitter)
		require.Equal(t, enums.SCHEDULE_OVERLAP_POLICY_SKIP, d.Schedule.Policy.Overlap)
		require.Equal(t, time.Hour, d.Schedule.Policy.CatchupWindow)
		require.False(t, d.Schedule.State.Paused)
		action := d.Schedule.Action.(*client.ScheduleWorkflowAction)
		require.Equal(t, "schedule/jira-new/run", action.ID)
		require.Equal(t, message.ScheduledRunWorkflow, action.Workflow)
		require.Equal(t, message.TaskQueue, action.TaskQueue)
		require.Equal(t, "bell of jira-new", action.StaticSummary)
		require.Equal(t, "Rings at `0 3 * * 1` in Europe/Berlin, up to 1h0m0s later.", action.StaticDetails)
		policy, ok := action.TypedSearchAttributes.GetKeyword(cluster.AttributePolicy)
		require.True(t, ok)
		require.Equal(t, "jira-new", policy)
		s.absent(message.VerificationScheduleID("jira-new"))

		require.Equal(t, result, s.mustSet(in), "a second time")
		require.Zero(t, s.describe(id).Info.LastUpdateAt.Unix(), "where nothing differs nothing is changed")
	})

	t.Run("drills have one of their own, which asks the policy what to restore", func(t *testing.T) {
		in := scheduledPolicy("jira-drill", mondays())
		in.Policy.Schedule, in.Policy.Drill = nil, &backup.Drill{Cron: "0 5 1 * *", Sample: 500}
		s.mustSet(in)
		id := message.DrillScheduleID("jira-drill")
		action := s.describe(id).Schedule.Action.(*client.ScheduleWorkflowAction)
		require.Equal(t, message.DrillWorkflow, action.Workflow)
		require.Equal(t, "drill of the newest backup of jira-drill", action.StaticSummary)
		var args message.DrillInput
		require.NoError(t, cluster.DataConverter().FromPayload(action.Args[0].(*common.Payload), &args))
		require.Equal(t, message.DrillInput{PolicyID: "jira-drill", Product: backup.Jira, By: "schedule", Scheduled: true}, args)
		s.absent(message.ScheduleID("jira-drill"))
		in.Policy.Drill = nil
		s.mustSet(in)
		s.absent(id)
	})

	t.Run("whatever differs is changed", func(t *testing.T) {
		in := scheduledPolicy("jira-change", mondays())
		id := message.ScheduleID("jira-change")
		s.mustSet(in)
		for _, change := range []struct {
			name string
			to   func(*backup.Schedule)
		}{
			{"the expression", func(s *backup.Schedule) { s.Cron = "30  4 * * 2" }},
			{"the time zone", func(s *backup.Schedule) { s.TimeZone = "" }},
			{"the jitter", func(s *backup.Schedule) { s.Jitter = 0 }},
			{"a shorthand", func(s *backup.Schedule) { s.Cron = "@weekly" }},
			{"an interval", func(s *backup.Schedule) { s.Cron = "@every 2h" }},
			{"another interval", func(s *backup.Schedule) { s.Cron = "@every 3h" }},
		} {
			schedule := *in.Policy.Schedule
			change.to(&schedule)
			in.Policy.Schedule = &schedule
			before := s.describe(id).Info.LastUpdateAt
			first := s.mustSet(in)
			d := s.describe(id)
			require.True(t, d.Info.LastUpdateAt.After(before), change.name)
			require.Equal(t, schedule.TimeZone, d.Schedule.Spec.TimeZoneName, change.name)
			require.Equal(t, schedule.Jitter, d.Schedule.Spec.Jitter, change.name)
			require.Equal(t, first, s.mustSet(in), change.name)
			require.Equal(t, d.Info.LastUpdateAt, s.describe(id).Info.LastUpdateAt, "%s: only once", change.name)
		}
		result := s.mustSet(in)
		require.Equal(t, 3*time.Hour, result.Interval)
		in.Anew = true
		before := s.describe(id).Info.LastUpdateAt
		s.mustSet(in)
		require.True(t, s.describe(id).Info.LastUpdateAt.After(before), "anew, whatever it looks like")
	})

	t.Run("it is paused and goes on", func(t *testing.T) {
		in := scheduledPolicy("jira-pause", mondays())
		id := message.ScheduleID("jira-pause")
		in.Policy.Verification = &backup.Verification{Cron: "@daily", Of: 4}
		in.Paused = &backup.Note{At: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), By: "ada", Text: "the site moves"}
		require.Equal(t, SetSchedulesResult{}, s.mustSet(in), "a bell that is paused does not ring")
		state := s.describe(id).Schedule.State
		require.True(t, state.Paused)
		require.Equal(t, "paused at 2026-11-23 00:00:00Z by ada: the site moves", state.Note)
		require.False(t, s.describe(message.VerificationScheduleID("jira-pause")).Schedule.State.Paused, "verifications go on")
		in.Paused = nil
		require.False(t, s.mustSet(in).Next.IsZero())
		require.False(t, s.describe(id).Schedule.State.Paused)
	})

	t.Run("what somebody did to it by hand is undone", func(t *testing.T) {
		in := scheduledPolicy("jira-hand", mondays())
		id := message.ScheduleID("jira-hand")
		want := s.mustSet(in)
		for name, do := range map[string]func() error{
			"paused":  func() error { return s.handle(id).Pause(t.Context(), client.SchedulePauseOptions{Note: "why not"}) },
			"deleted": func() error { return s.handle(id).Delete(t.Context()) },
			"changed": func() error {
				return s.change(id, client.ScheduleSpec{CronExpressions: []string{"0 5 * * 3"}, TimeZoneName: "Europe/Berlin", Jitter: time.Hour})
			},
			"delayed": func() error {
				return s.change(id, client.ScheduleSpec{CronExpressions: []string{"0 3 * * 1 # 0 3 * * 1"}, TimeZoneName: "Europe/Berlin", Jitter: 2 * time.Hour})
			},
		} {
			require.NoError(t, do(), name)
			require.Equal(t, want, s.mustSet(in), name)
			require.False(t, s.describe(id).Schedule.State.Paused, name)
		}
	})

	t.Run("several at a time end with one schedule", func(t *testing.T) {
		in := scheduledPolicy("jira-many", mondays())
		id := message.ScheduleID("jira-many")
		both := func(inputs ...SetSchedulesInput) {
			var group errgroup.Group
			for n := range 6 {
				group.Go(func() error {
					_, err := s.set(inputs[n%len(inputs)])
					return err
				})
			}
			require.NoError(t, group.Wait())
		}
		both(in)
		require.True(t, isAs(s.describe(id), bellOf(in)))
		gone := in
		gone.Removed = true
		both(gone)
		s.absent(id)
	})

	t.Run("what Temporal refuses is told, and changes nothing", func(t *testing.T) {
		in := scheduledPolicy("jira-bad", mondays())
		id := message.ScheduleID("jira-bad")
		for _, bad := range []struct {
			schedule backup.Schedule
			want     string
		}{
			{backup.Schedule{Cron: "0 25 * * 1"}, `Temporal refuses the schedule "0 25 * * 1"`},
			{backup.Schedule{Cron: "at 3 on every monday"}, "give five fields"},
			{backup.Schedule{Cron: "0 3 * * 1", TimeZone: "Mars/Olympus"}, "an IANA name such as Europe/Berlin"},
			{backup.Schedule{Cron: "0 3 * * 1", TimeZone: "Local"}, "an IANA name such as Europe/Berlin"},
		} {
			_, err := s.set(scheduledPolicy("jira-bad", bad.schedule))
			kind, text := failure.Of(err)
			require.Equal(t, failure.InvalidArgument, kind, "%v", err)
			require.Contains(t, text, bad.want)
			s.absent(id)
		}
		want := s.mustSet(in)
		_, err := s.set(scheduledPolicy("jira-bad", backup.Schedule{Cron: "0 25 * * 1"}))
		require.Error(t, err)
		require.Equal(t, want, s.mustSet(in))
		require.Zero(t, s.describe(id).Info.LastUpdateAt.Unix(), "the one that was there was left alone")
	})

	t.Run("what the policy has no more is removed", func(t *testing.T) {
		in := scheduledPolicy("jira-gone", mondays())
		in.Policy.Verification = &backup.Verification{Cron: "@daily", Of: 1}
		id, verify := message.ScheduleID("jira-gone"), message.VerificationScheduleID("jira-gone")
		s.mustSet(in)
		action := s.describe(verify).Schedule.Action.(*client.ScheduleWorkflowAction)
		require.Equal(t, message.VerifyWorkflow, action.Workflow)
		require.Equal(t, "schedule/jira-gone/verify/run", action.ID)

		without := in
		without.Policy.Schedule = nil
		require.Equal(t, SetSchedulesResult{}, s.mustSet(without))
		s.absent(id)
		s.describe(verify)

		s.mustSet(in)
		in.Removed = true
		require.Equal(t, SetSchedulesResult{}, s.mustSet(in))
		require.Equal(t, SetSchedulesResult{}, s.mustSet(in), "a second time")
		s.absent(id)
		s.absent(verify)
	})
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return zone
}
