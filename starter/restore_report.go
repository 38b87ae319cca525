package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/internal/restore"
	"holdfast/internal/store"
)

// reportFlags are the flags of restore report.
type reportFlags struct {
	store       storeFlag
	failed      bool
	differences bool
	kinds       []string
}

func newRestoreReport(a *app) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report RESTORE",
		Short: "Show what became of each record of a restore",
		Long: `Show what became of the records of a restore: how many of each kind are in the
backup, and were created, skipped, degraded or failed, then every one that is not
plainly created, with the reason. It reads the store alone: no worker is needed.`,
		Example: "  holdfast restore report jira-acme.20261123T021658Z.r20261124T080000Z\n" +
			"  holdfast restore report jira-acme.20261123T021658Z.r20261124T080000Z --failed --kind issue\n" +
			"  holdfast restore report jira-acme.20261123T021658Z.r20261124T080000Z --store gs://acme-backups/holdfast -o json\n" +
			"  holdfast restore report jira-acme.20261123T021658Z.r20261124T080000Z --differences",
		ValidArgsFunction: a.complete(completeRestores),
		Args:              one("RESTORE"),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.restoreReport(cmd.Context(), args[0], f) },
	}
	f.store.add(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.failed, "failed", false, "list only what failed")
	fl.BoolVar(&f.differences, "differences", false, "list what a comparison with the backup found different instead, as after a drill")
	fl.StringArrayVar(&f.kinds, "kind", nil, "list only records of this kind; may be repeated")
	completeValues(cmd, "kind")
	return cmd
}

// reportRow is a line of the JSON of restore report: a record that is not plainly created.
type reportRow struct {
	Event string `json:"event"` // "row"
	restore.Row
}

// differenceRow is a line of it with --differences.
type differenceRow struct {
	Event string `json:"event"` // "difference"
	restore.Difference
}

// reportEnd is the last line of it.
type reportEnd struct {
	Event  string         `json:"event"` // "end"
	Report restore.Report `json:"report"`
}

func (a *app) restoreReport(ctx context.Context, id string, f reportFlags) error {
	if _, err := backupOf(id); err != nil {
		return err
	}
	if f.failed && f.differences {
		return usagef("--failed and --differences list two different things: give one of them")
	}
	address := a.store(f.store)
	if address == "" {
		return usagef("the report is in the store of the workers: give its address with --store")
	}
	s, err := openExisting(ctx, address)
	if err != nil {
		return err
	}
	folder := restore.OpenFolder(s, id)
	report, err := folder.Report(ctx, nil)
	if errors.Is(err, store.ErrNotExist) {
		return fmt.Errorf("the store %s has no report of restore %s: it is written when the restore ends; see how far it is with 'holdfast restore show %s', and check --store", s.URL(), id, id)
	}
	if err != nil {
		return fmt.Errorf("%w: check the address and the permissions of this account", err)
	}
	if err := f.known(ctx, folder, report); err != nil {
		return err
	}
	if !a.json() {
		if err := a.print(nil, func(w io.Writer) { printReport(w, report, f) }); err != nil {
			return err
		}
	}
	if f.differences {
		err = a.differences(ctx, folder, f)
	} else {
		err = a.reportRows(ctx, folder, f)
	}
	if err == nil && a.json() {
		err = encodeLine(a.out, reportEnd{"end", report})
	}
	return err
}

// wants is whether records of a kind are to be listed.
func (f reportFlags) wants(kind string) bool {
	for _, k := range f.kinds {
		if k == kind {
			return true
		}
	}
	return len(f.kinds) == 0
}

// shownKinds is how many kinds are named where one is given that is none.
const shownKinds = 12

// known refuses kinds of which a report says nothing, nor what a comparison found.
func (f reportFlags) known(ctx context.Context, folder restore.Folder, r restore.Report) error {
	var there []string
	for _, k := range r.Kinds {
		there = append(there, k.Kind)
	}
	if f.differences && len(f.kinds) > 0 {
		found, err := folder.Differences(ctx, nil)
		if err != nil {
			return nil // differences tells
		}
		for _, k := range found.Kinds {
			there = append(there, k.Kind)
		}
		there = unique(there)
	}
	for _, kind := range f.kinds {
		if slices.Contains(there, kind) {
			continue
		}
		some := strings.Join(there[:min(len(there), shownKinds)], ", ")
		if len(there) > shownKinds {
			some += fmt.Sprintf(" and %d more, which -o json has without --kind", len(there)-shownKinds)
		}
		return usagef("--kind %s: the report of restore %s has no such kind; it has %s", kind, r.ID, cmp.Or(some, "none"))
	}
	return nil
}

