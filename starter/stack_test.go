package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
)

// startedDemo is a whole holdfast for the commands to talk to.
func startedDemo(t *testing.T, site siteFlags) (*demoStack, *demoDir) {
	t.Helper()
	dir, err := openDemoDir(filepath.Join(t.TempDir(), "data"), false, bothProducts, site)
	require.NoError(t, err)
	s, err := startDemo(t.Context(), dir, slog.New(slog.DiscardHandler), false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close()) })
	return s, dir
}

func TestCommands(t *testing.T) {
	s, dir := startedDemo(t, siteFlags{issues: 40, attachments: 5, seed: 7})
	cli := func(args ...string) result {
		t.Helper()
		return holdfast(t, append(args, "--address", s.server.Addr(), "--namespace", "default")...)
	}
	ok := func(args ...string) string {
		t.Helper()
		got := cli(args...)
		require.Equal(t, exitDone, got.code, "%s\n%s", got.err, got.out)
		return got.out
	}
	create := []string{"policy", "create", "--site", s.site.URL() + "/", "--exclude", "HR"}

	require.Equal(t, "There are no policies. Create one with 'holdfast policy create'.\n", ok("policy", "list"))
	require.Equal(t, "[]\n", ok("policy", "list", "-o", "json"))

	t.Run("P2: what fails preflight saves nothing", func(t *testing.T) {
		got := cli(append(create, "--credential", "nobody", "--yes")...)
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "no worker has credential nobody")
		require.Equal(t, "[]\n", ok("policy", "list", "-o", "json"))
	})
	t.Run("P2: a site that is silent is told of, and not a worker that lacks", func(t *testing.T) {
		for _, command := range [][]string{{"policy", "create"}, {"site", "check"}} {
			got := cli(append(command, "--site", "http://127.0.0.1:1", "--credential", sampleCredential, "--timeout", "2s")...)
			require.Equal(t, exitFailed, got.code)
			require.Contains(t, got.err, "http://127.0.0.1:1 does not answer it: check its address")
			require.NotContains(t, got.err, "that a worker runs")
		}
	})
	t.Run("P2: without a terminal and without --yes nothing is saved", func(t *testing.T) {
		got := cli(append(create, "--credential", sampleCredential)...)
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.err, "pass --yes")
		require.Contains(t, got.err, "HR (switched off)", "the review is shown")
		require.Equal(t, "[]\n", ok("policy", "list", "-o", "json"))
	})

	var made created
	require.NoError(t, json.Unmarshal([]byte(ok(append(create, "--credential", sampleCredential, "--yes", "--as", "ann", "-o", "json")...)), &made))
	policyID, backupID := made.Policy.ID, made.Backup.ID
	require.Equal(t, backup.InProgress, made.Backup.Status)
	require.Equal(t, s.site.CloudID(), made.Policy.CloudID)

	t.Run("R3: a second run is refused and names the one in progress", func(t *testing.T) {
		got := cli("backup", "run", policyID, "--yes")
		if got.code == exitFailed && !strings.Contains(got.err, "may start at") { // it may have ended already
			require.Contains(t, got.err, "holdfast --address "+s.server.Addr()+" --namespace default backup watch "+backupID)
		}
	})
	t.Run("watch ends with the run, and its exit code is the status", func(t *testing.T) {
		out := ok("backup", "watch", backupID, "-o", "json")
		all := bytes.Split(bytes.TrimSpace([]byte(out)), []byte("\n"))
		var last ended
		require.NoError(t, json.Unmarshal(all[len(all)-1], &last))
		require.Equal(t, "end", last.Event)
		require.Equal(t, backup.Complete, last.Backup.Status, last.Backup.Reason)
		require.Equal(t, 5, last.Backup.Counts.Containers, "HR is left out")
	})
	t.Run("R1: the next run is refused with the time at which it is allowed", func(t *testing.T) {
		got := cli("backup", "run", policyID, "--yes")
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "may start at "+when(made.Backup.StartedAt.Add(7*24*time.Hour)))
		require.Contains(t, got.err, "run it then:  holdfast --address "+s.server.Addr()+" --namespace default backup run "+policyID)
	})
	t.Run("list and show", func(t *testing.T) {
		require.Eventually(t, func() bool {
			return strings.Contains(cli("policy", "list").out, string(backup.Complete))
		}, 10*time.Second, 100*time.Millisecond, "the memo is listed a moment later")
		require.Contains(t, ok("policy", "show", policyID), "available backups")
		require.Contains(t, ok("backup", "list", policyID), backupID)
		out := ok("backup", "show", backupID, "--store", "file://"+dir.store())
		require.Contains(t, out, "by ann (as they say)")
		require.Regexp(t, `(?m)^KIND +COVERAGE`, out)
		var with shown
		require.NoError(t, json.Unmarshal([]byte(ok("backup", "show", backupID, "--store", "file://"+dir.store(), "-o", "json")), &with))
		require.NotEmpty(t, with.Coverage.Kinds)
	})
	t.Run("verify reads it, and a damaged one is COMPLETE no more", func(t *testing.T) {
		require.Contains(t, ok("backup", "verify", backupID), "every byte is as its manifest says")
		damage(t, filepath.Join(dir.store(), archive.BackupDir(policyID, backupID)))
		got := cli("backup", "verify", backupID)
		require.Equal(t, exitIncomplete, got.code, got.err)
		require.Contains(t, got.out, "run a new backup")
		require.Contains(t, ok("backup", "show", backupID), string(backup.Incomplete))
	})
	t.Run("what does not exist", func(t *testing.T) {
		for _, args := range [][]string{
			{"policy", "show", "jira-none"}, {"backup", "run", "jira-none", "--yes"}, {"backup", "list", "jira-none"},
			{"backup", "cancel", "jira-none.20261123T021658Z"}, {"backup", "watch", "jira-none.20261123T021658Z"},
		} {
			got := cli(args...)
			require.Equal(t, exitFailed, got.code, "%v: %s", args, got.out)
			require.Contains(t, got.err, "--namespace default policy list", "%v", args)
		}
		got := cli("backup", "show", policyID+".20200101T000000Z")
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "--namespace default backup list "+policyID)
		got = cli("backup", "cancel", backupID)
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "no backup is in progress")
	})
}

