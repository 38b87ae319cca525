package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// setupDrills takes what is asked and told of drills, which prove that the policy's
// backups can be restored.
func (p *policyRun) setupDrills(ctx workflow.Context) error {
	return errors.Join(
		message.BeginDrill.Handle(ctx, "tell what a drill is to restore", p.validateBeginDrill, locked(p, p.validateBeginDrill, p.handleBeginDrill)),
		message.RecordDrill.Handle(ctx, "record what a drill found", p.validateRecordDrill, locked(p, p.validateRecordDrill, p.handleRecordDrill)),
	)
}

func (p *policyRun) validateBeginDrill(ctx workflow.Context, in message.BeginDrillInput) error {
	if in.ReadID == "" {
		return failure.New(failure.InvalidArgument, "a drill without an id can't be ended: give the id of its workflow")
	}
	if err := p.known(); err != nil || in.BackupID == "" {
		return err
	}
	row, err := p.find(in.BackupID)
	if err != nil || p.reading(ctx, message.ReadInput{ReadID: in.ReadID, BackupID: in.BackupID}) {
		return err
	}
	return refusal(backup.MayRestore(*row, backup.FromStore, workflow.Now(ctx), p.Policy.Limits))
}

// handleBeginDrill gives a drill the backup that it names, or the newest available one,
// and keeps it from expiring meanwhile. Asked again, it gives the same.
func (p *policyRun) handleBeginDrill(ctx workflow.Context, in message.BeginDrillInput) (message.BeginDrillResult, error) {
	d := p.Policy.Drill
	if in.Scheduled && (d == nil || p.Retired != nil) {
		p.Unset = true // there should be no such schedule
		p.move(ctx)
		return message.BeginDrillResult{}, nil
	}
	result := message.BeginDrillResult{BackupID: p.toDrill(ctx, in), Product: p.Policy.Product, Limits: p.Policy.Limits}
	if in.Scheduled {
		result.Sample = d.Sample
	}
	read := message.ReadInput{ReadID: in.ReadID, BackupID: result.BackupID}
	if result.BackupID != "" && !p.reading(ctx, read) {
		p.beginRead(ctx, read)
	}
	return result, nil
}

// toDrill is the backup that a drill is to restore; empty where there is none.
func (p *policyRun) toDrill(ctx workflow.Context, in message.BeginDrillInput) string {
	if in.BackupID != "" {
		return in.BackupID
	}
	for _, r := range p.Reads {
		if r.ID == in.ReadID {
			return r.BackupID
		}
	}
	for _, b := range slices.Backward(p.Backups) {
		if backup.Available(b, workflow.Now(ctx)) {
			return b.ID
		}
	}
	return ""
}

func (p *policyRun) validateRecordDrill(ctx workflow.Context, in message.DrillReport) error {
	_, err := p.find(in.BackupID)
	return err
}

// keptDrills is how many drills a policy remembers to have recorded.
const keptDrills = 10

// handleRecordDrill records when the policy was last proven restorable, or that it
// was not, which is announced. A report that comes twice changes nothing.
func (p *policyRun) handleRecordDrill(ctx workflow.Context, in message.DrillReport) (backup.Backup, error) {
	row := p.row(in.BackupID)
	if slices.Contains(p.Drills, in.ID) {
		return *row, nil
	}
	p.Drills = append(p.Drills, in.ID)
	if n := len(p.Drills) - keptDrills; n > 0 {
		p.Drills = slices.Clone(p.Drills[n:])
	}
	p.endReads(func(r Read) bool { return r.ID == in.ReadID && r.BackupID == in.BackupID })
	if in.Passed && in.Score != nil {
		p.Proven = &backup.Proof{
			At: in.At, Backup: in.BackupID, Drill: in.ID, Sample: in.Sample,
			Records: in.Score.Records, Fields: in.Score.Fields, Unwritable: in.Score.Unwritable,
		}
		p.Unproven = nil
	} else {
		p.Unproven = &backup.Note{At: in.At, Text: fmt.Sprintf("drill %s of %s: %s", in.ID, in.BackupID, in.Reason)}
		p.announce(ctx, backup.EventDrillFailed, fmt.Sprintf("drill %s did not bring backup %s back as it was: %s", in.ID, in.BackupID, in.Reason), row)
	}
	p.touch(ctx)
	return *row, nil
}
