package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// TestLifeOfABackup walks through what a user can do with a policy and its backup,
// from its schedule to its end.
func TestLifeOfABackup(t *testing.T) {
	s, _ := startedDemo(t, siteFlags{issues: 20, attachments: 3, seed: 7})
	cli := func(args ...string) result {
		t.Helper()
		return holdfast(t, append(args, "--address", s.server.Addr())...)
	}
	ok := func(args ...string) string {
		t.Helper()
		got := cli(args...)
		require.Equal(t, exitDone, got.code, "%v\n%s\n%s", args, got.err, got.out)
		return got.out
	}
	refused := func(says string, args ...string) {
		t.Helper()
		got := cli(args...)
		require.NotEqual(t, exitDone, got.code, "%v\n%s", args, got.out)
		require.Contains(t, got.err, says, "%v", args)
	}
	read := func(v any, args ...string) {
		t.Helper()
		require.NoError(t, json.Unmarshal([]byte(ok(append(args, "-o", "json")...)), v))
	}
	view := func(policy string) (v message.PolicyView) {
		t.Helper()
		read(&v, "policy", "show", policy)
		return v
	}

	got := cli("policy", "create", "--site", s.site.URL(), "--credential", sampleCredential, "--yes", "--no-run",
		"--schedule", "0 3 * * 1", "--time-zone", "Europe/Berlin", "--jitter", "1h", "--retention", "14d", "--max-download", "10MB", "--as", "ann")
	require.Equal(t, exitDone, got.code, got.err)
	require.Regexp(t, `(?m)^schedule +0 3 \* \* 1 Europe/Berlin, up to 1h0m0s later$`, got.err)
	require.Regexp(t, `(?m)^next scheduled runs +20\d\d-.* \(03:00 Europe/Berlin\) or up to 1h0m0s later$`, got.err, "the next three runs are shown")
	policy := strings.Fields(got.out)[1]

	t.Run("P4: a policy tells its next run", func(t *testing.T) {
		out := ok("policy", "show", policy)
		require.Regexp(t, `(?m)^next scheduled run +20\d\d-`, out)
		require.Regexp(t, `(?m)^recovery point +none: no backup is COMPLETE$`, out)
		require.Regexp(t, `(?m)^next backup allowed +now$`, out)
	})
	t.Run("P5: a policy is edited, paused and resumed", func(t *testing.T) {
		got := cli("policy", "edit", policy, "--schedule", "@weekly", "--exclude", "HR")
		require.Equal(t, exitUsage, got.code, "nobody was there to ask")
		require.Regexp(t, `(?m)^schedule +0 3 \* \* 1 Europe/Berlin, up to 1h0m0s later -> @weekly Europe/Berlin, up to 1h0m0s later$`, got.err)
		require.Regexp(t, `(?m)^projects left out +none -> HR \(switched off\)$`, got.err)
		require.Equal(t, "0 3 * * 1", view(policy).Policy.Schedule.Cron, "nothing has changed")

		ok("policy", "edit", policy, "--schedule", "@weekly", "--exclude", "HR", "--yes")
		v := view(policy)
		require.Equal(t, backup.Schedule{Cron: "@weekly", TimeZone: "Europe/Berlin", Jitter: time.Hour, Retries: 3, RetryAfter: 30 * time.Minute}, *v.Policy.Schedule)
		require.Equal(t, []string{"HR"}, v.Policy.Options.Exclude)
		require.Equal(t, int64(10e6), v.Policy.Limits.MaxDownload, "what was not given stays")
		refused("nothing of policy "+policy+" would change", "policy", "edit", policy, "--exclude", "HR", "--yes")

		ok("policy", "pause", policy, "--why", "the site moves", "--as", "ann")
		out := ok("policy", "show", policy)
		require.Regexp(t, `(?m)^paused +20\S+ \S+Z by ann \(as they say\): the site moves$`, out)
		require.Regexp(t, `(?m)^next scheduled run +none while it is paused$`, out)
		again := ok("policy", "pause", policy, "--why", "another reason", "--as", "bob")
		require.Regexp(t, `is paused already, since 20\S+ \S+Z by ann \(as they say\): the site moves`, again)
		ok("policy", "resume", policy)
		require.Nil(t, view(policy).Paused)
		require.False(t, view(policy).NextRun.IsZero())
		ok("policy", "edit", policy, "--schedule", "none", "--yes")
		require.Nil(t, view(policy).Policy.Schedule)
	})

	var b backup.Backup
	read(&b, "backup", "run", policy, "--yes")
	ok("backup", "watch", b.ID)
	row := func() backup.Backup {
		t.Helper()
		var d shown
		read(&d, "backup", "show", b.ID)
		return d.Backup
	}
	t.Run("a backup is extended, held and released", func(t *testing.T) {
		expires := row().ExpiresAt
		ok("backup", "extend", b.ID, "--by", "14d")
		require.Equal(t, expires.Add(14*24*time.Hour), row().ExpiresAt)
		refused("give a later time", "backup", "extend", b.ID, "--to", "2020-01-31")
		ok("backup", "hold", b.ID, "--why", "LEGAL-7", "--as", "ann")
		out := ok("backup", "show", b.ID)
		require.Regexp(t, `(?m)^held +since 20.* by ann \(as they say\): LEGAL-7$`, out)
		require.Regexp(t, `(?m)^release +- +holdfast --address \S+ backup release `+b.ID+`$`, out)
		refused("release it first", "backup", "delete", b.ID, "--yes")
		ok("backup", "release", b.ID)
		require.Nil(t, row().Held)
	})
	t.Run("D2, L1 to L4: a download is prepared, fetched and verified", func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "backup.zip")
		require.Regexp(t, `(?m)^prepare download +20.* download prepare `, ok("backup", "show", b.ID))
		refused("there is no download of backup "+b.ID, "download", "get", b.ID, "-o", file)
		out := ok("download", "prepare", b.ID, "--as", "ann")
		require.Regexp(t, `(?m)^download +READY until 20`, out)
		refused("download get "+b.ID, "download", "prepare", b.ID)
		require.Regexp(t, `(?m)^`+b.ID+` +1 +READY `, ok("download", "list"))
		require.Regexp(t, `(?m)^download +20.* download get `, ok("backup", "show", b.ID))
		out = ok("download", "get", b.ID, "-o", file)
		require.Contains(t, out, "every byte is as is said of it inside")
		require.NoFileExists(t, file+".part")
		refused("is there already", "download", "get", b.ID, "-o", file)
		require.Contains(t, ok("verify", file), b.ID)

		interrupted, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := (&app{}).verifyFile(interrupted, file, b.ID, nil)
		require.ErrorIs(t, err, context.Canceled)
		require.EqualError(t, err, "verifying "+file+" was interrupted: it is not known yet whether it is whole; give the same command again")

		whole, err := os.ReadFile(file)
		require.NoError(t, err)
		other := filepath.Join(dir, "other.zip")
		require.NoError(t, os.WriteFile(other+".part", whole[:len(whole)/2], 0o600), "a fetch that was interrupted")
		got := cli("download", "get", b.ID, "-o", other, "--json")
		require.Equal(t, exitDone, got.code, got.err)
		require.NotContains(t, got.out, `"done":0,`, "it goes on where it was")
		again, err := os.ReadFile(other)
		require.NoError(t, err)
		require.True(t, bytes.Equal(whole, again))

		whole[len(whole)/2] ^= 1
		require.NoError(t, os.WriteFile(other, whole, 0o600))
		got = cli("verify", other)
		require.Equal(t, exitFailed, got.code, got.err)
		require.Regexp(t, `(?m)^verified +no: DAMAGED`, got.out)
		require.Regexp(t, `(?m)^problem `, got.out)
		got = cli("verify", filepath.Join(dir, "none.zip"))
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "check its name")
	})
	t.Run("a download is deleted, and another one prepared", func(t *testing.T) {
		require.Equal(t, exitUsage, cli("download", "delete", b.ID).code, "it asks")
		ok("download", "delete", b.ID, "--yes", "--as", "ann")
		require.Equal(t, backup.DownloadExpired, row().Download.Status)
		require.Equal(t, "deleted by ann", row().Download.Reason)
		refused("no download that could be deleted", "download", "delete", b.ID, "--yes")
		ok("download", "prepare", b.ID)
		require.Equal(t, 2, row().Download.Number)
	})
	t.Run("a backup is deleted, and its details stay", func(t *testing.T) {
		got := cli("backup", "delete", b.ID)
		require.Equal(t, exitUsage, got.code)
		require.Contains(t, got.err, b.ID, "what is to be deleted is shown")
		ok("backup", "delete", b.ID, "--yes")
		require.Eventually(t, func() bool { return !row().DeletedAt.IsZero() }, 20*time.Second, 100*time.Millisecond)
		require.Equal(t, backup.Expired, row().Status)
		refused("may start at", "backup", "run", policy, "--yes") // R1
		refused("EXPIRED", "download", "prepare", b.ID)
	})
	t.Run("a policy is deleted, and gone once its last backup is", func(t *testing.T) {
		require.Equal(t, exitUsage, cli("policy", "delete", policy, "--yes").code)
		ok("policy", "delete", policy, "--backups", "keep", "--yes")
		require.Eventually(t, func() bool { return !strings.Contains(ok("policy", "list"), policy) }, 20*time.Second, 100*time.Millisecond)
	})
}
