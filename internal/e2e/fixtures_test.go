package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/samplesite"
	"holdfast/internal/sharedtest"
)

// recorded is one line of a file of real responses.
type recorded struct {
	URL  string          `json:"url"`
	Body json.RawMessage `json:"body"`
}

// readRecorded reads real responses, past the sample site's own reader.
func readRecorded(t *testing.T, path string) (all []recorded) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r recorded
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		all = append(all, r)
	}
	require.NoError(t, lines.Err())
	return all
}

var issueInURL = regexp.MustCompile(`/issue/(\d+)/`)

// TestRecordedResponses backs up a site made of real responses and finds each of
// them in the archive, token for token.
func TestRecordedResponses(t *testing.T) {
	fixtures := filepath.Join(sharedtest.Dir(t), "fixtures")
	s := setUp(t, samplesite.Config{Fixtures: fixtures, Rate: fast})
	s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	s.requireVerified(row.ID)
	s.requireEqualToSite(row.ID)
	h := s.read(row.ID)

	var compact bytes.Buffer
	found := func(kind, parent string, body json.RawMessage) {
		t.Helper()
		compact.Reset()
		require.NoError(t, json.Compact(&compact, body))
		key := name(kind, parent, member(t, body, "id"))
		at := slices.IndexFunc(h.bodies[key], func(b json.RawMessage) bool { return bytes.Equal(b, compact.Bytes()) })
		if at < 0 {
			require.Failf(t, "not in the archive as recorded", "%s: %s", key, difference(compact.Bytes(), h.bodies[key]))
		}
		h.bodies[key] = slices.Delete(h.bodies[key], at, at+1)
	}
	embedded := 0
	issues := readRecorded(t, filepath.Join(fixtures, "jira-issues.ndjson"))
	require.Len(t, issues, 33)
	for _, r := range issues {
		var issue struct {
			ID     string `json:"id"`
			Fields struct {
				Project struct {
					ID string `json:"id"`
				} `json:"project"`
				Comment struct {
					Comments []json.RawMessage `json:"comments"`
				} `json:"comment"`
			} `json:"fields"`
			Changelog struct {
				Histories []json.RawMessage `json:"histories"`
			} `json:"changelog"`
		}
		require.NoError(t, json.Unmarshal(r.Body, &issue))
		found("issue", issue.Fields.Project.ID, r.Body)
		for _, c := range issue.Fields.Comment.Comments {
			found("comment", issue.ID, c)
		}
		for _, e := range issue.Changelog.Histories {
			found("changelog", issue.ID, e)
			embedded++
		}
	}
	require.Equal(t, 522, embedded, "history entries that came with the issues")
	for _, file := range []struct {
		name, kind     string
		items, parents int
	}{
		{"jira-changelogs.ndjson", "changelog", 279, 3},
		{"jira-worklogs.ndjson", "worklog", 30, 14},
		{"jira-remotelinks.ndjson", "remotelink", 151, 62},
	} {
		items := readRecorded(t, filepath.Join(fixtures, file.name))
		require.Len(t, items, file.items)
		parents := map[string]bool{}
		for _, r := range items {
			parent := issueInURL.FindStringSubmatch(r.URL)[1]
			parents[parent] = true
			found(file.kind, parent, r.Body)
		}
		require.Len(t, parents, file.parents, "issues with %s", file.kind)
	}
	require.Equal(t, 13, h.kinds["project"], "12 projects and K5")
	for _, r := range readRecorded(t, filepath.Join(fixtures, "jira-projects.ndjson")) {
		require.Contains(t, h.bodies, name("project", "", member(t, r.Body, "id")))
	}
}