// damage flips a bit in one of the backup's attachments.
func damage(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "attachments", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	data, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.NotEmpty(t, data)
	data[len(data)/2] ^= 1
	require.NoError(t, os.Chmod(files[0], 0o600))
	require.NoError(t, os.WriteFile(files[0], data, 0o600))
}

func TestCancelledBackup(t *testing.T) {
	s, _ := startedDemo(t, siteFlags{issues: 1500, attachments: 0, seed: 7})
	b, err := s.begin(t.Context(), backup.Jira)
	require.NoError(t, err)
	at := []string{"--address", s.server.Addr()}
	require.Equal(t, exitDone, holdfast(t, append([]string{"backup", "cancel", b.ID, "--as", "ann"}, at...)...).code)
	got := holdfast(t, append([]string{"backup", "watch", b.ID}, at...)...)
	require.Equal(t, exitFailed, got.code, got.out)
	require.Contains(t, got.out, string(backup.Failed))
	require.Contains(t, got.out, "cancelled by ann")
}

func TestDemo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "it's a demo") // the commands must be right for any folder
	got := holdfast(t, "demo", "--data", data, "--issues", "30", "--pages", "40", "--attachments", "4", "--seed", "3")
	require.Equal(t, exitDone, got.code, got.err)
	for _, product := range []string{"jira", "confluence"} {
		require.Contains(t, got.out, product+": COMPLETE and verified")
		require.Regexp(t, `http://127\.0\.0\.1:\d+/namespaces/default/workflows/backup%2F`+product+`-`, got.out)
	}
	require.Regexp(t, `(?m)^last verified +20\d\d-`, got.out)
	require.Regexp(t, `(?m)^issues +30$`, got.out)
	require.Regexp(t, `(?m)^pages and blog posts +40$`, got.out)
	require.Regexp(t, `(?m)^personal spaces +included$`, got.out, "D1")

	t.Run("the commands that it prints work", func(t *testing.T) {
		for _, tool := range []string{"sh", "sha256sum", "zstd", "jq"} {
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("%v: install it to run the commands", err)
			}
		}
		blocks := strings.Split(got.out, "Look inside with standard tools:\n")[1:]
		require.Len(t, blocks, 2)
		for i, shows := range []string{`SHOP-1  `, `\d+  \S`} {
			printed, _, _ := strings.Cut(blocks[i], "\n\n")
			cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", printed)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			require.NoError(t, err, "%s", stderr.String())
			require.Contains(t, string(out), "every file is as it was written")
			require.Contains(t, string(out), `"status": "COMPLETE"`)
			require.Regexp(t, "(?m)^"+shows, string(out), "%s\n%s", printed, stderr.String())
		}
	})
	t.Run("a folder of an earlier demo is refused without --again", func(t *testing.T) {
		got := holdfast(t, "demo", "--data", data)
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "--again")
	})
	t.Run("with --again another backup of the same site is made of each product", func(t *testing.T) {
		got := holdfast(t, "demo", "--data", data, "--again", "-o", "json")
		require.Equal(t, exitDone, got.code, got.err)
		var begun, ended []demoReport
		for line := range bytes.Lines([]byte(got.out)) {
			var r demoReport
			if json.Unmarshal(line, &r) == nil && r.Event == "demo" { // a line of progress is no report
				begun = append(begun, r)
			} else if r.Event == "end" {
				ended = append(ended, r)
			}
		}
		require.Len(t, begun, 2)
		require.Len(t, ended, 2)
		for i, want := range []struct {
			product backup.Product
			items   int
		}{{backup.Jira, 30}, {backup.Confluence, 40}} {
			last := ended[i]
			require.Equal(t, want.product, begun[i].Product)
			require.Equal(t, want.product, last.Product)
			require.True(t, last.Verified)
			require.Equal(t, want.items, last.Row.Counts.Items)
			require.DirExists(t, last.Folder)
			folders, err := os.ReadDir(filepath.Dir(filepath.Clean(last.Folder)))
			require.NoError(t, err)
			require.Len(t, folders, 2, "the first backup is still there")
		}
	})
}

