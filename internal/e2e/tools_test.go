package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/samplesite/content"
)

// TestStockTools opens a backup with what every Linux has: sha256sum, zstd and jq.
func TestStockTools(t *testing.T) {
	for _, tool := range []string{"sha256sum", "zstd", "jq", "find"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: %v", tool, err)
		}
	}
	site := smallSite()
	// jq 1.6 refuses half a surrogate pair, which JSON allows and the odd issue has.
	site.Content.Issues = slices.DeleteFunc(site.Content.Issues, func(i content.IssueSpec) bool { return i.Odd })
	s := setUp(t, site)
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	folder := s.backupFolder(row.ID)
	in := func(script string) string {
		t.Helper()
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", script)
		cmd.Dir = folder
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%s\n%s", script, stderr.String())
		return strings.TrimSpace(string(out))
	}
	in(`sha256sum --check --strict --quiet SHA256SUMS`)
	in(`find . -name '*.zst' -print0 | xargs -0 zstd -q -t`)
	records := in(`find site projects -name '*.zst' -print0 | xargs -0 zstd -q -dc | jq -e -r 'select(.kind and .id and .fetchedAt and (.body != null)) | .kind' | wc -l`)
	require.Equal(t, fmt.Sprint(row.Counts.Records), records, "jq reads every record")
	require.Equal(t, fmt.Sprint(row.Counts.Items), in(`find projects -name '*.zst' -print0 | xargs -0 zstd -q -dc | jq -r 'select(.kind == "issue") | .key' | sort -u | wc -l`))
	require.Equal(t, "COMPLETE", in(`jq -r .status manifest.json`))
	require.Equal(t, "COMPLETE", in(`jq -r .status report.json`))
	require.Equal(t, "COMPLETE", in(`jq -r .status state.json`))
}
