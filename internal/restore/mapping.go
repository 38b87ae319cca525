package restore

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