func TestDemoOfOneProduct(t *testing.T) {
	got := holdfast(t, "demo", "--product", "jira", "--data", t.TempDir(), "--issues", "10", "--attachments", "1")
	require.Equal(t, exitDone, got.code, got.err)
	require.Contains(t, got.out, "jira: COMPLETE and verified")
	require.NotContains(t, got.out, "confluence")
}

// TestDemoOfEarlier states that a demo which was made when there was Jira alone
// goes on with it.
func TestDemoOfEarlier(t *testing.T) {
	require.Equal(t, []backup.Product{backup.Jira}, (&demoDir{}).products())
	require.Zero(t, (&demoDir{}).site().pages)
}

func TestDemoGoesOnAfterAnInterruption(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	ctx, interrupt := context.WithCancel(t.Context())
	first := make(chan result)
	go func() {
		first <- holdfastIn(ctx, "demo", "--product", "jira", "--data", data, "--issues", "1200", "--attachments", "0")
	}()
	require.Eventually(t, func() bool {
		runs, _ := filepath.Glob(filepath.Join(data, "store", "*", "runs", "*", "shards", "*"))
		return len(runs) > 0
	}, time.Minute, 10*time.Millisecond, "the census is stored")
	interrupt()
	got := <-first
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "--again")

	again := holdfast(t, "demo", "--data", data, "--again", "-o", "json")
	require.Equal(t, exitDone, again.code, again.err)
	runs, err := filepath.Glob(filepath.Join(data, "store", "*", "backups", "*"))
	require.NoError(t, err)
	require.Len(t, runs, 1, "it is the same backup")
}

func TestDemoOutcome(t *testing.T) {
	for name, tc := range map[string]struct {
		status   backup.Status
		verified bool
		want     int
	}{
		"COMPLETE and verified":       {backup.Complete, true, exitDone},
		"COMPLETE, and it is not so":  {backup.Complete, false, exitFailed},
		"INCOMPLETE and verified":     {backup.Incomplete, true, exitIncomplete},
		"INCOMPLETE and damaged":      {backup.Incomplete, false, exitFailed},
		"FAILED: nothing to be found": {backup.Failed, false, exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			r := &demoReport{Row: &backup.Backup{Status: tc.status}, Verified: tc.verified}
			a := &app{streams: streams{err: &bytes.Buffer{}}, started: true}
			require.Equal(t, tc.want, a.finish(r.outcome()))
		})
	}
}

func TestDemoOutcomeIsTheWorst(t *testing.T) {
	report := func(s backup.Status, verified bool) *demoReport {
		return &demoReport{Row: &backup.Backup{Status: s}, Verified: verified}
	}
	whole, part, none, damaged := report(backup.Complete, true), report(backup.Incomplete, true), report(backup.Failed, false), report(backup.Complete, false)
	for _, tc := range []struct {
		name    string
		reports []*demoReport
		want    int
	}{
		{"all COMPLETE", []*demoReport{whole, whole}, exitDone},
		{"one INCOMPLETE", []*demoReport{part, whole}, exitIncomplete},
		{"INCOMPLETE, then FAILED", []*demoReport{part, none}, exitFailed},
		{"FAILED, then INCOMPLETE", []*demoReport{none, part}, exitFailed},
		{"one that is not what it says", []*demoReport{part, damaged}, exitFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &app{streams: streams{err: &bytes.Buffer{}}, started: true}
			require.Equal(t, tc.want, a.finish(outcomeOfAll(tc.reports)))
		})
	}
}

func TestSampleSiteServesUntilInterrupted(t *testing.T) {
	token := filepath.Join(t.TempDir(), "credentials.json")
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan result)
	go func() {
		ended <- holdfastIn(ctx, "sample-site", "--issues", "3", "--pages", "3", "--attachments", "0", "--token-file", token, "-o", "json")
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(token); return err == nil }, 30*time.Second, 10*time.Millisecond)
	info, err := os.Stat(token)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	interrupt()
	got := <-ended
	require.Equal(t, exitDone, got.code, got.err)
	var s served
	require.NoError(t, json.Unmarshal([]byte(got.out), &s))
	require.Equal(t, served{URL: s.URL, Email: s.Email, TokenFile: token, Credential: sampleCredential}, s)
	require.NoFileExists(t, token, "a credential of a site that is gone is removed")
}

func TestSampleSiteLeavesNoFolder(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan result)
	go func() { ended <- holdfastIn(ctx, "sample-site", "--issues", "3", "--pages", "3", "--attachments", "0") }()
	require.Eventually(t, func() bool {
		files, _ := filepath.Glob(filepath.Join(temp, "*", "credentials.json"))
		return len(files) == 1
	}, 30*time.Second, 10*time.Millisecond)
	interrupt()
	got := <-ended
	require.Equal(t, exitDone, got.code, got.err)
	require.Contains(t, got.out, "holdfast-worker --credentials "+temp)
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}
