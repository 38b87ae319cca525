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

// ErrTooLarge means that a reply is larger than the client is ready to hold;
// asking for less at a time helps. It comes as the cause of an Error.
var ErrTooLarge = errors.New("the reply is too large")

// Error is a failed call. It names the route template, never the full URL, and
// never holds a body.
type Error struct {
	Class  Class
	Status int       // HTTP status, 0 where there was no reply
	Method string    // "GET"
	Route  string    // "/rest/api/3/issue/{id}"
	Until  time.Time // ClassQuota and ClassAway: when it may go on; zero where unknown
	Reason string    // RateLimit-Reason, or what is wrong, without content
	// Fields are the names in the "errors" of a 400, such as "customfield_10010": which
	// members of a write the site refused. The texts beside them are content.
	Fields []string
	Trace  string // atl-traceid of the reply, for Atlassian's support
	Err    error  // cause, where there is one without content

	// plain says that the reply was not JSON: a 404 may then be the platform's
	// word on the whole site.
	plain bool
	// wide says that a 429 concerns the whole site, not its route alone.
	wide bool
	// narrow says that a 429 concerns the one thing that was written, not its route.
	narrow bool
	// unsent says that there was no connection over which the request could have gone.
	unsent bool
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: %s", e.Method, e.Route, e.Class)
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if !e.Until.IsZero() {
		s += ", not before " + e.Until.UTC().Format(time.RFC3339)
	}
	if advice := e.advice(); advice != "" {
		s += "; " + advice
	}
	if e.Trace != "" {
		s += " [trace " + e.Trace + "]"
	}
	return s
}

// advice is what the operator can do about the error.
func (e *Error) advice() string {
	switch e.Class {
	case ClassCredentials:
		return "check that the API token is valid and belongs to the account"
	case ClassForbidden:
		return "give the account the permission, or leave this out of the policy"
	case ClassSiteGone:
		return "check the address of the site"
	}
	return ""
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// passes reports whether the same call may succeed later.
func (e *Error) passes() bool { return e.Class == ClassAway || e.Class == ClassQuota }

// undone reports whether the site certainly did nothing of what was asked.
func (e *Error) undone() bool { return e.Class == ClassQuota || e.unsent }

// NewError makes an error about a reply of that HTTP status, 0 where there was
// none, to a request of a route. The reason is for the operator, without content.
func NewError(class Class, status int, route, reason string) *Error {
	method, template := split(route)
	return &Error{Class: class, Status: status, Method: method, Route: template, Reason: reason}
}

// StatusOf returns the HTTP status that the *Error in err's chain is about; 0
// where there was no reply.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// ClassOf returns the class of the *Error in err's chain, or "".
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ""
}
