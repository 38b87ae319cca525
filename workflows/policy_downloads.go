package workflows

import (
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// setupDownloads takes what is asked and told of downloads (D2, L1 to L3).
func (p *policyRun) setupDownloads(ctx workflow.Context) error {
	workflow.Go(ctx, p.receiveDownloads)
	workflow.Go(ctx, p.watchDownloads)
	return message.PrepareDownload.Handle(ctx, "prepare a download where D2 and L2 allow it",
		p.validatePrepare, locked(p, p.validatePrepare, p.handlePrepare))
}

func (p *policyRun) validatePrepare(ctx workflow.Context, in message.PrepareDownloadInput) error {
	row, err := p.find(in.BackupID)
	if err != nil || p.answered(in.RequestID) != nil {
		return err
	}
	if err := p.active(); err != nil {
		return err
	}
	return refusal(backup.MayPrepareDownload(*row, workflow.Now(ctx), p.Policy.Limits))
}

func (p *policyRun) handlePrepare(ctx workflow.Context, in message.PrepareDownloadInput) (backup.Backup, error) {
	if row := p.answered(in.RequestID); row != nil {
		return *row, nil
	}
	row := *p.row(in.BackupID)
	now := workflow.Now(ctx).UTC()
	d := backup.Download{Number: 1, Status: backup.Preparing, RequestedAt: now, By: in.By, Deadline: now.Add(p.Policy.Limits.PackageDeadline)}
	if row.Download != nil {
		d.Number = row.Download.Number + 1
	}
	row.Download = &d
	if err := p.startDownload(ctx, row); err != nil {
		return backup.Backup{}, err
	}
	p.row(in.BackupID).Download = &d
	p.Answered = append(p.Answered, AnsweredRequest{RequestID: in.RequestID, BackupID: row.ID})
	p.touch(ctx)
	return *p.row(in.BackupID), nil
}

// startDownload starts a Download that outlives this run of the Policy.
func (p *policyRun) startDownload(ctx workflow.Context, row backup.Backup) error {
	id := message.DownloadID(row.ID, row.Download.Number)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: policyAttributes(p.Policy),
		StaticSummary:         summarize("download of " + row.ID + " of " + p.Policy.Site),
	})
	// An abandoned child whose start is still pending would be lost with the next continue-as-new.
	err := workflow.ExecuteChildWorkflow(child, message.DownloadWorkflow, message.DownloadInput{Policy: p.Policy, Backup: row}).
		GetChildWorkflowExecution().Get(ctx, nil)
	return started(err, id)
}

// receiveDownloads takes what Downloads tell of themselves.
func (p *policyRun) receiveDownloads(ctx workflow.Context) {
	for {
		var report message.DownloadReport
		if !message.DownloadChanged.Channel(ctx).Receive(ctx, &report) {
			return
		}
		p.signals++
		if p.lock.Lock(ctx) == nil {
			p.recordDownload(ctx, report)
			p.lock.Unlock()
		}
		p.signals--
	}
}

// recordDownload enters what became of a download: of the last one of its backup,
// which does not open again once it has ended.
func (p *policyRun) recordDownload(ctx workflow.Context, report message.DownloadReport) {
	row := p.row(report.BackupID)
	if row == nil || row.Download == nil || row.Download.Number != report.Download.Number || !openDownload(*row) || *row.Download == report.Download {
		return
	}
	d := report.Download
	row.Download = &d
	p.touch(ctx)
}

// settleDownload is recordDownload for a download that has not told of its end.
func (p *policyRun) settleDownload(ctx workflow.Context, report message.DownloadReport) {
	if p.lock.Lock(ctx) == nil {
		p.recordDownload(ctx, report)
		p.lock.Unlock()
	}
}

// openDownload reports whether a Download of b is at work: it makes a package, or
// has one.
func openDownload(b backup.Backup) bool {
	return b.Download != nil && (b.Download.Status == backup.Preparing || b.Download.Status == backup.Ready)
}

// closed is a download as it is once it has ended: it FAILED while it was being
// prepared, and EXPIRED afterwards.
func closed(d backup.Download) backup.Download {
	if d.Status == backup.Preparing {
		d.Status = backup.DownloadFailed
	} else {
		d.Status = backup.DownloadExpired
	}
	return d
}

// downloadGrace is how long after its time a download may take to tell of its end:
// its package stays until the last link to it has ended, and for as long as the store
// is away.
const downloadGrace = 20 * time.Minute

// watchDownloads settles downloads whose workflows closed without a report, because
// an operator terminated them, say. It looks once their time is over, every hour
// then, and every hour while they are being prepared.
func (p *policyRun) watchDownloads(ctx workflow.Context) {
	looked := make(map[string]time.Time)
	begun := workflow.Now(ctx)
	for {
		id, at := p.nextLook(begun, looked)
		moved := func() bool { next, when := p.nextLook(begun, looked); return next != id || !when.Equal(at) }
		if id == "" {
			if workflow.Await(ctx, moved) != nil {
				return
			}
			continue
		}
		came, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: at.Sub(workflow.Now(ctx)), TimerOptions: workflow.TimerOptions{Summary: summarize("look after the download of " + id)},
		}, moved)
		if err != nil {
			return
		}
		if !came {
			p.busy++
			p.lookAfterDownload(ctx, id)
			p.busy--
			looked[id] = workflow.Now(ctx)
		}
	}
}

// nextLook is the backup whose download is looked after next, and when; empty where
// there is none.
func (p *policyRun) nextLook(begun time.Time, looked map[string]time.Time) (id string, at time.Time) {
	for _, b := range p.Backups {
		if !openDownload(b) {
			continue
		}
		last := begun
		if l, ok := looked[b.ID]; ok {
			last = l
		} else if b.Download.RequestedAt.After(last) {
			last = b.Download.RequestedAt
		}
		look := last.Add(watchEvery)
		if end := b.Download.ReadyUntil.Add(downloadGrace); b.Download.Status == backup.Ready && end.After(last) {
			look = end
		} else if end := b.Download.Deadline.Add(time.Minute); b.Download.Status == backup.Preparing && end.After(last) && end.Before(look) {
			look = end
		}
		if id == "" || look.Before(at) {
			id, at = b.ID, look
		}
	}
	return id, at
}

// lookAfterDownload asks Temporal whether a download is still at work. Where it is
// not, it has left what it made: that is deleted before the download is settled.
func (p *policyRun) lookAfterDownload(ctx workflow.Context, id string) {
	row := p.row(id)
	if row == nil || !openDownload(*row) {
		return
	}
	d := *row.Download
	var a *activities.Activities
	var found activities.FindDownloadResult
	err := workflow.ExecuteActivity(shortCall(ctx, p.Policy.Limits, "look after the download of "+id), a.FindDownload, activities.FindDownloadInput{
		WorkflowID: message.DownloadID(id, d.Number),
	}).Get(ctx, &found)
	if err != nil || found.Open || p.signals > 0 || message.DownloadChanged.Channel(ctx).Len() > 0 {
		return
	}
	err = workflow.ExecuteActivity(longWalk(ctx, p.Policy.Limits, "delete the package of "+id), a.DeletePackage, activities.DeletePackageInput{
		PolicyID: p.Policy.ID, BackupID: id, Number: d.Number,
	}).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Error("what a terminated download left could not be deleted", "backup", id, "error", reason(err))
		return // looked after again within the hour
	}
	d = closed(d)
	d.Reason = "its workflow was ended in Temporal: prepare the download again"
	p.settleDownload(ctx, message.DownloadReport{BackupID: id, Download: d})
}
