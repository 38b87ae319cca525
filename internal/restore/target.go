package restore

import (
	"context"
	"io"
	"iter"

	"holdfast/internal/archive"
)

// Target is one product of a destination.
type Target interface {
	// Plan holds the archive against the destination and tells w what is to be done: the
	// rows of the plan, the mapping, and the batches of each phase. It writes nothing
	// at the site.
	Plan(ctx context.Context, j *Job, w *Planner) error
	// Fingerprint reads again what of the destination the plan depends on.
	Fingerprint(ctx context.Context, j *Job) (map[string]string, error)
	// Apply restores what a batch names, and tells j.Out of each record. What an earlier
	// attempt of the batch created it finds and keeps (T5): called again after it was
	// cut off anywhere, it creates nothing twice. An error is one of the site or the
	// store as a whole; what fails of one record is a row.
	Apply(ctx context.Context, j *Job, b Batch) error
	// Compare holds what a batch restored against the archive, field by field, and
	// tells j.Diff. It writes nothing.
	Compare(ctx context.Context, j *Job, b Batch) error
	// Limits lists what the API cannot write, by kind and field (T6).
	Limits() []Limit
}

// Limit is a field, or a kind of data as a whole where Field is empty, that the API
// cannot write or that is Kept, and what is done instead.
type Limit struct {
	Kind   string `json:"kind"`
	Field  string `json:"field,omitempty"` // path of members: "fields.creator"
	Reason string `json:"reason"`
	// Kept is set on a kind that there are calls for, and that is left to the destination all the
	// same: its configuration, above all.
	Kept bool `json:"kept,omitempty"`
}

// Job is one restore, as its steps see it.
type Job struct {
	Plan    *Plan
	Archive *Archive
	// Overrides is the mapping file; nil where there is none, and except while planning.
	Overrides Overrides
	// Mapping is what the plan found of users and configuration.
	Mapping *Mapping
	// IDs tells what earlier phases and this batch created.
	IDs *IDs
	// Only, where not nil, says which records are to be restored: those that failed.
	Only func(kind, id string) bool
	// Out is told what becomes of records; nil while planning and comparing.
	Out *Results
	// Diff is told what differs; nil except while comparing.
	Diff *Differences
	// Report tells, while comparing, what the report says of a record that is not plainly created;
	// nil where it says nothing of any.
	Report func(kind, id string) (Row, bool)
	// Beat tells that so many more items and bytes are done.
	Beat func(items int, bytes int64)
}

// Excused reports whether the report says that a field of a record, or with an empty
// path the whole record, is not as it was.
func (j *Job) Excused(kind, id, path string) bool {
	if j.Report == nil {
		return false
	}
	row, ok := j.Report(kind, id)
	return ok && (row.Outcome == Missed || row.Outcome == Skipped || path != "" && row.Outcome == Degraded && row.covers(path))
}

// ExcusedOf is Excused for a record whose id tells it apart only among those of what it belongs
// to: the number of a version, or a label.
func (j *Job) ExcusedOf(kind, parent, id, path string) bool {
	return j.Excused(kind, Row{ID: id, Parent: parent}.ofParent().ID, path)
}

// Parts is what belongs to an item, in the archive's order. It is held in memory up
// to a few MiB, and on disk beyond that.
type Parts interface {
	// All yields the records of these kinds; of none, all.
	All(kinds ...string) iter.Seq2[archive.Record, error]
	// Len counts the records of a kind.
	Len(kind string) int
}

// File is an attachment's bytes in the archive.
type File struct {
	Row  archive.IndexRow
	Open func(ctx context.Context) (io.ReadCloser, error)
}
