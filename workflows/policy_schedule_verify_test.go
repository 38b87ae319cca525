package workflows

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// verified is a policy of three backups, of which the newest is FAILED, and whose
// verifications read thirds.
func verified(t *testing.T) *belfry {
	b := newBelfry(t)
	b.state.Policy.Verification = &backup.Verification{Cron: "@daily", Of: 3}
	row := func(daysAgo int, status backup.Status) backup.Backup {
		start := belfryStart.AddDate(0, 0, -daysAgo)
		r := backup.Backup{ID: backup.NewBackupID("jira-acme", start), Status: status, StartedAt: start}
		if status != backup.Failed {
			r.ExpiresAt = start.AddDate(0, 0, 14)
		}
		return r
	}
	b.state.Backups = []backup.Backup{row(10, backup.Complete), row(3, backup.Complete), row(1, backup.Failed)}
	b.state.LastComplete = b.state.Backups[1].StartedAt
	return b
}

func (b *belfry) beginVerification(id string) *belfryAnswer[message.BeginVerificationResult] {
	return askPolicy(b, message.BeginVerification, message.BeginVerificationInput{RequestID: id})
}

func TestScheduledVerificationsReadOneShareAfterTheOther(t *testing.T) {
	b := verified(t)
	newest := b.state.Backups[1].ID
	type begun = belfryAnswer[message.BeginVerificationResult]
	var first, again, second, third, fourth *begun
	report := func(id string, got *begun) {
		askPolicy(b, message.RecordVerification, message.VerificationReport{
			BackupID: newest, At: b.now(), Status: backup.Complete, ReadID: id, Share: got.result.Share, Of: got.result.Of, Scheduled: true,
		})
	}
	b.at(time.Minute, func() { first = b.beginVerification("v1") })
	b.at(2*time.Minute, func() { again = b.beginVerification("v1") })
	b.at(3*time.Minute, func() { report("v1", first) })
	b.at(4*time.Minute, func() { report("v1", first) })
	b.at(5*time.Minute, func() {
		require.Equal(t, 1, b.view().Shares, "a report that comes twice counts once")
		second = b.beginVerification("v2")
	})
	b.at(6*time.Minute, func() { report("v2", second) })
	b.at(7*time.Minute, func() { third = b.beginVerification("v3") })
	b.at(8*time.Minute, func() { report("v3", third) })
	b.at(9*time.Minute, func() { fourth = b.beginVerification("v4") })
	b.at(10*time.Minute, func() {
		want := message.BeginVerificationResult{BackupID: newest, Share: 1, Of: 3}
		require.Equal(t, want, first.result)
		require.Equal(t, want, again.result)
		want.Share = 2
		require.Equal(t, want, second.result)
		want.Share = 3
		require.Equal(t, want, third.result)
		want.Share = 1
		require.Equal(t, want, fourth.result)
		require.True(t, b.view().Backups[1].VerifiedAt.IsZero(), "D1: the date is that of a full verification")
	})
	b.run(time.Hour)
}

func TestAVerificationThatHasNothingToRead(t *testing.T) {
	for name, change := range map[string]func(*PolicyState){
		"no backup is available":        func(s *PolicyState) { s.Backups = s.Backups[2:] },
		"verifications were taken down": func(s *PolicyState) { s.Policy.Verification = nil },
	} {
		t.Run(name, func(t *testing.T) {
			b := verified(t)
			change(&b.state)
			var got *belfryAnswer[message.BeginVerificationResult]
			b.at(time.Minute, func() { got = b.beginVerification("v1") })
			b.at(2*time.Minute, func() {
				require.NoError(t, got.err)
				require.Empty(t, got.result)
			})
			b.run(time.Hour)
		})
	}
}

// TestR1AShareThatIsDamaged states what a bad share does: the backup is COMPLETE no
// more, does not count for R1, and that is announced.
func TestR1AShareThatIsDamaged(t *testing.T) {
	b := verified(t)
	newest, older := b.state.Backups[1].ID, b.state.Backups[0].StartedAt
	b.at(time.Minute, func() {
		askPolicy(b, message.RecordVerification, message.VerificationReport{
			BackupID: newest, At: b.now(), Status: backup.Incomplete, Reason: "problems found: 1", Share: 2, Of: 3, ReadID: "v1", Scheduled: true,
		})
	})
	b.at(2*time.Minute, func() {
		v := b.view()
		require.Equal(t, backup.Incomplete, v.Backups[1].Status)
		require.Equal(t, "verification at 2026-11-23 03:01:00Z: problems found: 1", v.Backups[1].Reason)
		require.Equal(t, older, v.LastComplete)
		require.Len(t, b.notices, 1)
		require.Equal(t, backup.EventVerificationFailed, b.notices[0].Event)
		require.Equal(t, newest, b.notices[0].Backup.ID)
	})
	b.run(time.Hour)
}

