package restore

// Differences collects what Compare found.
type Differences struct{}

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

// Field notes the verdict on one field of a record. Path names members, without indexes
// of arrays and without content; Different ones are listed with the record's id.
func (d *Differences) Field(kind, id, path string, v Verdict) {}

// Score is how much of what was compared is as it was.
type Score struct {
	Records    int `json:"records"` // that were compared
	Fields     int `json:"fields"`  // that the API can write, of these records
	Equal      int `json:"equal"`
	Different  int `json:"different"`
	Absent     int `json:"absent"`
	Surplus    int `json:"surplus"`
	Expected   int `json:"expected"`
	Unwritable int `json:"unwritable"`
}
