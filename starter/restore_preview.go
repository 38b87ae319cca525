package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"holdfast/internal/message"
	"holdfast/internal/restore"
)

// How many rows of a preview are shown without --all: of projects or spaces, and of each
// kind of the mapping.
const (
	shownContainers = 30
	shownMapped     = 10
)

// printPlan writes a preview (T3): what is worth knowing before it is accepted, or all of it.
// It returns whether there is more.
func printPlan(w io.Writer, p restore.Plan, all bool) (more bool) {
	for _, warning := range p.Warnings {
		row(w, "warning", warning)
	}
	for _, part := range []func(io.Writer, restore.Plan, bool) bool{printContainers, printKinds, printMapping} {
		more = part(w, p, all) || more
	}
	return more
}

func printContainers(w io.Writer, p restore.Plan, all bool) (more bool) {
	if len(p.Containers) == 0 {
		return false
	}
	fmt.Fprintln(w)
	row(w, "KEY", "AS", "NAME", "ITEMS", "ATTACHMENTS", "SIZE", "NOT RESTORED BECAUSE")
	for i, c := range p.Containers {
		if i == shownContainers && !all {
			row(w, fmt.Sprintf("and %s more: --all", count(len(p.Containers)-i)))
			return true
		}
		row(w, c.Key, c.As, c.Name, count(c.Items), count(c.Attachments), size(c.Bytes), c.Skip)
	}
	return false
}

// printKinds writes the kinds of which something is created, or can't be restored.
func printKinds(w io.Writer, p restore.Plan, all bool) (more bool) {
	left, shown := 0, 0
	for _, k := range p.Kinds {
		if k.Create == 0 && k.Cannot == 0 && !all {
			left++
			continue
		}
		if shown++; shown == 1 {
			fmt.Fprintln(w)
			row(w, "KIND", "IN THE BACKUP", "TO CREATE", "SKIPPED", "CAN'T BE RESTORED", "NOTE")
		}
		row(w, cmp.Or(k.Title, k.Kind), count(k.Archive), count(k.Create), count(k.Skip), count(k.Cannot), k.Note)
	}
	if left > 0 {
		fmt.Fprintf(w, "\nand %s more of which nothing is created: --all\n", count(left))
	}
	return left > 0
}

// needsAttention is whether somebody should look at a row of the mapping: the rest is simply found.
func needsAttention(m restore.Mapped) bool {
	return m.To == "" || m.How == restore.ByNothing || m.How == restore.ByFallback || m.How == restore.ByFile
}

func printMapping(w io.Writer, p restore.Plan, all bool) (more bool) {
	shown, found, begun := map[string]int{}, 0, false
	for _, m := range p.Mapped {
		if !all {
			if !needsAttention(m) {
				found++
				continue
			}
			if shown[m.Kind]++; shown[m.Kind] > shownMapped {
				continue
			}
		}
		if !begun {
			begun = true
			fmt.Fprintln(w)
			row(w, "KIND", "IN THE BACKUP", "IN THE DESTINATION", "FOUND BY", "WITHOUT IT")
		}
		row(w, m.Kind, cmp.Or(m.Name, m.ID), cmp.Or(m.ToName, m.To), m.How, m.Effect)
	}
	for _, kind := range slices.Sorted(maps.Keys(shown)) {
		if left := shown[kind] - shownMapped; left > 0 {
			more = true
			row(w, kind, fmt.Sprintf("and %s more: --all", count(left)))
		}
	}
	if found > 0 {
		fmt.Fprintf(w, "\nand %s more with the same id or name: --all\n", count(found))
	}
	return more || found > 0
}

// nothingPlanned is whether a restore that waits to be accepted creates nothing. p is nil where the
// store can't be read.
func nothingPlanned(v message.RestoreView, p *restore.Plan) bool {
	if v.Status != restore.Planned || v.Plan == nil || v.Plan.Containers > 0 {
		return false
	}
	batches, create := 0, 0
	for _, phase := range v.Plan.Phases {
		batches += phase.Batches
	}
	if p == nil {
		return batches == 0
	}
	for _, k := range p.Kinds {
		create += k.Create
	}
	return batches == 0 || create == 0
}

// nothingText says of such a restore what to do. Of a choice of the backup that is empty
// there is nothing to give other keys.
func nothingText(v message.RestoreView) string {
	if v.Plan.Skipped == 0 {
		return "nothing to restore: the backup has nothing of what was chosen; plan it again, and choose something else"
	}
	return fmt.Sprintf("nothing to restore: none of %s %s is created, as the destination has their keys or can't take them; plan it again, and give other keys with --as-key KEY=NEW",
		count(v.Plan.Skipped), v.Product.Containers())
}

// nothingToRestore is the error of a preview that creates nothing, where it has been shown.
type nothingToRestore struct{ text string }

func (n nothingToRestore) Error() string { return n.text }
