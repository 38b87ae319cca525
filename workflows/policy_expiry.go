package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// setupExpiry takes the updates about the life of backups, and ends it when it is
// time (S5).
func (p *policyRun) setupExpiry(ctx workflow.Context) error { return nil }
