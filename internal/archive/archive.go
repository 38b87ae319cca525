// Package archive is holdfast's format, version 1: records, segments, indexes,
// manifest and report, how they are named, written, read and verified.
// docs/format.md describes it for those who read it without this package.
package archive

import (
	"encoding/json"
	"time"

	"holdfast/internal/backup"
)

// FormatVersion is the version that this package writes; a reader refuses others.
const FormatVersion = 1

// Record is one line of a segment.
type Record struct {
	Kind      string          `json:"kind"`
	ID        string          `json:"id"`
	Key       string          `json:"key,omitempty"`
	Parent    string          `json:"parent,omitempty"`
	FetchedAt time.Time       `json:"fetchedAt"`
	Body      json.RawMessage `json:"body"`
}

// Segment describes one compressed NDJSON file of one container (or of the site).
type Segment struct {
	Object    string         `json:"object"`              // name below the backup's folder
	Container string         `json:"container,omitempty"` // key; empty for the site
	Records   map[string]int `json:"records"`             // lines per kind
	RawBytes  int64          `json:"rawBytes"`
	Bytes     int64          `json:"bytes"`
	SHA256    string         `json:"sha256"` // of the stored bytes, hex
	CRC32C    uint32         `json:"crc32c"` // of the stored bytes
	// CRC32 is the IEEE checksum of the stored bytes, 8 hex digits: what a zip entry
	// needs. Early backups don't have it.
	CRC32 string `json:"crc32,omitempty"`
}

// Index describes one compressed NDJSON file of IndexRows.
type Index struct {
	Object          string `json:"object"`
	Attachments     int    `json:"attachments"`
	AttachmentBytes int64  `json:"attachmentBytes"`
	Bytes           int64  `json:"bytes"`
	SHA256          string `json:"sha256"`
	CRC32C          uint32 `json:"crc32c"`
	CRC32           string `json:"crc32,omitempty"` // as of a Segment
	// Reused is how many of the attachments were copied from an earlier backup.
	Reused int `json:"reused,omitempty"`
	// Reach says whose attachments they are, so that who looks for those of a few
	// items need not read every index.
	Reach
}

// IndexRow says where the bytes of one attachment are.
type IndexRow struct {
	ID        string `json:"id"`
	Version   int    `json:"version,omitempty"`
	Object    string `json:"object"` // name below the backup's folder
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	CRC32     string `json:"crc32"` // IEEE, 8 hex digits: what a zip entry needs
	CRC32C    uint32 `json:"crc32c"`
	MediaType string `json:"mediaType"`
	Name      string `json:"name"` // file name as the site gave it: never use it as a path
	Item      string `json:"item"` // id of the issue or page
	ItemKey   string `json:"itemKey"`
	Container string `json:"container"`
	// From is the id of the backup out of which the bytes were copied inside the
	// store; empty where they were fetched from the site.
	From string `json:"from,omitempty"`
}

// Manifest says what a backup consists of. It is written last; its presence is the backup.
type Manifest struct {
	Format    int            `json:"format"`
	Backup    string         `json:"backup"`
	Policy    string         `json:"policy"`
	Product   backup.Product `json:"product"`
	Site      string         `json:"site"`
	CloudID   string         `json:"cloudId"`
	Status    backup.Status  `json:"status"`
	StartedAt time.Time      `json:"startedAt"`
	CensusAt  time.Time      `json:"censusAt"` // when the list of ids was complete
	SealedAt  time.Time      `json:"sealedAt"`
	Options   backup.Options `json:"options"`
	Limits    backup.Limits  `json:"limits"`
	Counts    backup.Counts  `json:"counts"`
	Records   map[string]int `json:"records"` // per kind, all segments
	Segments  []Segment      `json:"segments"`
	Indexes   []Index        `json:"indexes"`
	Writer    string         `json:"writer"` // program and version that wrote it
}

// State is state.json: what may change after a backup was sealed.
type State struct {
	Backup string        `json:"backup"`
	Status backup.Status `json:"status"`
	// Was is the status before EXPIRED.
	Was       backup.Status `json:"was,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	StartedAt time.Time     `json:"startedAt"`
	EndedAt   time.Time     `json:"endedAt"`
	ExpiresAt time.Time     `json:"expiresAt,omitzero"`
	// Held is set while the backup is kept whatever ExpiresAt says.
	Held       *backup.Note `json:"held,omitempty"`
	By         string       `json:"by,omitempty"`
	VerifiedAt time.Time    `json:"verifiedAt,omitzero"`
	// Version is that of the policy (policy.json) by which it was last changed; 0 as it was sealed.
	Version int64 `json:"version,omitempty"`
}
