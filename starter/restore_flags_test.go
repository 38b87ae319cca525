package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// planned is the spec that flags of restore plan ask for.
func planned(t *testing.T, backupID string, args ...string) (restore.Spec, error) {
	t.Helper()
	var f planFlags
	cmd := &cobra.Command{}
	f.restoreFlags.add(cmd)
	cmd.Flags().StringVar(&f.to, "to", "https://new.atlassian.net/", "")
	cmd.Flags().StringVar(&f.credential, "credential", "new", "")
	require.NoError(t, cmd.ParseFlags(args))
	return f.spec(backupID)
}

const (
	jiraBackup = "jira-acme.20261123T021658Z"
	wikiBackup = "confluence-acme.20261123T021658Z"
)

func TestSelectionOfARestore(t *testing.T) {
	for name, tc := range map[string]struct {
		backup, args string
		want         restore.Selection
	}{
		"T3: all":                         {jiraBackup, "", restore.Selection{}},
		"T3: projects, each once":         {jiraBackup, "--project EE --project PL --project EE", restore.Selection{Containers: []string{"EE", "PL"}}},
		"T4: a project under another key": {jiraBackup, "--project EE --as-key NEW", restore.Selection{Containers: []string{"EE"}, As: map[string]string{"EE": "NEW"}}},
		"T4: one of all":                  {jiraBackup, "--as-key EE=NEW --as-key PL=OLD", restore.Selection{As: map[string]string{"EE": "NEW", "PL": "OLD"}}},
		"T3: issues":                      {jiraBackup, "--issue EE-12 --issue EE-3 --with-children --as-key NEW", restore.Selection{Items: []string{"EE-12", "EE-3"}, Children: true, As: map[string]string{"EE": "NEW"}}},
		"T4: a page under another key":    {wikiBackup, "--page 123 --as-key ENG=PNEW", restore.Selection{Items: []string{"123"}, As: map[string]string{"ENG": "PNEW"}}},
		"T3: a page":                      {wikiBackup, "--page 123 --with-children", restore.Selection{Items: []string{"123"}, Children: true}},
		"T4: a space under another key":   {wikiBackup, "--space ENG --as-key ENG=dev1", restore.Selection{Containers: []string{"ENG"}, As: map[string]string{"ENG": "dev1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := planned(t, tc.backup, strings.Fields(tc.args)...)
			require.NoError(t, err)
			require.Equal(t, tc.want, s.Selection)
			require.Equal(t, "https://new.atlassian.net", s.Site)
			require.Equal(t, backup.FromStore, s.From)
		})
	}
	for name, tc := range map[string]struct{ backup, args, says string }{
		"a space of Jira":             {jiraBackup, "--space ENG", "--space is for confluence, and this is a backup of jira"},
		"a project of Confluence":     {wikiBackup, "--project EE", "--project is for jira"},
		"a page of Jira":              {jiraBackup, "--page 1", "--page is for confluence"},
		"versions of Jira":            {jiraBackup, "--versions 3", "--versions is for confluence"},
		"no versions":                 {wikiBackup, "--versions 0", "1 or more"},
		"no key of an issue":          {jiraBackup, "--issue ee12", "give a key such as EE-12"},
		"no id of a page":             {wikiBackup, "--page Home", "give an id"},
		"items and containers":        {jiraBackup, "--issue EE-1 --project EE", "give one of both"},
		"children of nothing":         {jiraBackup, "--project EE --with-children", "--with-children needs --issue"},
		"a key for whom":              {jiraBackup, "--as-key NEW", "leaves open which of the projects it is for: give KEY=NEW, or choose one with --project"},
		"a key of issues of two":      {jiraBackup, "--issue EE-1 --issue PL-1 --as-key NEW", "it is for: give KEY=NEW for each of EE, PL"},
		"a key of issues of another":  {jiraBackup, "--issue EE-1 --as-key PL=NEW", `"PL" is not among what is restored: give one of EE`},
		"a key of pages":              {wikiBackup, "--page 131073 --with-children --as-key PNEW", "it is for: give KEY=PNEW, KEY being the key of their space"},
		"a key of two":                {jiraBackup, "--project A --project B --as-key NEW", "leaves open which"},
		"a key of what is not chosen": {jiraBackup, "--project EE --as-key PL=NEW", "not among what is restored"},
		"a key that is none":          {jiraBackup, "--project EE --as-key new", "is no key"},
		"two keys":                    {jiraBackup, "--as-key EE=NEW --as-key EE=OLD", "two keys"},
		"a key twice":                 {jiraBackup, "--as-key EE=NEW --as-key PL=NEW", "twice"},
		"a site that is none":         {jiraBackup, "--to new", "--to: "},
		"no credential":               {jiraBackup, "--credential=", "--credential is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := planned(t, tc.backup, strings.Fields(tc.args)...)
			require.ErrorContains(t, err, tc.says)
			var usage *usageError
			require.ErrorAs(t, err, &usage)
		})
	}
}

