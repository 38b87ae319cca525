package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
)

// TestToughSite backs up a site with everything that has broken a backup: a
// project of 12,000 issues beside tiny ones and an empty one, collections past
// every embedded limit and page size, a 200 MB attachment, names that are paths.
func TestToughSite(t *testing.T) {
	t.Parallel()
	long(t)
	cfg := samplesite.Tough()
	cfg.Rate = fast
	s := setUp(t, cfg)
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireBudget() // before this test asks the site itself
	s.requireVerified(row.ID)
	s.requireEqualToSite(row.ID)
	s.requireNoFileTooMany(row.ID)
	s.requireSmallHistories(row.ID)
	pages := s.site.Counts().Pages
	t.Log("requests for a page past the first: ", pages)
	for _, pager := range []string{
		"GET /rest/api/3/project/search", "GET /rest/api/3/project/{projectIdOrKey}/version", "GET /rest/api/3/project/{projectIdOrKey}/component",
		"POST /rest/api/3/search/jql", "POST /rest/api/3/changelog/bulkfetch",
		"GET /rest/api/3/issue/{issueIdOrKey}/comment", "GET /rest/api/3/issue/{issueIdOrKey}/worklog",
	} {
		require.Positive(t, pages[pager], "%s went past its first page", pager)
	}
	require.Zero(t, s.site.Counts().Leaks)
}
