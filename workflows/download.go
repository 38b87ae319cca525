package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"holdfast/activities"
	"holdfast/internal/backup"
	"holdfast/internal/failure"
	"holdfast/internal/message"
)

// Download is one download of a backup (L1 to L3): its package is made, can be
// fetched until its time is over, and is deleted. The Policy is told of each
// change, before what it leads to is done. It closes as Failed where there was no
// package to fetch, and as Canceled where an operator cancelled it.
func Download(ctx workflow.Context, in message.DownloadInput) (backup.Download, error) {
	if in.Backup.Download == nil {
		return backup.Download{}, failure.New(failure.InvalidArgument, "the input names no download: prepare one with `holdfast download prepare`")
	}
	d := &downloadRun{in: in, row: *in.Backup.Download, state: in.State}
	if err := d.setup(ctx); err != nil {
		return d.row, err
	}
	return d.run(ctx)
}

type downloadRun struct {
	in      message.DownloadInput
	row     backup.Download
	state   message.DownloadState
	gate    *gate
	waiting string
	ended   bool   // somebody wants its end
	why     string // and says why
	links   int    // made by this run of the workflow
}

func (d *downloadRun) setup(ctx workflow.Context) error {
	d.gate = newGate(ctx, d.in.Policy.Limits, func(waiting string) { d.wait(ctx, waiting) })
	d.show(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for message.EndDownload.Channel(ctx).Receive(ctx, &d.why) {
			d.ended = true
		}
	})
	if err := message.ShowDownload.Handle(ctx, "how far this download is", func() (message.DownloadProgress, error) { return d.progress(), nil }); err != nil {
		return err
	}
	return message.Link.Handle(ctx, "make a link to the package", d.validateLink, d.handleLink)
}

func (d *downloadRun) run(ctx workflow.Context) (backup.Download, error) {
	// Whatever ends ctx, the package has to go.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if d.row.Status == backup.Preparing {
		d.prepare(ctx, calm)
	}
	if d.row.Status == backup.Ready {
		if err := d.stay(ctx); workflow.IsContinueAsNewError(err) {
			return d.row, err
		}
		d.expire(calm, ctx.Err() != nil)
	}
	if err := d.remove(calm); err != nil {
		return d.row, err
	}
	if err := d.settle(calm); err != nil {
		return d.row, err
	}
	switch {
	case ctx.Err() != nil:
		return d.row, ctx.Err()
	case d.row.Status == backup.DownloadFailed:
		return d.row, temporal.NewNonRetryableApplicationError(d.row.Reason, d.state.Failure, nil)
	}
	return d.row, nil
}

// prepare has the package made until its deadline (L1).
func (d *downloadRun) prepare(ctx, calm workflow.Context) {
	work, stop := workflow.WithCancel(ctx)
	overdue := false
	workflow.Go(work, func(ctx workflow.Context) {
		left := d.row.Deadline.Sub(workflow.Now(ctx))
		if workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{
			Summary: "deadline of the preparation, " + d.row.Deadline.UTC().Format(time.RFC3339),
		}).Get(ctx, nil) == nil {
			overdue = true
			stop()
		}
	})
	workflow.Go(work, func(ctx workflow.Context) {
		if workflow.Await(ctx, func() bool { return d.ended }) == nil {
			stop()
		}
	})
	var a *activities.Activities
	var made activities.PackageResult
	err := d.gate.persist(work, func(int) error {
		return workflow.ExecuteActivity(longWalk(work, d.in.Policy.Limits, "package "+d.in.Backup.ID), a.Package, activities.PackageInput{
			Policy: d.in.Policy, Backup: d.in.Backup,
		}).Get(work, &made)
	})
	waited := d.waiting
	d.gate.open()
	stop()
	now := workflow.Now(calm).UTC()
	switch {
	case err == nil:
		d.row.Size, d.row.SHA256 = made.Size, made.SHA256
		d.row.ReadyUntil = backup.ReadyUntil(d.in.Backup, now, d.in.Policy.Limits).UTC()
		if d.row.Status, d.row.ReadyAt = backup.Ready, now; !now.Before(d.row.ReadyUntil) {
			d.row.Status, d.row.Reason = backup.DownloadExpired, "the backup expired while the download was prepared"
		}
	case ctx.Err() != nil:
		d.fail("", "cancelled in Temporal")
	case d.ended:
		d.fail("", d.why)
	case overdue && waited != "":
		d.fail("", fmt.Sprintf("it was not ready by its deadline, %s, while waiting: %s: look after what it waited for, then prepare another one", when(d.row.Deadline), waited))
	case overdue:
		d.fail("", fmt.Sprintf("it was not ready by its deadline, %s: raise the limit packageDeadline, then prepare another one", when(d.row.Deadline)))
	default:
		kind, why := failure.Of(err)
		if kind == "" {
			why = reason(err) + ": see the worker's log, then prepare another one"
		}
		d.fail(kind, why)
	}
	d.tell(calm)
}