// reportRows writes the rows of a report as they are read: there may be many.
func (a *app) reportRows(ctx context.Context, folder restore.Folder, f reportFlags) error {
	out, listed := a.table(), false
	_, err := folder.Report(ctx, func(r restore.Row) error {
		switch {
		case f.failed && r.Outcome != restore.Missed || !f.wants(r.Kind):
			return nil
		case a.json():
			return encodeLine(a.out, reportRow{"row", r})
		case !listed:
			listed = true
			fmt.Fprintln(out)
		}
		return listRow(out, string(r.Outcome), r.Kind, strings.TrimSpace(r.Key+" "+r.ID), r.Reason)
	})
	if err == nil && f.failed && !listed && !a.json() {
		_, err = fmt.Fprintln(out, "\nnothing failed")
	}
	return err
}

// differences writes what a comparison found, as it is read.
func (a *app) differences(ctx context.Context, folder restore.Folder, f reportFlags) error {
	out, listed := a.table(), false
	_, err := folder.Differences(ctx, func(d restore.Difference) error {
		switch {
		case !f.wants(d.Kind):
			return nil
		case a.json():
			return encodeLine(a.out, differenceRow{"difference", d})
		case !listed:
			listed = true
			fmt.Fprintln(out)
		}
		return listRow(out, string(d.Verdict), d.Kind, d.ID, d.Path)
	})
	if errors.Is(err, store.ErrNotExist) {
		return errors.New("this restore was not compared with its backup: 'holdfast restore drill' does that")
	}
	return err
}

// listRow writes one row of a list that is as long as it is: its columns have fixed widths.
func listRow(w io.Writer, outcome, kind, id, text string) error {
	_, err := fmt.Fprintf(w, "%-9s %-16s %-20s %s\n", cell(outcome), cell(kind), cell(id), cell(text))
	return err
}

// printReport writes what a report says of all records together; what the API can't write
// only where the report is not narrowed.
func printReport(w io.Writer, r restore.Report, f reportFlags) {
	row(w, "restore", r.ID)
	row(w, "of", r.BackupID)
	row(w, "from", r.Source)
	row(w, "to", fmt.Sprintf("%s of %s", r.Product, r.Site))
	row(w, "status", r.Status)
	if r.Reason != "" {
		row(w, "reason", r.Reason)
	}
	row(w, "planned", when(r.PlannedAt))
	row(w, "accepted", when(r.AppliedAt))
	row(w, "ended", when(r.EndedAt))
	if r.NotDone > 0 {
		row(w, "not reached", fmt.Sprintf("%s of %s batches: 'holdfast restore retry %s' goes on", count(r.NotDone), count(r.Batches), r.ID))
	}
	for _, c := range r.Containers {
		if c.Skip != "" {
			row(w, "skipped", c.Key+": "+c.Skip)
		}
	}
	fmt.Fprintln(w)
	row(w, "KIND", "IN THE BACKUP", "CREATED", "SKIPPED", "DEGRADED", "FAILED", "CAN'T BE RESTORED", "NOTE")
	for _, k := range r.Kinds {
		if !f.wants(k.Kind) {
			continue
		}
		row(w, cmp.Or(k.Title, k.Kind), count(k.Archive), count(k.Created), count(k.Skipped+k.PlannedSkip), count(k.Degraded), count(k.Failed), count(k.Cannot), k.Note)
	}
	if r.Score != nil {
		fmt.Fprintln(w)
		printScore(w, *r.Score)
	}
	for _, warning := range r.Warnings {
		row(w, "warning", warning)
	}
	if !f.failed && len(f.kinds) == 0 {
		printLimits(w, r.Limits)
	}
}

// printLimits prints what the API can't write, and apart from it what is left to the destination.
func printLimits(w io.Writer, limits []restore.Limit) {
	for _, kept := range []bool{false, true} {
		title := "THE API CAN'T WRITE"
		if kept {
			title = "LEFT TO THE DESTINATION"
		}
		for _, l := range limits {
			if l.Kept != kept {
				continue
			}
			if title != "" {
				fmt.Fprintln(w)
				row(w, title, "FIELD", "WHAT IS DONE INSTEAD")
				title = ""
			}
			row(w, l.Kind, l.Field, l.Reason)
		}
	}
}
