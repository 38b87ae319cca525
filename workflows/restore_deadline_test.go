package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

var siteAway = failure.New(failure.SiteAway, "no answer")

// TestR3ARestoreHasADeadline states that a restore does not hold its destination for as
// long as a site is away: at its deadline it is INCOMPLETE, and can be tried again.
func TestR3ARestoreHasADeadline(t *testing.T) {
	for _, c := range []struct {
		name   string
		limit  time.Duration
		healed time.Duration // when the site is back, after the Apply
		want   restore.Status
	}{
		{"the site is away for too long", 72 * time.Hour, 1000 * time.Hour, restore.Incomplete},
		{"a day where that is the limit", 24 * time.Hour, 1000 * time.Hour, restore.Incomplete},
		{"the site is back before", 72 * time.Hour, 71 * time.Hour, restore.Complete},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestores(t)
			r.in.Limits.Deadline = c.limit
			r.in.Limits.ProbeMax = time.Hour
			r.in.Compare = true
			applied := r.start.Add(time.Hour)
			deadline := applied.Add(c.limit)
			r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
				if in.Phase == "issues" && r.Now().Before(applied.Add(c.healed)) {
					return activities.BatchResult{}, siteAway
				}
				return activities.BatchResult{Counts: map[string]restore.Counts{in.Phase: {Created: 10}}}, nil
			}
			r.after(2*time.Hour, func() {
				require.Equal(t, deadline, r.show().Deadline)
				require.Contains(t, r.page(), "| gives up at | "+when(deadline)+" |")
			})
			r.applyAfter(time.Hour)
			v, err := r.run()
			require.NoError(t, err)
			require.Equal(t, c.want, v.Status)
			require.False(t, v.Lock)
			require.Len(t, r.finished, 1)
			require.Equal(t, c.want, r.finished[0].Status)
			if c.want == restore.Complete {
				require.True(t, r.finished[0].Compared)
				return
			}
			require.Equal(t, deadline, v.EndedAt)
			require.Contains(t, v.Reason, "the deadline of the restore passed at "+when(deadline)+" before it was through, while waiting: the site is away")
			require.Contains(t, v.Reason, "`holdfast restore retry "+r.in.Spec.ID+"` goes on")
			require.Equal(t, v.Reason, r.finished[0].Reason)
			require.False(t, r.finished[0].Compared, "what was not reached was not compared")
			require.Nil(t, v.Score)
			require.Equal(t, []string{"finish INCOMPLETE", "end read"}, r.list()[len(r.list())-2:])
			require.Zero(t, r.count("end issues false"))
		})
	}
	t.Run("a retry has one of its own", func(t *testing.T) {
		r := newRestores(t)
		r.in.Limits.ProbeMax = time.Hour
		r.in.Retry, r.in.State = 1, &message.RestoreView{
			Status: restore.Incomplete, AppliedAt: r.start.Add(-80 * time.Hour), Deadline: r.start.Add(-8 * time.Hour), Plan: &r.sum,
		}
		r.batch = func(activities.BatchInput) (activities.BatchResult, error) { return activities.BatchResult{}, siteAway }
		v, err := r.run()
		require.NoError(t, err)
		require.Equal(t, restore.Incomplete, v.Status)
		require.Equal(t, r.start.Add(72*time.Hour), v.EndedAt)
		require.Equal(t, v.EndedAt, v.Deadline)
	})
	t.Run("an Apply that waits for the site under the lock is refused", func(t *testing.T) {
		r := newRestores(t)
		r.in.Limits.Deadline = 10 * time.Hour
		r.checks = always(1000, siteAway)
		refused := r.applyAfter(time.Hour)
		r.after(5*time.Hour, func() { require.True(t, r.show().Lock) })
		r.after(12*time.Hour, func() {
			require.Equal(t, failure.Lapsed, refused.kind(), "%v", refused.err)
			require.ErrorContains(t, refused.err, "while waiting: the site is away")
			v := r.show()
			require.Equal(t, restore.Planned, v.Status)
			require.False(t, v.Lock)
			require.Zero(t, v.Deadline)
			require.Empty(t, v.Waiting)
			r.checks = nil
		})
		r.applyAfter(24 * time.Hour)
		v, err := r.run()
		require.NoError(t, err)
		require.Equal(t, restore.Complete, v.Status)
	})
}

