package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/store/dir"
)

// killed is a dev that is killed and started again on one folder.
type killed struct {
	t        *testing.T
	data     string
	flags    []string
	site     *samplesite.Site
	policyID string

	process *devProcess
	begun   devBegun
	client  client.Client
}

// setUpKilled serves a site and prepares the folder of a dev that knows its account.
func setUpKilled(t *testing.T) *killed {
	t.Helper()
	site, err := samplesite.New(samplesite.Config{Rate: 20_000, Content: content.Spec{
		Seed: 5, Attachments: 60, Projects: []content.ProjectSpec{{Key: "EE", Issues: 1400}, {Key: "OPS", Issues: 60}},
		Issues: []content.IssueSpec{{Key: "EE-4", Attachments: []content.FileSpec{{Name: "dump.zip", Size: 20 << 20}}}},
	}})
	require.NoError(t, err)
	require.NoError(t, site.Start(t.Context()))
	t.Cleanup(func() { _ = site.Close() })
	k := &killed{t: t, data: filepath.Join(t.TempDir(), "it's 100% #1?"), site: site}
	k.flags = []string{"--data", k.data, "--port", freePort(t), "--ui-port", freePort(t)}
	require.NoError(t, os.MkdirAll(k.data, 0o700))
	_, err = writeCredentials(filepath.Join(k.data, "credentials.json"), map[string]*samplesite.Site{sampleCredential: site})
	require.NoError(t, err)
	k.policyID, err = backup.PolicyID(backup.Jira, site.URL())
	require.NoError(t, err)
	return k
}

// start starts it and waits until it is there.
func (k *killed) start() {
	k.t.Helper()
	k.process = startDevProcess(k.t, k.flags...)
	k.begun, k.client = k.process.ready()
}

func (k *killed) kill() {
	k.client.Close()
	k.process.kill()
}

func (k *killed) createPolicy() {
	k.t.Helper()
	p, err := target{site: k.site.URL(), product: string(backup.Jira), credential: sampleCredential}.policy()
	require.NoError(k.t, err)
	p.CreatedBy, p.Options.Attachments = "ann", true
	p.CloudID = k.site.CloudID()
	p.Limits = demoLimits() // a lost step is noticed within seconds
	p.Limits.Heartbeat, p.Limits.HostTimeout = 10*time.Second, 10*time.Second
	p.Limits.ProbeAfter, p.Limits.ProbeMax = time.Second, 2*time.Second
	_, err = configure(k.t.Context(), k.client, p)
	require.NoError(k.t, err)
}

// until waits until the run has come to what is asked for.
func (k *killed) until(backupID string, there func(message.Progress) bool) {
	k.t.Helper()
	require.Eventually(k.t, func() bool {
		p, err := message.ShowProgress.Ask(k.t.Context(), k.client, message.BackupID(backupID))
		return err == nil && (there(p) || p.Phase == message.Done)
	}, 5*time.Minute, 5*time.Millisecond)
}

// finish waits for the end of a run and holds it to the site.
func (k *killed) finish(backupID string) {
	k.t.Helper()
	_ = k.client.GetWorkflow(k.t.Context(), message.BackupID(backupID), "").Get(k.t.Context(), nil)
	b, _, err := settled(k.t.Context(), k.client, backupID)
	require.NoError(k.t, err)
	require.Equal(k.t, backup.Complete, b.Status, b.Reason)
	require.Equal(k.t, 1460, b.Counts.Items)
	require.Equal(k.t, 61, b.Counts.Attachments)
	store, err := dir.Open(filepath.Join(k.data, "store"))
	require.NoError(k.t, err)
	found, err := archive.Verify(k.t.Context(), store, k.policyID, backupID, archive.VerifyOptions{})
	require.NoError(k.t, err)
	require.True(k.t, found.OK(), "%v", found.Problems)
}

func (k *killed) view() message.PolicyView {
	k.t.Helper()
	var v message.PolicyView
	require.Eventually(k.t, func() bool {
		var err error
		v, err = showPolicy(k.t.Context(), k.client, k.policyID)
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	return v
}

func (k *killed) run() string {
	k.t.Helper()
	b, err := runBackup(k.t.Context(), k.client, k.policyID, message.RunBackupInput{By: "ann"})
	require.NoError(k.t, err)
	return b.ID
}

// TestDevKilled states: killed (-9) at any moment and started again, dev has its
// policies and backups, and the run in progress goes on to COMPLETE.
func TestDevKilled(t *testing.T) {
	k := setUpKilled(t)
	first := startDevProcess(t, k.flags...)
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(k.data, databaseName()+".new"))
		_, made := os.Stat(filepath.Join(k.data, databaseName()))
		return err == nil || made == nil
	}, time.Minute, time.Millisecond)
	first.kill() // while the database is made

	k.start()
	k.createPolicy()
	id := k.run()
	for _, moment := range []struct {
		name string
		is   func(message.Progress) bool
	}{
		{"in the capture", func(p message.Progress) bool { return p.Phase == message.Capture && p.Shards > 1 }},
		{"in the seal", func(p message.Progress) bool { return p.Phase == message.Sealing }},
	} {
		k.until(id, moment.is)
		k.kill()
		t.Logf("killed %s", moment.name)
		k.start()
		require.Equal(t, id, k.view().Backups[0].ID)
	}
	k.finish(id)
	story := holdfast(t, "backup", "logs", id, "--address", k.begun.Temporal)
	require.Equal(t, exitDone, story.code, story.err)
	require.Regexp(t, `COMPLETE: \d+ steps, [1-9]\d* tried again`, story.out, "the story tells of the kills")
	want := k.view()
	k.kill()
	k.start()
	require.Equal(t, want, k.view(), "policy and backups are as before")
	t.Run("it ends when it is asked to", func(t *testing.T) {
		require.NoError(t, k.process.cmd.Process.Signal(os.Interrupt))
		select {
		case <-k.process.ended:
		case <-time.After(30 * time.Second):
			require.Fail(t, "it goes on")
		}
		require.Equal(t, exitDone, k.process.cmd.ProcessState.ExitCode(), k.process.log())
	})
}

// TestDevKilledAtRandom is TestDevKilled at many moments, also of the start itself.
func TestDevKilledAtRandom(t *testing.T) {
	if os.Getenv("HOLDFAST_LONG") == "" {
		t.Skip("takes minutes: set HOLDFAST_LONG=1")
	}
	k := setUpKilled(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	k.start()
	k.createPolicy()
	began := time.Now()
	id := k.run()
	k.finish(id)
	undisturbed := time.Since(began)
	t.Logf("undisturbed: %v", undisturbed)
	kills := 0
	for kills < 12 {
		id = k.run()
		for range 3 {
			at := time.Duration(random.Int64N(int64(undisturbed)))
			time.Sleep(at) // the moment is the test
			k.kill()
			kills++
			if random.IntN(2) == 0 {
				starting := startDevProcess(t, k.flags...)
				time.Sleep(time.Duration(random.Int64N(int64(3 * time.Second))))
				starting.kill()
				kills++
			}
			k.start()
			require.Equal(t, id, k.view().Backups[0].ID, "killed after %v", at)
		}
		k.finish(id)
	}
	var listed []backup.Backup
	got := holdfast(t, "backup", "list", k.policyID, "--address", k.begun.Temporal, "-o", "json")
	require.NoError(t, json.Unmarshal([]byte(got.out), &listed), got.err)
	for _, b := range listed {
		require.Equal(t, backup.Complete, b.Status, b.Reason)
	}
	t.Logf("%d kills, %d backups", kills, len(listed))
}
