package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// setupLifecycle takes the updates by which a policy is edited, paused, resumed,
// deleted and imported.
func (p *policyRun) setupLifecycle(ctx workflow.Context) error {
	return errors.Join(
		message.Edit.Handle(ctx, "change the policy", p.validateEdit, locked(p, p.validateEdit, p.handleEdit)),
		message.Pause.Handle(ctx, "stop the schedule", p.validatePause, locked(p, p.validatePause, p.handlePause)),
		message.Resume.Handle(ctx, "go on with the schedule, or take the deletion back", p.validateResume, locked(p, p.validateResume, p.handleResume)),
		message.DeletePolicy.Handle(ctx, "delete the policy", p.validateDelete, locked(p, p.validateDelete, p.handleDelete)),
		message.ImportPolicy.Handle(ctx, "rebuild the policy from the store", p.validateImport, locked(p, p.validateImport, p.handleImport)),
	)
}

// validateEdit compares: one who edits what somebody else has changed meanwhile is
// refused. An edit that has been made already is not.
func (p *policyRun) validateEdit(ctx workflow.Context, in message.EditInput) error {
	if err := p.active(); err != nil {
		return err
	}
	if equal(in.Policy, p.Policy) {
		return nil
	}
	if !equal(in.Was, p.Policy) {
		return failure.New(failure.Conflict, fmt.Sprintf("policy %s has changed meanwhile: look at it with `holdfast policy show %s`, then edit it again", p.Policy.ID, p.Policy.ID))
	}
	if fixed := changedIdentity(p.Policy, in.Policy); len(fixed) > 0 {
		return failure.New(failure.InvalidArgument, fmt.Sprintf("%s of policy %s can't change: create another policy", strings.Join(fixed, ", "), p.Policy.ID))
	}
	if err := backup.Validate(in.Policy); err != nil {
		return failure.New(failure.InvalidArgument, err.Error())
	}
	return nil
}

// changedIdentity names what makes a policy itself and is not the same in both.
func changedIdentity(was, is backup.Policy) (names []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"the id", was.ID == is.ID},
		{"the product", was.Product == is.Product},
		{"the site", was.Site == is.Site},
		{"the cloud id", was.CloudID == is.CloudID},
		{"the creation", was.CreatedAt.Equal(is.CreatedAt) && was.CreatedBy == is.CreatedBy},
	} {
		if !f.same {
			names = append(names, f.name)
		}
	}
	return names
}

// equal reports whether two policies are the same, as they are written: one has
// been at a client, and an empty list comes back from there as none.
func equal(a, b backup.Policy) bool {
	if !a.CreatedAt.Equal(b.CreatedAt) {
		return false
	}
	a.CreatedAt = b.CreatedAt
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func (p *policyRun) handleEdit(ctx workflow.Context, in message.EditInput) (message.PolicyView, error) {
	if equal(in.Policy, p.Policy) {
		return p.view(ctx), nil
	}
	if err := p.setSchedules(ctx, in.Policy, p.Standing); err != nil {
		return message.PolicyView{}, err
	}
	p.Policy = in.Policy
	p.touch(ctx)
	return p.view(ctx), nil
}

func (p *policyRun) validatePause(ctx workflow.Context, in message.NoteInput) error {
	return p.active()
}

// handlePause stops scheduled runs and those that are tried again by themselves.
// What is asked for by hand, expiry and downloads go on.
func (p *policyRun) handlePause(ctx workflow.Context, in message.NoteInput) (message.PolicyView, error) {
	if p.Paused != nil {
		return p.view(ctx), nil
	}
	standing := p.Standing
	standing.Paused = note(ctx, in.By, in.Text)
	if err := p.setSchedules(ctx, p.Policy, standing); err != nil {
		return message.PolicyView{}, err
	}
	p.Standing, p.Pending = standing, nil
	p.touch(ctx)
	return p.view(ctx), nil
}

// validateResume refuses to take a deletion back that has begun to delete.
func (p *policyRun) validateResume(ctx workflow.Context, in message.NoteInput) error {
	if p.Purge || p.Removal != nil {
		return p.active()
	}
	return p.known()
}

func (p *policyRun) handleResume(ctx workflow.Context, in message.NoteInput) (message.PolicyView, error) {
	if p.Paused == nil && p.Retired == nil {
		return p.view(ctx), nil
	}
	standing := p.Standing
	standing.Paused, standing.Retired = nil, nil
	if err := p.setSchedules(ctx, p.Policy, standing); err != nil {
		return message.PolicyView{}, err
	}
	p.Standing = standing
	p.touch(ctx)
	return p.view(ctx), nil
}

// note is a Note of now.
func note(ctx workflow.Context, by, text string) *backup.Note {
	return &backup.Note{At: workflow.Now(ctx).UTC(), By: by, Text: text}
}
