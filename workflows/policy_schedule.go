package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// Bell is what a Policy knows of its schedule.
type Bell struct {
	// NextRun is when the bell is expected next, zero where it is not.
	NextRun time.Time `json:"nextRun,omitzero"`
	// Interval is the time between two rings.
	Interval time.Duration `json:"interval,omitempty"`
	// Pending is the run that the Policy will start by itself.
	Pending *message.PendingRun `json:"pending,omitempty"`
	// Attempt is of the scheduled run in progress, from 1; 0 where that one is not scheduled.
	Attempt int `json:"attempt,omitempty"`
	// Unset is whether the Temporal Schedule is not known to be as the policy says.
	Unset bool `json:"unset,omitempty"`
}

// setupSchedule takes the rings of the bell, and starts what is pending when it is
// time (P5).
func (p *policyRun) setupSchedule(ctx workflow.Context) error { return nil }

// setSchedules makes the Temporal Schedules what policy says, paused where the
// backups are; an expression that Temporal refuses is InvalidArgument. The caller
// holds the lock and, on success, makes policy the policy.
func (p *policyRun) setSchedules(ctx workflow.Context, policy backup.Policy, standing backup.Standing) error {
	return nil
}

// afterRun judges whether a scheduled run that ended is tried again.
func (p *policyRun) afterRun(ctx workflow.Context, row backup.Backup) {}
