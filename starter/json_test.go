package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
)

// TestJSONIsAsDocumented holds what the commands really write to docs/cli.md.
func TestJSONIsAsDocumented(t *testing.T) {
	s := readSchema(t)
	checked := map[string]bool{"completion": true} // a script for shells
	take := func(command string, got result) string {
		t.Helper()
		require.NoError(t, s.check(command, got.out), "%s\n%s", command, got.err)
		checked[command] = true
		return got.out
	}
	demo, dir := startedDemo(t, siteFlags{issues: 500, pages: 10, attachments: 10, seed: 7})
	run := func(command string, args ...string) string {
		t.Helper()
		return take(command, holdfast(t, append(append(strings.Fields(command), args...), "-o", "json", "--address", demo.server.Addr())...))
	}
	site := []string{"--site", demo.site.URL(), "--credential", sampleCredential}
	run("version")
	run("site check", site...)
	run("policy list")
	var made created
	require.NoError(t, json.Unmarshal([]byte(run("policy create", append(site, "--yes", "--exclude", "HR", "--no-remote-links", "--no-properties")...)), &made))
	require.True(t, made.Policy.Options.NoRemoteLinks && made.Policy.Options.NoProperties)
	run("backup cancel", made.Backup.ID)
	run("policy show", made.Policy.ID)
	run("backup watch", made.Backup.ID)
	run("backup logs", made.Backup.ID)
	var b backup.Backup
	require.NoError(t, json.Unmarshal([]byte(run("backup run", made.Policy.ID, "--yes")), &b))
	run("backup logs", b.ID, "--follow", "--all")
	run("backup watch", b.ID)
	run("backup verify", b.ID)
	run("backup list", made.Policy.ID)
	run("policy show", made.Policy.ID)
	jira := made
	changed := run("policy edit", made.Policy.ID, "--yes", "--schedule", "@weekly", "--jitter", "1h", "--verify-schedule", "@daily", "--verify-shares", "2", "--notify", "ops")
	require.Contains(t, changed, `"retryAfter"`)
	run("notify test", made.Policy.ID, "--timeout", "2s") // no worker has it
	run("policy pause", made.Policy.ID, "--why", "the site moves")
	require.Contains(t, run("policy show", made.Policy.ID), `"paused"`)
	run("policy resume", made.Policy.ID)
	run("backup extend", b.ID, "--by", "14d")
	run("backup hold", b.ID, "--why", "LEGAL-7")
	require.Contains(t, run("download prepare", b.ID), `"READY"`)
	run("download list")
	run("backup list", made.Policy.ID)
	fetched := filepath.Join(t.TempDir(), "backup.zip")
	take("download get", holdfast(t, "download", "get", b.ID, "-o", fetched, "--json", "--address", demo.server.Addr()))
	take("verify", holdfast(t, "verify", fetched, "-o", "json"))
	run("download delete", b.ID, "--yes")
	details := run("backup show", b.ID, "--store", "file://"+dir.store())
	require.Contains(t, details, "switched off")
	require.NoError(t, json.Unmarshal([]byte(run("policy create", append(site, "--yes", "--product", "confluence", "--no-run", "--personal-spaces=false",
		"--versions", "2", "--attachment-versions", "all", "--admin-key", "--custom-content", "ac:com.example.app:diagram")...)), &made))
	run("policy show", made.Policy.ID)
	run("site check", append(site, "--product", "confluence")...)

	require.Eventually(t, func() bool {
		return strings.Contains(run("policy list"), `"available": 1`)
	}, 10*time.Second, 100*time.Millisecond)

	t.Run("shells complete the ids", func(t *testing.T) {
		made := jira
		complete := func(args ...string) string {
			return holdfast(t, append([]string{"__complete", "--address", demo.server.Addr()}, args...)...).out
		}
		require.Contains(t, complete("policy", "show", ""), made.Policy.ID+"\t"+demo.site.URL())
		require.Contains(t, complete("backup", "run", "jira-127"), made.Policy.ID)
		require.Contains(t, complete("backup", "show", made.Policy.ID+"."), b.ID+"\tstarted ")
		require.NotContains(t, complete("backup", "show", "jira-none"), b.ID)
		require.NotContains(t, complete("backup", "cancel", ""), b.ID, "it has ended")
		require.Equal(t, ":4\n", complete("backup", "show", "x' OR WorkflowId != '"))
	})

	run("store list", "file://"+dir.store())
	run("store verify", "file://"+dir.store(), b.ID)
	run("policy import", "--yes")
	run("backup release", b.ID)
	run("backup delete", b.ID, "--yes", "--why", "a test")
	run("backup show", b.ID)
	run("policy delete", jira.Policy.ID, "--backups", "keep", "--yes")

	take("demo", holdfast(t, "demo", "-o", "json", "--issues", "10", "--pages", "10", "--attachments", "1", "--data", t.TempDir()))
	dev := startDevProcess(t, "--data", t.TempDir(), "--port", freePort(t), "--ui-port", freePort(t))
	dev.ready()
	out, err := os.ReadFile(dev.out)
	require.NoError(t, err)
	take("dev", result{out: string(out)})
	take("sample-site", sampleSite(t))
	for command := range s.commands {
		if strings.HasPrefix(command, "restore ") {
			continue // TestRestoreCommands
		}
		require.True(t, checked[command], "the JSON of %q is not checked", command)
	}
}

// sampleSite is what sample-site says before it is interrupted.
func sampleSite(t *testing.T) result {
	t.Helper()
	return runUntil(t, func(said string) bool { return strings.HasSuffix(said, "}\n") },
		"sample-site", "--issues", "1", "--pages", "1", "--attachments", "0", "-o", "json")
}
