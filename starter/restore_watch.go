package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"holdfast/internal/message"
	"holdfast/internal/restore"
)

func newRestoreWatch(a *app) *cobra.Command {
	var f storeFlag
	cmd := &cobra.Command{
		Use:   "watch RESTORE",
		Short: "Watch a restore until it is planned, or ends",
		Long: `Watch a restore until its preview waits to be accepted, or until it ends. On a
terminal there is a bar for each phase; otherwise, and with -o json, one JSON
object per line. Interrupting it does not end the restore.

Exit codes: 0 the restore is COMPLETE, or its preview is there, 3 INCOMPLETE, 1 FAILED,
CANCELLED or LAPSED, 4 there is nothing to restore.`,
		Example:           "  holdfast restore watch jira-acme.20261123T021658Z.r20261124T080000Z",
		ValidArgsFunction: a.complete(completeRestores),
		Args:              one("RESTORE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := backupOf(args[0]); err != nil {
				return err
			}
			c, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer c.Close()
			return a.watchRestore(cmd.Context(), c, args[0], a.store(f))
		},
	}
	f.add(cmd)
	return cmd
}

// restoreEnded is the last JSON line of a restore that was watched.
type restoreEnded struct {
	Event   string       `json:"event"` // "end"
	Restore restoreShown `json:"restore"`
}

// watchRestore shows a restore until there is nothing to wait for, and then what it is.
func (a *app) watchRestore(ctx context.Context, c client.Client, id, address string) error {
	v, err := a.followRestore(ctx, c, id)
	if err != nil {
		return err
	}
	shown := a.withPlan(ctx, v, address)
	if a.json() {
		err = encodeLine(a.out, restoreEnded{"end", shown})
	} else {
		w := tabwriter.NewWriter(a.table(), 0, 0, 2, ' ', 0)
		a.printRestore(w, shown, false)
		err = w.Flush()
	}
	if err == nil && nothingPlanned(v, shown.Preview) {
		if a.json() {
			return refusef("restore %s: %s", v.ID, nothingText(v))
		}
		return nothingToRestore{nothingText(v)}
	}
	return cmp.Or(err, outcomeOfRestore(v.Status))
}

// restoreProgress is how far a restore is. It is the JSON line of `restore watch`
// (docs/cli.md).
type restoreProgress struct {
	Event   string         `json:"event"` // "progress"
	Time    time.Time      `json:"time"`
	Restore string         `json:"restore"`
	Status  restore.Status `json:"status"`
	Phase   string         `json:"phase,omitempty"` // for people: "issues"
	Waiting string         `json:"waiting,omitempty"`
	// Deadline is when it gives up; zero before it is applied.
	Deadline time.Time `json:"deadline,omitzero"`
	// Batches and BatchesDone are of the phase.
	Batches     int `json:"batches"`
	BatchesDone int `json:"batchesDone"`
	// Phases and PhasesDone are of the restore.
	Phases     int `json:"phases"`
	PhasesDone int `json:"phasesDone"`
	// Created to Failed count the records that the phase has told of, of all kinds.
	Created  int `json:"created"`
	Skipped  int `json:"skipped"`
	Degraded int `json:"degraded"`
	Failed   int `json:"failed"`
	// Rate is in records per second, over the last seconds.
	Rate float64 `json:"rate"`
}

func (p restoreProgress) at() time.Time { return p.Time }

func (p restoreProgress) stage() string { return string(p.Status) + p.Phase + p.Waiting }

func (p restoreProgress) still() look {
	p.Time, p.Rate = time.Time{}, 0
	return p
}

func (p restoreProgress) rounded() look {
	p.Rate = math.Round(p.Rate*10) / 10
	return p
}

func (p restoreProgress) text() string {
	var parts []string
	switch {
	case p.Status == restore.Planning:
		parts = append(parts, "planning: the backup is held against the destination")
	case p.Phase == "":
		parts = append(parts, strings.ToLower(string(p.Status)))
	default:
		share := 0.0
		if p.Batches > 0 {
			share = min(float64(p.BatchesDone)/float64(p.Batches), 1)
		}
		parts = append(parts, fmt.Sprintf("%-14s %s", cell(p.Phase), meter(share)),
			fmt.Sprintf("%d/%d batches", p.BatchesDone, p.Batches), fmt.Sprintf("phase %d/%d", min(p.PhasesDone+1, p.Phases), p.Phases))
		parts = append(parts, fmt.Sprintf("created %s, skipped %s, degraded %s, failed %s", count(p.Created), count(p.Skipped), count(p.Degraded), count(p.Failed)))
		if p.Rate >= 1 {
			parts = append(parts, fmt.Sprintf("%.0f/s", p.Rate))
		}
	}
	if p.Waiting != "" {
		waiting := "WAITING: " + cell(p.Waiting)
		if !p.Deadline.IsZero() {
			waiting += "; gives up at " + when(p.Deadline)
		}
		parts = append([]string{waiting}, parts...)
	}
	return strings.Join(parts, "  ")
}