func TestMappingFile(t *testing.T) {
	m, err := parseMap([]byte(`{"user": {"ann@acme.example": "5b"}, "issueType": {"Bug": "Defect"}}`), backup.Jira)
	require.NoError(t, err)
	require.Equal(t, restore.Overrides{"user": {"ann@acme.example": "5b"}, "issueType": {"Bug": "Defect"}}, m)
	entries := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"%d": "x"`, i))
		}
		return `{"user": {` + strings.Join(all, ",") + `}}`
	}
	_, err = parseMap([]byte(entries(restore.MaxOverrides)), backup.Jira)
	require.NoError(t, err)
	for name, tc := range map[string]struct{ data, says string }{
		"a kind that is none":      {`{"users": {"a": "b"}}`, `kind "users" is not known of jira: give one of user, group,`},
		"one entry too many":       {entries(restore.MaxOverrides + 1), "more than 2000 entries"},
		"a kind twice":             {`{"user": {}, "user": {}}`, "there twice"},
		"an entry twice":           {`{"user": {"a": "b", "a": "c"}}`, `user "a" is mapped twice`},
		"to nothing":               {`{"user": {"a": ""}}`, "an empty side"},
		"to a number":              {`{"user": {"a": 1}}`, "mapped to what is no text"},
		"a list":                   {`[]`, "correct its JSON"},
		"cut off":                  {`{"user": {"a": "b"`, "its JSON is broken at line 1, column 19: unexpected end of JSON input: correct it"},
		"a comma too many":         {"{\"user\":\n  {\"ä\": \"b\",}}", "its JSON is broken at line 2, column 13: invalid character '}' looking for beginning of object key string"},
		"a value without quotes":   {`{"user": {"a": secret}}`, "its JSON is broken at line 1, column 16: unexpected character looking for beginning of value"},
		"something after it":       {`{} {}`, "something follows"},
		"an empty file":            {``, "correct its JSON"},
		"a list where entries are": {`{"user": ["a"]}`, "correct its JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseMap([]byte(tc.data), backup.Jira)
			require.ErrorContains(t, err, tc.says)
		})
	}
	_, err = parseMap([]byte(`{"issueType": {"a": "b"}}`), backup.Confluence)
	require.ErrorContains(t, err, "not known of confluence")

	path := filepath.Join(t.TempDir(), "map.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"role": {"a": "b"}}`), 0o600))
	file, err := readMapFile(path, backup.Jira)
	require.NoError(t, err)
	require.Equal(t, `{"role": {"a": "b"}}`, string(file))
	s, err := planned(t, jiraBackup, "--map", path, "--fallback-user", "5b", "--no-panels", "--permissions")
	require.NoError(t, err)
	require.Empty(t, s.Map, "it is not in the store yet")
	require.Equal(t, restore.Options{FallbackUser: "5b", NoPanels: true, Permissions: true}, s.Options)
	_, err = readMapFile(path+".none", backup.Jira)
	require.ErrorContains(t, err, "check its name")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte(" "), restore.MaxMapFile+1), 0o600))
	_, err = readMapFile(path, backup.Jira)
	require.ErrorContains(t, err, "larger than 4 MiB")
	_, err = planFlags{restoreFlags: restoreFlags{mapping: path}}.mapFile(backup.Jira, "")
	var usage *usageError
	require.ErrorAs(t, err, &usage)
	require.ErrorContains(t, err, "--store")
	for _, address := range []string{"", "file:///nowhere"} {
		file, err := planFlags{}.mapFile(backup.Jira, address)
		require.NoError(t, err, "what has none needs no store")
		require.Nil(t, file)
	}
}

func TestRefusalsOfRestoresExit4(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		code int
		says string
	}{
		"T1: not available":            {failure.New(failure.NotAvailable, "backup x is EXPIRED"), exitRefused, "backup x is EXPIRED"},
		"T2: too old":                  {failure.NewWithDetails(failure.TooOld, "the file could be restored until then", start), exitRefused, "until then"},
		"T3: the destination changed":  {failure.New(failure.Changed, "fields have changed: plan again"), exitRefused, "plan again"},
		"T4: held by a backup":         {failure.NewWithDetails(failure.Locked, "it is held", jiraBackup), exitRefused, "holdfast backup watch " + jiraBackup},
		"T4: held by a restore":        {failure.NewWithDetails(failure.Locked, "it is held", jiraBackup+".r20261124T080000Z"), exitRefused, "holdfast restore watch " + jiraBackup + ".r20261124T080000Z"},
		"a credential that is refused": {failure.New(failure.CredentialsRefused, "no"), exitFailed, "no"},
		"a restore that is INCOMPLETE": {restoreOutcome{restore.Incomplete}, exitIncomplete, ""},
		"a restore that LAPSED":        {restoreOutcome{restore.Lapsed}, exitFailed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			a := &app{streams: streams{err: &said}, started: true}
			err := tc.err
			if tc.says != "" {
				err = explainRestore("apply restore r", err)
			}
			require.Equal(t, tc.code, a.finish(err))
			require.Contains(t, said.String(), tc.says)
		})
	}
	require.NoError(t, outcomeOfRestore(restore.Complete))
	require.NoError(t, outcomeOfRestore(restore.Planned))
	require.Error(t, outcomeOfRestore(restore.Cancelled))
}

