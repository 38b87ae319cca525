package jira

import (
	"context"

	"holdfast/internal/atlassian"
)

// The coverages of a report, as KindAccess has them.
const (
	stateCaptured    = "captured"
	statePartly      = "partly"
	stateNotExposed  = "not exposed by the API"
	stateNotCaptured = "not captured"
	stateNoAccess    = "no permission"
	stateSwitchedOff = "switched off"
)

// Probe asks for each kind of the site whether the account may read it.
func (j *Jira) Probe(ctx context.Context, yield func(atlassian.KindAccess) error) error {
	for _, k := range j.kinds {
		if k.Scope != atlassian.ScopeSite || k.Parent != "" {
			continue
		}
		access := atlassian.KindAccess{
			Kind: k.Name, Title: k.Title, Content: k.Content, State: stateCaptured,
			Permission: k.Permission, Scope: k.TokenScope, Note: k.Note,
		}
		if k.State != "" {
			access.State = k.State
		} else if _, err := j.read(ctx, k, owner{}); err != nil {
			reason, ok := reasonOf(err)
			if !ok {
				return err
			}
			access.State, access.Note = statePartly, reason
			switch atlassian.ClassOf(err) {
			case atlassian.ClassForbidden:
				access.State = stateNoAccess
			case atlassian.ClassNotFound:
				access.State = stateNotExposed
			}
		}
		if err := yield(access); err != nil {
			return err
		}
	}
	return nil
}
