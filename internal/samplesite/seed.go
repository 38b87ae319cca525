package samplesite

import "encoding/json"

// Seed is configuration and accounts of another site, as records of its archive, that a
// site begins with: what restores expect of their destination before they write to it.
// The zero value is none.
type Seed struct {
	// Records are in the order of the archive; a kind that the site cannot take is left alone.
	Records []SeedRecord
	// Renumber gives what is configured other ids than the records have, as any other site
	// has. Names stay, and so do account ids, which are the same on all sites.
	Renumber bool
}

// SeedRecord is a record of an archive.
type SeedRecord struct {
	Kind, ID, Parent string
	Body             json.RawMessage
}
