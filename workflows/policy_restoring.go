package workflows

import (
	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
)

// nobodyHolds refuses a run while somebody else holds the policy's site: a restore
// that writes into it (R3), or a run that this policy does not know of. It asks
// Temporal, so that it is for handlers, after the validator; the run itself takes the
// lock, and fails where somebody was faster.
func (p *policyRun) nobodyHolds(ctx workflow.Context) error {
	id, err := holder(ctx, p.Policy.Product, p.Policy.CloudID, p.Policy.Limits)
	switch {
	case err != nil || id == "":
		return err
	case isRestore(id):
		return &backup.Restoring{RestoreID: id}
	}
	return &backup.Running{BackupID: id}
}
