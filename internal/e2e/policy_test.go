package e2e

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
	"holdfast/internal/samplesite"
)

// runError asks for a backup and returns the refusal.
func (s *stack) runError(in message.RunBackupInput) error {
	s.t.Helper()
	_, err := message.RunBackup.Call(s.ctx(), s.client, message.PolicyID(s.policy), in)
	require.Error(s.t, err)
	return err
}

// TestPolicyGate states R1 to R3 on a real server.
func TestPolicyGate(t *testing.T) {
	t.Parallel()
	s := started(t)
	slow := s.site.Inject(samplesite.Rule{Route: remotelink, From: 30, Effect: samplesite.Effect{Delay: 50 * time.Millisecond}})
	in := message.RunBackupInput{RequestID: "first", By: "tester"}

	t.Run("R3: of ten requests at once one starts a run", func(t *testing.T) {
		var asked sync.WaitGroup
		errs := make([]error, 10)
		for n := range errs {
			asked.Go(func() {
				_, errs[n] = message.RunBackup.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.RunBackupInput{RequestID: string(rune('a' + n)), By: "tester"})
			})
		}
		asked.Wait()
		started := 0
		for _, err := range errs {
			if err == nil {
				started++
				continue
			}
			kind, _ := failure.Of(err)
			require.Equal(t, failure.Running, kind)
			require.Contains(t, err.Error(), s.policy+".")
		}
		require.Equal(t, 1, started)
		slow.Heal()
	})
	view, err := message.ShowPolicy.Ask(s.ctx(), s.client, message.PolicyID(s.policy))
	require.NoError(t, err)
	require.Len(t, view.Backups, 1)
	first := s.finish(view.Backups[0].ID)
	require.Equal(t, backup.Complete, first.Status, first.Reason)

	t.Run("R1: after COMPLETE a run is refused, with the time from which it is allowed", func(t *testing.T) {
		err := s.runError(in)
		kind, text := failure.Of(err)
		require.Equal(t, failure.TooEarly, kind)
		require.Contains(t, text, first.StartedAt.Add(7*24*time.Hour).UTC().Format("2006-01-02 15:04:05Z"))
	})
	t.Run("a COMPLETE backup that fails verification counts no longer", func(t *testing.T) {
		row, err := message.RecordVerification.Call(s.ctx(), s.client, message.PolicyID(s.policy), message.VerificationReport{
			BackupID: first.ID, At: time.Now(), Status: backup.Incomplete, Reason: "one segment is damaged",
		})
		require.NoError(t, err)
		require.Equal(t, backup.Incomplete, row.Status)
		require.Contains(t, row.Reason, "one segment is damaged")
		second := s.begin(func(r *message.RunBackupInput) { r.RequestID = "again" })
		same := s.begin(func(r *message.RunBackupInput) { r.RequestID = "again" })
		require.Equal(t, second.ID, same.ID, "a repeated request is answered with the run that it started")
		require.Equal(t, backup.Complete, s.finish(second.ID).Status)
	})
}

// TestTerminatedRun states: a run that an operator terminated is noticed within
// the hour, and what it stored is removed. The hour passes by the server's time skipping.
func TestTerminatedRun(t *testing.T) {
	t.Parallel()
	s := started(t)
	slow := s.site.Inject(samplesite.Rule{Route: remotelink, From: 200, Effect: samplesite.Effect{Delay: time.Minute}})
	id := s.begin().ID
	require.Eventually(t, func() bool { return slow.Fired() > 0 }, time.Minute, 10*time.Millisecond)
	require.NoError(t, s.client.TerminateWorkflow(s.ctx(), message.BackupID(id), "", "tester"))
	slow.Heal()
	before := time.Now()
	s.skip(message.PolicyID(s.policy), time.Hour+time.Minute)
	var row backup.Backup
	require.EventuallyWithT(t, func(c *assertT) {
		row = s.row(id)
		assert.Equal(c, backup.Failed, row.Status)
	}, time.Minute, 200*time.Millisecond)
	require.Less(t, time.Since(before), 2*time.Minute)
	require.Less(t, row.EndedAt.Sub(before), time.Hour+2*time.Minute)
	s.requireNoBackup(row, "terminated")
	require.Equal(t, backup.Complete, s.run().Status)
}

// skip lets time pass for a workflow that only waits.
func (s *stack) skip(workflowID string, d time.Duration) {
	s.t.Helper()
	require.NoError(s.t, s.skipTo(workflowID, d))
}

func (s *stack) skipTo(workflowID string, d time.Duration) error {
	_, err := s.client.WorkflowService().UpdateWorkflowExecutionOptions(s.ctx(), &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:         s.server.Namespace(),
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: &commonpb.TimeSkippingConfig{
			Enabled: true, DisablePropagation: true,
			FastForwardConfig: &commonpb.FastForwardConfig{Id: fmt.Sprint(time.Now().UnixNano()), Duration: durationpb.New(d)},
		}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	return err
}
