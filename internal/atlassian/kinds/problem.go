package kinds

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"holdfast/internal/atlassian"
)

// NotWhole is the reason of a list that changed while it was read, each time.
const NotWhole = "not whole: the list did not add up in three reads"

// Reason says why a list could not be read where that is a fact about the list;
// ok is false for errors that concern more than it.
func Reason(err error) (reason string, ok bool) {
	var e *atlassian.Error
	if !errors.As(err, &e) {
		return "", false
	}
	switch e.Class {
	case atlassian.ClassForbidden:
		return "no permission", true
	case atlassian.ClassNotFound:
		return "absent, although what it belongs to is there", true
	case atlassian.ClassProtocol:
		reason = "the site's reply makes no sense"
		if e.Status >= 400 {
			reason = fmt.Sprintf("the site refuses (HTTP %d)", e.Status)
		}
		if e.Trace != "" {
			reason += " [trace " + e.Trace + "]"
		}
		return reason, true
	}
	return "", false
}

// Lost reports whether err says that something is absent or not for us.
func Lost(err error) bool {
	class := atlassian.ClassOf(err)
	return class == atlassian.ClassNotFound || class == atlassian.ClassForbidden
}

// BadRequest reports whether the site refused what was asked as such.
func BadRequest(err error) bool { return atlassian.StatusOf(err) == http.StatusBadRequest }

// unsupported reports whether the site says that it does not have what was
// asked for: absent, or refused as such on a site without that product or plan.
func unsupported(err error) bool {
	switch atlassian.StatusOf(err) {
	case http.StatusNotFound, http.StatusBadRequest, http.StatusPaymentRequired, http.StatusMethodNotAllowed:
		return true
	}
	return false
}

// noPermission says what the account lacks to read a kind.
func noPermission(row Row) string {
	reason := "no permission"
	if row.Permission != "" {
		reason += fmt.Sprintf(": it needs %q", row.Permission)
		if row.TokenScope != "" {
			reason += fmt.Sprintf(", and a token with scopes needs %q", row.TokenScope)
		}
	} else if row.TokenScope != "" {
		reason += fmt.Sprintf(": a token with scopes needs %q", row.TokenScope)
	}
	return reason
}

// NoteOf is what to know about a kind of which nothing is lost.
func NoteOf(row Row, text string) atlassian.Problem {
	return atlassian.Problem{Kind: row.Name, ID: row.Name, Note: true, Reason: text}
}

// Now is when something was fetched, in the precision that records keep.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
