package jira_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// sharing is a site with filters, boards, dashboards and plans, and few issues.
func sharing(t testing.TB) *captured {
	site := start(t, samplesite.Config{Rate: -1, Content: content.Spec{Seed: 11, Users: 12,
		Projects: []content.ProjectSpec{{Key: "EE", Issues: 3, Versions: 2}, {Key: "FF", Issues: 2, Versions: 2}},
		Config:   content.Config{Groups: 3, Fields: 18, Roles: 1, Filters: 8, Boards: 2, Dashboards: 6, Plans: 5}}})
	post(t, clientOf(t, site), "POST /rest/api/3/dashboard", map[string]any{"name": "Mine alone", "sharePermissions": []any{}, "editPermissions": []any{}})
	for range 2 { // told from each other by nothing but their ids
		post(t, clientOf(t, site), "POST /rest/api/3/plans/plan", map[string]any{"name": "Twin", "scheduling": map[string]string{"estimation": "Days"},
			"issueSources": []map[string]any{{"type": "Project", "value": 10000}}})
	}
	return capture(t, site)
}

// siteOf are the records of the site of a kind.
func (b *captured) siteOf(kind string) []archive.Record {
	return slices.DeleteFunc(slices.Clone(b.site), func(r archive.Record) bool { return r.Kind != kind })
}

func names(records []archive.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, text(r.Body, "name"))
	}
	slices.Sort(all)
	return all
}

