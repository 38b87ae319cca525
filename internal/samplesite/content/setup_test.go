package content_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite/content"
)

// furnished is spec with a little of every list.
func furnished() content.Spec {
	s := spec
	s.Projects = []content.ProjectSpec{{Key: "A", Issues: 300}, {Key: "B", Issues: 40, Simplified: true}, {Key: "C", Type: "service_desk"}}
	s.Config = content.Config{Accounts: 9, Apps: 2, Former: 2, Groups: 4, Fields: 20, TrashedFields: 3, IssueTypes: 3, Statuses: 8, Workflows: 8, Screens: 3, FieldSchemes: 2,
		Priorities: 2, PrioritySchemes: 2, Resolutions: 2, LinkTypes: 2, PermissionSchemes: 2, Notifications: 2, SecuritySchemes: 2, Roles: 2, Categories: 2,
		Filters: 9, Dashboards: 5, Boards: 6, Plans: 5, Rules: 3, Archived: 2, InTrash: 2, Customers: 5, ProjectProperties: 2}
	return s
}

var kinds = []string{"configuration", "customField", "fieldContext", "fieldDefault", "fieldOption", "trashedField", "issueType", "status", "workflow", "screenTabField",
	"permissionScheme", "notificationScheme", "securityLevelMember", "role", "account", "groupMember", "filter", "dashboardItemProperty", "boardConfiguration", "sprint",
	"planDetail", "automationRule", "archivedProject", "trashedProject", "projectRole", "projectFeature", "projectWorkflowScheme", "customer"}

func TestTheSameConfigGivesTheSameLists(t *testing.T) {
	one, two := generate(t, furnished()).Setup(), generate(t, furnished()).Setup()
	other := furnished()
	other.Seed++
	three := generate(t, other).Setup()
	for _, kind := range kinds {
		require.NotEmpty(t, one.Owners(kind), kind)
		require.Equal(t, one.Owners(kind)[0] == "", kind == "configuration" || one.Has(kind, ""), kind)
		n := 0
		for _, owner := range one.Owners(kind) {
			seen := map[string]bool{}
			for _, e := range one.List(kind, owner) {
				n++
				require.True(t, json.Valid(e.Body), "%s %s", kind, e.ID)
				require.False(t, seen[e.ID], "%s %s has one entry of id %s", kind, owner, e.ID)
				seen[e.ID] = true
				found, ok := one.Find(kind, owner, e.ID)
				require.True(t, ok)
				require.Equal(t, e, found)
			}
			require.Equal(t, one.List(kind, owner), two.List(kind, owner))
		}
		require.Positive(t, n, kind)
	}
	require.NotEqual(t, one.List("account", ""), three.List("account", ""))
	require.False(t, one.Has("customer", "10000"), "only service projects have customers")
}

func TestListsLeaveIssuesAsTheyAre(t *testing.T) {
	with, without := furnished(), furnished()
	without.Config = content.Config{}
	a, b := generate(t, with), generate(t, without)
	sprints, differ := 0, 0
	for i, row := range a.Rows() {
		require.Equal(t, row, b.Rows()[i])
		x, y := a.Issue(row).Fields(), b.Issue(row).Fields()
		require.Len(t, x, len(y))
		for k := range x {
			if x[k].Name == "customfield_10020" { // the sprint is one of a board's
				if id := a.Setup().Sprint(row); id != 0 {
					var v []struct{ ID, BoardID int }
					require.NoError(t, json.Unmarshal(x[k].Value, &v))
					require.Equal(t, id, v[0].ID)
					require.Equal(t, row.Project, a.Setup().ProjectOfBoard(jsonNumber(v[0].BoardID)))
					sprints++
				} else {
					require.Equal(t, "null", string(x[k].Value))
				}
				continue
			}
			if string(x[k].Value) != string(y[k].Value) {
				differ++
			}
		}
	}
	require.Zero(t, differ)
	require.Positive(t, sprints)
}

func jsonNumber(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func TestNegativeSizesAreRefused(t *testing.T) {
	_, err := content.Generate(content.Spec{Config: content.Config{Filters: -1}})
	require.ErrorContains(t, err, "negative")
}
