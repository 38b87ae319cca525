package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// setupBackups takes the updates about the life of a backup.
func (p *policyRun) setupBackups(ctx workflow.Context) error {
	return errors.Join(
		message.Hold.Handle(ctx, "keep a backup whatever its expiry", p.validateHold, locked(p, p.validateHold, p.handleHold)),
		message.Release.Handle(ctx, "let a backup expire again", p.validateRelease, locked(p, p.validateRelease, p.handleRelease)),
		message.Extend.Handle(ctx, "put the expiry of a backup off", p.validateExtend, locked(p, p.validateExtend, p.handleExtend)),
		message.DeleteBackup.Handle(ctx, "make a backup expire now", p.validateDeleteBackup, locked(p, p.validateDeleteBackup, p.handleDeleteBackup)),
	)
}

// present is the backup of that id, or the refusal of what needs its bytes: that
// there is no such backup, or that it has none (any more).
func (p *policyRun) present(ctx workflow.Context, id string) (*backup.Backup, error) {
	row, err := p.find(id)
	if err != nil {
		return nil, err
	}
	if now := workflow.Now(ctx); !backup.Present(*row, now) {
		return nil, refusal(&backup.NotAvailable{BackupID: id, Status: backup.StatusAt(*row, now)})
	}
	return row, nil
}

func (p *policyRun) validateHold(ctx workflow.Context, in message.BackupInput) error {
	_, err := p.present(ctx, in.BackupID)
	return err
}

func (p *policyRun) handleHold(ctx workflow.Context, in message.BackupInput) (backup.Backup, error) {
	row := p.row(in.BackupID)
	if h := row.Held; h == nil || h.By != in.By || h.Text != in.Text {
		row.Held = note(ctx, in.By, in.Text)
		p.stateChanged(row.ID)
		p.touch(ctx)
	}
	return *row, nil
}

func (p *policyRun) validateRelease(ctx workflow.Context, in message.BackupInput) error {
	_, err := p.present(ctx, in.BackupID)
	return err
}

// handleRelease lets a backup expire when its time is over, at once where it is.
func (p *policyRun) handleRelease(ctx workflow.Context, in message.BackupInput) (backup.Backup, error) {
	row := p.row(in.BackupID)
	if row.Held != nil {
		row.Held = nil
		p.stateChanged(row.ID)
		p.touch(ctx)
	}
	return *row, nil
}

func (p *policyRun) validateExtend(ctx workflow.Context, in message.ExtendInput) error {
	row, err := p.present(ctx, in.BackupID)
	if err != nil {
		return err
	}
	if now := workflow.Now(ctx); !in.To.After(row.ExpiresAt) || !in.To.After(now) {
		return failure.NewWithDetails(failure.InvalidArgument, fmt.Sprintf(
			"backup %s expires at %s, and can't be made to expire at %s: give a later time than that and than now", row.ID, when(row.ExpiresAt), when(in.To),
		), row.ExpiresAt.UTC())
	}
	return nil
}

func (p *policyRun) handleExtend(ctx workflow.Context, in message.ExtendInput) (backup.Backup, error) {
	row := p.row(in.BackupID)
	row.ExpiresAt = in.To.UTC()
	// The new expiry is announced in its time, too.
	row.ExpiryAnnounced = false
	p.stateChanged(row.ID)
	p.touch(ctx)
	return *row, nil
}

// validateDeleteBackup allows it where there are bytes, be it that they have expired
// and wait for who reads them.
func (p *policyRun) validateDeleteBackup(ctx workflow.Context, in message.BackupInput) error {
	row, err := p.find(in.BackupID)
	switch {
	case err != nil:
		return err
	case !backup.HasBytes(*row):
		return refusal(&backup.NotAvailable{BackupID: row.ID, Status: row.Status})
	case row.Held != nil:
		return failure.NewWithDetails(failure.Held, fmt.Sprintf("backup %s is held by %s since %s%s: release it first with `holdfast backup release %s`",
			row.ID, someone(row.Held.By), when(row.Held.At), quote(row.Held.Text), row.ID), *row.Held)
	}
	return nil
}

func (p *policyRun) handleDeleteBackup(ctx workflow.Context, in message.BackupInput) (backup.Backup, error) {
	row := p.row(in.BackupID)
	p.delete(ctx, row, *note(ctx, in.By, in.Text))
	p.touch(ctx)
	return *row, nil
}

// delete makes a backup expire before its time. The bytes go when nobody reads them
// any more. The caller touches the policy afterwards.
func (p *policyRun) delete(ctx workflow.Context, row *backup.Backup, why backup.Note) {
	*row = backup.Delete(*row, why)
	p.stateChanged(row.ID)
}

// someone is who did something, as they say.
func someone(by string) string {
	if by == "" {
		return "somebody"
	}
	return by
}

// quote is a remark in parentheses, empty where there is none.
func quote(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
