package activities

import "context"

// EndPhaseInput names a phase that is through.
type EndPhaseInput struct {
	RestoreStep
	Phase   string `json:"phase"`
	Compare bool   `json:"compare,omitempty"`
}

// EndPhase joins the ids that the batches of a phase made, for the phases after it.
// Comparing makes none.
func (a *Activities) EndPhase(ctx context.Context, in EndPhaseInput) error {
	beat := startPulse(ctx)
	defer beat.end()
	if err := a.begun(ctx, in.RestoreStep); err != nil || in.Compare {
		return err
	}
	return restoreFailed(a.folderSteps(in.RestoreStep, beat).EndPhase(ctx, in.Phase))
}
