package workflows

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// Each update has a validator, which only reads, so that a refusal leaves
// nothing in the history, and a handler, which asks the validator again once it
// holds the lock.

func (p *policyRun) validateConfigure(ctx workflow.Context, in message.ConfigureInput) error {
	if err := backup.Validate(in.Policy); err != nil {
		return failure.New(failure.InvalidArgument, err.Error())
	}
	if p.configured() && !p.same(in.Policy) {
		return failure.New(failure.AlreadyExists, fmt.Sprintf("policy %s exists with other options: look at it with `holdfast policy show %s`", p.Policy.ID, p.Policy.ID))
	}
	return nil
}

// same reports whether other is this policy, whoever created it, whenever.
func (p *policyRun) same(other backup.Policy) bool {
	other.CreatedAt, other.CreatedBy = p.Policy.CreatedAt, p.Policy.CreatedBy
	return reflect.DeepEqual(other, p.Policy)
}

func (p *policyRun) handleConfigure(ctx workflow.Context, in message.ConfigureInput) (message.PolicyView, error) {
	if err := p.lock.Lock(ctx); err != nil {
		return message.PolicyView{}, err
	}
	defer p.lock.Unlock()
	if err := p.validateConfigure(ctx, in); err != nil {
		return message.PolicyView{}, err
	}
	if !p.configured() {
		p.Policy = in.Policy
		p.Policy.CreatedAt = workflow.Now(ctx).UTC()
		p.touch(ctx)
	}
	return p.view(ctx), nil
}

func (p *policyRun) validateRunBackup(ctx workflow.Context, in message.RunBackupInput) error {
	if !p.configured() {
		return failure.New(failure.NotFound, "there is no such policy: create it with `holdfast policy create`")
	}
	if p.answered(in.RequestID) != nil {
		return nil
	}
	if _, err := in.Options(p.Policy); err != nil {
		return refusal(err)
	}
	return refusal(backup.MayStart(p.history(), workflow.Now(ctx), p.Policy.Limits))
}

func (p *policyRun) history() backup.History {
	return backup.History{Running: p.Running, LastComplete: p.LastComplete}
}

// refusal gives a rule's refusal the type and details that a client looks at.
func refusal(err error) error {
	var early *backup.TooEarly
	var running *backup.Running
	switch {
	case err == nil:
		return nil
	case errors.As(err, &early):
		return failure.NewWithDetails(failure.TooEarly, err.Error(), early.Allowed.UTC())
	case errors.As(err, &running):
		return failure.NewWithDetails(failure.Running, err.Error(), running.BackupID)
	}
	return failure.New(failure.InvalidArgument, err.Error())
}

// answered is the backup that a request started, nil where it is a new one.
func (p *policyRun) answered(requestID string) *backup.Backup {
	for _, a := range p.Answered {
		if requestID != "" && a.RequestID == requestID {
			return p.row(a.BackupID)
		}
	}
	return nil
}

func (p *policyRun) handleRunBackup(ctx workflow.Context, in message.RunBackupInput) (backup.Backup, error) {
	if err := p.lock.Lock(ctx); err != nil {
		return backup.Backup{}, err
	}
	defer p.lock.Unlock()
	if row := p.answered(in.RequestID); row != nil {
		return *row, nil
	}
	if err := p.validateRunBackup(ctx, in); err != nil {
		return backup.Backup{}, err
	}
	options, err := in.Options(p.Policy)
	if err != nil {
		return backup.Backup{}, refusal(err)
	}
	row, err := p.beginRun(ctx, backup.Backup{Options: options, By: in.By}, in.AcceptSmaller)
	if err != nil {
		return backup.Backup{}, err
	}
	p.Answered = append(p.Answered, AnsweredRequest{RequestID: in.RequestID, BackupID: row.ID})
	p.touch(ctx)
	return row, nil
}

