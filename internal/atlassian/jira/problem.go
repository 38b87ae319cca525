package jira

import (
	"errors"
	"fmt"

	"holdfast/internal/atlassian"
)

func problem(kind, id string, c atlassian.Container, reason string) *atlassian.Problem {
	return &atlassian.Problem{Kind: kind, ID: id, Container: c.Key, Reason: reason}
}

func noPermission(c atlassian.Container) *atlassian.Problem {
	p := problem(projectKind, c.ID, c, permissionReason(c))
	p.Key = c.Key
	return p
}

func permissionReason(c atlassian.Container) string {
	return fmt.Sprintf("no permission on project %s any more: give the account BROWSE_PROJECTS again, or exclude the project", c.Key)
}

// reasonOf says why a list could not be read where that is a fact about the
// list; ok is false for errors that concern more than it.
func reasonOf(err error) (reason string, ok bool) {
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

const notWhole = "not whole: the list did not add up in three reads"
