package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// TestT3Restore states that nothing is written before the preview is accepted, and what
// is done then: under the lock, phase by phase, and what the backup needs is given back.
func TestT3Restore(t *testing.T) {
	r := newRestores(t)
	planned := []string{"begin read", "plan", "end read"}
	r.after(day-time.Second, func() {
		require.Equal(t, planned, r.list())
		v := r.show()
		require.Equal(t, restore.Planned, v.Status)
		require.Equal(t, r.start, v.PlannedAt)
		require.Equal(t, r.start.Add(restore.PlanLife), v.Until)
		require.False(t, v.Lock)
		require.Equal(t, &r.sum, v.Plan)
		require.Contains(t, r.page(), "| waits to be accepted until | 2026-11-30 12:00:00Z |")
		require.Contains(t, r.page(), "| issues | 30 |")
	})
	r.after(day+30*time.Second, func() {
		v := r.show()
		require.True(t, v.Lock, "T4: it holds the destination")
		require.Equal(t, restore.Applying, v.Status)
		require.Equal(t, "projects", v.Phase)
		require.Contains(t, r.page(), "Of the phase under way")
	})
	away := always(1, failure.New(failure.SiteAway, "no answer")) // for a minute
	r.in.Spec.Map = strings.Repeat("a", 64)
	r.in.Spec.Selection.Containers = []string{"EE"}
	r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
		require.Equal(t, r.in.Spec.Planned(), in.Spec, "the plan has the rest: it is not sent with each batch")
		require.Empty(t, in.Spec.Map)
		if err := next(&away); err != nil {
			return activities.BatchResult{}, err
		}
		return activities.BatchResult{Counts: map[string]restore.Counts{in.Phase: {Created: 10, Degraded: 1}}}, nil
	}
	applied := r.applyAfter(day)
	v, err := r.run()
	require.NoError(t, err)
	require.NoError(t, applied.err)
	require.Equal(t, restore.Applying, applied.out.Status)
	require.Equal(t, "bob", applied.out.AppliedBy)
	did := r.list()
	require.Equal(t, append(planned, "begin read", "check", "apply projects 0", "apply projects 0", "end projects false"), did[:8])
	require.ElementsMatch(t, []string{"apply issues 0", "apply issues 1", "apply issues 2"}, did[8:11])
	require.Equal(t, []string{"end issues false", "finish COMPLETE", "end read"}, did[11:])
	require.Equal(t, restore.Complete, v.Status)
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 40}}, v.Counts, "as in the report: phases may tell of the same records")
	require.Equal(t, []message.PhaseProgress{{Name: "projects", Title: "projects", Batches: 1, Done: 1}, {Name: "issues", Title: "issues", Batches: 3, Done: 3}}, v.Phases)
	require.False(t, v.Lock)
	require.Equal(t, r.start.Add(day), v.AppliedAt)
	require.Equal(t, "ann", v.By)
	require.False(t, v.EndedAt.IsZero())
	require.Len(t, r.finished, 1)
	require.Equal(t, v.AppliedAt, r.finished[0].AppliedAt)
	require.Contains(t, r.page(), "| issue | 40 | 0 | 0 | 0 |")
	require.NotContains(t, r.page(), "Of the phase under way")
}

// TestT1 states which backups can be restored.
func TestT1(t *testing.T) {
	for _, c := range []struct {
		status, was backup.Status
		want        failure.Type
	}{
		{status: backup.Complete}, {status: backup.Incomplete},
		{status: backup.InProgress, want: failure.NotAvailable},
		{status: backup.Failed, want: failure.NotAvailable},
		{status: backup.Expired, was: backup.Complete, want: failure.NotAvailable},
	} {
		t.Run(string(c.status), func(t *testing.T) {
			r := newRestores(t)
			r.row.Status, r.row.Was = c.status, c.was
			if c.want == "" {
				r.applyAfter(time.Minute)
			}
			v, err := r.run()
			kind, why := failure.Of(err)
			require.Equal(t, c.want, kind, why)
			if c.want == "" {
				require.Equal(t, restore.Complete, v.Status)
				return
			}
			require.Equal(t, restore.Failed, v.Status)
			require.Contains(t, v.Reason, string(c.status))
			require.Contains(t, v.Reason, "nothing was written")
			require.Equal(t, []string{"begin read", "finish FAILED", "end read"}, r.list())
		})
	}
}

