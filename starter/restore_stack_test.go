package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/atlassian"
	"holdfast/internal/message"
	"holdfast/internal/restore"
	"holdfast/internal/samplesite"
)

// restoreStack is a whole holdfast with a site that has a backup, and an empty one.
type restoreStack struct {
	t           *testing.T
	site, empty *samplesite.Site
	store       string
	address     string
	schema      schema
	checked     map[string]bool
}

func newRestoreStack(t *testing.T) *restoreStack {
	t.Helper()
	s := &restoreStack{t: t, store: fileURL(filepath.Join(t.TempDir(), "store")), schema: readSchema(t), checked: map[string]bool{}}
	flags := siteFlags{issues: 30, pages: 10, attachments: 3, seed: 7}
	var err error
	s.site, err = flags.site()
	require.NoError(t, err)
	s.empty, err = emptySite(s.site)
	require.NoError(t, err)
	for _, site := range []*samplesite.Site{s.site, s.empty} {
		require.NoError(t, site.Start(t.Context()))
		t.Cleanup(func() { _ = site.Close() })
	}
	path, err := writeCredentials(filepath.Join(t.TempDir(), "credentials.json"), map[string]*samplesite.Site{sampleCredential: s.site, emptyCredential: s.empty})
	require.NoError(t, err)
	credentials, err := atlassian.LoadCredentials(path)
	require.NoError(t, err)
	scratch := t.TempDir()
	running, err := startStack(t.Context(), stackConfig{
		database: filepath.Join(t.TempDir(), "temporal.db"), store: s.store, scratch: scratch, installation: "test",
		credentials: credentials, log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.close()) })
	s.address = running.server.Addr()
	return s
}

func (s *restoreStack) cli(args ...string) result {
	s.t.Helper()
	return holdfast(s.t, append(args, "--address", s.address)...)
}

// json runs a command, holds its JSON to docs/cli.md, and returns it.
func (s *restoreStack) json(command string, args ...string) (result, []byte) {
	s.t.Helper()
	got := s.cli(append(append(strings.Fields(command), args...), "-o", "json")...)
	require.NoError(s.t, s.schema.check(command, got.out), "%s\n%s", command, got.err)
	s.checked[command] = true
	all := bytes.Split(bytes.TrimSpace([]byte(got.out)), []byte("\n"))
	return got, all[len(all)-1]
}

