package jira_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
)

// writes are the requests that change something.
func writes(effect samplesite.Effect, from int) []samplesite.Rule {
	rules := []samplesite.Rule{{Method: "PUT", Effect: effect}, {Method: "DELETE", Effect: effect}}
	issue := "/rest/api/3/issue/{issueIdOrKey}"
	for _, route := range []string{"/rest/api/3/project", "/rest/api/3/version", "/rest/api/3/component", "/rest/api/3/issue", issue + "/comment", issue + "/worklog",
		issue + "/remotelink", issue + "/watchers", issue + "/transitions", issue + "/attachments", "/rest/api/3/issueLink", "/rest/api/3/filter",
		"/rest/agile/1.0/board", "/rest/agile/1.0/sprint", "/rest/agile/1.0/sprint/{sprintId}", "/rest/agile/1.0/sprint/{sprintId}/issue"} {
		rules = append(rules, samplesite.Rule{Method: "POST", Route: route, Effect: effect})
	}
	for i := range rules {
		rules[i].From, rules[i].Count = from, 1
	}
	return rules
}

// TestT5KilledAfterEveryWriteNothingIsThereTwice cuts the reply to each write once, and
// begins again: the site has done what was asked, and nobody was told.
func TestT5KilledAfterEveryWriteNothingIsThereTwice(t *testing.T) {
	b := capture(t, start(t, small()))
	plain := b.empty(t, true)
	once := b.steps(t, plain)
	_, counts := restoretest.Run(t, once)
	score := restoretest.Compare(t, once).Score()
	require.Zero(t, score.Surplus)
	require.Zero(t, score.Absent)

	for name, effect := range map[string]samplesite.Effect{"after it was done": {CutAfter: -1}, "before it was done": {Status: 503}} {
		t.Run(name, func(t *testing.T) {
			from := 1
			if effect.Status != 0 {
				from = 2 // one of each attempt is done
			}
			to := b.empty(t, true)
			steps := b.steps(t, to, func(s *restore.Spec) { s.ID += "-" + name[:2] })
			restoretest.Plan(t, steps)
			kills := 0
			for again := true; again; {
				var faults []*samplesite.Fault
				for _, rule := range writes(effect, from) {
					faults = append(faults, to.Inject(rule))
				}
				got, err := restoretest.TryApply(t, steps, 0)
				again = err != nil
				for _, f := range faults {
					kills += f.Fired()
					f.Heal()
				}
				if !again {
					require.Equal(t, counts, got)
				}
				require.Less(t, kills, 5000, "%v", err)
			}
			t.Log(kills, "kills")
			require.Greater(t, kills, 100)
			require.Equal(t, score, restoretest.Compare(t, steps).Score())
			require.Equal(t, counted(read(t, plain)), counted(read(t, to)))
		})
	}
}

// counted counts the records of a site's projects by project and kind.
func counted(b *captured) map[string]int {
	all := map[string]int{}
	for key, records := range b.of {
		for _, r := range records {
			all[key+" "+r.Kind]++
			if r.Kind == "issue" {
				all[r.Key]++
			}
		}
	}
	for _, r := range b.site {
		all[r.Kind]++
	}
	delete(all, "serverInfo")
	return all
}
