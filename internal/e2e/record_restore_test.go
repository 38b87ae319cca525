package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/backup"
	"holdfast/internal/devserver"
	"holdfast/internal/host"
	"holdfast/internal/message"
	"holdfast/internal/restore"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// recordRestores makes the recordings of restores and of drills.
func recordRestores(t *testing.T, folder string) {
	t.Run("restored", func(t *testing.T) {
		s := setUp(t, samplesite.Config{Rate: fast, Content: content.Spec{
			Seed: 7, Attachments: 2, Projects: []content.ProjectSpec{{Key: "EE", Issues: 3}, {Key: "OPS", Issues: 2}, {Key: "PAY", Issues: 2}, {Key: "SHOP", Issues: 1}},
		}}, func(c *devserver.Config) { c.SuggestContinueAsNew = 25 })
		s.limits.Window = 1
		row, to := s.readyToRestore()
		id := s.preview(to, row.ID)
		_, err := s.accept(id)
		require.NoError(t, err)
		s.requireWhole(s.restored(id))
		s.record(folder, "restored", message.RestoreWorkflow)
	})
	t.Run("restore-retried", func(t *testing.T) {
		s := setUp(t, tinySite())
		row, to := s.readyToRestore()
		refused := to.Inject(samplesite.Rule{Method: http.MethodPost, Route: comments, Effect: samplesite.Effect{
			Status: http.StatusBadRequest, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"errorMessages":["No."],"errors":{}}`,
		}})
		view := s.restored(s.beginRestore(to, row.ID, notCompared))
		require.Equal(t, restore.Incomplete, view.Status, view.Reason)
		require.Positive(t, refused.Fired())
		refused.Heal()
		s.requireWhole(s.retried(view, to))
		s.record(folder, "restore-retried", message.RestoreWorkflow, message.RestoreWorkflow)
	})
	t.Run("restore-cancelled", func(t *testing.T) {
		s := setUp(t, tinySite())
		row, to := s.readyToRestore()
		slow := slowWrites(to)
		id := s.beginRestore(to, row.ID)
		require.Eventually(t, func() bool { return slow.Fired() > 3 }, time.Minute, 10*time.Millisecond)
		require.NoError(t, s.client.SignalWorkflow(s.ctx(), message.RestoreID(id), "", message.CancelledBy.Name, "tester"))
		require.NoError(t, s.client.CancelWorkflow(s.ctx(), message.RestoreID(id), ""))
		view := s.restored(id)
		require.Equal(t, restore.Cancelled, view.Status, view.Reason)
		require.Contains(t, view.Reason, "cancelled by tester")
		s.record(folder, "restore-cancelled", message.RestoreWorkflow, message.RestorePhaseWorkflow)
	})
	t.Run("restore-failed", func(t *testing.T) {
		s := setUp(t, tinySite())
		row, to := s.readyToRestore()
		to.Inject(samplesite.Rule{Method: http.MethodPost, Route: comments, Count: 1, Effect: samplesite.Effect{Do: to.RevokeToken}})
		view := s.restored(s.beginRestore(to, row.ID))
		require.Equal(t, restore.Failed, view.Status, view.Reason)
		require.False(t, view.AppliedAt.IsZero(), "it failed while it wrote")
		s.record(folder, "restore-failed", message.RestoreWorkflow, message.RestorePhaseWorkflow)
	})
	t.Run("restore-lapsed", func(t *testing.T) {
		s := setUp(t, tinySite())
		s.limits.Retention = 15 * time.Second
		row, to := s.readyToRestore()
		view := s.restored(s.preview(to, row.ID))
		require.Equal(t, restore.Lapsed, view.Status, view.Reason)
		s.record(folder, "restore-lapsed", message.RestoreWorkflow)
	})
	t.Run("restore-refused", func(t *testing.T) {
		s := setUp(t, tinySite())
		s.limits.Cadence = time.Nanosecond
		s.startHost()
		s.createPolicy()
		row := s.run()
		require.Equal(t, backup.Complete, row.Status, row.Reason)
		// The destination is the policy's own site: both want its lock.
		id := s.preview(s.site, row.ID, func(in *message.RestoreInput) {
			in.Spec.Credential, in.Spec.Selection.As = credential, map[string]string{"EE": "AGAIN"}
		}, notCompared)
		slow := s.site.Inject(samplesite.Rule{Route: remotelink, Effect: samplesite.Effect{Delay: 300 * time.Millisecond}})
		running := s.begin().ID
		require.Eventually(t, func() bool { return slow.Fired() > 1 }, time.Minute, 10*time.Millisecond)
		_, err := s.accept(id)
		require.ErrorContains(t, err, "backup "+running)
		slow.Heal()
		require.Equal(t, backup.Complete, s.finish(running).Status)

		slow = slowWrites(s.site)
		_, err = s.accept(id)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return slow.Fired() > 1 }, time.Minute, 10*time.Millisecond)
		_, err = message.RunBackup.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.RunBackupInput{RequestID: "refused", By: "tester"})
		require.ErrorContains(t, err, id)
		slow.Heal()
		view := s.restored(id)
		require.Equal(t, restore.Complete, view.Status, view.Reason)
		require.Equal(t, backup.Complete, s.run().Status)
		s.record(folder, "restore-refused", message.RestoreWorkflow)
	})
	t.Run("drilled", func(t *testing.T) {
		s := setUp(t, tinySite())
		s.limits.Cadence = time.Nanosecond
		s.startHost()
		s.createPolicy()
		row := s.run()
		require.Equal(t, backup.Complete, row.Status, row.Reason)
		report := s.drilled(row)
		require.True(t, report.Passed, report.Reason)
		require.NotNil(t, s.show().Proven)
		require.Equal(t, backup.Complete, s.run().Status)
		s.record(folder, "drilled", message.DrillWorkflow, message.RestoreWorkflow)
	})
}

// readyToRestore makes a backup, and an empty site to restore it into, whose account the
// host knows.
func (s *stack) readyToRestore() (backup.Backup, *samplesite.Site) {
	s.t.Helper()
	capturing := s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(s.t, backup.Complete, row.Status, row.Reason)
	to := s.emptySite(row.ID)
	require.NoError(s.t, capturing.Stop())
	known := s.credentials()
	known[elsewhere] = atlassian.Credential{Name: elsewhere, Email: to.Email(), Token: to.Token()}
	s.startHost(func(c *host.Config) { c.Sites = s.hostConfig(known).Sites })
	return row, to
}

// notCompared leaves the comparison out.
func notCompared(in *message.RestoreInput) { in.Compare = false }

// preview plans a restore, and waits until its preview is there.
func (s *stack) preview(to *samplesite.Site, backupID string, change ...func(*message.RestoreInput)) string {
	s.t.Helper()
	id := s.beginRestore(to, backupID, append(change, func(in *message.RestoreInput) { in.Apply = false })...)
	require.EventuallyWithT(s.t, func(c *assertT) {
		view, err := message.ShowRestore.Ask(s.ctx(), s.client, message.RestoreID(id))
		require.NoError(c, err)
		require.Equal(c, restore.Planned, view.Status, view.Reason)
	}, time.Minute, 100*time.Millisecond)
	return id
}

// accept accepts the preview of a restore.
func (s *stack) accept(id string) (message.RestoreView, error) {
	return message.ApplyRestore.Call(s.ctx(), s.client, message.RestoreID(id), message.ApplyRestoreInput{By: "tester"})
}

// retried tries a restore again that has ended, to its end.
func (s *stack) retried(view message.RestoreView, to *samplesite.Site) message.RestoreView {
	s.t.Helper()
	return s.restored(s.beginRestore(to, view.BackupID, func(in *message.RestoreInput) {
		in.Spec.ID, in.Retry, in.State = view.ID, view.Retry+1, &view
	}))
}

// slowWrites has a site take its time for whatever creates something.
func slowWrites(site *samplesite.Site) *samplesite.Fault {
	return site.Inject(samplesite.Rule{Method: http.MethodPost, Effect: samplesite.Effect{Delay: 300 * time.Millisecond}})
}
