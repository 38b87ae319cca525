package atlassian

import "time"

// Wait says what a client waits for before it sends a request.
type Wait string

// What a client waits for.
const (
	WaitLimit Wait = "limit" // its own throttle, which keeps what the site grants and the pauses that it asked for
	WaitQuota Wait = "quota" // a 429, before the next try
	WaitAway  Wait = "away"  // another passing fault, before the next try
)

// Observer hears of a client's requests and waits, for metrics. It is told route
// templates, never addresses. Its methods are called concurrently and should not block.
type Observer interface {
	// Request is called at the end of each try of a request; class is empty where it
	// succeeded. For attachments the try ends where their bytes begin to come.
	Request(route string, class Class)
	// Waited is called at the end of each wait.
	Waited(why Wait, d time.Duration)
}

// nobody is the Observer of a client that has none.
type nobody struct{}

func (nobody) Request(string, Class)      {}
func (nobody) Waited(Wait, time.Duration) {}
