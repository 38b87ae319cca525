package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
)

// downloadWatcher follows the preparation of a download.
type downloadWatcher struct {
	client   client.Client
	backupID string
	id       string // of the workflow
	pace     transferPace
	total    int64
}

func newDownloadWatcher(c client.Client, b backup.Backup) *downloadWatcher {
	return &downloadWatcher{
		client: c, backupID: b.ID, id: message.DownloadID(b.ID, b.Download.Number),
		pace: transferPace{backup: b.ID, step: stepPrepare}, total: b.Counts.StoredBytes, // until it is known
	}
}

// look asks how far the preparation is. over is whether there is nothing more to wait for.
func (w *downloadWatcher) look(ctx context.Context) (t transfer, over bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	now := time.Now()
	run, err := w.client.DescribeWorkflowExecution(ctx, w.id, "")
	if err != nil {
		var notFound *serviceerror.NotFound
		if errors.As(err, &notFound) {
			return t, false, explain("download of backup "+w.backupID, err)
		}
		return w.pace.note(now, 0, w.total, "Temporal does not answer: check the cluster"), false, nil
	}
	over = run.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	told, err := message.ShowDownload.Ask(ctx, w.client, w.id)
	if err != nil {
		return w.pace.note(now, 0, w.total, "no worker answers: start one, or give it a moment"), over, nil
	}
	done := told.Done
	for _, step := range run.GetPendingActivities() {
		if said, ok := heartbeat(step); ok && step.GetActivityType().GetName() == "Package" {
			done = max(done, said.Bytes)
		}
	}
	if told.Total > 0 {
		w.total = told.Total
	}
	return w.pace.note(now, done, w.total, told.Waiting), over || told.Download.Status != backup.Preparing, nil
}

// follow looks every now and then until the preparation is over, and shows each look.
func (w *downloadWatcher) follow(ctx context.Context, d *display) error {
	for {
		t, over, err := w.look(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("waiting for the download of backup %s ended; its preparation goes on: wait for it again with 'holdfast download prepare %s'", w.backupID, w.backupID)
		}
		if err != nil {
			return err
		}
		d.show(t)
		if over {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(d.every()):
		}
	}
}
