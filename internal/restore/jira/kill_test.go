package jira_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
)

// creations are the requests that create something anew each time that they are made.
func creations() []string {
	const issue = "/rest/api/3/issue/{issueIdOrKey}"
	return []string{"/rest/api/3/project", "/rest/api/3/version", "/rest/api/3/component", "/rest/api/3/issue", issue + "/comment", issue + "/worklog",
		issue + "/attachments", "/rest/api/3/issueLink", "/rest/api/3/filter", "/rest/agile/1.0/board", "/rest/agile/1.0/sprint",
		"/rest/api/3/dashboard", "/rest/api/3/dashboard/{dashboardId}/gadget", "/rest/api/3/plans/plan", "/rest/api/3/plans/plan/{planId}/team/planonly", "/rest/api/3/plans/plan/{planId}/team/atlassian"}
}

// killers are faults of writes: the first of each creation, and of the others, which are the
// same however often they are made, one after many.
func killers(effect samplesite.Effect, first int, r *rand.Rand) []samplesite.Rule {
	const issue = "/rest/api/3/issue/{issueIdOrKey}"
	var rules []samplesite.Rule
	add := func(method, route string, from int) {
		rules = append(rules, samplesite.Rule{Method: method, Route: route, From: from, Count: 1, Effect: effect})
	}
	for _, route := range creations() {
		add("POST", route, first)
	}
	for _, route := range []string{issue + "/remotelink", issue + "/watchers", issue + "/transitions", "/rest/agile/1.0/sprint/{sprintId}", "/rest/agile/1.0/sprint/{sprintId}/issue"} {
		add("POST", route, 1+r.IntN(400))
	}
	for _, route := range []string{"/rest/api/3/filter/{id}", "/rest/api/3/filter/{id}/owner", "/rest/api/3/dashboard/bulk/edit", "/rest/api/3/plans/plan/{planId}/archive", "/rest/api/3/plans/plan/{planId}/trash"} {
		add("PUT", route, 1+r.IntN(4))
	}
	add("PUT", "", 1+r.IntN(400))
	add("DELETE", "", 1+r.IntN(5))
	return rules
}

// TestT5KilledAfterEveryWriteNothingIsThereTwice cuts the reply to each write once, and
// begins again: the site has done what was asked, and nobody was told.
func TestT5KilledAfterEveryWriteNothingIsThereTwice(t *testing.T) {
	t.Parallel()
	cfg := small()
	cfg.Content.Projects[0].Issues, cfg.Content.Projects[1].Issues, cfg.Content.Attachments = 5, 1, 3
	site := start(t, cfg)
	for _, key := range []string{"EE-1", "EE-3"} {
		site.DeleteIssue(key) // the numbers are used up by placeholders
	}
	b := capture(t, site)
	plain := b.empty(t, true)
	shared := func(s *restore.Spec) { s.Options.Permissions = true }
	once := b.steps(t, plain, shared)
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
			steps := b.steps(t, to, shared, func(s *restore.Spec) { s.ID += "-" + name[:2] })
			steps.Cache = &restore.Cache{}
			restoretest.Plan(t, steps)
			kills, r := 0, rand.New(rand.NewPCG(1, 2))
			for again := true; again; {
				var faults []*samplesite.Fault
				for _, rule := range killers(effect, from, r) {
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
				require.Less(t, kills, 2000, "%v", err)
			}
			t.Log(kills, "kills")
			require.Greater(t, kills, 50)
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