// TestReadIsRenewed states that a restore which takes long keeps its backup from expiring,
// and that it ends where the backup is gone all the same.
func TestReadIsRenewed(t *testing.T) {
	long := func(t *testing.T) *restores {
		r := newRestores(t)
		r.in.Apply, r.in.Limits.ProbeMax = true, time.Hour
		r.batch = func(activities.BatchInput) (activities.BatchResult, error) {
			if r.Now().Before(r.start.Add(50 * time.Hour)) {
				return activities.BatchResult{}, siteAway
			}
			return activities.BatchResult{}, nil
		}
		return r
	}
	t.Run("often enough for the grace", func(t *testing.T) {
		r := long(t)
		r.begin = append(always(3, nil), always(1, failure.New(failure.StoreAway, "no answer"))...)
		v, err := r.run()
		require.NoError(t, err)
		require.Equal(t, restore.Complete, v.Status)
		require.Equal(t, 2+8, r.count("begin read"), "every six hours")
	})
	t.Run("the backup is gone", func(t *testing.T) {
		r := long(t)
		r.begin = append(always(2, nil), always(1, failure.New(failure.NotAvailable, "it is EXPIRED"))...)
		v, err := r.run()
		kind, why := failure.Of(err)
		require.Equal(t, failure.NotAvailable, kind)
		require.Contains(t, why, "what was restored stays")
		require.Equal(t, restore.Failed, v.Status)
		require.Equal(t, r.start.Add(6*time.Hour), v.EndedAt)
	})
	t.Run("a file needs none", func(t *testing.T) {
		r := long(t)
		r.in.Spec.From = backup.FromFile
		_, err := r.run()
		require.NoError(t, err)
		require.Zero(t, r.count("begin read"))
	})
	t.Run("also while it is planned", func(t *testing.T) {
		r := newRestores(t)
		r.in.Apply, r.in.Limits.ProbeMax = true, time.Hour
		r.plans = always(12, siteAway)
		_, err := r.run()
		require.NoError(t, err)
		require.Equal(t, 3, r.count("begin read"), "at its begin, after six hours, and for the Apply")
	})
}

// TestT2ABackupThatOutlivesItsPlan states that a preview is judged by the backup as it is
// when it is accepted: it may have been extended or held since it was planned.
func TestT2ABackupThatOutlivesItsPlan(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*restores)
		until  time.Duration
	}{
		{"extended", func(r *restores) { r.row.ExpiresAt = r.start.Add(4 * day) }, 4 * day},
		{"held", func(r *restores) { r.row.Held = &backup.Note{By: "ann"} }, restore.PlanLife},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestores(t)
			r.row.ExpiresAt = r.start.Add(2 * day)
			r.after(day, func() { c.change(r) })
			r.after(2*day+time.Minute, func() {
				require.Equal(t, restore.Planned, r.show().Status)
				require.Equal(t, r.start.Add(c.until), r.show().Until)
				require.Equal(t, r.count("begin read"), r.count("end read"))
			})
			accepted := r.applyAfter(3 * day)
			v, err := r.run()
			require.NoError(t, err)
			require.NoError(t, accepted.err)
			require.Equal(t, restore.Complete, v.Status)
		})
		t.Run(c.name+", and it lapses then", func(t *testing.T) {
			r := newRestores(t)
			r.row.ExpiresAt = r.start.Add(2 * day)
			r.after(day, func() { c.change(r) })
			v, err := r.run()
			require.NoError(t, err)
			require.Equal(t, restore.Lapsed, v.Status)
			require.Equal(t, r.start.Add(c.until), v.EndedAt)
		})
	}
}

// TestLostLock states that a restore whose lock an operator ends writes nothing more, and
// says why.
func TestLostLock(t *testing.T) {
	r := newRestores(t)
	r.in.Apply = true
	r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
		if in.Phase == "issues" {
			return activities.BatchResult{}, siteAway
		}
		return activities.BatchResult{}, nil
	}
	r.after(time.Hour, func() { r.CancelWorkflowByID(message.DestinationID(backup.Jira, "cloud"), "") })
	v, err := r.run()
	kind, why := failure.Of(err)
	require.Equal(t, failure.Locked, kind, "%v", err)
	require.Contains(t, why, "has lost the lock of the destination: its workflow destination/jira-cloud was ended")
	require.Contains(t, why, "what was restored stays: `holdfast restore retry")
	require.Equal(t, restore.Failed, v.Status)
	require.Equal(t, r.start.Add(time.Hour), v.EndedAt)
	require.False(t, v.Lock)
	require.Equal(t, []string{"finish FAILED", "end read"}, r.list()[len(r.list())-2:])
}

// TestLockPause states how long the lock of an earlier run of the same workflow is waited
// for, and that anybody else's is not.
func TestLockPause(t *testing.T) {
	for own, most := range map[bool]time.Duration{true: time.Hour, false: 0} {
		var all, longest time.Duration
		for try := 1; ; try++ {
			wait, again := lockPause(own, try)
			if !again {
				break
			}
			all, longest = all+wait, max(longest, wait)
		}
		require.GreaterOrEqual(t, all, most)
		require.Less(t, all, most+time.Minute)
		require.LessOrEqual(t, longest, ownLockMaxWait)
	}
}
