package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// TestDevOnAnotherServerImports states that a release with another minor version of
// Temporal's server has the policies and backups of the one before it.
func TestDevOnAnotherServerImports(t *testing.T) {
	site, err := samplesite.New(samplesite.Config{Rate: 20_000, Content: content.Spec{
		Seed: 5, Attachments: 3, Projects: []content.ProjectSpec{{Key: "EE", Issues: 20}},
	}})
	require.NoError(t, err)
	require.NoError(t, site.Start(t.Context()))
	t.Cleanup(func() { _ = site.Close() })
	k := &killed{t: t, data: t.TempDir(), site: site}
	k.flags = []string{"--data", k.data, "--port", freePort(t), "--ui-port", freePort(t)}
	_, err = writeCredentials(filepath.Join(k.data, "credentials.json"), map[string]*samplesite.Site{sampleCredential: site})
	require.NoError(t, err)
	k.policyID, err = backup.PolicyID(backup.Jira, site.URL())
	require.NoError(t, err)

	k.start()
	require.Empty(t, k.begun.Imported)
	require.Empty(t, k.begun.Left)
	k.createPolicy()
	id := k.run()
	require.Eventually(t, func() bool { return k.view().Backups[0].Status == backup.Complete }, time.Minute, 50*time.Millisecond)
	_, err = message.Hold.Call(t.Context(), k.client, message.PolicyID(k.policyID), message.BackupInput{BackupID: id, By: "eve", Text: "case 7"})
	require.NoError(t, err)
	_, err = message.Pause.Call(t.Context(), k.client, message.PolicyID(k.policyID), message.NoteInput{By: "eve", Text: "moving"})
	require.NoError(t, err)
	want := k.view()
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(k.data, "store", archive.PolicyName(k.policyID)))
		return err == nil && strings.Contains(string(text), "moving")
	}, time.Minute, 50*time.Millisecond)
	k.kill()

	old := k.servedBy("0.30.4")
	k.start()
	require.Equal(t, []string{old}, k.begun.Left)
	require.Equal(t, []message.ImportResult{{PolicyID: k.policyID, Backups: 1, Available: 1}}, k.begun.Imported)
	got := k.view()
	require.Equal(t, want.Policy, got.Policy)
	require.Equal(t, want.Backups, got.Backups)
	require.Equal(t, want.Standing, got.Standing)
	require.True(t, want.NextAllowedAt.Equal(got.NextAllowedAt))
	verified := holdfast(t, "backup", "verify", id, "--address", k.begun.Temporal)
	require.Equal(t, exitDone, verified.code, verified.err)
	require.FileExists(t, old)

	k.kill()
	k.start()
	require.Empty(t, k.begun.Imported, "once")
	require.Equal(t, got.Policy, k.view().Policy)
}

// servedBy makes the folder of a dev that has ended look as if another version of
// Temporal's server had served it, and returns that one's database.
func (k *killed) servedBy(version string) string {
	k.t.Helper()
	now, old := filepath.Join(k.data, databaseName()), filepath.Join(k.data, databaseOf(minorOf(version)))
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Rename(now+suffix, old+suffix); suffix == "" {
			require.NoError(k.t, err)
		}
	}
	path := filepath.Join(k.data, devFile)
	data, err := os.ReadFile(path)
	require.NoError(k.t, err)
	var facts devFacts
	require.NoError(k.t, json.Unmarshal(data, &facts))
	facts.OpenedBy, facts.ServedBy = "holdfast v0.0.9", version
	data, err = json.Marshal(facts)
	require.NoError(k.t, err)
	require.NoError(k.t, os.WriteFile(path, data, 0o600))
	return old
}
