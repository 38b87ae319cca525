package activities

import (
	"context"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
)

// NotifyInput is a notice and the entry of the workers' notifications that is told.
type NotifyInput struct {
	To     string        `json:"to"`
	Notice backup.Notice `json:"notice"`
}

// Notify delivers a notice once. A worker that does not have the entry is NoHook,
// which others may have.
func (a *Activities) Notify(ctx context.Context, in NotifyInput) error {
	return failure.New(failure.InvalidArgument, "not there yet")
}
