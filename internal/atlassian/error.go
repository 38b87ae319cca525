package atlassian

import (
	"errors"
	"fmt"
	"time"
)

// Class says what a failed call means for the caller.
type Class string

// The classes of errors. Quota and Away are returned only after the client has
// retried by itself for Config.RetryFor, or at once where the site names a
// longer wait.
const (
	ClassCredentials Class = "credentials" // the account is refused, or was dropped to anonymous
	ClassForbidden   Class = "forbidden"   // the account is known and may not
	ClassNotFound    Class = "not found"   // absent, or hidden from the account
	ClassQuota       Class = "quota"       // 429; Until says when it may go on, where known
	ClassAway        Class = "away"        // no connection, time-out, 5xx, a body that breaks off
	ClassSiteGone    Class = "site gone"   // the host answers, but there is no such site
	ClassProtocol    Class = "protocol"    // a reply that does not make sense, or a 4xx that we should not have caused
)

// Error is a failed call. It names the route template, never the full URL, and
// never holds a body.
type Error struct {
	Class  Class
	Status int       // HTTP status, 0 where there was no reply
	Method string    // "GET"
	Route  string    // "/rest/api/3/issue/{id}"
	Until  time.Time // ClassQuota: when it may go on; zero where unknown
	Reason string    // RateLimit-Reason, or what is wrong, without content
	Trace  string    // atl-traceid of the reply, for Atlassian's support
	Err    error     // cause, where there is one without content
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: %s", e.Method, e.Route, e.Class)
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Trace != "" {
		s += " [trace " + e.Trace + "]"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of the *Error in err's chain, or "".
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ""
}