// TestT2EdgesOfThePlan states until when a backup and its file can be restored.
func TestT2EdgesOfThePlan(t *testing.T) {
	for _, c := range []struct {
		name string
		from backup.Source
		age  time.Duration // at which its time is over
		want failure.Type
	}{
		{"from the store, until it expires", backup.FromStore, 14 * day, failure.NotAvailable},
		{"from a file, for 60 days", backup.FromFile, 60 * day, failure.TooOld},
	} {
		for _, edge := range edges {
			t.Run(c.name+", "+edge.name, func(t *testing.T) {
				r := newRestores(t)
				r.in.Spec.From, r.in.Apply = c.from, true
				r.row.StartedAt = r.start.Add(-c.age - edge.off)
				r.row.ExpiresAt = r.row.StartedAt.Add(14 * day)
				v, err := r.run()
				if edge.off < 0 {
					require.NoError(t, err)
					require.Equal(t, restore.Complete, v.Status)
					require.Equal(t, r.start.Add(time.Second), v.Until, "the preview lapses with it")
					return
				}
				kind, why := failure.Of(err)
				require.Equal(t, c.want, kind, why)
				require.NotContains(t, r.list(), "plan")
				if c.want == failure.TooOld {
					require.Contains(t, why, when(r.row.StartedAt.Add(c.age)), "it is refused with the date")
				}
			})
		}
	}
}

// TestT2EdgesOfTheApply states until when a preview can be accepted.
func TestT2EdgesOfTheApply(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*restores)
		life   time.Duration // of the preview
	}{
		{"for a week", func(r *restores) {}, restore.PlanLife},
		{"while the backup is there", func(r *restores) { r.row.ExpiresAt = r.start.Add(2 * day) }, 2 * day},
		{"for a week of a backup that is held", func(r *restores) {
			r.row.ExpiresAt, r.row.Held = r.start.Add(2*day), &backup.Note{By: "ann"}
		}, restore.PlanLife},
		{"while the file can be restored", func(r *restores) {
			r.in.Spec.From = backup.FromFile
			r.row.StartedAt = r.start.Add(3*day - 60*day)
		}, 3 * day},
	} {
		for _, edge := range edges {
			t.Run(c.name+", "+edge.name, func(t *testing.T) {
				r := newRestores(t)
				c.change(r)
				var applied *reply[message.RestoreView]
				if edge.off <= 0 {
					applied = r.applyAfter(c.life + edge.off)
				}
				v, err := r.run()
				require.NoError(t, err)
				if edge.off < 0 {
					require.NoError(t, applied.err)
					require.Equal(t, restore.Complete, v.Status)
					return
				}
				if applied != nil {
					require.NotEmpty(t, applied.kind(), "it is refused")
					require.Contains(t, []failure.Type{failure.Lapsed, failure.NotAvailable, failure.TooOld}, applied.kind())
				}
				require.Equal(t, restore.Lapsed, v.Status)
				require.Equal(t, r.start.Add(c.life), v.EndedAt)
				require.Contains(t, v.Reason, "plan the restore again")
				require.NotContains(t, r.list(), "check")
				require.Contains(t, r.list(), "finish LAPSED")
			})
		}
	}
}

// TestApplyIsRefused states what an Apply is refused for; the preview stays, and can be
// accepted later.
func TestApplyIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		refuse func(*restores)
		allow  func(*restores)
		want   failure.Type
		says   string
	}{
		{"T3: the destination has changed", func(r *restores) { r.changed = []string{"fields", "projects"} }, func(r *restores) { r.changed = nil },
			failure.Changed, "(fields, projects): plan it again"},
		{"T2: the backup was deleted meanwhile", func(r *restores) {
			r.begin = []func() error{func() error { return nil }, func() error { return failure.New(failure.NotAvailable, "it is EXPIRED") }}
		},
			func(*restores) {}, failure.NotAvailable, "EXPIRED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestores(t)
			c.refuse(r)
			refused := r.applyAfter(time.Hour)
			r.after(time.Hour+time.Minute, func() {
				require.Equal(t, c.want, refused.kind(), "%v", refused.err)
				require.ErrorContains(t, refused.err, c.says)
				if c.want == failure.Changed {
					require.Equal(t, []string{"fields", "projects"}, detail[[]string](t, refused.err))
				}
				v := r.show()
				require.Equal(t, restore.Planned, v.Status)
				require.False(t, v.Lock)
				require.Zero(t, v.AppliedAt)
				require.NotContains(t, r.list(), "apply projects 0")
				require.Equal(t, r.count("begin read"), r.count("end read")+boolInt(c.name[:2] == "T2"))
				c.allow(r)
			})
			accepted := r.applyAfter(2 * time.Hour)
			v, err := r.run()
			require.NoError(t, err)
			require.NoError(t, accepted.err)
			require.Equal(t, restore.Complete, v.Status)
		})
	}
}

