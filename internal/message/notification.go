package message

import "holdfast/internal/backup"

// A notice is delivered by one Notification for each of the policy's notifications
// that is told of it, under NotificationID. Who has called TestNotify waits for the
// deliveries by asking for the results of these workflows: they are started when the
// update is answered. A delivery that can't be made now goes on for three days, so
// that the caller bounds its wait.

// NotificationInput is a notice and who is told.
type NotificationInput struct {
	// To is the name of an entry of the workers' notifications.
	To     string        `json:"to"`
	Notice backup.Notice `json:"notice"`
}

// NotificationResult is what became of a notice that was not refused.
type NotificationResult struct {
	Outcome NotificationOutcome `json:"outcome"`
	// Answer is how it was taken, for people: the status of a reply, or how a command ended.
	Answer string `json:"answer,omitempty"`
}

// NotificationOutcome is what became of a notice.
type NotificationOutcome string

// The outcomes of a notification that has ended well.
const (
	// Delivered means that who is told has taken the notice.
	Delivered NotificationOutcome = "delivered"
	// LeftOut means that the entry does not ask for events of this kind.
	LeftOut NotificationOutcome = "left out"
)
