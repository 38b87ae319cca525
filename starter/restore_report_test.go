package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/message"
	"holdfast/internal/restore"
	"holdfast/internal/store"
	"holdfast/internal/store/dir"
)

// reported is the address of a store with the report of a restore, which has these rows.
func reported(t *testing.T, id string, rows ...restore.Row) string {
	t.Helper()
	path := t.TempDir()
	s, err := dir.Open(path)
	require.NoError(t, err)
	defer s.Close()
	r := restore.Report{Format: 1, ID: id, BackupID: jiraBackup, Status: restore.Incomplete, EndedAt: start,
		Limits: []restore.Limit{{Kind: "issue", Field: "created", Reason: "it is that of the restore"}}}
	for i := range shownKinds {
		r.Kinds = append(r.Kinds, restore.ReportKind{Kind: fmt.Sprint("kind", i), Title: fmt.Sprint("kinds ", i)})
	}
	r.Kinds = append(r.Kinds, restore.ReportKind{Kind: "issue", Title: "issues", Archive: 2})
	data, err := json.Marshal(struct {
		restore.Report
		Rows []restore.Row `json:"rows"`
	}{r, rows})
	require.NoError(t, err)
	_, err = s.Put(t.Context(), restore.Dir(id)+"report.json", strings.NewReader(string(data)), store.IfAbsent())
	require.NoError(t, err)
	return fileURL(path)
}

func TestReportIsNarrowed(t *testing.T) {
	id := restore.NewID(jiraBackup, start)
	failed := restore.Row{Kind: "issue", ID: "1", Key: "EE-1", Outcome: restore.Missed, Reason: "the site refused it"}
	degraded := restore.Row{Kind: "kind1", ID: "2", Outcome: restore.Degraded, Reason: "without its colour"}
	address := reported(t, id, failed, degraded)
	report := func(args ...string) result {
		return holdfast(t, append([]string{"restore", "report", id, "--store", address}, args...)...)
	}
	whole := report()
	require.Equal(t, exitDone, whole.code, whole.err)
	for _, part := range []string{"the site refused it", "without its colour", "THE API CAN'T WRITE", "kinds 3"} {
		require.Contains(t, whole.out, part)
	}
	some := report("--failed")
	require.Equal(t, exitDone, some.code)
	require.Contains(t, some.out, "the site refused it")
	require.NotContains(t, some.out, "without its colour")
	require.NotContains(t, some.out, "CAN'T WRITE")
	require.NotContains(t, some.out, "nothing failed")

	one := report("--kind", "kind1")
	require.Contains(t, one.out, "without its colour")
	require.NotContains(t, one.out, "the site refused it")
	require.NotContains(t, one.out, "kinds 3", "the table is narrowed too")
	require.Contains(t, report("--kind", "kind1", "--failed").out, "nothing failed")
	require.NotContains(t, report("--kind", "kind1", "--failed", "-o", "json").out, "nothing failed")

	bogus := report("--kind", "kind1", "--kind", "bogus")
	require.Equal(t, exitUsage, bogus.code)
	require.Empty(t, bogus.out)
	require.Contains(t, bogus.err, "--kind bogus: the report of restore "+id+" has no such kind; it has kind0, kind1, ")
	require.Contains(t, bogus.err, "and 1 more")
}

func TestStoreThatIsNotThereIsToldOfOnce(t *testing.T) {
	var said strings.Builder
	a := &app{streams: streams{err: &said}, timeout: askTimeout}
	v := message.RestoreView{ID: restore.NewID(jiraBackup, start), Plan: &restore.Summary{}}
	shown := a.withPlan(t.Context(), v, fileURL(filepath.Join(t.TempDir(), "none")))
	require.Nil(t, shown.Preview)
	require.Equal(t, 1, strings.Count(said.String(), "check "), said.String())
	require.Contains(t, said.String(), "there is no such directory: check the address")
}

// TestWaitingIsToldAtOnce states that what a restore begins to wait for is told wherever it is
// watched, once.
func TestWaitingIsToldAtOnce(t *testing.T) {
	planning := restoreProgress{Restore: "r", Status: restore.Planning, Time: start}
	waiting := planning
	waiting.Waiting = "no worker has the credential new: " + strings.Repeat("look at their files, ", 10) + "all of them"
	for name, d := range map[string]*display{
		"a terminal": {bar: true}, "one that can't go back": {plain: true}, "none": {},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			d.w, d.lines = &out, json.NewEncoder(&out)
			for _, p := range []restoreProgress{planning, waiting, waiting, waiting} {
				(&app{}).showRestoring(d, p)
			}
			require.Equal(t, 1, strings.Count(out.String(), waiting.Waiting), out.String())
			(&app{}).showRestoring(d, planning)
			(&app{}).showRestoring(d, waiting)
			require.Equal(t, 2, strings.Count(out.String(), waiting.Waiting), "it is over, and begins again")
		})
	}
}

func TestFirstStepsNameNoCredentialOfSeveral(t *testing.T) {
	require.Contains(t, firstSteps("", []string{"acme"}), "--credential acme\n")
	several := firstSteps(" --address 127.0.0.1:7", []string{"acme", "beta"})
	require.Contains(t, several, "holdfast --address 127.0.0.1:7 site check --site https://YOUR-SITE.atlassian.net --credential CREDENTIAL\n")
	require.Contains(t, several, "CREDENTIAL is that of your site, one of acme, beta.\n")
	require.NotContains(t, several, "--credential acme")
}