// TestVerify states what is read and reported, by hand and by schedule.
func TestVerify(t *testing.T) {
	const id = "jira-acme.20261120T030000Z"
	for _, c := range []struct {
		name   string
		in     message.VerifyInput
		due    message.BeginVerificationResult
		found  activities.VerifyBackupResult
		read   *activities.VerifyBackupInput
		report *message.VerificationReport
		result message.VerifyResult
	}{
		{name: "by hand, all of it", in: message.VerifyInput{PolicyID: "jira-acme", BackupID: id},
			found:  activities.VerifyBackupResult{Readable: true, Counts: backup.Counts{Items: 7}},
			read:   &activities.VerifyBackupInput{PolicyID: "jira-acme", BackupID: id, ReadID: "verify/1"},
			report: &message.VerificationReport{BackupID: id, Status: backup.Complete, ReadID: "verify/1"},
			result: message.VerifyResult{BackupID: id, Status: backup.Complete, Counts: backup.Counts{Items: 7}}},
		{name: "by hand, a share", in: message.VerifyInput{PolicyID: "jira-acme", BackupID: id, Share: 2, Of: 5},
			found:  activities.VerifyBackupResult{Readable: true},
			read:   &activities.VerifyBackupInput{PolicyID: "jira-acme", BackupID: id, Share: 2, Of: 5, ReadID: "verify/1"},
			report: &message.VerificationReport{BackupID: id, Status: backup.Complete, ReadID: "verify/1", Share: 2, Of: 5},
			result: message.VerifyResult{BackupID: id, Share: 2, Of: 5, Status: backup.Complete}},
		{name: "by schedule, the share that is due, and it is damaged", in: message.VerifyInput{PolicyID: "jira-acme"},
			due:   message.BeginVerificationResult{BackupID: id, Share: 3, Of: 5},
			found: activities.VerifyBackupResult{Readable: true, ProblemCount: 2, Problems: []string{"attachments/7: it is missing"}},
			read:  &activities.VerifyBackupInput{PolicyID: "jira-acme", BackupID: id, Share: 3, Of: 5, ReadID: "verify/1"},
			report: &message.VerificationReport{BackupID: id, Status: backup.Incomplete, ReadID: "verify/1", Share: 3, Of: 5, Scheduled: true,
				Reason: "problems found: 2, the first: attachments/7: it is missing. Run a new backup"},
			result: message.VerifyResult{BackupID: id, Share: 3, Of: 5, Status: backup.Incomplete, ProblemCount: 2, Problems: []string{"attachments/7: it is missing"}}},
		{name: "by schedule, and there is nothing", in: message.VerifyInput{PolicyID: "jira-acme"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.SetWorkerOptions(patient)
			env.RegisterWorkflow(Verify)
			env.SetStartTime(belfryStart)
			env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "verify/1"})
			var a *activities.Activities
			var read *activities.VerifyBackupInput
			var report *message.VerificationReport
			env.OnActivity(a.BeginVerification, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.BeginVerificationInput) (message.BeginVerificationResult, error) {
				if in.RequestID != "verify/1" || c.in.BackupID != "" {
					return message.BeginVerificationResult{}, errors.New("not to be asked so")
				}
				return c.due, nil
			}).Maybe()
			env.OnActivity(a.VerifyBackup, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.VerifyBackupInput) (activities.VerifyBackupResult, error) {
				read = &in
				return c.found, nil
			}).Maybe()
			env.OnActivity(a.RecordVerification, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.RecordVerificationInput) error {
				require.Equal(t, belfryStart, in.Report.At)
				in.Report.At = time.Time{}
				report = &in.Report
				return nil
			}).Maybe()
			env.ExecuteWorkflow(Verify, c.in)
			require.NoError(t, env.GetWorkflowError())
			var result message.VerifyResult
			require.NoError(t, env.GetWorkflowResult(&result))
			require.Equal(t, c.result, result)
			require.Equal(t, c.read, read)
			require.Equal(t, c.report, report)
		})
	}
}
