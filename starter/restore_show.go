package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/restore"
)

func newRestoreShow(a *app) *cobra.Command {
	var f storeFlag
	var all bool
	cmd := &cobra.Command{
		Use:   "show RESTORE",
		Short: "Show the preview or the state of a restore",
		Long: `Show the preview or the state of a restore. Where the store can be read, the
preview names projects or spaces, what becomes of each kind of data, and which users
and configuration the destination lacks or the mapping file names; otherwise there
are counts alone. --all has all kinds, and all of the mapping that the plan has.`,
		Example: "  holdfast restore show jira-acme.20261123T021658Z.r20261124T080000Z\n" +
			"  holdfast restore show jira-acme.20261123T021658Z.r20261124T080000Z --store gs://acme-backups/holdfast --all",
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
			v, err := a.lookAtRestore(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			shown := a.withPlan(cmd.Context(), v, a.store(f))
			return a.print(shown, func(w io.Writer) { a.printRestore(w, shown, all) })
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "show all of the preview: every kind, and all of the mapping that the plan has")
	return cmd
}

// restoreShown is the JSON result of restore show.
type restoreShown struct {
	message.RestoreView
	// Preview is the whole plan, where the store can be read.
	Preview *restore.Plan `json:"preview,omitempty"`
}

// withPlan adds the plan of a restore, where there is one and the store can be read.
// A store that can't is told of: the rest is worth showing.
func (a *app) withPlan(ctx context.Context, v message.RestoreView, address string) restoreShown {
	shown := restoreShown{RestoreView: v}
	if address == "" || v.Plan == nil {
		return shown
	}
	ctx, cancel := a.call(ctx)
	defer cancel()
	s, err := openExisting(ctx, address)
	if err != nil {
		fmt.Fprintf(a.err, "The plan can't be read: %v\n", err)
		return shown
	}
	if shown.Preview, err = restore.OpenFolder(s, v.ID).Plan(ctx); err != nil {
		fmt.Fprintf(a.err, "The plan can't be read from the store %s: %v: check --store: it is the one that the workers have.\n", s.URL(), err)
	}
	return shown
}

// printRestore writes what a restore is, and what to do next.
func (a *app) printRestore(w io.Writer, s restoreShown, all bool) {
	v, more := s.RestoreView, false
	nothing := nothingPlanned(v, s.Preview)
	if nothing {
		fmt.Fprintln(w, nothingText(v))
	}
	describeRestore(w, v)
	if s.Preview != nil {
		more = printPlan(w, *s.Preview, all)
	} else if v.Plan != nil && v.Status == restore.Planned {
		fmt.Fprintln(w)
		row(w, "note", "give --store to see the whole preview: projects or spaces, kinds, mapping, warnings")
	}
	if !v.AppliedAt.IsZero() {
		printPhases(w, v.Phases)
		printOutcomes(w, v.Counts)
	}
	if v.Score != nil {
		fmt.Fprintln(w)
		printScore(w, *v.Score)
	}
	if more {
		a.printAll(w, v)
	}
	if !nothing {
		a.printNext(w, v)
	}
}

// printAll tells how to see all of a preview.
func (a *app) printAll(w io.Writer, v message.RestoreView) {
	fmt.Fprintf(w, "\nSee all of the preview:\n  %s\n", a.hint("holdfast restore show --all "+v.ID))
}

// describeRestore writes the state of a restore, a line each.
func describeRestore(w io.Writer, v message.RestoreView) {
	row(w, "restore", v.ID)
	row(w, "of", v.BackupID+map[bool]string{true: ", from a file", false: ", from the store"}[v.From == backup.FromFile])
	row(w, "to", fmt.Sprintf("%s of %s", v.Product, v.Site))
	row(w, "status", v.Status)
	if v.Reason != "" {
		row(w, "reason", v.Reason)
	}
	if v.Waiting != "" {
		row(w, "waiting", v.Waiting)
	}
	row(w, "asked for", byText(v.RequestedAt, v.By))
	if v.Retry > 0 {
		row(w, "try", v.Retry+1)
	}
	if v.Status == restore.Planned && !nothingPlanned(v, nil) {
		row(w, "can be accepted", "until "+when(v.Until))
	}
	if !v.AppliedAt.IsZero() {
		row(w, "accepted", byText(v.AppliedAt, v.AppliedBy))
	}
	if !v.EndedAt.IsZero() {
		row(w, "ended", when(v.EndedAt))
	} else if !v.Deadline.IsZero() {
		row(w, "gives up", when(v.Deadline))
	}
	if v.Lock {
		row(w, "destination", "held by this restore")
	}
	if p := v.Plan; p != nil {
		if p.BackupStatus == backup.Incomplete {
			row(w, "warning", fmt.Sprintf("the backup is %s: 'holdfast backup show %s --store STORE' lists what it lacks", p.BackupStatus, v.BackupID))
		}
		row(w, "backup of", when(p.BackupStarted))
		row(w, v.Product.Containers(), fmt.Sprintf("%s to create, %s skipped", count(p.Containers), count(p.Skipped)))
		row(w, v.Product.Items(), count(p.Items))
		row(w, "attachments", fmt.Sprintf("%s, %s", count(p.Attachments), size(p.Bytes)))
		row(w, "without a counterpart", fmt.Sprintf("%s users and parts of the configuration", count(p.Unmapped)))
		row(w, "can't be restored", fmt.Sprintf("%s records", count(p.Cannot)))
		row(w, "warnings", count(p.Warnings))
	}
}

func byText(at time.Time, by string) string {
	if by == "" {
		return when(at)
	}
	return when(at) + " by " + cell(by) + " (as they say)"
}

// printNext writes what can be done with a restore.
func (a *app) printNext(w io.Writer, v message.RestoreView) {
	next := func(text, command string) {
		fmt.Fprintf(w, "%s:\n  %s\n", text, a.hint("holdfast restore "+command+" "+v.ID))
	}
	switch v.Status {
	case restore.Planned:
		next("\nNothing was written yet. Accept the preview", "apply")
	case restore.Planning, restore.Applying:
		next("\nWatch it", "watch")
	case restore.Incomplete, restore.Failed, restore.Cancelled:
		if !v.AppliedAt.IsZero() {
			next("\nSee what became of each kind, and of what failed", "report --failed")
			next("Try again what failed or was not reached", "retry")
		}
	case restore.Complete:
		next("\nSee what became of each kind", "report")
	}
}

// printOutcomes writes what became of the records of each kind.
func printOutcomes(w io.Writer, by map[string]restore.Counts) {
	if len(by) == 0 {
		return
	}
	fmt.Fprintln(w)
	row(w, "KIND", "CREATED", "SKIPPED", "DEGRADED", "FAILED")
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		c := by[kind]
		row(w, kind, count(c.Created), count(c.Skipped), count(c.Degraded), count(c.Failed))
	}
}

// printScore writes what the comparison of a restore with its backup found.
func printScore(w io.Writer, s restore.Score) {
	row(w, "compared", fmt.Sprintf("%s records, %s fields that the API can write", count(s.Records), count(s.Fields)))
	row(w, "equal", shareText(s.Equal, s.Fields))
	row(w, "different", count(s.Different))
	row(w, "absent", fmt.Sprintf("%s records", count(s.Absent)))
	row(w, "too many", fmt.Sprintf("%s records", count(s.Surplus)))
	row(w, "as the report says", count(s.Expected))
	row(w, "not writable", count(s.Unwritable))
}

// shareText is n and its share of all, which is 100% only where it is all.
func shareText(n, all int) string {
	if all == 0 {
		return count(n)
	}
	return fmt.Sprintf("%s (%.2f%%)", count(n), float64(int(float64(n)*10000/float64(all)))/100)
}
