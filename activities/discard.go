package activities

import (
	"context"
	"errors"
	"time"
)

// Discard removes what a failed or cancelled run left: the data, the run's folder; leaves state.json with FAILED.
type DiscardInput struct {
	Run    Run       `json:"run"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Now    time.Time `json:"now"`
}

// Discard …
func (a *Activities) Discard(ctx context.Context, in DiscardInput) error {
	return errors.ErrUnsupported
}
