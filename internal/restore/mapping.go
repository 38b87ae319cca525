package restore

import (
	"bytes"
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"slices"
)

// Mapping is what things of the backup's configuration are in the destination
// (mapping.json). It is safe for concurrent use once it is made.
type Mapping struct {
	rows map[string]map[string]Mapped // kind → id → row
}

// NewMapping returns a mapping without rows.
func NewMapping() *Mapping { return &Mapping{rows: map[string]map[string]Mapped{}} }

// Put adds or replaces a row.
func (m *Mapping) Put(row Mapped) {
	if m.rows[row.Kind] == nil {
		m.rows[row.Kind] = map[string]Mapped{}
	}
	m.rows[row.Kind][row.ID] = row
}

// To returns the id that something has in the destination; false where it has no
// counterpart or is not known.
func (m *Mapping) To(kind, id string) (string, bool) {
	row, ok := m.rows[kind][id]
	return row.To, ok && row.To != ""
}

// Row returns all that is known of something.
func (m *Mapping) Row(kind, id string) (Mapped, bool) {
	row, ok := m.rows[kind][id]
	return row, ok
}

// All yields the rows in order of kind and id: of these kinds, or of none, all.
func (m *Mapping) All(kinds ...string) iter.Seq[Mapped] {
	if len(kinds) == 0 {
		kinds = slices.Sorted(maps.Keys(m.rows))
	}
	return func(yield func(Mapped) bool) {
		for _, kind := range kinds {
			for _, id := range slices.SortedFunc(maps.Keys(m.rows[kind]), compareIDs) {
				if !yield(m.rows[kind][id]) {
					return
				}
			}
		}
	}
}

// compareIDs compares ids as numbers without leading zeros, and any others somehow.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// MarshalJSON writes an array of rows, each on a line of its own.
func (m *Mapping) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("[")
	first := true
	for row := range m.All() {
		line, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		if !first {
			b.WriteString(",\n")
		}
		first = false
		b.Write(line)
	}
	b.WriteString("]\n")
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Mapping) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		return err
	}
	m.rows = map[string]map[string]Mapped{}
	for dec.More() {
		var row Mapped
		if err := dec.Decode(&row); err != nil {
			return err
		}
		m.Put(row)
	}
	return nil
}

// worthReading are the rows that a plan shows: what is not simply the same id, and
// what has no counterpart, of which come first those that have none.
func (m *Mapping) worthReading() []Mapped {
	shown := []Mapped{}
	for _, kind := range slices.Sorted(maps.Keys(m.rows)) {
		n := 0
		for _, without := range []bool{true, false} {
			for row := range m.All(kind) {
				if n < MaxMapped && (row.To == "") == without && (row.To == "" || row.How != ByID) {
					shown = append(shown, row)
					n++
				}
			}
		}
	}
	return shown
}

// unmapped is how many things have no counterpart.
func (m *Mapping) unmapped() int {
	n := 0
	for row := range m.All() {
		if row.To == "" || row.How == ByNothing {
			n++
		}
	}
	return n
}