// TestT1AtTheApply states that a backup which failed a verification since it was planned
// is not restored.
func TestT1AtTheApply(t *testing.T) {
	r := newRestores(t)
	r.after(30*time.Minute, func() { r.row.Status = backup.Failed })
	refused := r.applyAfter(time.Hour)
	again := r.applyAfter(2 * time.Hour)
	v, err := r.run()
	require.NoError(t, err)
	require.Equal(t, failure.NotAvailable, refused.kind(), "%v", refused.err)
	require.ErrorContains(t, refused.err, "is FAILED")
	require.Equal(t, failure.NotAvailable, again.kind())
	require.Equal(t, restore.Lapsed, v.Status)
	require.Equal(t, r.count("begin read"), r.count("end read"))
	require.Zero(t, r.count("check"))
}

// TestApplyTwice states that an Apply that comes again, while the first is answered and
// while it is applied, is answered the same and begins nothing.
func TestApplyTwice(t *testing.T) {
	r := newRestores(t)
	away := failure.New(failure.SiteAway, "no answer")
	r.checks = always(1, away) // the first is answered a minute later
	r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
		if r.count("apply projects 0") <= 3 {
			return activities.BatchResult{}, away
		}
		return activities.BatchResult{}, nil
	}
	answers := []*reply[message.RestoreView]{
		r.applyAfter(time.Hour), r.applyAfter(time.Hour + 30*time.Second), r.applyAfter(time.Hour + 2*time.Minute),
	}
	v, err := r.run()
	require.NoError(t, err)
	require.Equal(t, restore.Complete, v.Status)
	for _, a := range answers {
		require.NoError(t, a.err)
		require.Equal(t, restore.Applying, a.out.Status)
		require.Equal(t, answers[0].out.AppliedAt, a.out.AppliedAt)
	}
	require.Equal(t, 2, r.count("check"), "of which the first failed")
}

// TestApplyAtOnce states that what is to be applied at once fails where it is refused.
func TestApplyAtOnce(t *testing.T) {
	t.Run("accepted", func(t *testing.T) {
		r := newRestores(t)
		r.in.Apply = true
		v, err := r.run()
		require.NoError(t, err)
		require.Equal(t, "ann", v.AppliedBy)
		require.Equal(t, r.start, v.AppliedAt)
	})
	t.Run("refused", func(t *testing.T) {
		r := newRestores(t)
		r.in.Apply, r.changed = true, []string{"projects"}
		v, err := r.run()
		kind, _ := failure.Of(err)
		require.Equal(t, failure.Changed, kind)
		require.Equal(t, restore.Failed, v.Status)
		require.Contains(t, r.list(), "finish FAILED")
	})
}

// TestRestoreWaits states R4 for restores: what passes by itself is waited for, and
// that is shown.
func TestRestoreWaits(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		says string
	}{
		{"the site", failure.New(failure.SiteAway, "no answer"), "the site is away"},
		{"the quota", failure.NewQuota("429", time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)), "quota until 14:00:00Z"},
		{"the store", failure.New(failure.StoreAway, "no answer"), "the store is away"},
		{"a credential", failure.New(failure.NoCredential, "no worker has credential new"), "no worker has credential new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestores(t)
			r.in.Apply = true
			healed := r.start.Add(90 * time.Minute)
			r.batch = func(activities.BatchInput) (activities.BatchResult, error) {
				if r.Now().Before(healed) {
					return activities.BatchResult{}, c.err
				}
				return activities.BatchResult{}, nil
			}
			r.after(80*time.Minute, func() {
				v := r.show()
				require.Contains(t, v.Waiting, c.says)
				require.Contains(t, r.page(), "**Waiting:** "+v.Waiting)
				require.Equal(t, "projects", v.Phase)
			})
			v, err := r.run()
			require.NoError(t, err)
			require.Equal(t, restore.Complete, v.Status)
			require.Empty(t, v.Waiting)
		})
	}
	t.Run("for a plan", func(t *testing.T) {
		r := newRestores(t)
		r.in.Apply, r.plans = true, always(3, failure.New(failure.SiteAway, "no answer"))
		r.after(30*time.Second, func() { require.Contains(t, r.show().Waiting, "the site is away") })
		v, err := r.run()
		require.NoError(t, err)
		require.Equal(t, r.start.Add(7*time.Minute), v.PlannedAt)
	})
	t.Run("for a worker that has the credential, soon", func(t *testing.T) {
		r := newRestores(t)
		r.in.Apply, r.plans = true, always(6, failure.NewRetryable(failure.NoCredential, "no worker has credential new"))
		told := false
		r.after(30*time.Second, func() { told = strings.Contains(r.show().Waiting, "no worker has credential new") })
		_, err := r.run()
		require.NoError(t, err)
		require.True(t, told)
	})
}

