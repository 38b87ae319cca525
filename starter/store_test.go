package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// TestAStoreIsEnough lists, verifies and imports what one cluster left in a store,
// from the command line.
func TestAStoreIsEnough(t *testing.T) {
	s, dir := startedDemo(t, siteFlags{issues: 40, attachments: 5, seed: 7})
	address := "file://" + dir.store()
	nowhere := func(args ...string) result { // no Temporal is there
		t.Helper()
		return holdfast(t, append(args, "--address", "127.0.0.1:1")...)
	}
	require.Equal(t, "The store "+address+" has no policies.\n", nowhere("store", "list", address).out)

	var made created
	got := holdfast(t, "policy", "create", "--site", s.site.URL(), "--credential", sampleCredential, "--yes", "-o", "json", "--address", s.server.Addr())
	require.NoError(t, json.Unmarshal([]byte(got.out), &made), got.err)
	policyID, backupID := made.Policy.ID, made.Backup.ID
	require.Equal(t, exitDone, holdfast(t, "backup", "watch", backupID, "--address", s.server.Addr()).code)
	list := func(args ...string) (all []stored) {
		t.Helper()
		got := nowhere(append([]string{"store", "list", address, "-o", "json"}, args...)...)
		require.Equal(t, exitDone, got.code, got.err)
		require.NoError(t, json.Unmarshal([]byte(got.out), &all))
		return all
	}
	require.Eventually(t, func() bool { return list()[0].Available == 1 }, time.Minute, 50*time.Millisecond, "policy.json follows at once")

	t.Run("store list", func(t *testing.T) {
		p := list("--policy", policyID)[0]
		require.Equal(t, made.Policy.Site, p.Policy.Site)
		require.Equal(t, dir.Installation, p.Owner)
		require.Len(t, p.Backups, 1)
		require.Equal(t, backup.Complete, p.Backups[0].Now)
		require.True(t, p.Backups[0].Sealed)
		out := nowhere("store", "list", address).out
		require.Contains(t, out, backupID+"  COMPLETE")
		require.Contains(t, out, "1 of 1 backups")
	})
	t.Run("what is not there", func(t *testing.T) {
		for _, args := range [][]string{
			{"store", "list", address, "--policy", "jira-none"}, {"store", "verify", address, "jira-none"},
			{"store", "verify", address, policyID + ".20200101T000000Z"}, {"store", "list", "file:///no/such/store"},
		} {
			got := nowhere(args...)
			require.Equal(t, exitFailed, got.code, "%v", args)
			require.NotEmpty(t, got.err)
		}
	})
	verify := func(code int, args ...string) []message.VerifyResult {
		t.Helper()
		got := nowhere(append([]string{"store", "verify", address, "-o", "json"}, args...)...)
		require.Equal(t, code, got.code, "%s\n%s", got.err, got.out)
		var all []message.VerifyResult
		require.NoError(t, json.Unmarshal([]byte(got.out), &all))
		return all
	}
	t.Run("store verify", func(t *testing.T) {
		for _, of := range [][]string{nil, {policyID}, {backupID}, {backupID, "--read-data", "2/3"}} {
			all := verify(exitDone, of...)
			require.Len(t, all, 1)
			require.Equal(t, backupID, all[0].BackupID)
			require.Equal(t, 5, all[0].Counts.Attachments)
		}
		require.Contains(t, nowhere("store", "verify", address).out, "every byte is as its manifest says")
	})
	t.Run("policy import", func(t *testing.T) { importAgain(t, dir.store(), policyID) })
	t.Run("a policy that the cluster has lost is imported, not created anew", func(t *testing.T) {
		require.NoError(t, s.client.TerminateWorkflow(t.Context(), message.PolicyID(policyID), "", "lost"))
		got := holdfast(t, "policy", "create", "--site", s.site.URL(), "--credential", sampleCredential, "--yes", "--address", s.server.Addr())
		require.Equal(t, exitFailed, got.code)
		require.Contains(t, got.err, "has 1 backups of policy "+policyID+" that this cluster does not know")
		require.Contains(t, got.err, "policy import "+policyID)
		require.ErrorContains(t, lost(message.StoredResult{Policies: []message.StoredPolicy{{ID: policyID, Backups: 2, Owner: "them"}}}), "--take-over")
		require.NoError(t, lost(message.StoredResult{Policies: []message.StoredPolicy{{ID: policyID, Ours: true}}}))
		got = holdfast(t, "policy", "import", policyID, "--yes", "--address", s.server.Addr())
		require.Equal(t, exitDone, got.code, got.err)
		got = holdfast(t, "policy", "create", "--site", s.site.URL(), "--credential", sampleCredential, "--yes", "--no-run", "--address", s.server.Addr())
		require.Equal(t, exitDone, got.code, "it is the same: "+got.err)
	})
	t.Run("damage is told, by the exit code too", func(t *testing.T) {
		folder := filepath.Join(dir.store(), archive.BackupDir(policyID, backupID))
		damage(t, folder)
		all := verify(exitIncomplete)
		require.Positive(t, all[0].ProblemCount)
		shares := 0
		for _, share := range []string{"1/2", "2/2"} {
			if nowhere("store", "verify", address, "--read-data", share).code == exitIncomplete {
				shares++
			}
		}
		require.Positive(t, shares, "one of the shares has it")
		require.NoError(t, os.Remove(filepath.Join(folder, archive.ManifestName)))
		require.Equal(t, backup.Failed, verify(exitFailed)[0].Status)
		p := list()[0]
		require.Contains(t, p.Problems[0], "its manifest is missing")
		require.Equal(t, backup.Failed, p.Backups[0].Now)
	})
}

