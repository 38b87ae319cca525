package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// Verify reads a whole backup from the store and tells its Policy what it found.
func Verify(ctx workflow.Context, in message.VerifyInput) (message.VerifyResult, error) {
	var a *activities.Activities
	var found activities.VerifyBackupResult
	err := workflow.ExecuteActivity(longWalk(ctx, backup.DefaultLimits(), "read "+in.BackupID), a.VerifyBackup, activities.VerifyBackupInput{
		PolicyID: in.PolicyID, BackupID: in.BackupID,
	}).Get(ctx, &found)
	if err != nil {
		return message.VerifyResult{}, err
	}
	result := message.VerifyResult{
		Status: backup.Complete, Counts: found.Counts, Problems: found.Problems, ProblemCount: found.ProblemCount,
	}
	report := message.VerificationReport{BackupID: in.BackupID, At: workflow.Now(ctx).UTC(), Status: backup.Complete}
	if found.ProblemCount > 0 {
		result.Status = backup.Incomplete
		if !found.Readable {
			result.Status = backup.Failed
		}
		report.Status = result.Status
		report.Reason = fmt.Sprintf("problems found: %d, the first: %s. Run a new backup", found.ProblemCount, found.Problems[0])
	}
	err = workflow.ExecuteActivity(shortCall(ctx, backup.DefaultLimits(), "tell the policy"), a.RecordVerification, activities.RecordVerificationInput{
		PolicyID: in.PolicyID, Report: report,
	}).Get(ctx, nil)
	return result, err
}
