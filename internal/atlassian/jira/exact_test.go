package jira

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/sharedtest"
)

// fixture is a line of a file of recorded responses.
type fixture struct{ issue, id, body string }

var inURL = regexp.MustCompile(`/issue/(\d+)/`)

func fixtures(t *testing.T, name string) []fixture {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedtest.Dir(t), "fixtures", name))
	require.NoError(t, err)
	defer f.Close()
	var all []fixture
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		url := atlassian.Text(atlassian.Member(lines.Bytes(), "url"))
		body := atlassian.Member(lines.Bytes(), "body")
		one := fixture{id: atlassian.Text(atlassian.Member(body, "id")), body: string(body)}
		if m := inURL.FindStringSubmatch(url); m != nil {
			one.issue = m[1]
		}
		all = append(all, one)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, all)
	return all
}

func TestRecordedIssuesAreKeptToTheByte(t *testing.T) {
	s := newSite(t)
	var ids []string
	histories, comments := 0, 0
	for _, f := range fixtures(t, "jira-issues.ndjson") {
		ids = append(ids, f.id)
		s.issues[f.id] = f.body
		s.replies[f.id+"/watchers"] = `{"watchCount":1,"watchers":[]}`
		for range atlassian.Elements(atlassian.Member([]byte(f.body), "changelog", "histories")) {
			histories++
		}
		for range atlassian.Elements(atlassian.Member([]byte(f.body), "fields", "comment", "comments")) {
			comments++
		}
	}
	sent := map[string]string{}
	for _, f := range fixtures(t, "jira-remotelinks.ndjson") {
		s.lists[f.issue+"/remotelink"] = append(s.lists[f.issue+"/remotelink"], f.body)
	}
	got := exportIssues(t, s.jira(), ids...)
	require.NoError(t, got.err)
	require.Equal(t, ids, got.Captured)
	require.Len(t, got.of("changelog"), histories)
	require.Equal(t, 522, histories)
	require.Len(t, got.of("comment"), comments)
	require.NotEmpty(t, got.of("remotelink"))
	require.NotEmpty(t, got.of("user"))
	for _, item := range got.items {
		switch item.Kind {
		case "issue":
			require.Equal(t, s.issues[item.ID], string(item.Body))
		case "remotelink":
			sent[item.Parent] += string(item.Body)
		case "comment", "worklog", "changelog", "user":
			require.Contains(t, s.issues[item.Parent]+strings.Join(mapValues(s.issues), ""), string(item.Body))
		}
	}
	for id, links := range sent {
		require.Equal(t, strings.Join(s.lists[id+"/remotelink"], ""), links, "some are recorded twice, and stay so")
	}
	require.Zero(t, s.counted(atComments)+s.counted(atWorklogs)+s.counted(atHistories)+s.counted(atHistory), "what is embedded whole is not asked for again")
}

func mapValues(m map[string]string) []string {
	var all []string
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

func TestRecordedWorklogsAndHistoriesAreKeptToTheByte(t *testing.T) {
	s := newSite(t)
	want := map[string]string{}
	for kind, file := range map[string]string{"worklog": "jira-worklogs.ndjson", "changelog": "jira-changelogs.ndjson"} {
		for _, f := range fixtures(t, file) {
			s.lists[f.issue+"/"+kind] = append(s.lists[f.issue+"/"+kind], f.body)
			want[kind+f.issue+"/"+f.id] = f.body
		}
	}
	require.Len(t, want, 30+279)
	issues := map[string]bool{}
	for list := range s.lists {
		issues[strings.Split(list, "/")[0]] = true
	}
	var ids []string
	for id := range issues {
		ids = append(ids, id)
		s.issues[id] = fmt.Sprintf(`{"id":%q,"key":"EE-%s","fields":{"comment":{"comments":[],"total":0},"worklog":{"worklogs":[],"total":%d}},"changelog":{"histories":[],"total":%d}}`,
			id, id, len(s.lists[id+"/worklog"]), len(s.lists[id+"/changelog"]))
	}
	got := exportIssues(t, s.jira(), ids...)
	require.NoError(t, got.err)
	require.Empty(t, got.Problems)
	for _, item := range got.items {
		if item.Kind == "worklog" || item.Kind == "changelog" {
			require.Equal(t, want[item.Kind+item.Parent+"/"+item.ID], string(item.Body))
			delete(want, item.Kind+item.Parent+"/"+item.ID)
		}
	}
	require.Empty(t, want)
}

func TestAwkwardTokensAreKept(t *testing.T) {
	body := `{"id":"10001", "fields":{"a":"<&>` + "\u2028" + `\u2028\/","n":1.0E+2,"huge":1e400,"long":12345678901234567890123,"k":1,"k":2,
		"comment":{"comments":[{"id":"1","id":"2","x":-0.0}],"total":1},"worklog":{"worklogs":[],"total":0}},
		"changelog":{"histories":[],"total":0}, "key":"EE-1" }`
	s := newSite(t)
	s.issues["10001"] = body
	got := exportIssues(t, s.jira(), "10001")
	require.NoError(t, got.err)
	require.Equal(t, body, string(got.items[0].Body))
	require.Equal(t, `{"id":"1","id":"2","x":-0.0}`, string(got.items[1].Body))
	require.Equal(t, "2", got.items[1].ID)
}
