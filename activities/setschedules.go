package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// SetSchedulesInput says what the Temporal Schedules of a policy are to be. A
// schedule that the policy does not have is deleted.
type SetSchedulesInput struct {
	Policy backup.Policy `json:"policy"`
	// Paused is set where the schedule of backups does not ring; verifications and drills go on.
	Paused *backup.Note `json:"paused,omitempty"`
	// Removed is set for a policy that is deleted.
	Removed bool `json:"removed,omitempty"`
	// Anew writes the schedules even where they look as they should.
	Anew bool `json:"anew,omitempty"`
}

// SetSchedulesResult says when the bell rings next.
type SetSchedulesResult struct {
	Next     time.Time     `json:"next,omitzero"`      // zero where it does not
	Interval time.Duration `json:"interval,omitempty"` // between the two next rings
	// Ringing is whether a ring is under way, which the Policy may not have heard yet.
	Ringing bool `json:"ringing,omitempty"`
}

// SetSchedules makes the Temporal Schedules of a policy what its options say, as
// often as it is asked, whatever others do to them meanwhile. It returns once
// Temporal shows them so, and changes none that is so already. An expression or a
// time zone that Temporal refuses is InvalidArgument.
func (a *Activities) SetSchedules(ctx context.Context, in SetSchedulesInput) (SetSchedulesResult, error) {
	defer startPulse(ctx).end()
	bell, verification, drill := bellOf(in), verificationOf(in), drillOf(in)
	for _, o := range []*client.ScheduleOptions{bell, verification, drill} {
		if o != nil && o.Spec.TimeZoneName == "Local" {
			return SetSchedulesResult{}, failure.New(failure.InvalidArgument,
				"time zone Local is that of whichever host asks: give an IANA name such as Europe/Berlin")
		}
	}
	s := schedules{ctx: ctx, client: activity.GetClient(ctx).ScheduleClient(), anew: in.Anew}
	info, err := s.set(message.ScheduleID(in.Policy.ID), bell)
	if err != nil {
		return SetSchedulesResult{}, err
	}
	if _, err := s.set(message.VerificationScheduleID(in.Policy.ID), verification); err != nil {
		return SetSchedulesResult{}, err
	}
	if _, err := s.set(message.DrillScheduleID(in.Policy.ID), drill); err != nil {
		return SetSchedulesResult{}, err
	}
	if bell == nil {
		return SetSchedulesResult{}, nil
	}
	result := SetSchedulesResult{Ringing: len(info.RunningWorkflows) > 0}
	if next := info.NextActionTimes; !bell.Paused && len(next) > 0 {
		result.Next = next[0].UTC()
		if len(next) > 1 {
			result.Interval = next[1].Sub(next[0])
		}
	}
	return result, nil
}

// schedules is one call of SetSchedules.
type schedules struct {
	ctx    context.Context
	client client.ScheduleClient
	anew   bool
}

// maxSettling is how often a schedule is looked at until it is as it should be:
// what changes it at the same time wins now and then.
const maxSettling = 8

// set makes the schedule what it is to be, nil for none, and returns what Temporal
// then tells of it.
func (s *schedules) set(id string, want *client.ScheduleOptions) (client.ScheduleInfo, error) {
	handle, written := s.client.GetHandle(s.ctx, id), !s.anew
	for try := range maxSettling {
		if err := s.rest(time.Duration(try) * 100 * time.Millisecond); err != nil {
			return client.ScheduleInfo{}, err
		}
		have, err := handle.Describe(s.ctx)
		switch {
		case isNotFound(err) && want == nil:
			return client.ScheduleInfo{}, nil
		case isNotFound(err):
			_, err = s.client.Create(s.ctx, *want)
			written = true
		case err != nil:
		case want == nil:
			err = handle.Delete(s.ctx)
		case written && isAs(have, want):
			return have.Info, nil
		default:
			err = handle.Update(s.ctx, client.ScheduleUpdateOptions{DoUpdate: func(client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				return scheduleUpdate(want), nil
			}})
			written = true
		}
		if err := scheduleFailed(id, want, err); err != nil {
			return client.ScheduleInfo{}, err
		}
	}
	return client.ScheduleInfo{}, fmt.Errorf("set the schedule %s: something else keeps changing it: look at it in the Temporal Web UI", id)
}

// rest waits for d.
func (s *schedules) rest(d time.Duration) error {
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// scheduleFailed gives an error of Temporal its type; nil for those that another
// look settles, because the schedule came or went meanwhile.
func scheduleFailed(id string, want *client.ScheduleOptions, err error) error {
	var invalid *serviceerror.InvalidArgument
	switch {
	case err == nil, isNotFound(err), errors.Is(err, temporal.ErrScheduleAlreadyRunning):
		return nil
	case errors.As(err, &invalid) && want != nil:
		return failure.New(failure.InvalidArgument, fmt.Sprintf(
			"Temporal refuses the schedule %q in time zone %q: %s: give five fields, such as \"0 3 * * 1\" (Mondays at 3), or @daily, @weekly, @monthly, and an IANA name such as Europe/Berlin",
			cronOf(want.Spec), want.Spec.TimeZoneName, invalid.Message))
	}
	return fmt.Errorf("set the schedule %s: %w", id, err)
}
