package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// applyFlags are the flags of restore apply.
type applyFlags struct {
	store       storeFlag
	yes, noWait bool
	as          string
}

func newRestoreApply(a *app) *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply RESTORE",
		Short: "Accept the preview of a restore, and watch it being applied",
		Long: `Accept the preview of a restore: it is shown, you are asked, and it is applied and
watched; with --yes it is neither shown nor asked. It is refused where the backup may
not be restored any more, where a backup or another restore holds the destination,
where the destination has changed since it was planned (then plan again), and where
there is nothing to restore.

Exit codes: 0 the restore is COMPLETE, 3 INCOMPLETE, 1 FAILED or CANCELLED, 4 refused:
nothing was written.`,
		Example: "  holdfast restore apply jira-acme.20261123T021658Z.r20261124T080000Z\n" +
			"  holdfast restore apply jira-acme.20261123T021658Z.r20261124T080000Z --yes --no-wait",
		ValidArgsFunction: a.complete(completeRestoring),
		Args:              one("RESTORE"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.restoreApply(cmd.Context(), args[0], f) },
	}
	f.store.add(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.yes, "yes", false, "do not ask")
	fl.BoolVar(&f.noWait, "no-wait", false, "do not wait until it has ended")
	fl.StringVar(&f.as, "as", operator(), "who accepts it; shown as it is said")
	completeValues(cmd, "as")
	return cmd
}

func (a *app) restoreApply(ctx context.Context, id string, f applyFlags) error {
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
	if err := mayApply(v); err != nil {
		return err
	}
	shown := a.withPlan(ctx, v, a.store(f.store))
	if nothingPlanned(v, shown.Preview) {
		return refusef("apply restore %s: %s", id, nothingText(v))
	}
	if !f.yes {
		a.showBeforeApply(shown)
	}
	if err := a.confirm(ctx, fmt.Sprintf("Write this into %s?", cell(v.Site)), f.yes); err != nil {
		return err
	}
	if v, err = a.applyRestore(ctx, c, id, f.as); err != nil {
		return err
	}
	if f.noWait {
		return a.print(v, func(w io.Writer) {
			describeRestore(w, v)
			a.printNext(w, v)
		})
	}
	return a.watchRestore(ctx, c, id, "")
}

// showBeforeApply shows what is to be accepted.
func (a *app) showBeforeApply(s restoreShown) {
	w := tabwriter.NewWriter(a.err, 0, 0, 2, ' ', 0)
	describeRestore(w, s.RestoreView)
	if s.Preview != nil && printPlan(w, *s.Preview, false) {
		a.printAll(w, s.RestoreView)
	}
	_ = w.Flush()
}

// applyRestore accepts the preview, with the time limit of a request.
func (a *app) applyRestore(ctx context.Context, c client.Client, id, as string) (message.RestoreView, error) {
	ctx, cancel := a.call(ctx)
	defer cancel()
	v, err := message.ApplyRestore.Call(ctx, c, message.RestoreID(id), message.ApplyRestoreInput{By: as})
	return v, explainRestore("apply restore "+id, err)
}

// mayApply says whether there is a preview to accept.
func mayApply(v message.RestoreView) error {
	switch {
	case v.Status == restore.Planned:
		return nil
	case v.Status == restore.Planning:
		return refusef("restore %s is being planned: wait for its preview with 'holdfast restore watch %s'", v.ID, v.ID)
	case v.Status == restore.Applying:
		return refusef("restore %s is being applied: watch it with 'holdfast restore watch %s'", v.ID, v.ID)
	case v.Status == restore.Complete:
		return refusef("restore %s is %s: see what became of it with 'holdfast restore report %s'", v.ID, v.Status, v.ID)
	case !v.AppliedAt.IsZero():
		return refusef("restore %s is %s: try it again with 'holdfast restore retry %s'", v.ID, v.Status, v.ID)
	}
	return refusef("restore %s is %s: %s", v.ID, v.Status, v.Reason)
}
