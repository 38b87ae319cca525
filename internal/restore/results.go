package restore

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Results collects what became of the records of a batch. It is safe for concurrent
// use.
type Results struct {
	mu   sync.Mutex
	rows map[partKey]Row
}

// partKey tells records apart. What has an id only within what it belongs to, such as a
// label, is told apart by that.
type partKey struct{ kind, id, parent string }

// NewResults returns results without rows.
func NewResults() *Results { return &Results{rows: map[partKey]Row{}} }

// Row notes what became of a record. A second row of the same record replaces the
// first.
func (r *Results) Row(row Row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows[partKey{row.Kind, row.ID, row.Parent}] = row
}

// Rows returns all rows, in order of kind and id.
func (r *Results) Rows() []Row {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.rows), func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareIDs(a.ID, b.ID), compareIDs(a.Parent, b.Parent))
	})
}

// Counts counts the rows by kind.
func (r *Results) Counts() map[string]Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]Counts{}
	for _, row := range r.rows {
		c := all[row.Kind]
		c.count(row.Outcome)
		all[row.Kind] = c
	}
	return all
}

func (c *Counts) count(o Outcome) {
	switch o {
	case Created:
		c.Created++
	case Skipped:
		c.Skipped++
	case Degraded:
		c.Degraded++
	default:
		c.Failed++
	}
}

// toDo says of a record whether it is to be restored in a retry: it failed, or was not
// reached.
func (r *Results) toDo() func(kind, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	done := make(map[partKey]bool, len(r.rows))
	for key, row := range r.rows {
		key.parent = ""
		was, known := done[key]
		done[key] = row.Outcome != Missed && (was || !known)
	}
	return func(kind, id string) bool { return !done[partKey{kind: kind, id: id}] }
}

// AddCounts adds counts by kind to a sum of them.
func AddCounts(sum, more map[string]Counts) {
	for kind, c := range more {
		all := sum[kind]
		all.Add(c)
		sum[kind] = all
	}
}

// BatchResult is what a batch came to (results/<phase>/<n>.json). That it is there
// means that the batch is done.
type BatchResult struct {
	// Retry is that of the restore in which the batch was last applied.
	Retry  int               `json:"retry,omitempty"`
	Counts map[string]Counts `json:"counts"`
	Rows   []Row             `json:"rows,omitempty"`
	Refs   []Ref             `json:"refs,omitempty"`
}

// results are the rows, to be gone on with.
func (b BatchResult) results() *Results {
	r := NewResults()
	for _, row := range b.Rows {
		r.Row(row)
	}
	return r
}

// Failed reports whether anything of the batch failed.
func (b BatchResult) Failed() bool {
	return slices.ContainsFunc(b.Rows, func(row Row) bool { return row.Outcome == Missed })
}
