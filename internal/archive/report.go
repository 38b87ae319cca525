package archive

import (
	"time"

	"holdfast/internal/backup"
)

// Coverage says how far a kind of data is in a backup (D3).
type Coverage string

// The coverages of rule D3.
const (
	Captured    Coverage = "captured"
	Partly      Coverage = "partly"                 // some of it is missing
	NotExposed  Coverage = "not exposed by the API" // nobody can have it
	NoAccess    Coverage = "no permission"          // the account may not read it
	SwitchedOff Coverage = "switched off"           // by the policy or the run
	NotCaptured Coverage = "not captured"           // holdfast does not read it
)

// Outcome says what became of an item that is not in the backup.
type Outcome string

// The outcomes of items that a report lists.
const (
	Missing Outcome = "missing" // should be in the backup and is not
	Gone    Outcome = "gone"    // deleted or hidden since the census
)

// Report is report.json without its two lists, Containers and Items, which may
// be long: they are written and read row by row.
type Report struct {
	Format    int            `json:"format"`
	Backup    string         `json:"backup"`
	Policy    string         `json:"policy"`
	Product   backup.Product `json:"product"`
	Site      string         `json:"site"`
	Status    backup.Status  `json:"status"`
	Reason    string         `json:"reason,omitempty"`
	StartedAt time.Time      `json:"startedAt"` // the content is of some moment between this
	EndedAt   time.Time      `json:"endedAt"`   // and this
	Options   backup.Options `json:"options"`
	Counts    backup.Counts  `json:"counts"`
	Kinds     []KindRow      `json:"kinds"`
}

// KindRow is the coverage of one kind of data.
type KindRow struct {
	Kind  string   `json:"kind"`            // as in records, such as "changelog"
	Name  string   `json:"name"`            // for people, such as "history of issues"
	Scope string   `json:"scope,omitempty"` // what it belongs to: "site", "container", "item"
	State Coverage `json:"state"`
	// Content is whether losing it makes a backup INCOMPLETE.
	Content  bool   `json:"content"`
	Captured int    `json:"captured"`
	Missing  int    `json:"missing"`
	Gone     int    `json:"gone"`
	Note     string `json:"note,omitempty"` // what to know or to do about it
}

// ContainerRow counts the items of one container.
type ContainerRow struct {
	ID       string `json:"id"`
	Key      string `json:"key"`
	Census   int    `json:"census"` // ids listed
	Captured int    `json:"captured"`
	Gone     int    `json:"gone"`
	Missing  int    `json:"missing"`
	Reason   string `json:"reason,omitempty"` // why it is not whole
}

// ItemRow is one item that is missing or gone.
type ItemRow struct {
	Outcome   Outcome `json:"outcome"`
	Kind      string  `json:"kind"`
	ID        string  `json:"id"`
	Key       string  `json:"key,omitempty"`
	Parent    string  `json:"parent,omitempty"` // id of the item that it belongs to
	Container string  `json:"container,omitempty"`
	Reason    string  `json:"reason"`
}
