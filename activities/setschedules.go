package activities

import (
	"context"
	"time"

	"holdfast/internal/backup"
)

// SetSchedulesInput says what the Temporal Schedules of a policy are to be. A
// schedule that the policy does not have is deleted.
type SetSchedulesInput struct {
	Policy backup.Policy `json:"policy"`
	Paused *backup.Note  `json:"paused,omitempty"`
	// Removed is set for a policy that is deleted.
	Removed bool `json:"removed,omitempty"`
}

// SetSchedulesResult says when the bell rings next.
type SetSchedulesResult struct {
	Next     time.Time     `json:"next,omitzero"`
	Interval time.Duration `json:"interval,omitempty"` // between the two next rings
}

// SetSchedules makes the Temporal Schedules of a policy what its options say, as
// often as it is asked. An expression or a time zone that Temporal refuses is
// InvalidArgument.
func (a *Activities) SetSchedules(ctx context.Context, in SetSchedulesInput) (SetSchedulesResult, error) {
	return SetSchedulesResult{}, nil
}
