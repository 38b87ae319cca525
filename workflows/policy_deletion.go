package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// beginDeletion deletes the bytes of a backup beside all else: that may take hours,
// and other backups expire meanwhile.
func (p *policyRun) beginDeletion(ctx workflow.Context, id string) {
	p.deleting[id] = true
	p.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		p.deleteBytes(ctx, id)
		delete(p.deleting, id)
		p.busy--
	})
}

// deleteBytes ends the download of an expired backup, deletes its bytes, and
// records that they are gone, or what stands in the way.
func (p *policyRun) deleteBytes(ctx workflow.Context, id string) {
	row := p.row(id)
	if row == nil {
		return
	}
	p.endDownload(ctx, *row)
	if row = p.row(id); row == nil {
		return
	}
	var a *activities.Activities
	err := workflow.ExecuteActivity(longWalk(ctx, p.Policy.Limits, "delete "+id), a.Expire, activities.ExpireInput{
		PolicyID: p.Policy.ID, Backup: *row, Now: workflow.Now(ctx).UTC(),
	}).Get(ctx, nil)
	if ctx.Err() != nil || p.lock.Lock(ctx) != nil {
		return
	}
	defer p.lock.Unlock()
	if row = p.row(id); row == nil {
		return
	}
	if err != nil {
		p.retryDeletion(ctx, row, reason(err))
		return
	}
	p.forgetRetry(id)
	row.DeletedAt, row.Deletion = workflow.Now(ctx).UTC(), ""
	p.touch(ctx)
}

// retryDeletion notes that a deletion has failed, and when it is tried again. The
// row says so, too; its text changes with the reason alone, and not with each try.
func (p *policyRun) retryDeletion(ctx workflow.Context, row *backup.Backup, why string) {
	workflow.GetLogger(ctx).Error("an expired backup was not deleted", "backup", row.ID, "error", why)
	r := p.retry(row.ID).again(workflow.Now(ctx), row.ID, why)
	p.forgetRetry(row.ID)
	p.Retries = append(p.Retries, *r)
	text := fmt.Sprintf("not deleted since %s, and tried again at least every hour: %s", when(r.Since), why)
	if row.Deletion == text {
		p.move(ctx)
		return
	}
	row.Deletion = text
	p.touch(ctx)
}

// retry is the deletion of a backup that is tried again, nil where it has not failed.
func (p *policyRun) retry(backupID string) *Retry {
	for i := range p.Retries {
		if p.Retries[i].BackupID == backupID {
			return &p.Retries[i]
		}
	}
	return nil
}

func (p *policyRun) forgetRetry(backupID string) {
	p.Retries = slices.DeleteFunc(slices.Clone(p.Retries), func(r Retry) bool { return r.BackupID == backupID })
}

// endDownload asks the download of a backup that has expired to end. One whose
// workflow is gone has ended: its package is deleted with the backup.
func (p *policyRun) endDownload(ctx workflow.Context, row backup.Backup) {
	if !openDownload(row) {
		return
	}
	why := "the backup has expired"
	d := *row.Download
	if message.EndDownload.Send(ctx, message.DownloadID(row.ID, d.Number), why).Get(ctx, nil) == nil || ctx.Err() != nil {
		return
	}
	d.Reason = why
	p.settleDownload(ctx, message.DownloadReport{BackupID: row.ID, Download: closed(d)})
}
