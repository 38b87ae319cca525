package jira

import (
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
