package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"

	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// killSite is large enough that a run can be met in every phase, and small enough to be run twenty times.
func killSite() samplesite.Config {
	return samplesite.Config{Rate: fast, Content: content.Spec{
		Seed: 9, Attachments: 60,
		Projects: []content.ProjectSpec{{Key: "EE", Issues: 2300}, {Key: "OPS", Issues: 140}, {Key: "NONE"}},
		Issues:   []content.IssueSpec{{Key: "EE-4", Attachments: []content.FileSpec{{Name: "dump.zip", Size: 40 << 20}}}},
	}}
}

func TestBackup(t *testing.T) {
	s := started(t)
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, s.closedAs(row.ID))
	require.Equal(t, 270, row.Counts.Items)
	require.Equal(t, 3, row.Counts.Containers)
	require.Equal(t, 12, row.Counts.Attachments)
	s.requireVerified(row.ID)
	s.requireEqualToSite(row.ID)
	s.requireNoFileTooMany(row.ID)
}
