package activities

import (
	"context"
	"time"

	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// RingInput says which policy's bell rings.
type RingInput struct {
	PolicyID  string    `json:"policyId"`
	RequestID string    `json:"requestId"`
	At        time.Time `json:"at"`
}

// Ring asks a Policy for its scheduled run (P5), and tells it when its bell rings next.
func (a *Activities) Ring(ctx context.Context, in RingInput) (message.RingResult, error) {
	return message.RingResult{}, failure.New(failure.InvalidArgument, "not there yet")
}
