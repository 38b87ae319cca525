package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
)

func newRestoreCancel(a *app) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use:   "cancel RESTORE",
		Short: "Cancel a restore",
		Long: `Cancel a restore, and wait for that. What it has written stays; 'restore retry' goes
on with it. A preview that was not accepted is gone.

Exit codes: 0 it is cancelled, or about to be, 4 refused: it has ended.`,
		Example:           "  holdfast restore cancel jira-acme.20261123T021658Z.r20261124T080000Z",
		ValidArgsFunction: a.complete(completeRestoring),
		Args:              one("RESTORE"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.restoreCancel(cmd.Context(), args[0], as) },
	}
	cmd.Flags().StringVar(&as, "as", operator(), "who cancels it; shown as it is said")
	completeValues(cmd, "as")
	return cmd
}

func (a *app) restoreCancel(ctx context.Context, id, as string) error {
	if _, err := backupOf(id); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	v, err := a.lookAtRestore(ctx, c, id)
	if err != nil {
		return err
	}
	if err := mayCancel(v); err != nil {
		return err
	}
	asking, cancel := a.call(ctx)
	defer cancel()
	// Who asks is told first: the cancellation itself has no name.
	err = c.SignalWorkflow(asking, message.RestoreID(id), "", message.CancelledBy.Name, as)
	if err == nil {
		err = c.CancelWorkflow(asking, message.RestoreID(id), "")
	}
	if err != nil {
		return explainRestore("cancel restore "+id, err)
	}
	if v, err = cancelledRestore(asking, c, v); err != nil {
		return err
	}
	return a.print(v, func(w io.Writer) {
		if v.Status.Ended() {
			fmt.Fprintf(w, "Restore %s is %s.\n", id, v.Status)
			return
		}
		fmt.Fprintf(w, "Restore %s is being cancelled. See it end:\n  %s\n", id, a.hint("holdfast restore watch "+id))
	})
}

// mayCancel says whether there is something to cancel.
func mayCancel(v message.RestoreView) error {
	if v.Status.Ended() {
		return refusef("restore %s is %s: there is nothing to cancel; 'holdfast restore list' has those in progress", v.ID, v.Status)
	}
	return nil
}

// cancelledRestore waits until a restore that is being cancelled has ended, or ctx has:
// what is being written is not cut off.
func cancelledRestore(ctx context.Context, c client.Client, v message.RestoreView) (message.RestoreView, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !v.Status.Ended() {
		select {
		case <-ctx.Done():
			return v, nil
		case <-tick.C:
		}
		now, err := showRestore(ctx, c, v.ID)
		if ctx.Err() != nil {
			return v, nil
		}
		if err != nil {
			return v, err
		}
		v = now
	}
	return v, nil
}
