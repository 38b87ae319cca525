package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// drillFlags are the flags of restore drill.
type drillFlags struct {
	selectFlags
	sample int
	store  storeFlag
	noWait bool
	as     string
}

func newRestoreDrill(a *app) *cobra.Command {
	var f drillFlags
	cmd := &cobra.Command{
		Use:   "drill BACKUP|POLICY",
		Short: "Prove that a backup can be restored",
		Long: `Prove that a backup can be restored: a worker starts a sample site with the
configuration and the users of the backup, restores the backup into it, reads it
back and compares it with the backup, field by field. Of a policy it is the newest
backup that is available. The policy remembers when it was last proven restorable.

Exit codes: 0 everything that the API can write is as it was, 3 something is
different, 1 the drill failed.`,
		Example: "  holdfast restore drill jira-acme\n" +
			"  holdfast restore drill jira-acme.20261123T021658Z --sample 500\n" +
			"  holdfast restore drill confluence-acme --space ENG",
		ValidArgsFunction: a.complete(completePolicies),
		Args:              one("BACKUP or POLICY"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.restoreDrill(cmd.Context(), args[0], f) },
	}
	f.selectFlags.add(cmd)
	f.store.add(cmd)
	fl := cmd.Flags()
	fl.IntVar(&f.sample, "sample", 0, "restore whole projects or spaces, the smallest first, until they have so many items; 0: all")
	fl.BoolVar(&f.noWait, "no-wait", false, "do not wait until it has ended")
	fl.StringVar(&f.as, "as", operator(), "who asks for it; shown as it is said")
	completeValues(cmd, "as")
	completeValues(cmd, "sample")
	return cmd
}

// drillEnded is the last JSON line of restore drill.
type drillEnded struct {
	Event string            `json:"event"` // "end"
	Drill message.DrillView `json:"drill"`
}

// request is the drill that the flags ask for.
func (f drillFlags) request(of string) (in message.DrillInput, err error) {
	in = message.DrillInput{PolicyID: of, Limits: backup.DefaultLimits(), Sample: f.sample, By: f.as}
	if policyID, _, err := backup.ParseBackupID(of); err == nil {
		in.PolicyID, in.BackupID = policyID, of
	} else if _, _, err := backup.ParsePolicyID(of); err != nil {
		return in, usagef("%q is the id neither of a backup nor of a policy: give one such as jira-acme", of)
	}
	in.Product = product(in.PolicyID)
	if f.sample < 0 {
		return in, usagef("--sample is %d: give how many items, or 0 for all", f.sample)
	}
	if in.Select.Containers, err = f.containers(in.Product); err != nil {
		return in, err
	}
	if f.sample > 0 && len(in.Select.Containers) > 0 {
		return in, usagef("--sample chooses the %s by itself: leave out --%s, or --sample", in.Product.Containers(), containerFlag(in.Product))
	}
	return in, nil
}

func (a *app) restoreDrill(ctx context.Context, of string, f drillFlags) error {
	in, err := f.request(of)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	in.ID = message.NewDrillID(in.PolicyID, time.Now())
	asking, cancel := a.call(ctx)
	defer cancel()
	run, err := c.ExecuteWorkflow(asking, message.DrillStart(in), message.DrillWorkflow, in)
	if err != nil {
		return explain("drill "+of, err)
	}
	v := message.DrillView{ID: in.ID, BackupID: in.BackupID}
	if !f.noWait {
		if v, err = a.followDrill(ctx, c, run, v); err != nil {
			return err
		}
	}
	if a.json() {
		err = encodeLine(a.out, drillEnded{"end", v})
	} else {
		w := tabwriter.NewWriter(a.table(), 0, 0, 2, ' ', 0)
		a.printDrill(w, v)
		err = w.Flush()
	}
	if err != nil || v.Report == nil {
		return err
	}
	if address := a.store(f.store); address != "" && v.Report.RestoreID != "" && !a.json() && !v.Report.Passed {
		a.showDifferences(ctx, v.Report.RestoreID, address)
	}
	return drillOutcome(*v.Report)
}

// drillOutcome is nil for a drill that brought everything back.
func drillOutcome(r message.DrillReport) error {
	switch {
	case r.Passed:
		return nil
	case r.Score != nil:
		return restoreOutcome{restore.Incomplete}
	}
	return restoreOutcome{restore.Failed}
}

// showDifferences writes what a drill found different; a store that can't be read is
// told of.
func (a *app) showDifferences(ctx context.Context, restoreID, address string) {
	s, err := openExisting(ctx, address)
	if err != nil {
		fmt.Fprintf(a.err, "The differences can't be read: %v\n", err)
		return
	}
	if err := a.differences(ctx, restore.OpenFolder(s, restoreID), reportFlags{}); err != nil {
		fmt.Fprintf(a.err, "The differences can't be read from the store: %v: check --store\n", err)
	}
}

// followDrill shows a drill until it has ended.
func (a *app) followDrill(ctx context.Context, c client.Client, run client.WorkflowRun, v message.DrillView) (message.DrillView, error) {
	d := a.newDisplay()
	defer d.done()
	last := restoreProgress{Event: "progress", Restore: v.ID, Status: restore.Planning, Waiting: "a sample site is being started"}
	ended := make(chan error, 1)
	var report message.DrillReport
	go func() { ended <- run.Get(ctx, &report) }()
	for {
		select {
		case err := <-ended:
			if ctx.Err() != nil {
				return v, fmt.Errorf("watching drill %s ended; the drill goes on, and its policy is told what it finds", v.ID)
			}
			if err != nil {
				return v, explainRestore("drill "+v.ID, err)
			}
			v.BackupID, v.RestoreID, v.Report, v.Waiting = report.BackupID, report.RestoreID, &report, ""
			return v, nil
		case <-time.After(d.every()):
		}
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		told, err := message.ShowDrill.Ask(asking, c, run.GetID())
		cancel()
		if err != nil {
			last.Waiting = "no worker answers: start one, or give it a moment"
		} else if v = told; v.RestoreID != "" {
			_, _, err := lookRestore(ctx, c, v.RestoreID, &last)
			var gone *serviceerror.NotFound
			if err != nil && !errors.As(err, &gone) {
				return v, err
			}
		}
		last.Waiting, last.Time = cmp.Or(v.Waiting, last.Waiting), time.Now().UTC()
		a.showRestoring(d, last)
	}
}

func (a *app) printDrill(w io.Writer, v message.DrillView) {
	row(w, "drill", v.ID)
	row(w, "of", v.BackupID)
	if v.RestoreID != "" {
		row(w, "restore", v.RestoreID)
	}
	r := v.Report
	if r == nil {
		policyID, _, _ := cutLast(v.ID, ".d")
		fmt.Fprintf(w, "The policy is told what it finds:\n  %s\n", a.hint("holdfast policy show "+policyID))
		return
	}
	if r.Passed {
		row(w, "proven", "everything that the API can write is as it was")
	} else {
		row(w, "not proven", r.Reason)
	}
	if r.Score != nil {
		printScore(w, *r.Score)
	}
}
