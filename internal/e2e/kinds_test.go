package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
)

// TestEveryKind backs up a site that has every kind of data, each past the
// first page of its list.
func TestEveryKind(t *testing.T) {
	cfg := samplesite.Everything()
	cfg.Rate = fast
	s := setUp(t, cfg)
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireBudget() // before this test asks the site itself
	require.Empty(t, s.reportItems(row.ID))
	s.requireVerified(row.ID)
	s.requireEqualToSite(row.ID)
	for kind, r := range s.reportKinds(row.ID) {
		switch r.State {
		case archive.Captured:
			require.Positive(t, r.Captured, "%s", kind)
		case archive.NotCaptured, archive.NotExposed:
			require.NotEmpty(t, r.Note, "%s", kind)
			require.Zero(t, r.Captured, "%s", kind)
		default:
			require.Failf(t, "not captured", "%s: %s: %s", kind, r.State, r.Note)
		}
	}
}

// reportKinds are the rows of a backup's coverage report.
func (s *stack) reportKinds(id string) map[string]archive.KindRow {
	s.t.Helper()
	report, err := archive.OpenReport(s.ctx(), s.store, s.policy, id, archive.ReportVisitor{})
	require.NoError(s.t, err)
	kinds := map[string]archive.KindRow{}
	for _, k := range report.Kinds {
		kinds[k.Kind] = k
	}
	return kinds
}

// TestRestrictedAccount backs up the same site with an account that is no
// administrator and may not browse users: what is withheld from it is what the
// report says, kind by kind, and nothing else.
func TestRestrictedAccount(t *testing.T) {
	t.Parallel()
	cfg := samplesite.Everything()
	cfg.Rate = fast
	s := setUp(t, cfg)
	s.site.WithdrawAdmin()
	s.site.Lack(func(l *samplesite.Lacks) { l.BrowseUsers = true })
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, "configuration is no content: %s", row.Reason)
	s.requireEqualToSite(row.ID)

	rows := s.reportKinds(row.ID)
	withheld := 0
	for _, kind := range s.site.Truth().Kinds() {
		shown, hidden := 0, 0
		for rec := range s.site.Truth().Records(kind) {
			if rec.Hidden {
				hidden++
			} else {
				shown++
			}
		}
		r := rows[kind]
		require.Equal(t, shown, r.Captured, "%s", kind)
		switch {
		case hidden == 0:
			require.Equal(t, archive.Captured, r.State, "%s: %s", kind, r.Note)
		case shown == 0:
			withheld++
			require.Equal(t, archive.NoAccess, r.State, "%s: %s", kind, r.Note)
			require.NotEmpty(t, r.Note, "%s", kind)
		default: // the site shows a part and does not say so: the row has to
			require.NotEmpty(t, r.Note, "%s: %s", kind, r.State)
		}
	}
	require.Greater(t, withheld, 20, "kinds that only an administrator may read")
}

// TestPlainSite backs up a site without Jira Software, Plans, Service
// Management and Automation, where voting, watching, time tracking and issue
// links are switched off: that is nothing to be INCOMPLETE for.
func TestPlainSite(t *testing.T) {
	cfg := samplesite.Demo(120, 10)
	cfg.Rate = fast
	cfg.Lacks = samplesite.Lacks{
		Software: true, Plans: true, ServiceManagement: true, Automation: true,
		Voting: true, Watching: true, TimeTracking: true, IssueLinking: true,
	}
	s := setUp(t, cfg)
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.Empty(t, s.reportItems(row.ID), "nothing is missing")
	s.requireEqualToSite(row.ID)
	rows := s.reportKinds(row.ID)
	for _, kind := range []string{"board", "plan", "automationRuleSummary", "worklog", "votes", "watchers", "issueLinkType"} {
		require.Zero(t, rows[kind].Captured, kind)
		require.NotEmpty(t, rows[kind].Note, "%s: %s", kind, rows[kind].State)
	}
	for kind, r := range rows {
		require.NotEqual(t, archive.Partly, r.State, "%s: %s", kind, r.Note)
	}
}
