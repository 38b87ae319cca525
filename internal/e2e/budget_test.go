package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
)

// TestRequestBudget holds the requests of a run, kind by kind, to the formula
// of docs/api-budget.md.
func TestRequestBudget(t *testing.T) {
	cfg := samplesite.Demo(700, 60)
	cfg.Rate = fast
	s := setUp(t, cfg)
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireBudget()
}

// pages is ⌈n/size⌉.
func pages(n, size int) int { return (n + size - 1) / size }

// budget is how many requests of each kind a backup of the site's content takes.
func (s *stack) budget() map[string]int {
	b := map[string]int{
		"GET /rest/api/3/myself":             3,
		"GET /_edge/tenant_info":             1,
		"GET /rest/api/3/serverInfo":         1,
		"GET /rest/api/3/field":              1,
		"POST /rest/api/3/search/jql":        1, // the late search
		"POST /rest/api/3/permissions/check": 0,
	}
	projects, empty := 0, 0
	issue := "GET /rest/api/3/issue/{issueIdOrKey}"
	for p := range s.site.Truth().Projects() {
		projects++
		b["GET /rest/api/3/project/{projectIdOrKey}"]++
		b["GET /rest/api/3/project/{projectIdOrKey}/version"] += max(1, pages(len(p.Versions), 50))
		b["GET /rest/api/3/project/{projectIdOrKey}/component"] += max(1, pages(len(p.Components), 50))
		issues := 0
		entries := map[int]int{} // of the histories longer than what comes with their issues, by bulk fetch
		for i := range s.site.Truth().Issues(p.Key) {
			issues++
			if n := len(i.Comments()); n > 100 {
				b[issue+"/comment"] += pages(n, 100)
			}
			if n := len(i.Worklogs()); n > 20 {
				b[issue+"/worklog"] += pages(n, 5000)
			}
			if n := len(i.Changelog()); n > 40 {
				entries[(issues-1)/100] += n
			}
			b[issue+"/remotelink"]++
			b[issue]++ // its properties
			if len(i.Watchers()) > 0 {
				b[issue+"/watchers"]++
			}
			if len(i.Voters()) > 0 {
				b[issue+"/votes"]++
			}
			n := len(i.Attachments())
			b["GET /rest/api/3/attachment/content/{id}"] += n
			b["GET "+samplesite.MediaRoute] += n
		}
		if issues == 0 {
			empty++
		}
		b["POST /rest/api/3/search/jql"] += max(1, pages(issues, 5000))
		b["POST /rest/api/3/issue/bulkfetch"] += pages(issues, 100)
		for _, n := range entries {
			b["POST /rest/api/3/changelog/bulkfetch"] += pages(n, 1000)
		}
	}
	b["GET /rest/api/3/project/search"] = pages(projects, 50)
	// Whether an empty project may be browsed is asked once for each page of
	// projects that has one.
	b["POST /rest/api/3/permissions/check"] = min(empty, pages(projects, 50))
	b["GET /rest/api/3/mypermissions"] = min(empty, pages(projects, 50))
	return b
}

// requireBudget compares what the site counted with the budget: at most 2% more
// of any kind, re-reads apart that the site itself provoked.
func (s *stack) requireBudget() {
	s.t.Helper()
	counts, budget := s.site.Counts(), s.budget()
	for kind := range counts.Requests {
		asked, may := counts.Unprovoked(kind), budget[kind]
		s.t.Logf("%-60s %7d of %7d", kind, asked, may)
		require.LessOrEqual(s.t, float64(asked), 1.02*float64(may), "requests of %s", kind)
	}
	require.Zero(s.t, counts.Unmatched)
}
