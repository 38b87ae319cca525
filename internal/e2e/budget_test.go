package e2e

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian/jira"
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
	s.addConfiguration(b)
	b["GET /rest/api/3/configuration"] = 2 // once more for what items must not be asked for
	b["GET /rest/api/3/project/search"] += pages(projects, 50)
	// Whether an empty project may be browsed is asked once for each page of
	// projects that has one.
	b["POST /rest/api/3/permissions/check"] = min(empty, pages(projects, 50))
	b["GET /rest/api/3/mypermissions"] = 1 + min(empty, pages(projects, 50))
	return b
}

// pageSizes are of the lists whose pages are not of 50.
var pageSizes = map[string]int{
	"status": 200, "fieldOption": 100, "screen": 100, "fieldScheme": 100, "fieldSchemeField": 100, "account": 1000,
	"automationRuleSummary": 100, "sprintIssue": 5000, "backlogIssue": 5000,
}

// addConfiguration adds the requests for the kinds of the site and of its projects beside issues.
func (s *stack) addConfiguration(b map[string]int) {
	truth := s.site.Truth()
	listed := map[string]map[string]int{} // by kind and owner
	ids := map[string][]string{"": {""}}
	bodies := map[string][]byte{} // of records that a list below depends on
	for p := range truth.Projects() {
		ids["project"] = append(ids["project"], fmt.Sprint(p.ID))
		bodies["project "+fmt.Sprint(p.ID)] = p.Body()
	}
	for _, kind := range truth.Kinds() {
		listed[kind] = map[string]int{}
		for rec := range truth.Records(kind) {
			if rec.Hidden {
				continue
			}
			listed[kind][rec.Parent]++
			ids[kind] = append(ids[kind], rec.ID)
			switch kind {
			case "customField":
				bodies[kind+" "+rec.ID] = rec.Body
			case "fieldContext":
				bodies[kind+" "+rec.ID] = bodies["customField "+rec.Parent]
			}
		}
	}
	for _, k := range jira.New(nil).Kinds() {
		owners := listed[k.Name]
		if owners == nil {
			continue
		}
		route := strings.Replace(k.Route, "GET /rest/v1/", "GET /gateway/api/automation/public/jira/{cloudid}/rest/v1/", 1)
		size := pageSizes[k.Name]
		if size == 0 {
			size = 50
		}
		for _, owner := range ids[k.Parent] {
			body := bodies[k.Parent+" "+owner]
			if k.Name == "fieldOption" && !hasOptions.Match(body) || k.Name == "customer" && !bytes.Contains(body, []byte(`"service_desk"`)) {
				continue
			}
			n := owners[owner]
			switch k.Pager {
			case "one", "array", "list":
				b[route]++
			case "keys":
				b[route]++
				b[route+"/{propertyKey}"] += n
			case "arrayPages": // up to an empty one
				b[route] += pages(n, size) + 1
			default:
				b[route] += max(1, pages(n, size))
			}
		}
	}
}

// hasOptions finds custom fields whose values are chosen from a list.
var hasOptions = regexp.MustCompile(`:(select|multiselect|radiobuttons|multicheckboxes|cascadingselect)"`)

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