// TestRestoreFails states how a restore ends that can't go on: what was done stays,
// the report is written, and the destination is given back.
func TestRestoreFails(t *testing.T) {
	refused := failure.New(failure.CredentialsRefused, "the site refuses the account: renew its token")
	for _, c := range []struct {
		name  string
		setup func(*restores)
		want  failure.Type
		says  string
		wrote bool
	}{
		{"a batch is refused", func(r *restores) {
			r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
				if in.Phase == "issues" && in.N == 1 {
					return activities.BatchResult{}, refused
				}
				return activities.BatchResult{}, nil
			}
		}, failure.CredentialsRefused, "renew its token; what was restored stays: `holdfast restore retry", true},
		{"the ids can't be joined", func(r *restores) {
			r.ended = func(activities.EndPhaseInput) error { return failure.New(failure.StoreRefused, "permission denied") }
		}, failure.StoreRefused, "permission denied", true},
		{"a batch fails again and again", func(r *restores) {
			r.batch = func(activities.BatchInput) (activities.BatchResult, error) {
				return activities.BatchResult{}, temporal.NewNonRetryableApplicationError("surprise", "", nil)
			}
		}, "", "phase projects failed: surprise", true},
		{"the plan is refused", func(r *restores) { r.plans = always(1, refused) }, failure.CredentialsRefused, "nothing was written", false},
		{"the file is damaged", func(r *restores) {
			r.in.Spec.From, r.begin = backup.FromFile, always(1, failure.New(failure.Corrupt, "segment 3 is not what the manifest says"))
		}, failure.Corrupt, "segment 3", false},
		{"nobody knows the backup", func(r *restores) { r.begin = always(1, failure.New(failure.NotFound, "there is no such backup")) },
			failure.NotFound, "there is no such backup", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRestores(t)
			r.in.Apply = true
			c.setup(r)
			v, err := r.run()
			kind, why := failure.Of(err)
			require.Equal(t, c.want, kind)
			require.Equal(t, v.Reason, why)
			require.Contains(t, why, c.says)
			require.Equal(t, restore.Failed, v.Status)
			require.False(t, v.Lock)
			require.Len(t, r.finished, 1)
			require.Equal(t, why, r.finished[0].Reason)
			require.Equal(t, c.wrote, !r.finished[0].AppliedAt.IsZero())
			require.Empty(t, r.begin)
			if c.want == failure.Corrupt {
				require.Equal(t, []string{"verify file", "finish FAILED"}, r.list(), "T: nothing is written of a tampered file")
			}
		})
	}
}

func TestRestoreIsIncomplete(t *testing.T) {
	r := newRestores(t)
	r.in.Apply = true
	r.batch = func(activities.BatchInput) (activities.BatchResult, error) {
		return activities.BatchResult{Counts: map[string]restore.Counts{"issue": {Created: 9, Failed: 1}}}, nil
	}
	v, err := r.run()
	require.NoError(t, err)
	require.Equal(t, restore.Incomplete, v.Status)
	require.Equal(t, "not all records could be restored: the report says which and why; `holdfast restore retry "+r.in.Spec.ID+"` tries them again", v.Reason)
	require.Equal(t, restore.Incomplete, r.finished[0].Status)
}

