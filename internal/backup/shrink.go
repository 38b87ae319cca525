package backup

import "fmt"

// GoneTolerance is how many items of a container that had items of them at the
// census may be gone without harm: the greater of 10 and 0.1%. More make the
// backup INCOMPLETE, because one 404 can't tell a deletion from a lost permission.
func GoneTolerance(items int) int { return max(10, items/1000) }

// Shrunk says that the site holds suspiciously little (S6).
type Shrunk struct {
	Baseline          Baseline // what it is measured against; zero where there is none
	Containers, Items int      // what the site holds now
}

func (e *Shrunk) Error() string {
	const ask = "check that the account still sees everything; if the site really is so small, run again with --accept-smaller"
	if e.Baseline == (Baseline{}) {
		return fmt.Sprintf("the site shows %d containers with %d items: %s", e.Containers, e.Items, ask)
	}
	return fmt.Sprintf("the site shows %d containers with %d items where backup %s held %d with %d: %s",
		e.Containers, e.Items, e.Baseline.Backup, e.Baseline.Containers, e.Baseline.Items, ask)
}

// Compare measures what a site holds against the last COMPLETE or INCOMPLETE
// backup of the same selection (S6): nil, or a *Shrunk where there are fewer
// than half of its containers or of its items, or none at all. That a site has
// no items is accepted once the baseline had none either.
func Compare(base Baseline, containers, items int) error {
	none := containers == 0 || items == 0 && (base == Baseline{} || base.Items > 0)
	if none || 2*containers < base.Containers || 2*items < base.Items {
		return &Shrunk{Baseline: base, Containers: containers, Items: items}
	}
	return nil
}