// beginRun starts the run that row describes, now, and enters it. The caller holds
// the lock, has asked the rules, and touches the policy afterwards.
func (p *policyRun) beginRun(ctx workflow.Context, row backup.Backup, acceptSmaller bool) (backup.Backup, error) {
	start := workflow.Now(ctx).UTC().Truncate(time.Second)
	for p.row(backup.NewBackupID(p.Policy.ID, start)) != nil {
		start = start.Add(time.Second)
	}
	row.ID, row.Status, row.StartedAt = backup.NewBackupID(p.Policy.ID, start), backup.InProgress, start
	row.Deadline = start.Add(p.Policy.Limits.Deadline)
	err := p.startRun(ctx, BackupInput{
		Run: activities.Run{
			Policy: p.Policy, BackupID: row.ID, Options: row.Options, StartedAt: start,
			Sources: backup.Sources(p.Backups, row.Options, start),
		},
		By: row.By, Deadline: row.Deadline, Baseline: p.baseline(row.Options), AcceptSmaller: acceptSmaller,
	})
	if err != nil {
		return backup.Backup{}, err
	}
	p.Running = row.ID
	p.Backups = append(p.Backups, row)
	return row, nil
}

// baseline is the last COMPLETE or INCOMPLETE backup of the same selection (S6).
func (p *policyRun) baseline(options backup.Options) backup.Baseline {
	for _, b := range slices.Backward(p.Backups) {
		was := b.Status
		if was == backup.Expired {
			was = b.Was
		}
		if (was == backup.Complete || was == backup.Incomplete) && b.Options.SameSelection(options) {
			return backup.Baseline{Backup: b.ID, Containers: b.Counts.Containers, Items: b.Counts.Items}
		}
	}
	return backup.Baseline{}
}

func (p *policyRun) validateCancelBackup(ctx workflow.Context, in message.CancelBackupInput) error {
	switch {
	case p.Running == "":
		return failure.New(failure.NotFound, "no backup is in progress: look at the last ones with `holdfast backup list "+p.Policy.ID+"`")
	case in.BackupID != "" && in.BackupID != p.Running:
		return failure.New(failure.NotFound, fmt.Sprintf("backup %s is not in progress, %s is", in.BackupID, p.Running))
	}
	return nil
}

func (p *policyRun) handleCancelBackup(ctx workflow.Context, in message.CancelBackupInput) (backup.Backup, error) {
	if err := p.lock.Lock(ctx); err != nil {
		return backup.Backup{}, err
	}
	defer p.lock.Unlock()
	if err := p.validateCancelBackup(ctx, in); err != nil {
		return backup.Backup{}, err
	}
	row := *p.row(p.Running)
	id := message.BackupID(row.ID)
	p.CancelledBy = in.By
	err := message.CancelledBy.Send(ctx, id, in.By).Get(ctx, nil)
	if err == nil {
		err = workflow.RequestCancelExternalWorkflow(ctx, id, "").Get(ctx, nil)
	}
	if err != nil {
		return row, failure.New(failure.NotFound, "the run has just ended: look at it with `holdfast backup show "+row.ID+"`")
	}
	return row, nil
}

func (p *policyRun) validateVerification(ctx workflow.Context, in message.VerificationReport) error {
	if p.row(in.BackupID) == nil {
		return failure.New(failure.NotFound, fmt.Sprintf("policy %s does not know a backup %s", p.Policy.ID, in.BackupID))
	}
	return nil
}

// handleVerification records a verification. A COMPLETE backup that fails it is
// COMPLETE no more, and no longer counts for R1; a bad one never gets better.
func (p *policyRun) handleVerification(ctx workflow.Context, in message.VerificationReport) (backup.Backup, error) {
	if err := p.lock.Lock(ctx); err != nil {
		return backup.Backup{}, err
	}
	defer p.lock.Unlock()
	if err := p.validateVerification(ctx, in); err != nil {
		return backup.Backup{}, err
	}
	row := p.row(in.BackupID)
	row.VerifiedAt = in.At
	if in.Status != backup.Complete && (row.Status == backup.Complete || row.Status == backup.Incomplete) {
		row.Status = in.Status
		row.Reason = fmt.Sprintf("verification at %s: %s", when(in.At), in.Reason)
		if row.StartedAt.Equal(p.LastComplete) {
			p.LastComplete = backup.LastComplete(p.Backups)
		}
	}
	p.touch(ctx)
	return *row, nil
}
