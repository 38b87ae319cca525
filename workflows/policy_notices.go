package workflows

import (
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
)

// setupNotices announces what there is to announce.
func (p *policyRun) setupNotices(ctx workflow.Context) error { return nil }

// announce notes that an event is to be announced. row, which may be nil, is the
// backup that it is about. The caller touches the policy afterwards.
func (p *policyRun) announce(ctx workflow.Context, event backup.Event, text string, row *backup.Backup) {
}

// announceRun is announce for a run that has ended.
func (p *policyRun) announceRun(ctx workflow.Context, row backup.Backup) {}