// TestRetry states that a retry goes on where the restore ended: it plans nothing
// anew, does not compare the destination, which it has changed itself, and tells the
// steps that it is one.
func TestRetry(t *testing.T) {
	r := newRestores(t)
	state := message.RestoreView{
		ID: r.in.Spec.ID, Status: restore.Incomplete, Reason: "2 records failed", By: "ann", RequestedAt: r.start.Add(-day), PlannedAt: r.start.Add(-day),
		Until: r.start.Add(-time.Hour), AppliedAt: r.start.Add(-2 * time.Hour), AppliedBy: "bob", EndedAt: r.start.Add(-time.Hour), Plan: &r.sum,
		Counts: map[string]restore.Counts{"issue": {Created: 28, Failed: 2}}, Score: &restore.Score{},
	}
	r.in.Retry, r.in.State, r.in.By, r.changed = 2, &state, "cid", []string{"projects"}
	away := always(1, failure.New(failure.SiteAway, "no answer"))
	r.after(30*time.Second, func() {
		v := r.show()
		require.Equal(t, restore.Applying, v.Status)
		require.Empty(t, v.Reason)
		require.Nil(t, v.Score)
	})
	r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
		require.Equal(t, 2, in.Retry)
		if err := next(&away); err != nil {
			return activities.BatchResult{}, err
		}
		return activities.BatchResult{Counts: map[string]restore.Counts{"issue": {Created: 10}}}, nil
	}
	v, err := r.run()
	require.NoError(t, err)
	require.Equal(t, restore.Complete, v.Status)
	require.Equal(t, 2, v.Retry)
	require.Equal(t, state.AppliedAt, v.AppliedAt)
	require.Equal(t, state.RequestedAt, v.RequestedAt)
	require.Equal(t, "cid", v.By)
	require.Equal(t, map[string]restore.Counts{"issue": {Created: 40}}, v.Counts, "what it tried before is counted once")
	require.Zero(t, r.count("plan")+r.count("check"))
	require.Equal(t, 1, r.count("begin read"))

	t.Run("of what was not applied: it is planned anew, and waits", func(t *testing.T) {
		r := newRestores(t)
		r.in.Retry, r.in.State = 1, &message.RestoreView{Status: restore.Failed, Plan: &r.sum, PlannedAt: r.start.Add(-day), Until: r.start.Add(-time.Hour)}
		r.after(time.Minute, func() {
			require.Equal(t, restore.Planned, r.show().Status)
			require.Equal(t, r.start, r.show().PlannedAt)
		})
		r.applyAfter(time.Hour)
		v, err := r.run()
		require.NoError(t, err)
		require.Equal(t, restore.Complete, v.Status)
	})
	t.Run("of a backup that has expired: refused, and it can be tried no more", func(t *testing.T) {
		r := newRestores(t)
		state := state
		r.in.Retry, r.in.State = 1, &state
		r.begin = always(1, failure.New(failure.NotAvailable, "it is EXPIRED"))
		v, err := r.run()
		kind, _ := failure.Of(err)
		require.Equal(t, failure.NotAvailable, kind)
		require.Equal(t, state.AppliedAt, v.AppliedAt, "what was done is not forgotten")
	})
	t.Run("of a file: its age counts", func(t *testing.T) {
		r := newRestores(t)
		state := state
		sum := r.sum
		sum.BackupStarted = r.start.Add(-60 * day)
		state.Plan = &sum
		r.in.Retry, r.in.State, r.in.Spec.From = 1, &state, backup.FromFile
		_, err := r.run()
		kind, _ := failure.Of(err)
		require.Equal(t, failure.TooOld, kind)
	})
}

// TestCompare states that the destination is held against the archive once all is applied.
func TestRestoreIsCompared(t *testing.T) {
	r := newRestores(t)
	r.in.Apply, r.in.Compare = true, true
	v, err := r.run()
	require.NoError(t, err)
	did := r.list()
	from := len(did) - 8
	require.Equal(t, []string{"compare projects 0", "end projects true"}, did[from:from+2])
	require.ElementsMatch(t, []string{"compare issues 0", "compare issues 1", "compare issues 2"}, did[from+2:from+5])
	require.Equal(t, []string{"end issues true", "finish COMPLETE", "end read"}, did[from+5:])
	require.Equal(t, &restore.Score{Records: 40, Fields: 400, Equal: 400}, v.Score)
	require.Len(t, v.Phases, 4)
	require.Equal(t, message.PhaseProgress{Name: "issues", Title: "issues", Batches: 3, Done: 3, Compare: true}, v.Phases[3])
	require.True(t, r.finished[0].Compared)
	require.Contains(t, r.page(), "| compare issues | 3 | 3 |")
}