func TestWhatASiteHasAndItsOutcomes(t *testing.T) {
	t.Parallel()
	b := sharing(t)
	permissions := func(s *restore.Spec) { s.Options.Permissions = true }
	all := func(id string, more ...func(*restore.Spec)) []func(*restore.Spec) {
		return append([]func(*restore.Spec){func(s *restore.Spec) { s.ID += id }}, more...)
	}

	t.Run("without permissions all is the restoring account's, and shared with nobody", func(t *testing.T) {
		to := b.empty(t, true)
		steps := b.steps(t, to, all("mine")...)
		plan, _ := restoretest.Run(t, steps)
		got := read(t, to)
		require.Equal(t, names(b.siteOf("filter")), names(got.siteOf("filter")))
		for _, kind := range []string{"filter", "dashboard"} {
			for _, r := range got.siteOf(kind) {
				require.Equal(t, to.AccountID(), text(r.Body, "owner", "accountId"))
				require.NotContains(t, string(r.Body), `"type":"`)
			}
		}
		require.True(t, restoretest.Compare(t, steps).Score().Perfect())
		for _, k := range plan.Kinds {
			if k.Kind == "filter" {
				require.Contains(t, k.Note, "shared with nobody")
			}
			if k.Kind == "dashboard" {
				require.Equal(t, 1, k.Skip, "each site has a system dashboard")
			}
		}
	})

	t.Run("names that are taken", func(t *testing.T) {
		to := b.empty(t, true)
		for _, id := range []string{"first", "second"} {
			steps := b.steps(t, to, all(id, func(s *restore.Spec) {
				if id == "second" {
					s.Selection.As = map[string]string{"EE": "GE", "FF": "GF"}
				}
			})...)
			restoretest.Run(t, steps)
			score := restoretest.Compare(t, steps).Score()
			require.True(t, score.Perfect(), "%+v", score)
		}
		reasons := ""
		for _, id := range []string{"first", "second"} {
			steps := b.steps(t, to, all(id)...)
			plan, err := restore.OpenFolder(b.Store, steps.Spec.ID).Plan(t.Context())
			require.NoError(t, err)
			for _, phase := range []string{"filters", "dashboards"} {
				for _, row := range restoretest.Rows(t, b.Store, plan, phase) {
					reasons += row.Reason
				}
			}
		}
		require.Contains(t, reasons, "which another filter has")
		require.Contains(t, reasons, "which another dashboard has")
	})

	t.Run("chosen projects bring what their boards need, and plans of them alone", func(t *testing.T) {
		to := b.empty(t, true)
		steps := b.steps(t, to, all("chosen", permissions, func(s *restore.Spec) { s.Selection.Containers = []string{"EE"} })...)
		plan, counts := restoretest.Run(t, steps)
		require.Equal(t, 1, counts["board"].Created)
		got := read(t, to)
		require.Len(t, got.siteOf("filter"), 1)
		require.Empty(t, got.siteOf("dashboard"))
		require.True(t, restoretest.Compare(t, steps).Score().Perfect())
		for _, p := range plan.Phases {
			require.NotContains(t, []string{"dashboards", "owners"}, p.Name)
		}
		for _, p := range got.siteOf("plan") {
			require.NotContains(t, string(p.Body), `"Custom"`)
		}
	})

	t.Run("a dashboard whose owner shares it with others alone is not compared", func(t *testing.T) {
		to := b.empty(t, true)
		steps := b.steps(t, to, all("hidden", permissions)...)
		plan, _ := restoretest.Run(t, steps)
		hidden := 0
		for _, row := range restoretest.Rows(t, b.Store, plan, "owners") {
			if strings.Contains(row.Reason, "it was not compared") {
				hidden++
			}
		}
		require.Positive(t, hidden)
		found := restoretest.Compare(t, steps)
		require.True(t, found.Score().Perfect(), "%+v", found.Rows)
		for _, k := range found.Kinds {
			if k.Kind == "dashboard" {
				require.Equal(t, hidden, k.Expected)
			}
		}
	})

	t.Run("a user who is not there: it is shared with the others", func(t *testing.T) {
		to := b.empty(t, true)
		gone := ""
		for _, r := range b.siteOf("filter") {
			for share := range atlassian.Elements(atlassian.Member(r.Body, "sharePermissions")) {
				if text(share, "type") == "user" {
					gone = text(share, "user", "accountId")
				}
			}
		}
		require.NotEmpty(t, gone)
		to.RemoveUser(gone)
		steps := b.steps(t, to, all("group", permissions)...)
		plan, _ := restoretest.Run(t, steps)
		rows := restoretest.Rows(t, b.Store, plan, "filters")
		require.True(t, slices.ContainsFunc(rows, func(row restore.Row) bool {
			return row.Outcome == restore.Degraded && strings.Contains(row.Reason, "some of those whom it is shared with are not in the destination")
		}), "%+v", rows)
		require.True(t, restoretest.Compare(t, steps).Score().Perfect())
	})

	t.Run("a site without plans", func(t *testing.T) {
		to := b.empty(t, true)
		to.Lack(func(l *samplesite.Lacks) { l.Plans = true })
		steps := b.steps(t, to, all("premium")...)
		_, counts := restoretest.Run(t, steps)
		require.Equal(t, len(b.siteOf("plan")), counts["plan"].Failed)
		require.Equal(t, len(b.siteOf("planTeam")), counts["planTeam"].Failed)
	})

	t.Run("what is there twice is found", func(t *testing.T) {
		to := b.empty(t, true)
		steps := b.steps(t, to, all("twice")...)
		restoretest.Run(t, steps)
		client := clientOf(t, to)
		for _, r := range read(t, to).siteOf("filter") {
			body := map[string]string{"name": "again", "description": text(r.Body, "description"), "jql": text(r.Body, "jql")}
			post(t, client, "POST /rest/api/3/filter", body)
			break
		}
		for _, r := range read(t, to).siteOf("dashboard") {
			post(t, client, "POST /rest/api/3/dashboard", map[string]any{"name": "again", "description": text(r.Body, "description"), "sharePermissions": []any{}, "editPermissions": []any{}})
			break
		}
		surplus := map[string]int{}
		for _, k := range restoretest.Compare(t, steps).Kinds {
			if k.Surplus > 0 {
				surplus[k.Kind] = k.Surplus
			}
		}
		require.Equal(t, map[string]int{"filter": 1, "dashboard": 1}, surplus)
	})
}

// post sends a write.
func post(t testing.TB, client *atlassian.Client, route string, body any) {
	t.Helper()
	_, err := client.Do(t.Context(), atlassian.Request{Route: route, Body: body, Write: true})
	require.NoError(t, err)
}
