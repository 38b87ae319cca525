package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// linkLife is how long a link works at most: long enough to begin a fetch with it,
// and to go on with one that broke off. A fetch that has begun may last longer.
const linkLife = 15 * time.Minute

// publicKeySize is the size of a public key of X25519 in bytes.
const publicKeySize = 32

func (d *downloadRun) validateLink(ctx workflow.Context, in message.LinkInput) error {
	if len(in.PublicKey) != publicKeySize {
		return failure.New(failure.InvalidArgument, fmt.Sprintf("the public key has %d bytes, one of X25519 has %d: send that of the client", len(in.PublicKey), publicKeySize))
	}
	switch {
	case d.row.Status == backup.Preparing:
		return failure.New(failure.NotAvailable, fmt.Sprintf("download %d of backup %s is still being prepared: wait for it", d.row.Number, d.in.Backup.ID))
	case d.row.Status != backup.Ready, d.ended, !workflow.Now(ctx).Before(d.row.ReadyUntil):
		return failure.New(failure.NotAvailable, fmt.Sprintf("download %d of backup %s is over: prepare another one with `holdfast download prepare`", d.row.Number, d.in.Backup.ID))
	}
	return nil
}

// handleLink makes a link that only who asks can read. The package stays until it ends.
func (d *downloadRun) handleLink(ctx workflow.Context, in message.LinkInput) (message.LinkResult, error) {
	if err := d.validateLink(ctx, in); err != nil {
		return message.LinkResult{}, err
	}
	until := workflow.Now(ctx).UTC().Add(linkLife).Truncate(time.Second)
	if d.row.ReadyUntil.Before(until) {
		until = d.row.ReadyUntil.UTC()
	}
	if d.state.LinkedUntil.Before(until) {
		d.state.LinkedUntil = until
	}
	d.links++
	var a *activities.Activities
	var made activities.SealLinkResult
	err := workflow.ExecuteActivity(shortCall(ctx, d.in.Policy.Limits, "make a link until "+until.Format("15:04:05Z")), a.SealLink, activities.SealLinkInput{
		PolicyID: d.in.Policy.ID, BackupID: d.in.Backup.ID, Number: d.row.Number, Until: until, PublicKey: in.PublicKey,
	}).Get(ctx, &made)
	if kind, why := failure.Of(err); kind != "" {
		return message.LinkResult{}, failure.New(kind, why)
	}
	if err != nil {
		return message.LinkResult{}, err
	}
	return message.LinkResult{Sealed: made.Sealed, Until: until, Size: d.row.Size, SHA256: d.row.SHA256}, nil
}

// progress is what the download tells of itself.
func (d *downloadRun) progress() message.DownloadProgress {
	p := message.DownloadProgress{BackupID: d.in.Backup.ID, Download: d.row, Waiting: d.waiting, Done: d.row.Size, Total: d.row.Size}
	if d.row.Status == backup.Preparing {
		p.Total = d.in.Backup.Counts.StoredBytes
	}
	return p
}

// tell shows a change and tells the Policy of it. A Policy that is gone is not
// waited for.
func (d *downloadRun) tell(ctx workflow.Context) {
	d.show(ctx)
	err := message.DownloadChanged.Send(ctx, message.PolicyID(d.in.Policy.ID), message.DownloadReport{
		BackupID: d.in.Backup.ID, Download: d.row,
	}).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the policy was not told of the download", "error", err)
	}
}

// wait notes what the download waits for, empty where it does not.
func (d *downloadRun) wait(ctx workflow.Context, text string) {
	d.waiting = text
	d.show(ctx)
}

// show writes the download's state for the Web UI.
func (d *downloadRun) show(ctx workflow.Context) {
	r := d.row
	text := fmt.Sprintf("## %s\n\nDownload %d of backup %s", r.Status, r.Number, d.in.Backup.ID)
	switch r.Status {
	case backup.Preparing:
		text += ", to be ready by " + when(r.Deadline) + "."
	case backup.Ready:
		text += ", ready until " + when(r.ReadyUntil) + "."
	default:
		text += "."
	}
	text += "\n\n| | |\n|---|---|\n"
	line := func(name, value string) {
		if value != "" {
			text += "| " + name + " | " + cell(value) + " |\n"
		}
	}
	line("asked for at", when(r.RequestedAt))
	line("by", r.By)
	line("ready at", when(r.ReadyAt))
	if r.Size > 0 {
		line("bytes", fmt.Sprint(r.Size))
	}
	line("SHA-256", r.SHA256)
	if d.waiting != "" {
		text += "\n**Waiting:** " + d.waiting + "\n"
	}
	if r.Reason != "" {
		text += "\n" + r.Reason + "\n"
	}
	workflow.SetCurrentDetails(ctx, text)
}
