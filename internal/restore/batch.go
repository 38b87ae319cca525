package restore

import (
	"slices"
	"strings"

	"holdfast/internal/archive"
)

// BatchItems is how many items a batch has at most.
const BatchItems = 50

// Batch is what one activity restores: items of one container, in the order in
// which they are to be written.
type Batch struct {
	Phase string `json:"phase"`
	N     int    `json:"n"` // from 0, within its phase
	// Lane names what is written one after another: batches of a lane never run at
	// the same time, and run in their order. Those of one empty lane run freely.
	Lane      string     `json:"lane,omitempty"`
	Container string     `json:"container,omitempty"` // key in the backup
	Items     []Position `json:"items,omitempty"`
}

// Position is where an item is in the archive.
type Position struct {
	Segment int    `json:"segment"` // index in the manifest
	Line    int    `json:"line"`    // from 0
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Key     string `json:"key,omitempty"`
	// Parent is what the item is below, as the target understands it.
	Parent string `json:"parent,omitempty"`
	// Extra is the target's own: the number of a level, a marker.
	Extra string `json:"extra,omitempty"`
}

// Head is what of a batch a workflow needs to know.
type Head struct {
	N     int    `json:"n"`
	Lane  string `json:"lane,omitempty"`
	Items int    `json:"items"`
}

// Outcome says what became of a record.
type Outcome string

// The outcomes of the report.
const (
	Created  Outcome = "created"
	Skipped  Outcome = "skipped"  // the destination has it, or it was not to be restored
	Degraded Outcome = "degraded" // it is there, but not wholly as it was: Reason says how
	Missed   Outcome = "failed"   // Reason says why
)

// Row is what became of one record of the backup. Only rows that are not plainly
// created are listed in the report; all are counted.
type Row struct {
	Outcome   Outcome `json:"outcome"`
	Kind      string  `json:"kind"`
	ID        string  `json:"id"` // in the backup
	Key       string  `json:"key,omitempty"`
	Parent    string  `json:"parent,omitempty"` // id of the item that it belongs to
	Container string  `json:"container,omitempty"`
	// Reason is one of a few sentences, without content.
	Reason string `json:"reason,omitempty"`
	// Fields are what of a degraded record is not as it was, as paths of members that
	// Compare knows ("fields.customfield_10012"): they and what is below them may differ,
	// and nothing else. Without any all of it may.
	Fields []string `json:"fields,omitempty"`
}

// covers reports whether a path of a degraded record may differ.
func (r Row) covers(path string) bool {
	return len(r.Fields) == 0 || slices.ContainsFunc(r.Fields, func(field string) bool {
		rest, below := strings.CutPrefix(path, field)
		return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// Ref is what a record of the backup is in the destination.
type Ref struct {
	Kind string `json:"kind"`
	From string `json:"from"` // id in the backup
	ID   string `json:"id"`
	Key  string `json:"key,omitempty"`
	// Extra is the target's own: the id of a file at the media service, say.
	Extra string `json:"extra,omitempty"`
}

// Counts counts outcomes of one kind.
type Counts struct {
	Created  int `json:"created"`
	Skipped  int `json:"skipped"`
	Degraded int `json:"degraded"`
	Failed   int `json:"failed"`
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Created += o.Created
	c.Skipped += o.Skipped
	c.Degraded += o.Degraded
	c.Failed += o.Failed
}

// Total is how many records were counted.
func (c Counts) Total() int { return c.Created + c.Skipped + c.Degraded + c.Failed }

// Group is an item of the archive with what belongs to it.
type Group struct {
	Position Position
	Item     archive.Record
	// Parts can be walked more than once.
	Parts Parts
}
