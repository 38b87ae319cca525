package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

func (p *policyRun) validateBeginVerification(ctx workflow.Context, in message.BeginVerificationInput) error {
	return p.known()
}

// handleBeginVerification gives a scheduled verification the newest available backup
// and the share of it that is due, and keeps it from expiring meanwhile. Asked again,
// it gives the same backup.
func (p *policyRun) handleBeginVerification(ctx workflow.Context, in message.BeginVerificationInput) (message.BeginVerificationResult, error) {
	v := p.Policy.Verification
	if v == nil || p.Retired != nil {
		p.Unset = true // there should be no such schedule
		p.move(ctx)
		return message.BeginVerificationResult{}, nil
	}
	result := message.BeginVerificationResult{Share: p.Shares%v.Of + 1, Of: v.Of}
	for _, r := range p.Reads {
		if r.ID == in.RequestID {
			result.BackupID = r.BackupID
			return result, nil
		}
	}
	for _, b := range slices.Backward(p.Backups) {
		if backup.Available(b, workflow.Now(ctx)) {
			result.BackupID = b.ID
			p.beginRead(ctx, message.ReadInput{ReadID: in.RequestID, BackupID: b.ID})
			return result, nil
		}
	}
	return message.BeginVerificationResult{}, nil
}
