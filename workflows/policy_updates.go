package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// setupUpdates takes what a policy can be asked about its runs.
//
// Each update has a validator, which only reads, so that a refusal leaves
// nothing in the history, and a handler, which asks the validator again once it
// holds the lock.
func (p *policyRun) setupUpdates(ctx workflow.Context) error {
	return errors.Join(
		message.Configure.Handle(ctx, "set the policy up", p.validateConfigure, locked(p, p.validateConfigure, p.handleConfigure)),
		message.RunBackup.Handle(ctx, "start a backup where R1 to R3 allow it", p.validateRunBackup, locked(p, p.validateRunBackup, p.handleRunBackup)),
		message.CancelBackup.Handle(ctx, "cancel the backup in progress", p.validateCancelBackup, locked(p, p.validateCancelBackup, p.handleCancelBackup)),
		message.RecordVerification.Handle(ctx, "record what a verification found", p.validateVerification, locked(p, p.validateVerification, p.handleVerification)),
		message.ShowPolicy.Handle(ctx, "the policy and its backups", func() (message.PolicyView, error) { return p.view(ctx), nil }),
	)
}

// known refuses what is asked of a policy that is not there.
func (p *policyRun) known() error {
	if !p.configured() {
		return failure.New(failure.NotFound, "there is no such policy: create it with `holdfast policy create`")
	}
	return nil
}

// active refuses what a policy does not do (any more) once it is deleted.
func (p *policyRun) active() error {
	if err := p.known(); err != nil || p.Retired == nil {
		return err
	}
	if p.Purge || p.Removal != nil {
		return failure.New(failure.Retired, fmt.Sprintf("policy %s is deleted with its backups: create it anew once it is gone from `holdfast policy list`", p.Policy.ID))
	}
	return failure.New(failure.Retired, fmt.Sprintf("policy %s is deleted and ends with its last backup: take that back with `holdfast policy resume %s`", p.Policy.ID, p.Policy.ID))
}

func (p *policyRun) validateConfigure(ctx workflow.Context, in message.ConfigureInput) error {
	if err := backup.Validate(in.Policy); err != nil {
		return failure.New(failure.InvalidArgument, err.Error())
	}
	if !p.configured() {
		return nil
	}
	if err := p.active(); err != nil {
		return err
	}
	if !p.same(in.Policy) {
		return failure.New(failure.AlreadyExists, fmt.Sprintf("policy %s exists with other options: look at it with `holdfast policy show %s`", p.Policy.ID, p.Policy.ID))
	}
	return nil
}

// same reports whether other is this policy, whoever created it, whenever.
func (p *policyRun) same(other backup.Policy) bool {
	other.CreatedAt, other.CreatedBy = p.Policy.CreatedAt, p.Policy.CreatedBy
	return equal(other, p.Policy)
}

func (p *policyRun) handleConfigure(ctx workflow.Context, in message.ConfigureInput) (message.PolicyView, error) {
	if p.configured() {
		return p.view(ctx), nil
	}
	policy := in.Policy
	policy.CreatedAt = workflow.Now(ctx).UTC()
	if err := p.setSchedules(ctx, policy, p.Standing); err != nil {
		return message.PolicyView{}, err
	}
	p.Policy = policy
	p.touch(ctx)
	return p.view(ctx), nil
}

func (p *policyRun) validateRunBackup(ctx workflow.Context, in message.RunBackupInput) error {
	if err := p.known(); err != nil {
		return err
	}
	if p.answered(in.RequestID) != nil {
		return nil
	}
	if err := p.active(); err != nil {
		return err
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
	var (
		early     *backup.TooEarly
		running   *backup.Running
		restoring *backup.Restoring
		without   *backup.NotAvailable
		big       *backup.TooBig
		exists    *backup.DownloadExists
		old       *backup.FileTooOld
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &early):
		return failure.NewWithDetails(failure.TooEarly, err.Error(), early.Allowed.UTC())
	case errors.As(err, &running):
		return failure.NewWithDetails(failure.Running, err.Error(), running.BackupID)
	case errors.As(err, &restoring):
		return failure.NewWithDetails(failure.Restoring, err.Error(), restoring.RestoreID)
	case errors.As(err, &old):
		return failure.NewWithDetails(failure.TooOld, err.Error(), old.Ended.UTC())
	case errors.As(err, &without):
		return failure.NewWithDetails(failure.NotAvailable, err.Error(), without.Status)
	case errors.As(err, &big):
		return failure.NewWithDetails(failure.TooBig, err.Error(), big.Size, big.Max)
	case errors.As(err, &exists):
		return failure.NewWithDetails(failure.Exists, err.Error(), exists.Until.UTC())
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
	if row := p.answered(in.RequestID); row != nil {
		return *row, nil
	}
	options, err := in.Options(p.Policy)
	if err != nil {
		return backup.Backup{}, refusal(err)
	}
	if err := p.nobodyHolds(ctx); err != nil {
		return backup.Backup{}, refusal(err)
	}
	row, err := p.beginRun(ctx, backup.Backup{Options: options, By: in.By}, in.AcceptSmaller)
	if err != nil {
		return backup.Backup{}, err
	}
	// It takes the place of one that the policy would start by itself.
	p.Pending, p.Attempt = nil, 0
	p.Answered = append(p.Answered, AnsweredRequest{RequestID: in.RequestID, BackupID: row.ID})
	p.touch(ctx)
	return row, nil
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
	row := *p.row(p.Running)
	if err := p.cancelRun(ctx, in.By); err != nil {
		return row, failure.New(failure.NotFound, "the run has just ended: look at it with `holdfast backup show "+row.ID+"`")
	}
	return row, nil
}

func (p *policyRun) validateVerification(ctx workflow.Context, in message.VerificationReport) error {
	_, err := p.find(in.BackupID)
	return err
}

// find is the backup of that id, or NotFound.
func (p *policyRun) find(id string) (*backup.Backup, error) {
	if err := p.known(); err != nil {
		return nil, err
	}
	if row := p.row(id); row != nil {
		return row, nil
	}
	return nil, failure.New(failure.NotFound, fmt.Sprintf("policy %s does not know a backup %s: look at those it knows with `holdfast backup list %s`", p.Policy.ID, id, p.Policy.ID))
}

// handleVerification records a verification. A COMPLETE backup that fails it is
// COMPLETE no more, and no longer counts for R1; a bad one never gets better.
func (p *policyRun) handleVerification(ctx workflow.Context, in message.VerificationReport) (backup.Backup, error) {
	row := p.row(in.BackupID)
	if in.Of <= 1 {
		row.VerifiedAt = in.At // all of it was read
	}
	if in.Status != backup.Complete && (row.Status == backup.Complete || row.Status == backup.Incomplete) {
		row.Status = in.Status
		row.Reason = fmt.Sprintf("verification at %s: %s", when(in.At), in.Reason)
		if row.StartedAt.Equal(p.LastComplete) {
			p.LastComplete = backup.LastComplete(p.Backups)
		}
		p.announce(ctx, backup.EventVerificationFailed, fmt.Sprintf("backup %s is %s since it failed its %s", row.ID, row.Status, row.Reason), row)
	}
	p.stateChanged(row.ID)
	p.endReads(func(r Read) bool { return r.ID == in.ReadID && r.BackupID == in.BackupID })
	// A report that comes twice is of a share that is not due any more.
	if in.Scheduled && in.Share == p.Shares%max(in.Of, 1)+1 {
		p.Shares++
	}
	p.touch(ctx)
	return *row, nil
}
