package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// TestCommandsOfConfluence states that the commands know Confluence by its own
// words and options, and P3: a run may leave out personal spaces for itself.
func TestCommandsOfConfluence(t *testing.T) {
	s, dir := startedDemo(t, siteFlags{issues: 5, pages: 60, attachments: 4, seed: 7})
	cli := func(args ...string) result { return holdfast(t, append(args, "--address", s.server.Addr())...) }
	ok := func(args ...string) string {
		t.Helper()
		got := cli(args...)
		require.Equal(t, exitDone, got.code, "%s\n%s", got.err, got.out)
		return got.out
	}
	create := []string{"policy", "create", "--site", s.site.URL(), "--credential", sampleCredential, "--yes"}

	got := cli(append(create, "--product", "confluence", "--exclude", "HR", "--exclude", "NONE", "--versions", "2", "--no-run")...)
	require.Equal(t, exitDone, got.code, got.err)
	policy := strings.Fields(got.out)[1]
	require.True(t, strings.HasPrefix(policy, "confluence-"), got.out)
	require.Regexp(t, `(?m)^found +4 spaces$`, got.err, "HR is left out")
	require.Contains(t, got.err, "none of the spaces has the excluded key NONE")

	out := ok("policy", "show", policy)
	for _, line := range []string{"personal spaces +included", "versions of pages +the newest 2, older ones switched off", "spaces left out +HR, NONE \\(switched off\\)", "Admin Key +switched off"} {
		require.Regexp(t, "(?m)^"+line+"$", out)
	}
	require.NotContains(t, out, "service projects")

	got = cli("backup", "run", policy, "--personal-spaces=false", "--attachments=false", "--yes", "--watch")
	require.Equal(t, exitDone, got.code, got.err)
	require.Regexp(t, `(?m)^personal spaces +switched off$`, got.err, "P3: what it will hold is shown")
	require.Regexp(t, `(?m)^personal spaces +switched off$`, got.out, "D1")
	require.Regexp(t, `(?m)^spaces +3$`, got.out)
	require.Regexp(t, `(?m)^pages and blog posts +\d+$`, got.out)
	require.Contains(t, ok("backup", "list", policy), "  PAGES  ")
	require.Regexp(t, `(?m)^personal spaces +included$`, ok("policy", "show", policy), "the policy stays as it is")

	var listed []backup.Backup
	require.NoError(t, json.Unmarshal([]byte(ok("backup", "list", policy, "-o", "json")), &listed))
	require.True(t, listed[0].Options.NoPersonalSpaces)
	require.False(t, listed[0].Options.Attachments)
	require.Equal(t, 2, listed[0].Options.Versions)
	var details shown
	require.NoError(t, json.Unmarshal([]byte(ok("backup", "show", listed[0].ID, "--store", "file://"+dir.store(), "-o", "json")), &details))
	states := map[string]archive.Coverage{}
	for _, k := range details.Coverage.Kinds {
		states[k.Kind] = k.State
	}
	require.Equal(t, archive.SwitchedOff, states["personal-spaces"])
	require.Equal(t, archive.SwitchedOff, states["attachment-bytes"])
	require.Equal(t, archive.Captured, states["contentVersion"])
	told := ok("backup", "logs", listed[0].ID)
	require.Regexp(t, `\d+ pages of 3 spaces, 0 attachments`, told)
	require.Contains(t, told, "list the spaces")
	require.NotContains(t, told, "containers")

	t.Run("Jira has no personal spaces", func(t *testing.T) {
		policy := strings.Fields(ok(append(create, "--no-run")...))[1]
		got := cli("backup", "run", policy, "--personal-spaces=false", "--yes")
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.err, "which has no personal spaces: leave that choice out")
		no := false
		_, err := runBackup(t.Context(), s.client, policy, message.RunBackupInput{PersonalSpaces: &no})
		kind, _ := failure.Of(err)
		require.Equal(t, failure.InvalidArgument, kind, "the service refuses it too")
	})
}