func (d *downloadRun) fail(kind failure.Type, why string) {
	d.row.Status, d.row.Reason, d.state.Failure = backup.DownloadFailed, why, string(kind)
}

// maxLinks is how many links one run of the workflow makes before it continues as
// new: each takes about ten events of its history.
const maxLinks = 200

// stay keeps the package until its time is over (L3), or somebody ends it.
func (d *downloadRun) stay(ctx workflow.Context) error {
	d.show(ctx)
	over := false
	timing, stop := workflow.WithCancel(ctx)
	defer stop()
	workflow.Go(timing, func(ctx workflow.Context) {
		left := d.row.ReadyUntil.Sub(workflow.Now(ctx))
		if workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{
			Summary: "ready until " + d.row.ReadyUntil.UTC().Format(time.RFC3339),
		}).Get(ctx, nil) == nil {
			over = true
		}
	})
	err := workflow.Await(ctx, func() bool { return over || d.ended || d.full(ctx) })
	if err == nil && !over && !d.ended {
		err = d.settle(ctx)
	}
	// What came meanwhile, or with the last answer, would be lost with this history.
	for message.EndDownload.Channel(ctx).ReceiveAsync(&d.why) {
		d.ended = true
	}
	if err != nil || over || d.ended {
		return err
	}
	return d.goOn(ctx)
}

// full reports whether the workflow should go on with a new history.
func (d *downloadRun) full(ctx workflow.Context) bool {
	return d.links >= maxLinks || workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

// goOn goes on with a new history, from what is known now.
func (d *downloadRun) goOn(ctx workflow.Context) error {
	in := d.in
	row := d.row
	in.Backup.Download, in.State = &row, d.state
	return workflow.NewContinueAsNewError(ctx, message.DownloadWorkflow, in)
}

// settle waits for links that are being made: who asked for them is answered.
func (d *downloadRun) settle(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// expire ends the time in which the package can be fetched.
func (d *downloadRun) expire(ctx workflow.Context, cancelled bool) {
	d.row.Status = backup.DownloadExpired
	switch {
	case cancelled:
		d.row.Reason = "cancelled in Temporal"
	case d.ended:
		d.row.Reason = d.why
	}
	d.tell(ctx)
}

// The waits between tries to delete a package: they double.
const (
	removeAfter = time.Minute
	removeEvery = time.Hour
	// maxRemovals is after how many tries the workflow continues as new.
	maxRemovals = 100
)

// remove deletes the package and its parts, however long the store does not let it.
// Links that were given out work until their end.
func (d *downloadRun) remove(ctx workflow.Context) error {
	if left := d.state.LinkedUntil.Sub(workflow.Now(ctx)); left > 0 {
		text := "the last link works until " + d.state.LinkedUntil.UTC().Format("15:04:05Z")
		d.wait(ctx, text+"; the package is deleted then")
		if err := workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{Summary: text}).Get(ctx, nil); err != nil {
			return err
		}
		d.wait(ctx, "")
	}
	var a *activities.Activities
	for {
		err := workflow.ExecuteActivity(longWalk(ctx, d.in.Policy.Limits, "delete the package"), a.DeletePackage, activities.DeletePackageInput{
			PolicyID: d.in.Policy.ID, BackupID: d.in.Backup.ID, Number: d.row.Number,
		}).Get(ctx, nil)
		if err == nil {
			d.wait(ctx, "")
			return nil
		}
		if kind, _ := failure.Of(err); kind == failure.Owned {
			return err // it is not ours to delete any more
		}
		pause := min(removeAfter<<min(d.state.Removals, 10), removeEvery)
		d.state.Removals++
		text := fmt.Sprintf("the package could not be deleted, next try at %s: %s", workflow.Now(ctx).Add(pause).UTC().Format("15:04:05Z"), reason(err))
		d.wait(ctx, text)
		if err := workflow.NewTimerWithOptions(ctx, pause, workflow.TimerOptions{Summary: summarize(text)}).Get(ctx, nil); err != nil {
			return err
		}
		if d.state.Removals%maxRemovals == 0 || workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			if err := d.settle(ctx); err != nil {
				return err
			}
			return d.goOn(ctx)
		}
	}
}