// progressOf is how far the view of a restore is, with what its phase under way tells.
func progressOf(v message.RestoreView, phase message.PhaseReport) restoreProgress {
	p := restoreProgress{Event: "progress", Restore: v.ID, Status: v.Status, Waiting: cmp.Or(v.Waiting, phase.Waiting), Deadline: v.Deadline, Phases: len(v.Phases)}
	counts := totalOf(v.Counts)
	name, compare := strings.CutPrefix(v.Phase, "compare-")
	current := -1
	for i, known := range v.Phases {
		switch {
		case known.Name == name && known.Compare == compare:
			current = i
		case known.Done >= known.Batches:
			p.PhasesDone++
		}
	}
	if current >= 0 {
		known := v.Phases[current]
		p.Phase, p.Batches, p.BatchesDone = phaseTitle(known), known.Batches, known.Done
		if phase.Phase == name && phase.Compare == compare {
			p.Batches, p.BatchesDone = max(p.Batches, phase.Batches), max(p.BatchesDone, phase.Done)
		}
	} else {
		p.Phase = v.Phase
	}
	p.Created, p.Skipped, p.Degraded, p.Failed = counts.Created, counts.Skipped, counts.Degraded, counts.Failed
	return p
}

func totalOf(by map[string]restore.Counts) (all restore.Counts) {
	for _, c := range by {
		all.Add(c)
	}
	return all
}

// followRestore shows a restore until its preview waits, or it has ended.
func (a *app) followRestore(ctx context.Context, c client.Client, id string) (message.RestoreView, error) {
	d := a.newDisplay()
	defer d.done()
	var pace pace
	last := restoreProgress{Event: "progress", Restore: id, Status: restore.Planning}
	for {
		v, over, err := lookRestore(ctx, c, id, &last)
		if ctx.Err() != nil {
			return v, fmt.Errorf("watching restore %s ended; the restore goes on: watch it again with 'holdfast restore watch %s', or end it with 'holdfast restore cancel %s'", id, id, id)
		}
		if err != nil {
			return v, err
		}
		last.Time = time.Now().UTC()
		last.Rate = pace.rate(last.Time, int64(last.Created+last.Skipped+last.Degraded+last.Failed))
		if over {
			return v, nil
		}
		a.showRestoring(d, last)
		select {
		case <-ctx.Done():
		case <-time.After(d.every()):
		}
	}
}

// showRestoring shows a look at a restore; on a terminal, a phase that is over leaves a
// line behind, and so does what it begins to wait for, which may be longer than a bar.
func (a *app) showRestoring(d *display, p restoreProgress) {
	before, ok := d.last.(restoreProgress)
	if d.bar && p.Waiting != "" && p.Waiting != before.Waiting {
		d.done()
		fmt.Fprintf(d.w, "%s  waiting: %s\n", when(p.Time), cell(p.Waiting))
	}
	if d.bar && ok && before.Phase != "" && (before.Status != p.Status || before.Phase != p.Phase) {
		d.done()
		before.BatchesDone, before.Waiting, before.Rate = before.Batches, "", 0
		fmt.Fprintln(d.w, line(before, math.MaxInt))
	}
	d.show(p)
	if d.bar {
		d.last = p
	}
}

// lookRestore asks a restore how far it is, and notes that in p. over is whether there is
// nothing to wait for. The error is one that asking again does not mend.
func lookRestore(ctx context.Context, c client.Client, id string, p *restoreProgress) (v message.RestoreView, over bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	run, err := c.DescribeWorkflowExecution(ctx, message.RestoreID(id), "")
	if err != nil {
		var notFound *serviceerror.NotFound
		if errors.As(err, &notFound) {
			return v, false, explainRestore("restore "+id, err)
		}
		p.Waiting = "Temporal does not answer: check the cluster"
		return v, false, nil
	}
	closed := run.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	if v, err = message.ShowRestore.Ask(ctx, c, message.RestoreID(id)); err != nil {
		p.Waiting = "no worker answers: start one, or give it a moment"
		return v, false, nil
	}
	if closed && !v.Status.Ended() {
		return v, false, fmt.Errorf("restore %s was ended in Temporal: what it restored stays; go on with 'holdfast restore retry %s'", id, id)
	}
	var phase message.PhaseReport
	if v.PhaseID != "" {
		phase, _ = message.ShowRestorePhase.Ask(ctx, c, v.PhaseID) // it may have just ended
	}
	*p = progressOf(v, phase)
	return v, closed || v.Status == restore.Planned, nil
}

// printPhases writes how far each phase is.
func printPhases(w io.Writer, phases []message.PhaseProgress) {
	if len(phases) == 0 {
		return
	}
	fmt.Fprintln(w)
	row(w, "PHASE", "BATCHES", "DONE")
	for _, p := range phases {
		row(w, phaseTitle(p), count(p.Batches), count(p.Done))
	}
}

// phaseTitle is a phase for people.
func phaseTitle(p message.PhaseProgress) string {
	if p.Compare {
		return "compare " + cmp.Or(p.Title, p.Name)
	}
	return cmp.Or(p.Title, p.Name)
}
