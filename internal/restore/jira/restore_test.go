package jira_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	capturing "holdfast/internal/atlassian/jira"
	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// small is a site of a few projects with a little of everything.
func small() samplesite.Config {
	return samplesite.Config{Rate: -1, Content: content.Spec{Seed: 7, Users: 12, Attachments: 8,
		Projects: []content.ProjectSpec{{Key: "EE", Issues: 14, Versions: 4, Components: 3}, {Key: "FF", Issues: 5, Simplified: true}},
		Config:   content.Config{Accounts: 3, Groups: 3, Fields: 18, IssueTypes: 2, Statuses: 3, Workflows: 2, Priorities: 1, Resolutions: 1, LinkTypes: 2, Roles: 2, Categories: 2, Filters: 6, Boards: 3, ProjectProperties: 1, Dashboards: 6, Plans: 5},
	}}
}

func TestAWholeSiteIsRestoredIntoAnEmptyOne(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]samplesite.Config{"small": small(), "demo": samplesite.Demo(120, 30)} {
		t.Run(name, func(t *testing.T) {
			cfg.Rate = -1
			b := capture(t, start(t, cfg))
			to := b.empty(t, true)
			steps := b.steps(t, to, func(s *restore.Spec) { s.Options.Permissions = name == "demo" })
			plan, _ := restoretest.Run(t, steps)
			for _, row := range restoretest.Rows(t, b.Store, plan, "") {
				t.Log(row)
				require.NotEqual(t, restore.Missed, row.Outcome)
			}
			require.Len(t, plan.Containers, len(b.of))
			found := restoretest.Compare(t, steps)
			for _, f := range found.Fields {
				require.Zero(t, f.Different, "%+v", f)
			}
			for _, k := range found.Kinds {
				require.Zero(t, k.Absent+k.Surplus, "%+v", k)
			}
			t.Logf("%+v", found.Score())
			if name == "demo" {
				requireEveryKind(t, found, steps.Target.Limits())
			}
			require.Equal(t, boardsOf(b), boardsOf(read(t, to)))
		})
	}
}

// requireEveryKind holds the kinds of a backup to T6: each is compared, record by record, or on the
// list of those that are not restored.
func requireEveryKind(t *testing.T, found restore.Compared, limits []restore.Limit) {
	t.Helper()
	told := map[string]string{}
	for _, k := range found.Kinds {
		if k.Records > k.Expected {
			told[k.Kind] = "compared"
		}
	}
	for _, l := range limits {
		if l.Field == "" {
			require.Empty(t, told[l.Kind], "%s is restored, and on the list of what is not: %s", l.Kind, l.Reason)
			require.NotEmpty(t, l.Reason)
			told[l.Kind] = "on the list"
		}
	}
	for _, k := range capturing.New(nil).Kinds() {
		if k.State == "" { // it has records
			require.NotEmpty(t, told[k.Name], "%s is neither compared nor on the list of what is not restored", k.Name)
		}
		delete(told, k.Name)
	}
	require.Empty(t, told, "no backup has records of these kinds")
}

// boardsOf describes the boards of a site with their sprints and the order of their issues, by
// what is the same wherever they are.
func boardsOf(b *captured) map[string][]string {
	keys := map[string]string{}
	for _, records := range b.of {
		for _, r := range records {
			if r.Kind == "issue" {
				keys[r.ID] = r.Key
			}
		}
	}
	all := map[string][]string{}
	board, sprint := "", ""
	add := func(line string) { all[board] = append(all[board], line) }
	for _, r := range b.site {
		switch r.Kind {
		case "board":
			board = text(r.Body, "location", "projectKey") + "/" + text(r.Body, "name")
			add("")
		case "sprint":
			sprint = strings.Join([]string{text(r.Body, "name"), text(r.Body, "state"), text(r.Body, "goal"), text(r.Body, "startDate"), text(r.Body, "endDate")}, " ")
			add(sprint)
		case "sprintIssue":
			add(sprint + ": " + keys[r.ID])
		case "backlogIssue":
			add(keys[r.ID])
		case "boardProperty":
			add(text(r.Body, "key") + string(atlassian.Member(r.Body, "value")))
		}
	}
	return all
}
