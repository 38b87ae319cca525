// Package confluence restores into Confluence. Spaces come first, then what stands in
// their trees, level by level and without text, so that each page knows its parent and each
// text the ids of what it refers to; then texts with their files, comments, and at the
// end what would keep us from writing: restrictions, the archive, the trash.
package confluence

import (
	"context"
	"fmt"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// Target restores into one site. It is safe for concurrent use.
type Target struct {
	client  *atlassian.Client
	product atlassian.Product // reads the destination as a backup would, for Compare
}

// New returns the target of a client; product reads the same site.
func New(client *atlassian.Client, product atlassian.Product) *Target {
	return &Target{client: client, product: product}
}

// Apply implements restore.Target.
func (t *Target) Apply(ctx context.Context, j *restore.Job, b restore.Batch) error {
	r := &run{Target: t, job: j, batch: b}
	return r.apply(ctx)
}

func (r *run) apply(ctx context.Context) error {
	if r.batch.Container == "" {
		return r.siteTemplates(ctx)
	}
	if r.batch.Phase == phaseSpaces {
		return r.spaces(ctx)
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	switch r.batch.Phase {
	case phaseBlogs:
		return r.blogs(ctx)
	case phaseContents:
		return r.contents(ctx)
	case phaseComments:
		return r.comments(ctx)
	case phaseRest, phaseNested:
		return r.rest(ctx)
	case phaseTrash:
		return r.trash(ctx)
	case phaseAccess:
		return r.access(ctx)
	case phaseClose:
		return r.close(ctx)
	}
	if strings.HasPrefix(r.batch.Phase, phaseTree) {
		return r.tree(ctx)
	}
	return fmt.Errorf("%w: there is no phase %q: plan again with this version of holdfast", restore.ErrRequest, r.batch.Phase)
}

// run is one call of Apply.
type run struct {
	*Target
	job   *restore.Job
	batch restore.Batch

	// space is that of the batch in the destination; without an id where there is none.
	space restore.Ref
	// from is its id in the backup.
	from string
	// account is the one that writes, once it is known.
	account string
	// drafts are those that no record became yet, once they were looked for.
	drafts *siblings
}

// open finds the space of the batch.
func (r *run) open(ctx context.Context) error {
	for _, c := range r.job.Plan.Containers {
		if c.Key == r.batch.Container {
			r.from = c.ID
		}
	}
	ref, _, err := r.job.IDs.Get(ctx, spaceKind, r.from)
	r.space = ref
	return err
}

// writer is the account that writes.
func (r *run) writer(ctx context.Context) (string, error) {
	var err error
	if r.account == "" {
		r.account, err = r.me(ctx)
	}
	return r.account, err
}

// wanted reports whether a record is to be restored by this call.
func (r *run) wanted(kind, id string) bool { return r.job.Only == nil || r.job.Only(kind, id) }

// tell notes what became of a record; in a retry, of those that it is about.
func (r *run) tell(row restore.Row) {
	if row.Container = r.batch.Container; r.wanted(row.Kind, row.ID) && r.job.Out != nil {
		r.job.Out.Row(row)
	}
}

// done tells of a record that is there: whole, or as the reasons say.
func (r *run) done(kind, id, parent string, reasons ...string) {
	row := restore.Row{Outcome: restore.Created, Kind: kind, ID: id, Parent: parent}
	if len(reasons) > 0 {
		row.Outcome, row.Reason = restore.Degraded, strings.Join(reasons, "; ")
		row.Fields = differing(reasons)
	}
	r.tell(row)
}

// failed tells of a record that the site did not take; any other error is returned.
func (r *run) failed(err error, kind, id, parent string) error {
	reason, ok := refusal(err)
	if !ok {
		return err
	}
	r.miss(kind, id, parent, reason)
	return nil
}

func (r *run) miss(kind, id, parent, reason string) {
	r.tell(restore.Row{Outcome: restore.Missed, Kind: kind, ID: id, Parent: parent, Reason: reason})
}

func (r *run) skip(kind, id, parent, reason string) {
	r.tell(restore.Row{Outcome: restore.Skipped, Kind: kind, ID: id, Parent: parent, Reason: reason})
}

func (r *run) beat(items int, bytes int64) {
	if r.job.Beat != nil {
		r.job.Beat(items, bytes)
	}
}