// TestRestoreIsCancelled states that a cancelled restore ends at the end of a batch,
// with its report, and gives the destination back.
func TestRestoreIsCancelled(t *testing.T) {
	cancel := func(r *restores, by string) {
		if by != "" {
			r.SignalWorkflow(message.CancelledBy.Name, by)
		}
		r.CancelWorkflow()
	}
	t.Run("while its preview waits", func(t *testing.T) {
		r := newRestores(t)
		r.after(time.Hour, func() { cancel(r, "") })
		v, err := r.run()
		require.True(t, temporal.IsCanceledError(err))
		require.Equal(t, restore.Cancelled, v.Status)
		require.Equal(t, "cancelled by an operator in Temporal; nothing was written", v.Reason)
		require.Equal(t, []string{"begin read", "plan", "end read", "finish CANCELLED"}, r.list())
	})
	t.Run("while it is applied", func(t *testing.T) {
		r := newRestores(t)
		under, through := make(chan struct{}, 1), make(chan struct{})
		r.in.Apply = true
		r.batch = func(in activities.BatchInput) (activities.BatchResult, error) {
			if in.Phase == "issues" && in.N == 0 {
				under <- struct{}{}
				<-through
			}
			return activities.BatchResult{}, nil
		}
		cancelled := false
		var look func()
		look = func() {
			select {
			case <-under:
				cancelled = true
				cancel(r, "cid")
			default:
			}
			if cancelled && strings.HasPrefix(r.show().Waiting, "cancelled: the batches under way") {
				close(through)
				return
			}
			r.RegisterDelayedCallback(look, time.Millisecond)
		}
		r.RegisterDelayedCallback(look, time.Millisecond)
		v, err := r.run()
		require.True(t, temporal.IsCanceledError(err))
		require.Equal(t, restore.Cancelled, v.Status)
		require.Contains(t, v.Reason, "cancelled by cid; what was restored stays: `holdfast restore retry")
		require.Zero(t, r.count("apply issues 2"), "no further batch begins")
		require.Zero(t, r.count("end issues false"))
		require.Equal(t, []string{"finish CANCELLED", "end read"}, r.list()[len(r.list())-2:])
		require.False(t, v.Lock)
	})
	t.Run("while it waits", func(t *testing.T) {
		r := newRestores(t)
		r.in.Apply = true
		r.batch = func(activities.BatchInput) (activities.BatchResult, error) {
			return activities.BatchResult{}, failure.New(failure.SiteAway, "no answer")
		}
		r.after(30*time.Second, func() { cancel(r, "cid") })
		v, err := r.run()
		require.True(t, temporal.IsCanceledError(err))
		require.Equal(t, restore.Cancelled, v.Status)
		require.Equal(t, r.start.Add(30*time.Second), v.EndedAt, "it does not wait any longer")
	})
	t.Run("while an Apply is answered", func(t *testing.T) {
		r := newRestores(t)
		r.checks = always(9, failure.New(failure.SiteAway, "no answer"))
		applied := r.applyAfter(time.Hour)
		r.after(time.Hour+30*time.Second, func() { cancel(r, "cid") })
		v, err := r.run()
		require.True(t, temporal.IsCanceledError(err))
		require.Equal(t, failure.Lapsed, applied.kind(), "%v", applied.err)
		require.Contains(t, v.Reason, "nothing was written")
		require.Equal(t, r.count("begin read"), r.count("end read"))
	})
}

// TestReportThatCannotBeWritten states that the outcome says so, an hour later.
func TestReportThatCannotBeWritten(t *testing.T) {
	r := newRestores(t)
	r.in.Apply, r.finish = true, always(1000, failure.New(failure.StoreAway, "the bucket did not answer"))
	v, err := r.run()
	require.NoError(t, err)
	require.Equal(t, restore.Complete, v.Status)
	require.Contains(t, v.Reason, "its report could not be written")
	require.False(t, v.Lock)
}

// TestLostHost states that a restore on one host's queue does not wait for that host.
func TestLostHost(t *testing.T) {
	for name, lost := range map[string]error{
		"it has no such credential (more)": failure.New(failure.NoCredential, "no worker has it"),
		"it says so":                       failure.New(failure.LeaseLost, "the sample site is gone"),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRestores(t)
			r.in.Apply, r.in.Queue = true, "host-1"
			r.batch = func(activities.BatchInput) (activities.BatchResult, error) { return activities.BatchResult{}, lost }
			v, err := r.run()
			kind, _ := failure.Of(err)
			require.Equal(t, failure.LeaseLost, kind, "%v", err)
			require.Equal(t, restore.Failed, v.Status)
			require.Equal(t, r.start, v.EndedAt)
		})
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
