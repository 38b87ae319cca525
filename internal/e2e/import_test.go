package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/host"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
	"holdfast/workflows"
)

// TestImport rebuilds a policy in an empty cluster from a copy of the store:
// everything that `policy show` tells is as it was, what was extended or held too,
// and the cluster that had it before writes no more.
func TestImport(t *testing.T) {
	t.Parallel()
	old := setUp(t, tinySite())
	old.limits.Cadence, old.limits.Retention = time.Nanosecond, time.Second
	host1 := old.startHost()
	old.createPolicy()
	call := func(err error) { t.Helper(); require.NoError(t, err) }

	expired := old.run()
	old.edit(func(p *backup.Policy) { p.Limits.Retention = 14 * day }) // of those that start from now on
	old.site.Inject(samplesite.Rule{Route: remotelink, Count: 1, Effect: samplesite.Effect{Status: 403}})
	incomplete := old.run()
	require.Equal(t, backup.Incomplete, incomplete.Status)
	held, extended := old.run(), old.run()
	_, err := message.Hold.Call(old.ctx(), old.client, message.PolicyID(old.policy), message.BackupInput{BackupID: held.ID, By: "lawyer", Text: "case 7"})
	call(err)
	for _, id := range []string{extended.ID, incomplete.ID} {
		_, err = message.Extend.Call(old.ctx(), old.client, message.PolicyID(old.policy), message.ExtendInput{BackupID: id, To: time.Now().Add(20 * day).UTC().Truncate(time.Second), By: "tester"})
		call(err)
	}
	old.edit(func(p *backup.Policy) {
		p.Schedule = &backup.Schedule{Cron: "0 3 * * 1", TimeZone: "Europe/Berlin", Jitter: time.Hour}
	})
	_, err = message.Pause.Call(old.ctx(), old.client, message.PolicyID(old.policy), message.NoteInput{By: "tester", Text: "moving"})
	call(err)
	old.eventually(expired.ID, func(c *assertT, b backup.Backup) { require.False(c, b.DeletedAt.IsZero(), b.Deletion) })
	before := old.show()
	require.Equal(t, 3, before.Available)
	// policy.json follows a change at once, but not in the same moment.
	require.EventuallyWithT(t, func(c *assertT) {
		text, err := os.ReadFile(old.path(archive.PolicyName(old.policy)))
		require.NoError(c, err)
		require.Contains(c, string(text), "deletedAt")
		require.Contains(c, string(text), "moving")
	}, time.Minute, 50*time.Millisecond)

	fresh := setUp(t, tinySite())
	fresh.site, fresh.policy = old.site, old.policy
	fresh.folder = t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(fresh.folder, "store"), os.DirFS(filepath.Join(old.folder, "store"))))
	fresh.openStore()
	fresh.startHost(func(c *host.Config) { c.Installation = "fresh" })
	imported := func(takeOver bool) error {
		run, err := fresh.client.ExecuteWorkflow(fresh.ctx(), client.StartWorkflowOptions{ID: message.ImportID(fresh.policy), TaskQueue: message.TaskQueue},
			message.ImportWorkflow, workflows.ImportInput{PolicyID: fresh.policy, TakeOver: takeOver})
		require.NoError(t, err)
		return run.Get(fresh.ctx(), nil)
	}
	kind, text := failure.Of(imported(false))
	require.Equal(t, failure.Owned, kind)
	require.Contains(t, text, "--take-over")
	require.NoError(t, imported(true))

	after := fresh.show()
	require.Equal(t, before.Policy, after.Policy)
	require.Equal(t, before.Backups, after.Backups)
	require.Equal(t, before.Standing, after.Standing)
	require.Equal(t, before.Available, after.Available)
	require.True(t, before.NextAllowedAt.Equal(after.NextAllowedAt))
	require.True(t, before.LastComplete.Equal(after.LastComplete))
	for _, id := range []string{held.ID, extended.ID} {
		fresh.requireVerified(id)
	}
	require.Equal(t, backup.Complete, fresh.run().Status)

	// The cluster that had the policy works on the same store from now on: it refuses.
	require.NoError(t, host1.Stop())
	late := *old
	late.folder = fresh.folder
	late.openStore()
	late.startHost()
	was := late.listed()
	row := late.run()
	require.Equal(t, backup.Failed, row.Status)
	require.Contains(t, row.Reason, "fresh")
	_, err = message.DeleteBackup.Call(late.ctx(), late.client, message.PolicyID(late.policy), of(extended.ID))
	require.NoError(t, err)
	late.eventually(extended.ID, func(c *assertT, b backup.Backup) { require.Contains(c, b.Deletion, "fresh") })
	require.Equal(t, was, late.listed(), "it wrote nothing")
	fresh.requireVerified(extended.ID)
}

// listed is every object of the store with its generation, which each write changes.
func (s *stack) listed() map[string]int64 {
	s.t.Helper()
	all := map[string]int64{}
	for o, err := range s.store.List(s.ctx(), "") {
		require.NoError(s.t, err)
		all[o.Name] = o.Generation
	}
	return all
}
