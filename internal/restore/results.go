package restore

// Results collects what became of the records of a batch.
type Results struct{}

// Row notes what became of a record. A second row of the same record replaces the
// first.
func (r *Results) Row(row Row) {}
