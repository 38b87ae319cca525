// Package notify delivers notices of what happens to backups: to webhooks, and to
// commands on the worker's host. What they are is the worker's configuration, under
// names that policies give.
package notify

import (
	"context"
	"errors"

	"holdfast/internal/backup"
)

// Hooks are the entries of a worker's notifications, by their names.
type Hooks struct{}

// ErrUnknown means that there is no entry of that name.
var ErrUnknown = errors.New("there is no such notification")

// Deliver delivers a notice to the entry of that name, once.
func (h *Hooks) Deliver(ctx context.Context, to string, n backup.Notice) error { return ErrUnknown }
