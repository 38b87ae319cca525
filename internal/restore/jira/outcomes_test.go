package jira_test

import (
	"net/http"
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

// tiny is a site of one project with gaps between its issues: three of them were deleted.
func tiny(t testing.TB) *captured {
	site := start(t, samplesite.Config{Rate: -1, Content: content.Spec{Seed: 9, Users: 8, Attachments: 3,
		Projects: []content.ProjectSpec{{Key: "EE", Issues: 9, Versions: 2, Components: 2}},
		Config:   content.Config{Groups: 2, Fields: 4, Roles: 1}}})
	for _, key := range []string{"EE-1", "EE-4", "EE-5"} {
		site.DeleteIssue(key)
	}
	return capture(t, site)
}

// outcome is what the report says of a record.
func outcome(rows []restore.Row, kind, id string) (restore.Row, bool) {
	for _, row := range rows {
		if row.Kind == kind && row.ID == id {
			return row, true
		}
	}
	return restore.Row{}, false
}

// first is the first record of a kind in EE for which f holds.
func (b *captured) first(t testing.TB, kind string, f func(archive.Record) bool) archive.Record {
	t.Helper()
	for _, r := range b.ofKind("EE", kind) {
		if f(r) {
			return r
		}
	}
	require.Fail(t, "the generated site has none", kind)
	return archive.Record{}
}

// field returns a path of an issue's fields.
func field(r archive.Record, path ...string) string {
	return text(r.Body, append([]string{"fields"}, path...)...)
}

func TestEachOutcomeIsInTheReport(t *testing.T) {
	t.Parallel()
	b := tiny(t)
	issue := func(t *testing.T, site *samplesite.Site, key string) archive.Record {
		t.Helper()
		for _, r := range read(t, site).of["EE"] {
			if r.Kind == "issue" && r.Key == key {
				return r
			}
		}
		require.Fail(t, "it is not there", key)
		return archive.Record{}
	}

	t.Run("gaps between numbers are kept", func(t *testing.T) {
		to := b.empty(t, false)
		plan, _ := restoretest.Run(t, b.steps(t, to))
		issues := b.counts(t, plan, "issues")["issue"]
		require.Equal(t, 6, issues.Created+issues.Degraded)
		require.Zero(t, issues.Failed)
		require.Contains(t, strings.Join(plan.Warnings, "\n"), "3 numbers that no issue of the backup has")
		var want, got []string
		for _, r := range b.ofKind("EE", "issue") {
			want = append(want, r.Key+field(r, "summary"))
		}
		for _, r := range read(t, to).ofKind("EE", "issue") {
			got = append(got, r.Key+field(r, "summary"))
		}
		require.ElementsMatch(t, want, got)
	})

	t.Run("a user whom the destination does not have: the fallback, or nobody", func(t *testing.T) {
		assigned := b.first(t, "issue", func(r archive.Record) bool { return field(r, "assignee", "accountId") != "" })
		for _, fallback := range []string{"", "other"} {
			to := b.empty(t, false)
			to.RemoveUser(field(assigned, "assignee", "accountId"))
			if fallback != "" {
				fallback = to.AccountID()
			}
			steps := b.steps(t, to, func(s *restore.Spec) { s.ID += "fallback" + fallback; s.Options.FallbackUser = fallback })
			plan, _ := restoretest.Run(t, steps)
			require.Equal(t, fallback, field(issue(t, to, assigned.Key), "assignee", "accountId"))
			row, _ := outcome(restoretest.Rows(t, b.Store, plan, "issues"), "issue", assigned.ID)
			require.Equal(t, fallback == "", strings.Contains(row.Reason, "assignee"))
			if fallback == "" {
				require.Equal(t, restore.Degraded, row.Outcome)
				require.Contains(t, row.Reason, "the value of assignee is left out")
				require.Contains(t, row.Fields, "fields.assignee")
			}
		}
	})

	t.Run("a custom field that is not on the screen", func(t *testing.T) {
		const team = "customfield_10101"
		holder := b.first(t, "issue", func(r archive.Record) bool { return len(atlassian.Member(r.Body, "fields", team)) > 4 })
		to := b.empty(t, false)
		to.OffScreen("EE", team)
		plan, _ := restoretest.Run(t, b.steps(t, to, func(s *restore.Spec) { s.ID += "screen" }))
		row, _ := outcome(restoretest.Rows(t, b.Store, plan, "issues"), "issue", holder.ID)
		require.Equal(t, restore.Degraded, row.Outcome)
		require.Contains(t, row.Reason, "the field "+team+" is not on the screen of the destination")
	})

	t.Run("a field that the site refuses: once more without it", func(t *testing.T) {
		to := b.empty(t, false)
		to.Inject(samplesite.Rule{Method: "POST", Route: "/rest/api/3/issue", Count: 1, From: 2, Effect: samplesite.Effect{
			Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"errorMessages":[],"errors":{"priority":"No."}}`}})
		plan, counts := restoretest.Run(t, b.steps(t, to, func(s *restore.Spec) { s.ID += "refused" }))
		require.Zero(t, counts["issue"].Failed)
		reasons := ""
		for _, row := range restoretest.Rows(t, b.Store, plan, "issues") {
			reasons += row.Reason
		}
		require.Contains(t, reasons, "the site refuses the field priority")
	})

	t.Run("a status that no transition reaches", func(t *testing.T) {
		done := b.first(t, "issue", func(r archive.Record) bool { return field(r, "status", "id") == "10002" })
		to := b.empty(t, false)
		to.BlockTransition("10002")
		plan, _ := restoretest.Run(t, b.steps(t, to, func(s *restore.Spec) { s.ID += "status" }))
		row, _ := outcome(restoretest.Rows(t, b.Store, plan, "details"), "issue", done.ID)
		require.Equal(t, restore.Degraded, row.Outcome)
		require.Contains(t, row.Reason, "no transition reaches its status")
		require.Contains(t, row.Fields, "fields.status")
		require.NotEqual(t, "10002", field(issue(t, to, done.Key), "status", "id"))
	})

	t.Run("T4: a project whose key is taken is skipped, and restored under another", func(t *testing.T) {
		to := b.empty(t, false)
		first := b.steps(t, to, func(s *restore.Spec) { s.ID += "t4a" })
		restoretest.Run(t, first)
		again := b.steps(t, to, func(s *restore.Spec) { s.ID += "t4b" })
		plan, counts := restoretest.Run(t, again)
		require.Contains(t, plan.Containers[0].Skip, "the key EE is there")
		require.Empty(t, counts)
		other := b.steps(t, to, func(s *restore.Spec) { s.ID += "t4c"; s.Selection.As = map[string]string{"EE": "EF"} })
		plan, counts = restoretest.Run(t, other)
		require.Equal(t, 1, counts["project"].Degraded, "its name is taken")
		issues := b.counts(t, plan, "issues")["issue"]
		require.Equal(t, 6, issues.Created+issues.Degraded)
		require.Zero(t, issues.Failed)
		require.Len(t, read(t, to).ofKind("EF", "issue"), 6)
		require.NotEmpty(t, plan.Warnings)
		require.Zero(t, restoretest.Compare(t, other).Score().Surplus)
	})

	t.Run("a project of that key which somebody else created meanwhile", func(t *testing.T) {
		to := b.empty(t, false)
		ours, theirs := b.steps(t, to, func(s *restore.Spec) { s.ID += "race1" }), b.steps(t, to, func(s *restore.Spec) { s.ID += "race2" })
		plan := restoretest.Plan(t, ours)
		changed, err := ours.Changed(t.Context())
		require.NoError(t, err)
		require.Empty(t, changed)
		restoretest.Run(t, theirs)
		changed, err = ours.Changed(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"projects"}, changed)
		counts := restoretest.Apply(t, ours, 0)
		require.Equal(t, 1, counts["project"].Failed)
		require.Equal(t, restore.Counts{Failed: 6}, b.counts(t, plan, "issues")["issue"])
	})

	t.Run("chosen issues get new keys, and what is below them comes along", func(t *testing.T) {
		child := b.first(t, "issue", func(r archive.Record) bool { return field(r, "parent", "key") != "" })
		to := b.empty(t, false)
		steps := b.steps(t, to, func(s *restore.Spec) {
			s.ID += "chosen"
			s.Selection = restore.Selection{Items: []string{field(child, "parent", "key")}, Children: true}
		})
		plan, _ := restoretest.Run(t, steps)
		require.GreaterOrEqual(t, plan.Containers[0].Items, 2)
		require.Equal(t, plan.Containers[0].Items, b.counts(t, plan, "issues")["issue"].Degraded, "they have other keys")
		require.Len(t, read(t, to).ofKind("EE", "issue"), plan.Containers[0].Items)
	})

	t.Run("T6: without panels texts are as they were, and the property says who wrote them", func(t *testing.T) {
		to := b.empty(t, false)
		steps := b.steps(t, to, func(s *restore.Spec) { s.ID += "panels"; s.Options.NoPanels = true })
		restoretest.Run(t, steps)
		for _, f := range restoretest.Compare(t, steps).Fields {
			if f.Path == "body" || f.Path == "fields.description" {
				require.Zero(t, f.Different, "%+v", f)
			}
		}
		for _, r := range read(t, to).of["EE"] {
			require.NotContains(t, string(r.Body), "Restored by holdfast from")
			if r.Kind == "property" && r.ID == "holdfast.origin" {
				require.NotEmpty(t, text(r.Body, "author"))
				require.NotEmpty(t, text(r.Body, "created"))
				require.Equal(t, steps.Spec.ID, text(r.Body, "restore"))
			}
		}
	})

	t.Run("writes that are too many for an issue wait", func(t *testing.T) {
		to := b.empty(t, false)
		fault := to.Inject(samplesite.Rule{Method: "POST", Route: "/rest/api/3/issue/{issueIdOrKey}/comment", Count: 3,
			Effect: samplesite.Effect{Status: 429, Header: http.Header{"Ratelimit-Reason": {"jira-per-issue-on-write"}, "Retry-After": {"0"}}}})
		_, counts := restoretest.Run(t, b.steps(t, to, func(s *restore.Spec) { s.ID += "limit" }))
		require.Equal(t, 3, fault.Fired())
		require.Zero(t, counts["comment"].Failed)
	})
}

func TestAFileWhoseBytesAreMissingIsNamedInTheReport(t *testing.T) {
	t.Parallel()
	b := tiny(t)
	lost := b.ofKind("EE", "attachment")[0]
	b = capture(t, b.source, lost.ID)
	to := b.empty(t, false)
	plan, counts := restoretest.Run(t, b.steps(t, to))
	require.Equal(t, 1, counts["attachment"].Failed)
	row, _ := outcome(restoretest.Rows(t, b.Store, plan, "details"), "attachment", lost.ID)
	require.Equal(t, restore.Missed, row.Outcome)
	require.Equal(t, "its bytes are not in the backup", row.Reason)
	require.Equal(t, lost.Parent, row.Parent)
}

// TestARetryTriesWhatFailed refuses comments at first: the retry writes these and nothing else.
func TestARetryTriesWhatFailed(t *testing.T) {
	t.Parallel()
	b := tiny(t)
	to := b.empty(t, false)
	steps := b.steps(t, to)
	restoretest.Plan(t, steps)
	refuse := samplesite.Effect{Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"errorMessages":["No."],"errors":{}}`}
	comments := to.Inject(samplesite.Rule{Method: "POST", Route: "/rest/api/3/issue/{issueIdOrKey}/comment", Effect: refuse, Count: 4})
	issues := to.Inject(samplesite.Rule{Method: "POST", Route: "/rest/api/3/issue", Effect: refuse, From: 3, Count: 1})
	counts := restoretest.Apply(t, steps, 0)
	require.Equal(t, 1, issues.Fired())
	require.Positive(t, comments.Fired())
	require.Positive(t, counts["comment"].Failed)
	counts = restoretest.Apply(t, steps, 1)
	require.Zero(t, counts["comment"].Failed)
	require.Zero(t, counts["attachment"].Failed)
	got := read(t, to)
	for _, kind := range []string{"issue", "comment", "worklog", "attachment", "remotelink"} {
		require.Len(t, got.ofKind("EE", kind), len(b.ofKind("EE", kind)), kind)
	}
}
