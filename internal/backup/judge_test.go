package backup

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// whole is the outcome of a run that captured everything.
func whole(change ...func(*Outcome)) Outcome {
	o := Outcome{CensusDone: true, Containers: 4, Items: 100, Captured: 4, Whole: 4,
		Baseline: Baseline{Backup: "last", Containers: 4, Items: 100}}
	for _, c := range change {
		c(&o)
	}
	return o
}

func TestJudgeTable(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome Outcome
		want    Status
		says    []string // parts of the reason: what happened, and what to do
	}{
		{"every id captured whole or gone", whole(), Complete, nil},
		{"an attachment missing", whole(func(o *Outcome) { o.Missing = 1 }), Incomplete, []string{"1 items, attachments", "run again"}},
		{"a container unreadable after the census", whole(func(o *Outcome) { o.Missing, o.Captured, o.Whole = 25, 3, 3 }), Incomplete, []string{"25 items", "report"}},
		{"no permission on content not excluded", whole(func(o *Outcome) { o.NoPermission = 2 }), Incomplete, []string{"no permission on 2"}},
		{"a census that does not add up", whole(func(o *Outcome) { o.ShortCensus = 1 }), Incomplete, []string{"does not add up"}},
		{"more gone than tolerated", whole(func(o *Outcome) { o.GoneOver, o.GoneContainer = 1, "EE" }), Incomplete, []string{"EE", "went away"}},
		{"several lacks are all told", whole(func(o *Outcome) { o.Missing, o.NoPermission = 1, 1 }), Incomplete, []string{"missing", "no permission"}},
		{"credentials refused", whole(func(o *Outcome) { o.Cause = CauseCredentials }), Failed, []string{"credentials refused", "valid credential"}},
		{"credentials refused, in the site's words", whole(func(o *Outcome) { o.Cause, o.Detail = CauseCredentials, "HTTP 401; check the token" }), Failed, []string{"credentials refused: HTTP 401; check the token"}},
		{"site gone", whole(func(o *Outcome) { o.Cause = CauseSiteGone }), Failed, []string{"site gone", "address"}},
		{"store refuses permission", whole(func(o *Outcome) { o.Cause = CauseStoreRefused }), Failed, []string{"store refused", "write to the store"}},
		{"another installation owns it", whole(func(o *Outcome) { o.Cause = CauseOwned }), Failed, []string{"installation", "take it over"}},
		{"no census", whole(func(o *Outcome) { o.CensusDone = false }), Failed, []string{"list of what the site holds", "run again"}},
		{"no container captured", whole(func(o *Outcome) { o.Captured, o.Whole = 0, 0 }), Failed, []string{"none of 4 containers", "may read"}},
		{"fewer than half of the containers", whole(func(o *Outcome) { o.Baseline.Containers = 9 }), Failed, []string{"4 containers", "9", "--accept-smaller"}},
		{"fewer than half of the items", whole(func(o *Outcome) { o.Baseline.Items = 201 }), Failed, []string{"100 items", "201", "--accept-smaller"}},
		{"none at all", whole(func(o *Outcome) { o.Items = 0 }), Failed, []string{"0 items", "--accept-smaller"}},
		{"fewer than half, accepted", whole(func(o *Outcome) { o.Baseline.Items, o.AcceptSmaller = 201, true }), Complete, nil},
		{"nothing at all is no backup, even accepted", whole(func(o *Outcome) { o.Containers, o.Items, o.Captured, o.AcceptSmaller = 0, 0, 0, true }), Failed, []string{"none of 0"}},
		{"waiting for scratch, store, site or credential", whole(func(o *Outcome) { o.Waiting = "quota until 16:00Z" }), InProgress, []string{"waiting: quota until 16:00Z"}},
		{"deadline with the census and a whole container", whole(func(o *Outcome) { o.Deadline, o.Whole = start, 1 }), Incomplete, []string{"1 of 4 containers", "deadline"}},
		{"deadline while waiting", whole(func(o *Outcome) { o.Deadline, o.Waiting = start, "the site is away" }), Incomplete, []string{"the site is away"}},
		{"deadline without a whole container", whole(func(o *Outcome) { o.Deadline, o.Whole = start, 0 }), Failed, []string{"no container was whole", "run again"}},
		{"deadline without a census", whole(func(o *Outcome) { o.Deadline, o.CensusDone = start, false }), Failed, []string{"without a list"}},
		{"deadline of a site that shrank", whole(func(o *Outcome) { o.Deadline, o.Baseline.Items = start, 201 }), Failed, []string{"--accept-smaller"}},
		{"cancelled by somebody", whole(func(o *Outcome) { o.Cancelled, o.By = true, "ada@host" }), Failed, []string{"cancelled by ada@host"}},
		{"cancelled in Temporal", whole(func(o *Outcome) { o.Cancelled = true }), Failed, []string{"cancelled by an operator in Temporal"}},
		{"terminated", whole(func(o *Outcome) { o.Terminated = true }), Failed, []string{"terminated"}},
		{"S6: credentials lost at the very end", whole(func(o *Outcome) { o.Cause = CauseCredentials }), Failed, []string{"credentials"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, reason := Judge(c.outcome)
			require.Equal(t, c.want, status, reason)
			if c.says == nil {
				require.Empty(t, reason)
			}
			for _, part := range c.says {
				require.Contains(t, reason, part)
			}
		})
	}
}
