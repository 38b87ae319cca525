package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"holdfast/internal/message"
)

// RingInput says which policy's bell rings.
type RingInput struct {
	PolicyID  string    `json:"policyId"`
	RequestID string    `json:"requestId"`
	At        time.Time `json:"at"`   // when the schedule meant it to ring, without jitter
	Rang      time.Time `json:"rang"` // when it rang
}

// Ring asks a Policy for its scheduled run (P5), and tells it when its bell rings
// next. A policy that does not exist (any more) refuses.
func (a *Activities) Ring(ctx context.Context, in RingInput) (message.RingResult, error) {
	defer startPulse(ctx).end()
	c := activity.GetClient(ctx)
	ring := message.RingInput{RequestID: in.RequestID, At: in.At}
	d, err := c.ScheduleClient().GetHandle(ctx, message.ScheduleID(in.PolicyID)).Describe(ctx)
	switch {
	case isNotFound(err): // deleted while it rang: it does not ring again
	case err != nil:
		return message.RingResult{}, fmt.Errorf("look up when the bell of %s rings next: %w", in.PolicyID, err)
	case !d.Schedule.State.Paused:
		for _, next := range d.Info.NextActionTimes {
			if next.After(in.Rang) {
				ring.Next = next.UTC()
				break
			}
		}
	}
	result, err := message.ScheduledRun.Call(ctx, c, message.PolicyID(in.PolicyID), ring)
	if unknownPolicy(err) {
		return message.RingResult{Outcome: message.RingRefused, Reason: fmt.Sprintf(
			"there is no policy %s: delete the schedule %s in Temporal", in.PolicyID, message.ScheduleID(in.PolicyID))}, nil
	}
	if err != nil {
		return message.RingResult{}, fmt.Errorf("ask policy %s for its scheduled run: %w", in.PolicyID, err)
	}
	return result, nil
}
