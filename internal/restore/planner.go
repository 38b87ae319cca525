package restore

// Planner takes a plan as a target makes it, and writes its batches to the store.
type Planner struct {
	// Plan is filled in by the target: Fingerprint, Containers, Kinds, Warnings.
	Plan    *Plan
	Mapping *Mapping
}

// Phase begins the next phase; its batches follow.
func (w *Planner) Phase(name, title string) error { return errNotYet }

// Batch adds a batch to the phase; Phase and N are set by the Planner, which lays the lanes
// of a phase beside each other, so that many can go on at a time.
func (w *Planner) Batch(b Batch) error { return errNotYet }

// Items adds items to the phase, cut into batches of BatchItems.
func (w *Planner) Items(lane, container string, items []Position) error { return errNotYet }