// importAgain imports a copy of a store into another cluster.
func importAgain(t *testing.T, from, policyID string) {
	dir, err := openDemoDir(filepath.Join(t.TempDir(), "data"), false, bothProducts, siteFlags{issues: 1, seed: 7})
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(dir.store()))
	require.NoError(t, os.CopyFS(dir.store(), os.DirFS(from)))
	s, err := startDemo(t.Context(), dir, slog.New(slog.DiscardHandler), false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close()) })
	cli := func(args ...string) result {
		t.Helper()
		return holdfast(t, append(args, "--address", s.server.Addr())...)
	}
	got := cli("policy", "import", "--yes")
	require.Equal(t, exitDone, got.code, got.err)
	require.Contains(t, got.err, "take it over with --take-over")
	require.Contains(t, got.out, "There is nothing to import")
	got = cli("policy", "import", policyID, "--yes")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "policy import "+policyID+" --take-over")
	got = cli("policy", "import", policyID, "--take-over")
	require.Equal(t, exitUsage, got.code, "it asks")
	require.Contains(t, got.err, "yes: it is taken over")
	got = cli("policy", "import", "jira-none", "--yes")
	require.Equal(t, exitFailed, got.code)

	got = cli("policy", "import", "--take-over", "--yes", "-o", "json")
	require.Equal(t, exitDone, got.code, got.err)
	var results []message.ImportResult
	require.NoError(t, json.Unmarshal([]byte(got.out), &results))
	require.Equal(t, []message.ImportResult{{PolicyID: policyID, Backups: 1, Available: 1}}, results)
	require.NoError(t, readSchema(t).check("policy import", got.out))
	require.Contains(t, cli("policy", "show", policyID).out, string(backup.Complete))

	got = cli("policy", "import", policyID, "--yes")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.err, "is here already")
	require.Eventually(t, func() bool {
		got = cli("policy", "import", "--yes")
		return got.code == exitDone && got.out == "There is nothing to import from "+fileURL(dir.store())+".\n"
	}, 10*time.Second, 100*time.Millisecond)
}

func TestStoreCommandsSayWhatTheyTake(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"no store to list":          {[]string{"store", "list"}, `"holdfast store list" takes one STORE`},
		"no store to verify":        {[]string{"store", "verify", ""}, "file:///directory or gs://bucket/prefix"},
		"a store that is none":      {[]string{"store", "list", "/var/backups"}, "the address has no scheme"},
		"too much to verify":        {[]string{"store", "verify", "file:///x", "jira-acme", "jira-other"}, "at most one BACKUP or POLICY"},
		"a policy that is none":     {[]string{"store", "list", "file://" + t.TempDir(), "--policy", "acme"}, `"acme" is not the id of a policy`},
		"a share that is none":      {[]string{"store", "verify", "file:///x", "--read-data", "8/7"}, "give a share and how many there are, such as 1/7"},
		"a share without number":    {[]string{"store", "verify", "file:///x", "--read-data", "1"}, "such as 1/7"},
		"an import of what is none": {[]string{"policy", "import", "acme"}, "it looks like jira-acme"},
	} {
		t.Run(name, func(t *testing.T) {
			got := holdfast(t, tc.args...)
			require.Equal(t, exitUsage, got.code, got.err)
			require.Contains(t, got.err, tc.says)
		})
	}
}