func TestProgressOfARestore(t *testing.T) {
	v := message.RestoreView{ID: "r", Status: restore.Applying, Phase: "issues",
		Phases: []message.PhaseProgress{{Name: "projects", Title: "projects", Batches: 1, Done: 1}, {Name: "issues", Title: "issues", Batches: 4, Done: 1},
			{Name: "issues", Title: "issues", Batches: 4, Compare: true}},
		Counts: map[string]restore.Counts{"issue": {Created: 1000, Failed: 1}, "comment": {Degraded: 2}}}
	p := progressOf(v, message.PhaseReport{Phase: "issues", Batches: 4, Done: 2, Waiting: "the quota of the site"})
	require.Equal(t, restoreProgress{Event: "progress", Restore: "r", Status: restore.Applying, Phase: "issues", Waiting: "the quota of the site",
		Batches: 4, BatchesDone: 2, Phases: 3, PhasesDone: 1, Created: 1000, Degraded: 2, Failed: 1}, p)
	require.Equal(t, "WAITING: the quota of the site  issues         [##########..........]  50%  2/4 batches  phase 2/3  created 1,000, skipped 0, degraded 2, failed 1", line(p, 200))
	v.Deadline = start
	require.Contains(t, line(progressOf(v, message.PhaseReport{Waiting: "the quota of the site"}), 200), "WAITING: the quota of the site; gives up at "+when(start)+"  issues")
	v.Phases[0].Done, v.Phases[1].Done = 1, 4
	v.Phase = "compare-issues"
	p = progressOf(v, message.PhaseReport{Phase: "issues", Compare: true, Batches: 4, Done: 3})
	require.Equal(t, "compare issues", p.Phase)
	require.Equal(t, 2, p.PhasesDone)
	require.Equal(t, 3, p.BatchesDone)
	require.Contains(t, line(restoreProgress{Status: restore.Planning}, 200), "planning")
}

// TestT2TheTimeOfAFileIsThatOfItsManifest states that what an operator has changed was fixed
// into the backup when it started.
func TestT2TheTimeOfAFileIsThatOfItsManifest(t *testing.T) {
	require.Equal(t, backup.DefaultLimits(), fileLimits(archive.Manifest{}))
	limits := fileLimits(archive.Manifest{Limits: backup.Limits{FileLife: 90 * 24 * time.Hour}})
	row := backup.Backup{Status: backup.Complete, StartedAt: start}
	until := start.Add(90 * 24 * time.Hour)
	require.NoError(t, backup.MayRestore(row, backup.FromFile, until.Add(-time.Second), limits))
	require.Error(t, backup.MayRestore(row, backup.FromFile, until, limits))
}

// TestRetryOfWhatTemporalEnded states that a restore goes on which was terminated while it was
// applied: it could not note that itself (T5).
func TestRetryOfWhatTemporalEnded(t *testing.T) {
	for status, want := range map[enumspb.WorkflowExecutionStatus]restore.Status{
		enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED: restore.Failed, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING: restore.Applying,
	} {
		c := &mocks.Client{}
		c.On("DescribeWorkflowExecution", mock.Anything, "restore/r", "").Return(&workflowservice.DescribeWorkflowExecutionResponse{
			WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: status},
		}, nil)
		v := message.RestoreView{ID: "r", Status: restore.Applying, AppliedAt: start}
		require.Error(t, mayRetry(v))
		var err error
		v.Status, err = (&app{}).endedInTemporal(t.Context(), c, v)
		require.NoError(t, err)
		require.Equal(t, want, v.Status)
		require.Equal(t, want == restore.Failed, mayRetry(v) == nil)
	}
}

func TestIDsOfRestores(t *testing.T) {
	id := restore.NewID(jiraBackup, start.Add(time.Hour))
	of, err := backupOf(id)
	require.NoError(t, err)
	require.Equal(t, jiraBackup, of)
	_, err = backupOf(restore.NewIDFor(jiraBackup, start, "a drill"))
	require.NoError(t, err)
	for _, wrong := range []string{"", jiraBackup, id + "x", "x.r20261124T080000Z", jiraBackup + ".r2026"} {
		_, err := backupOf(wrong)
		require.ErrorContains(t, err, "holdfast restore list", wrong)
	}
}

func TestScoreIs100OnlyWhereAllIsEqual(t *testing.T) {
	require.Equal(t, "3 (100.00%)", shareText(3, 3))
	require.Equal(t, "99,999 (99.99%)", shareText(99_999, 100_000))
}

func TestDevKnowsItsStore(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	a := &app{address: "127.0.0.1:7999"}
	require.Empty(t, a.store(storeFlag{}))
	d, err := openDevDir("", "")
	require.NoError(t, err)
	require.NoError(t, d.begin("127.0.0.1:7999"))
	require.NoError(t, d.close())
	require.Equal(t, d.store(), a.store(storeFlag{}))
	require.Equal(t, "gs://b/p", a.store(storeFlag{"gs://b/p"}), "what is given comes first")
	require.Empty(t, (&app{address: "127.0.0.1:1"}).store(storeFlag{}), "another cluster has another store")
}
