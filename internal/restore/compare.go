package restore

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Verdict says how a field of the destination is to that of the archive.
type Verdict string

// The verdicts.
const (
	Equal      Verdict = "equal"
	Unwritable Verdict = "not writable" // on the list of T6
	Different  Verdict = "different"
	Absent     Verdict = "absent"   // the record is not in the destination
	Surplus    Verdict = "surplus"  // a record of the destination that no record of the archive has become
	Expected   Verdict = "expected" // differs as the report says: the record is degraded, failed or skipped there
)

// MaxDifferences is how many rows of differences a batch keeps; all are counted.
const MaxDifferences = 1000

// Differences collects what Compare found of a batch. It is safe for concurrent use.
type Differences struct {
	mu     sync.Mutex
	found  Compared
	kinds  map[string]*ComparedKind
	fields map[fieldKey]*ComparedField
}

type fieldKey struct{ kind, path string }

// Compared is what was found of a batch, or of all of them.
type Compared struct {
	Kinds  []ComparedKind  `json:"kinds"`
	Fields []ComparedField `json:"fields"`
	// Rows are the differences one by one: at most MaxDifferences of a batch.
	Rows []Difference `json:"rows,omitempty"`
}

// ComparedKind counts records of a kind.
type ComparedKind struct {
	Kind     string `json:"kind"`
	Records  int    `json:"records"` // of the archive that were looked for
	Absent   int    `json:"absent"`
	Surplus  int    `json:"surplus"`
	Expected int    `json:"expected"` // not there, as the report says
}

// ComparedField counts the verdicts on one field of a kind.
type ComparedField struct {
	Kind       string `json:"kind"`
	Path       string `json:"path"`
	Equal      int    `json:"equal"`
	Unwritable int    `json:"unwritable"`
	Expected   int    `json:"expected"`
	Different  int    `json:"different"`
}

// Difference is a field that is not as it was, or a record that is missing or too many.
type Difference struct {
	Kind    string  `json:"kind"`
	ID      string  `json:"id"` // in the archive; of a surplus record, in the destination
	Path    string  `json:"path,omitempty"`
	Verdict Verdict `json:"verdict"`
}

// NewDifferences returns differences of which there are none yet.
func NewDifferences() *Differences {
	return &Differences{kinds: map[string]*ComparedKind{}, fields: map[fieldKey]*ComparedField{}}
}

func (d *Differences) kind(kind string) *ComparedKind {
	k := d.kinds[kind]
	if k == nil {
		k = &ComparedKind{Kind: kind}
		d.kinds[kind] = k
	}
	return k
}

// Record notes that a record of the archive was found in the destination and is
// compared: its fields follow.
func (d *Differences) Record(kind string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kind(kind).Records++
}

// Missing notes a record of the archive without counterpart: Absent, or Expected
// where the report says so.
func (d *Differences) Missing(kind, id string, v Verdict) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.kind(kind)
	k.Records++
	if v == Expected {
		k.Expected++
		return
	}
	k.Absent++
	d.row(Difference{Kind: kind, ID: id, Verdict: Absent})
}

// TooMany notes a record of the destination that no record of the archive has become.
func (d *Differences) TooMany(kind, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kind(kind).Surplus++
	d.row(Difference{Kind: kind, ID: id, Verdict: Surplus})
}

// Field notes the verdict on one field of a record. Path names members, without indexes
// of arrays and without content; Different ones are listed with the record's id.
func (d *Differences) Field(kind, id, path string, v Verdict) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.fields[fieldKey{kind, path}]
	if f == nil {
		f = &ComparedField{Kind: kind, Path: path}
		d.fields[fieldKey{kind, path}] = f
	}
	switch v {
	case Equal:
		f.Equal++
	case Unwritable:
		f.Unwritable++
	case Expected:
		f.Expected++
	default:
		f.Different++
		d.row(Difference{Kind: kind, ID: id, Path: path, Verdict: Different})
	}
}

func (d *Differences) row(r Difference) {
	if len(d.found.Rows) < MaxDifferences {
		d.found.Rows = append(d.found.Rows, r)
	}
}

// Compared returns what was found so far, in order of kind and path.
func (d *Differences) Compared() Compared {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := Compared{Rows: slices.Clone(d.found.Rows)}
	for _, kind := range slices.Sorted(maps.Keys(d.kinds)) {
		c.Kinds = append(c.Kinds, *d.kinds[kind])
	}
	for _, key := range slices.SortedFunc(maps.Keys(d.fields), func(a, b fieldKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.path, b.path))
	}) {
		c.Fields = append(c.Fields, *d.fields[key])
	}
	return c
}

// Add adds what was found elsewhere; of rows it keeps as many as there is room for.
func (d *Differences) Add(c Compared) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range c.Kinds {
		sum := d.kind(k.Kind)
		sum.Records += k.Records
		sum.Absent += k.Absent
		sum.Surplus += k.Surplus
		sum.Expected += k.Expected
	}
	for _, f := range c.Fields {
		sum := d.fields[fieldKey{f.Kind, f.Path}]
		if sum == nil {
			sum = &ComparedField{Kind: f.Kind, Path: f.Path}
			d.fields[fieldKey{f.Kind, f.Path}] = sum
		}
		sum.Equal += f.Equal
		sum.Unwritable += f.Unwritable
		sum.Expected += f.Expected
		sum.Different += f.Different
	}
	for _, r := range c.Rows {
		d.row(r)
	}
}

// Score is how much of what was compared is as it was.
type Score struct {
	Records    int `json:"records"` // that were looked for
	Fields     int `json:"fields"`  // that the API can write and nothing excuses: Equal + Different
	Equal      int `json:"equal"`
	Different  int `json:"different"`
	Absent     int `json:"absent"`
	Surplus    int `json:"surplus"`
	Expected   int `json:"expected"` // records and fields that differ as the report says
	Unwritable int `json:"unwritable"`
}

// Perfect reports whether everything that the API can write is as it was.
func (s Score) Perfect() bool { return s.Different == 0 && s.Absent == 0 && s.Surplus == 0 }

// Score adds up what was found.
func (c Compared) Score() Score {
	var s Score
	for _, k := range c.Kinds {
		s.Records += k.Records
		s.Absent += k.Absent
		s.Surplus += k.Surplus
		s.Expected += k.Expected
	}
	for _, f := range c.Fields {
		s.Equal += f.Equal
		s.Different += f.Different
		s.Expected += f.Expected
		s.Unwritable += f.Unwritable
	}
	s.Fields = s.Equal + s.Different
	return s
}
