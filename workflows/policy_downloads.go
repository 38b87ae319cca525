package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// setupDownloads takes what is asked and told of downloads (D2, L1 to L3).
func (p *policyRun) setupDownloads(ctx workflow.Context) error { return nil }
