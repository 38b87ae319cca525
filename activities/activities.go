// Package activities has the steps of a run that have side effects: what a
// worker does at the site, in the store and on its scratch disk. Workflows call
// them by method value of a nil *Activities and look at nothing but their
// results and the type of their errors (package failure).
package activities

import (
	"log/slog"

	"holdfast/internal/atlassian"
	"holdfast/internal/links"
	"holdfast/internal/metrics"
	"holdfast/internal/notify"
	"holdfast/internal/restore"
	"holdfast/internal/store"
)

// Deps is what activities work with; main builds it once.
type Deps struct {
	Store store.Store
	Sites *Sites
	// Installation identifies who controls the policies in the store (owner.json).
	Installation string
	Log          *slog.Logger
	// Version is the program and version that is written into manifests.
	Version string
	// Metrics count what is done; nil means that nothing is counted.
	Metrics *metrics.Metrics
	// Links serves what is downloaded where the store makes no links itself; nil
	// means that it is not served.
	Links *links.Server
	// Queue is the task queue of this host alone.
	Queue string
	// Hooks deliver notices; nil means that this worker delivers none.
	Hooks *notify.Hooks
}

// Activities are the steps of a run. Its methods are registered with a worker.
type Activities struct {
	deps     Deps
	restores *restore.Cache
}

// New returns the activities that work with d.
func New(d Deps) *Activities {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	d.Store = markStore(d.Store)
	return &Activities{deps: d, restores: new(restore.Cache)}
}

// product returns the client of the run's site.
func (a *Activities) product(run Run) (atlassian.Product, error) {
	p := run.Policy
	return a.deps.Sites.Product(p.Site, p.CloudID, p.Product, p.Credential, run.Options)
}
