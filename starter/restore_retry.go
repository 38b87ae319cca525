package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// retryFlags are the flags of restore retry.
type retryFlags struct {
	noWait bool
	as     string
}

func newRestoreRetry(a *app) *cobra.Command {
	var f retryFlags
	cmd := &cobra.Command{
		Use:   "retry RESTORE",
		Short: "Try again what failed of a restore, or was not reached",
		Long: `Try again what failed of a restore that ended INCOMPLETE, FAILED or CANCELLED, or
was not reached, and watch it. What is there already stays as it is.

Exit codes: 0 the restore is COMPLETE, 3 INCOMPLETE, 1 FAILED or CANCELLED, 4 refused:
nothing was done.`,
		Example: "  holdfast restore retry jira-acme.20261123T021658Z.r20261124T080000Z\n" +
			"  holdfast restore retry jira-acme.20261123T021658Z.r20261124T080000Z --no-wait",
		ValidArgsFunction: a.complete(completeRestores),
		Args:              one("RESTORE"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.restoreRetry(cmd.Context(), args[0], f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.noWait, "no-wait", false, "do not wait until it has ended")
	fl.StringVar(&f.as, "as", operator(), "who tries it again; shown as it is said")
	completeValues(cmd, "as")
	return cmd
}

func (a *app) restoreRetry(ctx context.Context, id string, f retryFlags) error {
	if _, err := backupOf(id); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	v, err := a.lookAtRestore(ctx, c, id)
	if err == nil && !v.Status.Ended() {
		v.Status, err = a.endedInTemporal(ctx, c, v)
	}
	if err != nil {
		return err
	}
	if err := mayRetry(v); err != nil {
		return err
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	in, err := requestOf(asking, c, id)
	if err != nil {
		return err
	}
	in.Retry, in.State, in.By = v.Retry+1, &v, f.as
	if err := startRestore(asking, c, in); err != nil {
		return err
	}
	if f.noWait {
		if v, err = a.lookAtRestore(ctx, c, id); err != nil {
			return err
		}
		return a.print(v, func(w io.Writer) {
			describeRestore(w, v)
			a.printNext(w, v)
		})
	}
	return a.watchRestore(ctx, c, id, "")
}

// endedInTemporal is the status of a restore that says of itself that it goes on: FAILED where
// Temporal has ended its workflow, which could not note that.
func (a *app) endedInTemporal(ctx context.Context, c client.Client, v message.RestoreView) (restore.Status, error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	run, err := c.DescribeWorkflowExecution(ctx, message.RestoreID(v.ID), "")
	if err != nil {
		return v.Status, explainRestore("restore "+v.ID, err)
	}
	if run.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return restore.Failed, nil
	}
	return v.Status, nil
}

// mayRetry says whether there is something to try again.
func mayRetry(v message.RestoreView) error {
	switch v.Status {
	case restore.Incomplete, restore.Failed, restore.Cancelled:
		if v.AppliedAt.IsZero() {
			return refusef("restore %s is %s, and nothing of it was written: plan it again with 'holdfast restore plan %s'", v.ID, v.Status, v.BackupID)
		}
		return nil
	case restore.Complete:
		return refusef("restore %s is %s: there is nothing to try again", v.ID, v.Status)
	case restore.Lapsed:
		return refusef("restore %s is %s: plan it again with 'holdfast restore plan %s'", v.ID, v.Status, v.BackupID)
	case restore.Planned:
		return refusef("restore %s is %s: accept its preview with 'holdfast restore apply %s'", v.ID, v.Status, v.ID)
	}
	return refusef("restore %s is %s: watch it with 'holdfast restore watch %s'", v.ID, v.Status, v.ID)
}
