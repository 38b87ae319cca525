package archive

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// TestLayout lists every shape of name that holdfast uses in a store.
func TestLayout(t *testing.T) {
	const policy, run = "jira-acme", "jira-acme.20261123T021658Z"
	folder := BackupDir(policy, run)
	for got, want := range map[string]string{
		PolicyName(policy):                      "jira-acme/policy.json",
		OwnerName(policy):                       "jira-acme/owner.json",
		RunDir(policy, run):                     "jira-acme/runs/jira-acme.20261123T021658Z/",
		BackupsDir(policy):                      "jira-acme/backups/",
		folder + StateName:                      "jira-acme/backups/jira-acme.20261123T021658Z/state.json",
		folder + ManifestName:                   "jira-acme/backups/jira-acme.20261123T021658Z/manifest.json",
		folder + SumsName:                       "jira-acme/backups/jira-acme.20261123T021658Z/SHA256SUMS",
		folder + ReportName:                     "jira-acme/backups/jira-acme.20261123T021658Z/report.json",
		folder + SiteSegmentName("field", 1, 0): "jira-acme/backups/jira-acme.20261123T021658Z/site/field.1.0.ndjson.zst",
		folder + SegmentName(backup.Jira, "EE", "0-17", 1, 3):       "jira-acme/backups/jira-acme.20261123T021658Z/projects/EE/0-17.1.3.ndjson.zst",
		folder + SegmentName(backup.Confluence, "ENG", "0-1", 1, 0): "jira-acme/backups/jira-acme.20261123T021658Z/spaces/ENG/0-1.1.0.ndjson.zst",
		folder + IndexName("0-17", 1):                               "jira-acme/backups/jira-acme.20261123T021658Z/index/0-17.1.attachments.ndjson.zst",
		folder + AttachmentName("10063", 0):                         "jira-acme/backups/jira-acme.20261123T021658Z/attachments/10063",
		folder + AttachmentName("10063", 4):                         "jira-acme/backups/jira-acme.20261123T021658Z/attachments/10063.v4",
	} {
		require.Equal(t, want, got)
		require.NoError(t, store.CheckName(strings.TrimSuffix(got, "/")))
	}
}

func TestElementIsOneSafeElement(t *testing.T) {
	for in, want := range map[string]string{
		"EE": "EE", "~jdoe": "~jdoe", "a.b": "a.b", "": "%", ".": "%2E", "..": "%2E.", ".hidden": "%2Ehidden",
		"../../x": "%2E.%2F..%2Fx", "a/b": "a%2Fb", `a\b`: "a%5Cb", "a b": "a%20b", "a\nb": "a%0Ab", "é": "%C3%A9", "100%": "100%25", "a:b": "a%3Ab",
	} {
		require.Equal(t, want, element(in), "of %q", in)
	}
	long := strings.Repeat("日", 100)
	require.Len(t, element(long), maxEscaped)
	require.NotEqual(t, element(long), element(long+"x"), "what is cut stays distinct")
	for _, in := range []string{"", "..", "../../x", long, "\xff"} {
		require.NoError(t, store.CheckName(SegmentName(backup.Jira, in, in[:min(len(in), 5)], 1, 0)), "of %q", in)
	}
}
