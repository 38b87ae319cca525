package backup

import "time"

// Event is a kind of what is announced.
type Event string

// The events that are announced.
const (
	EventComplete           Event = "complete"
	EventIncomplete         Event = "incomplete"
	EventFailed             Event = "failed"
	EventExpiring           Event = "expiring"
	EventMissed             Event = "missed" // a scheduled run that was refused, or whose bell did not ring
	EventVerificationFailed Event = "verification failed"
	EventDrillFailed        Event = "drill failed"
	EventTest               Event = "test"
)

// Notice is one event of a policy, as it is announced. It holds no content.
type Notice struct {
	// ID is the same however often the notice is delivered, and no other notice's.
	ID      string    `json:"id"`
	Event   Event     `json:"event"`
	At      time.Time `json:"at"`
	Policy  string    `json:"policy"`
	Product Product   `json:"product"`
	Site    string    `json:"site"`
	// Text says in one sentence what happened, and what to do.
	Text string `json:"text"`
	// To is the one of the policy's notifications that is told; empty means all.
	To string `json:"to,omitempty"`
	// Backup is the backup that it is about, as it was then; nil where it is about none.
	Backup *Backup `json:"backup,omitempty"`
}

// Events are all events that a notification can ask for. A test is announced to all.
func Events() []Event {
	return []Event{EventComplete, EventIncomplete, EventFailed, EventExpiring, EventMissed, EventVerificationFailed, EventDrillFailed}
}
