package workflows

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// setupReads takes the updates by which something that reads a backup keeps it from
// expiring.
func (p *policyRun) setupReads(ctx workflow.Context) error {
	return errors.Join(
		message.BeginRead.Handle(ctx, "keep a backup while it is read", p.validateBeginRead, locked(p, p.validateBeginRead, p.handleBeginRead)),
		message.EndRead.Handle(ctx, "let a backup expire that was read", p.validateEndRead, locked(p, p.validateEndRead, p.handleEndRead)),
	)
}

func (p *policyRun) validateBeginRead(ctx workflow.Context, in message.ReadInput) error {
	if in.ReadID == "" {
		return failure.New(failure.InvalidArgument, "a read without an id can't be ended: give the id of the workflow that reads")
	}
	if p.reading(ctx, in) {
		_, err := p.find(in.BackupID)
		return err
	}
	_, err := p.present(ctx, in.BackupID)
	return err
}

// reading reports whether this read has begun and is not over.
func (p *policyRun) reading(ctx workflow.Context, in message.ReadInput) bool {
	now := workflow.Now(ctx)
	return slices.ContainsFunc(p.Reads, func(r Read) bool {
		return r.ID == in.ReadID && r.BackupID == in.BackupID && now.Before(r.Until)
	})
}

func (p *policyRun) handleBeginRead(ctx workflow.Context, in message.ReadInput) (backup.Backup, error) {
	p.beginRead(ctx, in)
	return *p.row(in.BackupID), nil
}

// beginRead keeps a backup from expiring until the read ends, or its grace is over. One
// that goes on is renewed.
func (p *policyRun) beginRead(ctx workflow.Context, in message.ReadInput) {
	now := workflow.Now(ctx).UTC()
	p.endReads(func(r Read) bool { return !now.Before(r.Until) || r.ID == in.ReadID && r.BackupID == in.BackupID })
	p.Reads = append(p.Reads, Read{ID: in.ReadID, BackupID: in.BackupID, Until: now.Add(p.Policy.Limits.ReadGrace)})
	p.move(ctx)
}

func (p *policyRun) validateEndRead(ctx workflow.Context, in message.ReadInput) error {
	return p.known()
}

// handleEndRead ends a read. One that is over already, or whose backup is not
// remembered any more, is nothing to complain of.
func (p *policyRun) handleEndRead(ctx workflow.Context, in message.ReadInput) (backup.Backup, error) {
	if p.endReads(func(r Read) bool { return r.ID == in.ReadID && r.BackupID == in.BackupID }) {
		p.move(ctx)
	}
	if row := p.row(in.BackupID); row != nil {
		return *row, nil
	}
	return backup.Backup{}, nil
}

// endReads ends the reads that are over, and reports whether there were any.
func (p *policyRun) endReads(over func(Read) bool) bool {
	n := len(p.Reads)
	p.Reads = slices.DeleteFunc(slices.Clone(p.Reads), over)
	return len(p.Reads) < n
}

// readUntil is when the last read of a backup is over at the latest, zero where
// nothing reads it.
func (p *policyRun) readUntil(backupID string) (until time.Time) {
	for _, r := range p.Reads {
		if r.BackupID == backupID && r.Until.After(until) {
			until = r.Until
		}
	}
	return until
}