// TestRestoreCommands states that a backup is restored from the command line into an
// empty site, what is refused, with which exit codes, and that all JSON is as documented.
func TestRestoreCommands(t *testing.T) {
	s := newRestoreStack(t)
	got := s.cli("policy", "create", "--site", s.site.URL(), "--credential", sampleCredential, "--yes", "-o", "json")
	require.Equal(t, exitDone, got.code, got.err)
	var made created
	require.NoError(t, json.Unmarshal([]byte(got.out), &made))
	id := made.Backup.ID
	to := []string{id, "--to", s.empty.URL(), "--credential", emptyCredential}

	if early := s.cli(append([]string{"restore", "plan"}, to...)...); early.code != exitDone { // it may be through already
		require.Equal(t, exitRefused, early.code, "T1: %s", early.err)
	}
	require.Equal(t, exitDone, s.cli("backup", "watch", id).code)
	require.Contains(t, s.cli("backup", "show", id).out, "restore plan "+id+" --to SITE --credential NAME")

	var end restoreEnded
	mapping := filepath.Join(t.TempDir(), "map.json")
	require.NoError(t, os.WriteFile(mapping, []byte(`{"user": {"user1@sample.example": "user2@sample.example"}, "priority": {"High": "Low"}}`), 0o600))
	got, last := s.json("restore plan", append(to, "--store", s.store, "--project", "SHOP", "--as-key", "SHOP2", "--map", mapping)...)
	require.Equal(t, exitDone, got.code, got.err)
	require.NoError(t, json.Unmarshal(last, &end))
	planned := end.Restore
	require.Equal(t, restore.Planned, planned.Status, planned.Reason)
	require.NotNil(t, planned.Preview)
	require.Equal(t, "SHOP2", planned.Preview.Spec.Selection.As["SHOP"])
	got, _ = s.json("restore show", planned.ID, "--store", s.store)
	require.Equal(t, exitDone, got.code)
	table := s.cli("restore", "show", planned.ID, "--store", s.store, "--all").out
	require.Regexp(t, `(?m)^SHOP +SHOP2 `, table)
	require.Contains(t, table, "restore apply "+planned.ID)
	require.NotContains(t, s.cli("restore", "show", planned.ID).out, "SHOP2", "Temporal knows no names")

	t.Run("T3: without a terminal and without --yes nothing is written", func(t *testing.T) {
		got := s.cli("restore", "apply", planned.ID, "--store", s.store)
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.err, "pass --yes")
		require.Contains(t, got.err, "SHOP2", "the preview is shown")
	})
	got, last = s.json("restore apply", planned.ID, "--yes")
	require.NoError(t, json.Unmarshal(last, &end))
	require.Contains(t, []restore.Status{restore.Complete, restore.Incomplete}, end.Restore.Status, end.Restore.Reason)
	require.Equal(t, map[restore.Status]int{restore.Complete: exitDone, restore.Incomplete: exitIncomplete}[end.Restore.Status], got.code)
	require.NotZero(t, end.Restore.Counts["issue"].Total())
	s.json("restore watch", planned.ID)
	got, _ = s.json("restore list")
	require.Contains(t, got.out, planned.ID)
	require.Contains(t, s.cli("restore", "list").out, planned.ID)
	got, last = s.json("restore report", planned.ID, "--store", s.store)
	var report reportEnd
	require.NoError(t, json.Unmarshal(last, &report), "%s", got.err)
	require.Equal(t, planned.ID, report.Report.ID)
	require.Regexp(t, `(?m)^KIND +IN THE BACKUP +CREATED`, s.cli("restore", "report", planned.ID, "--store", s.store, "--failed").out)

	t.Run("a mapping file says what is what, and nothing of it goes through Temporal", func(t *testing.T) {
		byFile := map[string]string{}
		for _, m := range planned.Preview.Mapped {
			if m.How == restore.ByFile {
				byFile[m.Kind] = m.ToName
			}
		}
		require.Equal(t, "Low", byFile["priority"])
		require.NotEmpty(t, byFile["user"])
		file, err := os.ReadFile(mapping)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(file)), planned.Preview.Spec.Map)
		history := s.history(t, planned.ID)
		require.Contains(t, history, planned.Preview.Spec.Map, "these are the payloads")
		require.Contains(t, history, "PlanRestore")
		for _, content := range []string{"sample.example", `"High"`, `"Low"`} {
			require.NotContains(t, history, content)
		}
	})
	t.Run("a mapping file in another store than the workers have is refused", func(t *testing.T) {
		got := s.cli(append([]string{"restore", "plan", "--project", "OPS", "--map", mapping, "--store", fileURL(t.TempDir())}, to...)...)
		require.Equal(t, exitFailed, got.code, got.err)
		require.Contains(t, got.out+got.err, "is not in the store")
		got = s.cli(append([]string{"restore", "plan", "--project", "OPS", "--map", mapping}, to...)...)
		require.Equal(t, exitUsage, got.code, "without any")
		require.Contains(t, got.err, "--store")
	})
	t.Run("what is over is refused", func(t *testing.T) {
		got := s.cli("restore", "apply", planned.ID, "--yes")
		require.Equal(t, exitRefused, got.code)
		require.Contains(t, got.err, "is "+string(end.Restore.Status))
		require.Equal(t, exitRefused, s.cli("restore", "cancel", planned.ID).code)
		if end.Restore.Status == restore.Complete {
			require.Contains(t, s.cli("restore", "retry", planned.ID).err, "nothing to try again")
		}
	})
	t.Run("T4: a destination that has changed is refused, and so is a project that exists", func(t *testing.T) {
		got := s.cli(append([]string{"restore", "plan", "--project", "PAY", "-o", "json"}, to...)...)
		require.Equal(t, exitDone, got.code, got.err)
		_, id, _ := cutLast(got.out, `"restore":{"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		again := s.cli(append([]string{"restore", "plan", "--project", "PAY"}, to...)...)
		require.Equal(t, exitDone, again.code, again.err)
		require.Equal(t, exitDone, s.cli("restore", "apply", id, "--yes").code)
		second := strings.Fields(again.out)[1]
		got = s.cli("restore", "apply", second, "--yes")
		require.Equal(t, exitRefused, got.code, got.out)
		require.Contains(t, got.err, "plan")
		require.NotContains(t, got.err, "can be accepted", "with --yes it is not shown")
		nothing := s.cli(append([]string{"restore", "plan", "--project", "PAY", "--store", s.store}, to...)...)
		require.Equal(t, exitRefused, nothing.code, nothing.err)
		require.Contains(t, nothing.out, "nothing to restore: ")
		require.NotContains(t, nothing.out, "restore apply")
		_, third, _ := strings.Cut(nothing.out, "restore  ")
		third = strings.Fields(third)[0]
		got = s.cli("restore", "apply", third, "--yes")
		require.Equal(t, exitRefused, got.code, got.err)
		require.Contains(t, got.err, "give other keys with --as-key")
		retried, _ := s.json("restore cancel", second)
		require.Equal(t, exitDone, retried.code, retried.err)
		watched := s.cli("restore", "watch", second)
		require.Equal(t, exitFailed, watched.code)
		require.Contains(t, watched.out, string(restore.Cancelled))
		retried = s.cli("restore", "retry", second)
		require.Equal(t, exitRefused, retried.code)
		require.Contains(t, retried.err, "nothing of it was written: plan it again")
	})
	t.Run("from a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "backup.zip")
		require.Equal(t, exitDone, s.cli("download", "prepare", id).code)
		require.Equal(t, exitDone, s.cli("download", "get", id, "-o", file).code)
		got := s.cli("restore", "plan", "--file", file, "--store", s.store, "--to", s.empty.URL(), "--credential", emptyCredential, "--project", "OPS", "--map", mapping)
		require.Equal(t, exitDone, got.code, got.err)
		require.Contains(t, got.out, "from a file")
		require.Contains(t, got.out, string(restore.ByFile))
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		data[len(data)/2] ^= 1
		require.NoError(t, os.WriteFile(file, data, 0o600))
		got = s.cli("restore", "plan", "--file", file, "--store", s.store, "--to", s.empty.URL(), "--credential", emptyCredential, "--project", "OPS")
		require.Equal(t, exitRefused, got.code, "a damaged file: %s", got.err)
	})
	t.Run("a drill", func(t *testing.T) {
		got, last := s.json("restore drill", made.Policy.ID, "--sample", "5")
		var drilled drillEnded
		require.NoError(t, json.Unmarshal(last, &drilled), got.err)
		require.NotNil(t, drilled.Drill.Report)
		require.Equal(t, map[bool]int{true: exitDone, false: exitIncomplete}[drilled.Drill.Report.Passed], got.code, drilled.Drill.Report.Reason)
		if drilled.Drill.Report.Passed {
			require.Regexp(t, `(?m)^last proven restorable +20\d\d-.*backup `+id, s.cli("policy", "show", made.Policy.ID).out)
		}
		compared := s.cli("restore", "report", drilled.Drill.Report.RestoreID, "--store", s.store, "--differences")
		require.Equal(t, exitDone, compared.code, compared.err)
		require.Contains(t, compared.out, "fields that the API can write")
	})
	t.Run("shells complete the ids", func(t *testing.T) {
		require.Contains(t, holdfast(t, "__complete", "--address", s.address, "restore", "show", id).out, planned.ID)
	})
	t.Run("what failed is tried again", func(t *testing.T) { s.retry(t, to) })
	for command := range s.schema.commands {
		if strings.HasPrefix(command, "restore ") {
			require.True(t, s.checked[command], "the JSON of %q is not checked", command)
		}
	}
}

// history is all that Temporal has of a restore, as the server sends it, with its payloads.
func (s *restoreStack) history(t *testing.T, id string) string {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: s.address})
	require.NoError(t, err)
	defer c.Close()
	var all strings.Builder
	run, err := c.DescribeWorkflowExecution(t.Context(), message.RestoreID(id), "")
	require.NoError(t, err)
	all.WriteString(run.String())
	events := c.GetWorkflowHistory(t.Context(), message.RestoreID(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		data, err := event.Marshal()
		require.NoError(t, err)
		all.Write(data)
	}
	return all.String()
}

// retry cancels a restore while it is applied, and goes on with it.
func (s *restoreStack) retry(t *testing.T, to []string) {
	got := s.cli(append([]string{"restore", "plan", "--project", "WEB", "-o", "json"}, to...)...)
	require.Equal(t, exitDone, got.code, got.err)
	_, id, _ := cutLast(got.out, `"restore":{"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	require.Equal(t, exitDone, s.cli("restore", "apply", id, "--yes", "--no-wait").code)
	_ = s.cli("restore", "cancel", id, "--as", "ann")
	s.cli("restore", "watch", id)
	again, last := s.json("restore retry", id)
	if again.code == exitRefused && strings.Contains(again.err, "nothing to try again") {
		t.Skip("it was through before it could be cancelled")
	}
	var end restoreEnded
	require.NoError(t, json.Unmarshal(last, &end), again.err)
	require.Equal(t, 1, end.Restore.Retry)
	require.Contains(t, []restore.Status{restore.Complete, restore.Incomplete}, end.Restore.Status)
	require.NotEqual(t, message.RestoreView{}, end.Restore.RestoreView)
}
