// Package notify delivers notices of what happens to backups: to webhooks, and to
// commands on the worker's host. What they are is the worker's configuration, under
// names that policies give. No address, secret or command is in any error: an
// address may hold a key.
package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/backup"
)

// Timeout is how long a webhook may take to answer, and a command to end.
const Timeout = 30 * time.Second

// ErrUnknown means that there is no entry of that name.
var ErrUnknown = errors.New("there is no such notification here")

// RefusedError is a definite refusal: the same notice would be refused again. The
// message says why, and what to do.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

// Receipt is how a notice was taken.
type Receipt struct {
	// Wanted is false where the entry does not ask for such events: nothing was done.
	Wanted bool
	// Answer says for people how it was taken. It holds nothing that the other side says.
	Answer string
}

// hook delivers notices in one way. The body is the notice in JSON.
type hook interface {
	deliver(ctx context.Context, n backup.Notice, body []byte) (answer string, err error)
}

// entry is one notification.
type entry struct {
	hook   hook
	events []backup.Event // empty means all
}

// wants reports whether the entry asks for such events. A test goes to all.
func (e entry) wants(event backup.Event) bool {
	return len(e.events) == 0 || event == backup.EventTest || slices.Contains(e.events, event)
}

// Deliver delivers a notice to the entry of that name, once. The error wraps
// ErrUnknown where there is none, and *RefusedError where it is no use to try
// again; all others may pass. A nil *Hooks has no entries.
func (h *Hooks) Deliver(ctx context.Context, to string, n backup.Notice) (Receipt, error) {
	if h == nil {
		return Receipt{}, fmt.Errorf("notification %q: %w: name the file that has it with --notifications", to, ErrUnknown)
	}
	e, err := h.lookup(to)
	if err != nil {
		return Receipt{}, err
	}
	if !e.wants(n.Event) {
		return Receipt{}, nil
	}
	body, err := json.Marshal(n)
	if err != nil {
		return Receipt{}, fmt.Errorf("write notice %s: %w", n.ID, err)
	}
	answer, err := e.hook.deliver(ctx, n, body)
	if err != nil {
		return Receipt{}, fmt.Errorf("notification %q: %w", to, err)
	}
	return Receipt{Wanted: true, Answer: answer}, nil
}
