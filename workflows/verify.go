package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// Verify reads a backup from the store, whole or a share of it, and tells its Policy
// what it found. Without a backup's id it asks the Policy which backup and which
// share are due; where there is none it does nothing. The backup does not expire
// meanwhile: RecordVerification ends the read that BeginVerification or VerifyBackup
// begins.
func Verify(ctx workflow.Context, in message.VerifyInput) (message.VerifyResult, error) {
	var a *activities.Activities
	limits, readID := backup.DefaultLimits(), workflow.GetInfo(ctx).WorkflowExecution.ID
	scheduled := in.BackupID == ""
	if scheduled {
		var due message.BeginVerificationResult
		err := workflow.ExecuteActivity(shortCall(ctx, limits, "ask policy "+in.PolicyID+" what to read"), a.BeginVerification,
			activities.BeginVerificationInput{PolicyID: in.PolicyID, RequestID: readID}).Get(ctx, &due)
		if err != nil {
			return message.VerifyResult{}, err
		}
		if due.BackupID == "" {
			workflow.SetCurrentDetails(ctx, "There is no backup to verify")
			return message.VerifyResult{}, nil
		}
		in.BackupID, in.Share, in.Of = due.BackupID, due.Share, due.Of
	}
	var found activities.VerifyBackupResult
	err := workflow.ExecuteActivity(longWalk(ctx, limits, "read "+shareText(in)), a.VerifyBackup, activities.VerifyBackupInput{
		PolicyID: in.PolicyID, BackupID: in.BackupID, Share: in.Share, Of: in.Of, ReadID: readID,
	}).Get(ctx, &found)
	if err != nil {
		return message.VerifyResult{}, err
	}
	result := message.VerifyResult{
		BackupID: in.BackupID, Share: in.Share, Of: in.Of,
		Status: backup.Complete, Counts: found.Counts, Problems: found.Problems, ProblemCount: found.ProblemCount,
	}
	report := message.VerificationReport{
		BackupID: in.BackupID, At: workflow.Now(ctx).UTC(), Status: backup.Complete,
		ReadID: readID, Share: in.Share, Of: in.Of, Scheduled: scheduled,
	}
	if found.ProblemCount > 0 {
		result.Status = backup.Incomplete
		if !found.Readable {
			result.Status = backup.Failed
		}
		report.Status = result.Status
		report.Reason = fmt.Sprintf("problems found: %d, the first: %s. Run a new backup", found.ProblemCount, found.Problems[0])
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("Read %s: %d problems found", shareText(in), found.ProblemCount))
	err = workflow.ExecuteActivity(shortCall(ctx, limits, "tell the policy"), a.RecordVerification, activities.RecordVerificationInput{
		PolicyID: in.PolicyID, Report: report,
	}).Get(ctx, nil)
	return result, err
}

// shareText says what is read.
func shareText(in message.VerifyInput) string {
	if in.Of <= 1 {
		return in.BackupID
	}
	return fmt.Sprintf("share %d of %d of %s", in.Share, in.Of, in.BackupID)
}
