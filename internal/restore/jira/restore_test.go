package jira_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/restore"
	"holdfast/internal/restore/restoretest"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// small is a site of a few projects with a little of everything.
func small() samplesite.Config {
	return samplesite.Config{Rate: -1, Content: content.Spec{Seed: 7, Users: 12, Attachments: 8,
		Projects: []content.ProjectSpec{{Key: "EE", Issues: 14, Versions: 4, Components: 3}, {Key: "FF", Issues: 5, Simplified: true}},
		Config:   content.Config{Accounts: 3, Groups: 3, Fields: 18, IssueTypes: 2, Statuses: 3, Workflows: 2, Priorities: 1, Resolutions: 1, LinkTypes: 2, Roles: 2, Categories: 2, Filters: 6, Boards: 3, ProjectProperties: 1},
	}}
}

func TestAWholeSiteIsRestoredIntoAnEmptyOne(t *testing.T) {
	b := capture(t, start(t, small()))
	to := b.empty(t, true)
	steps := b.steps(t, to)
	plan, counts := restoretest.Run(t, steps)
	for _, row := range restoretest.Rows(t, b.Store, plan, "") {
		t.Log(row)
	}
	for kind, c := range counts {
		t.Log(kind, c)
	}
	for _, r := range b.of["FF"] {
		if r.Kind == "issue" {
			t.Log(r.Key, r.ID, text(r.Body, "fields", "issuetype", "name"), text(r.Body, "fields", "parent", "key"), text(r.Body, "fields", "parent", "fields", "issuetype", "name"))
		}
	}
	require.Len(t, plan.Containers, 2)
	found := restoretest.Compare(t, steps)
	t.Logf("%+v", found.Score())
	for _, f := range found.Kinds {
		t.Logf("%+v", f)
	}
	for _, f := range found.Fields {
		if f.Different > 0 || f.Expected > 0 {
			t.Logf("%+v", f)
		}
	}
	_ = restore.Created
}
