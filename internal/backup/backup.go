// Package backup is the vocabulary of holdfast and its rules: policies,
// backups, statuses, and when what is allowed. It is pure: every function
// depends on its arguments alone, so that workflows may call it, and it imports
// nothing else of holdfast.
package backup

import "time"

// Product names one Atlassian product.
type Product string

// The products that a policy can back up.
const (
	Jira       Product = "jira"
	Confluence Product = "confluence"
)

// Status is the state of a backup as rules S1 to S5 name it.
type Status string

// The statuses of a backup.
const (
	InProgress Status = "IN PROGRESS" // S1: its run is open
	Complete   Status = "COMPLETE"    // S2: every id of the census is captured whole or gone
	Incomplete Status = "INCOMPLETE"  // S3: something is missing, and listed
	Failed     Status = "FAILED"      // S4: nothing usable was kept
	Expired    Status = "EXPIRED"     // S5: its bytes are deleted, its details kept
)

// Options say what a backup contains. They belong to the policy; a run may
// override Attachments and NoPersonalSpaces for itself (P3). Each product has
// some of them; the zero value of an option is always allowed.
type Options struct {
	// Attachments includes the bytes of attachments; their metadata is always there.
	Attachments bool `json:"attachments"`
	// Exclude holds the keys of the containers that are left out.
	Exclude []string `json:"exclude,omitempty"`
	// NoRemoteLinks and NoProperties leave out the remote links and the properties
	// of issues, each of which costs a request per issue.
	NoRemoteLinks bool `json:"noRemoteLinks,omitempty"`
	NoProperties  bool `json:"noProperties,omitempty"`
	// NoPersonalSpaces leaves out the personal spaces of a Confluence site.
	NoPersonalSpaces bool `json:"noPersonalSpaces,omitempty"`
	// Versions is how many of the newest versions of a page or blog post are kept, the
	// current one among them; 0 means all.
	Versions int `json:"versions,omitempty"`
	// AttachmentVersions includes the older versions of Confluence's attachments, with
	// their bytes; otherwise the newest alone is kept.
	AttachmentVersions bool `json:"attachmentVersions,omitempty"`
	// AdminKey reads restricted pages with Confluence's Admin Key, where the account may
	// use it.
	AdminKey bool `json:"adminKey,omitempty"`
	// CustomContent names the types of custom content, data of apps, that are read:
	// Confluence lists them by type alone.
	CustomContent []string `json:"customContent,omitempty"`
}

// Policy says what is backed up, how, and under which limits (P1).
type Policy struct {
	// ID is "<product>-<subdomain>", as PolicyID makes it.
	ID      string  `json:"id"`
	Product Product `json:"product"`
	// Site is the address of the site, such as "https://acme.atlassian.net".
	Site string `json:"site"`
	// CloudID is the site's identity at Atlassian; a run against another one is refused.
	CloudID string `json:"cloudId"`
	// Credential names an entry of the workers' credentials, never its content.
	Credential string  `json:"credential"`
	Options    Options `json:"options"`
	Limits     Limits  `json:"limits"`
	// Schedule is when its backups start by themselves (P5); nil means never.
	Schedule *Schedule `json:"schedule,omitempty"`
	// Verification is when its newest backup is read again by itself; nil means never.
	Verification *Verification `json:"verification,omitempty"`
	// Drill is when its newest backup is restored by itself to prove that it can be; nil means never.
	Drill *Drill `json:"drill,omitempty"`
	// Notify names the entries of the workers' notifications that are told of its events.
	Notify    []string  `json:"notify,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	CreatedBy string    `json:"createdBy,omitempty"`
}

// Backup is one run of a policy and what became of it: a row of the policy's
// table. Details beyond counts are in the store.
type Backup struct {
	ID     string `json:"id"`
	Status Status `json:"status"`
	// Was is the status before EXPIRED: COMPLETE, INCOMPLETE, or FAILED where the
	// backup failed its verification; empty otherwise.
	Was Status `json:"was,omitempty"`
	// Reason says, for every status but IN PROGRESS and COMPLETE, what happened and what to do.
	Reason    string    `json:"reason,omitempty"`
	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	// Deadline is when an open run gives up.
	Deadline time.Time `json:"deadline,omitzero"`
	// ExpiresAt is when its bytes are deleted (S5).
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// ExpiryAnnounced is whether that it expires at ExpiresAt has been announced.
	ExpiryAnnounced bool `json:"expiryAnnounced,omitempty"`
	// Held is set while the backup is kept whatever ExpiresAt says.
	Held *Note `json:"held,omitempty"`
	// DeletedAt is when its bytes were gone from the store; zero as long as some are there.
	DeletedAt time.Time `json:"deletedAt,omitzero"`
	// Deletion says what stands in the way of a deletion that is due; empty where nothing does.
	Deletion string `json:"deletion,omitempty"`
	// Download is the last download that was prepared, nil where there was none.
	Download *Download `json:"download,omitempty"`
	Options  Options   `json:"options"`
	By       string    `json:"by,omitempty"`
	// Scheduled is whether the policy's schedule asked for it.
	Scheduled  bool      `json:"scheduled,omitempty"`
	Counts     Counts    `json:"counts"`
	VerifiedAt time.Time `json:"verifiedAt,omitzero"`
}

// Note is what somebody did or what happened, when, and why.
type Note struct {
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"`
	Text string    `json:"text,omitempty"`
}

// Standing is what a policy remembers beside its backups: part of its details (P4),
// and of policy.json, from which they are rebuilt.
type Standing struct {
	// Paused is set while the schedule does not start backups.
	Paused *Note `json:"paused,omitempty"`
	// Retired is set once the policy is deleted: it starts nothing any more, and
	// ends when its last backup has expired.
	Retired *Note `json:"retired,omitempty"`
	// Refused and Missed are the last scheduled runs that were refused, or whose bell did not ring (P5).
	Refused *Note `json:"refused,omitempty"`
	Missed  *Note `json:"missed,omitempty"`
	// Shares is how many shares of backups scheduled verifications have read so far.
	Shares int `json:"shares,omitempty"`
	// Proven is the last drill that brought a backup back whole; nil where none has.
	Proven *Proof `json:"proven,omitempty"`
	// Unproven is the last drill that did not, until one does.
	Unproven *Note `json:"unproven,omitempty"`
}

// Proof is what a drill showed that restored a backup, and found everything that the
// API can write as it was: the policy's backups were last proven restorable then.
type Proof struct {
	At     time.Time `json:"at"`
	Backup string    `json:"backup"` // its id
	Drill  string    `json:"drill"`  // id of the drill
	// Records were compared, field by field.
	Records int `json:"records"`
	Fields  int `json:"fields"`
	// Unwritable fields are those that the API can't write (T6).
	Unwritable int `json:"unwritable"`
	// Sample is how many items were to be restored at least; 0 means all of them.
	Sample int `json:"sample,omitempty"`
}

// Counts are the sizes of a backup.
type Counts struct {
	Containers        int   `json:"containers"`        // projects or spaces that were captured
	Items             int   `json:"items"`             // issues, or pages and blog posts, that were captured
	Records           int   `json:"records"`           // lines of all segments
	Attachments       int   `json:"attachments"`       // files whose bytes are in the backup
	AttachmentsReused int   `json:"attachmentsReused"` // those of them that were copied from an earlier backup, not fetched
	AttachmentBytes   int64 `json:"attachmentBytes"`   // size of all files
	RawBytes          int64 `json:"rawBytes"`          // size of all records before compression
	StoredBytes       int64 `json:"storedBytes"`       // size of segments, indexes and attachments in the store
	Gone              int   `json:"gone"`              // deleted or hidden since the census
	Missing           int   `json:"missing"`           // should be in the backup and is not
}

// Add adds o to c, field by field.
func (c *Counts) Add(o Counts) {
	c.Containers += o.Containers
	c.Items += o.Items
	c.Records += o.Records
	c.Attachments += o.Attachments
	c.AttachmentsReused += o.AttachmentsReused
	c.AttachmentBytes += o.AttachmentBytes
	c.RawBytes += o.RawBytes
	c.StoredBytes += o.StoredBytes
	c.Gone += o.Gone
	c.Missing += o.Missing
}

// Limits are the figures of the rules. They are part of a policy and are fixed
// into a backup when it starts.
type Limits struct {
	Cadence      time.Duration `json:"cadence"`      // R1: from the start of one COMPLETE backup to the next
	Retention    time.Duration `json:"retention"`    // S5: from the start of a backup to its expiry
	FileLife     time.Duration `json:"fileLife"`     // T2: how long a downloaded file can be restored, from the start of its backup
	DownloadLife time.Duration `json:"downloadLife"` // L3: how long a prepared download stays
	MaxDownload  int64         `json:"maxDownload"`  // D2, L2: bytes
	Deadline     time.Duration `json:"deadline"`     // R4: when a run gives up
	Heartbeat    time.Duration `json:"heartbeat"`    // silence after which a step of a run counts as lost
	HostTimeout  time.Duration `json:"hostTimeout"`  // how long a step waits for its own host before another one takes over
	ProbeAfter   time.Duration `json:"probeAfter"`   // first wait before a paused run tries the site or the store again
	Window       int           `json:"window"`       // shards that a run works on at a time, whatever the number of hosts
	ProbeMax     time.Duration `json:"probeMax"`     // longest such wait
	// PackageDeadline is when the preparation of a download gives up (L1).
	PackageDeadline time.Duration `json:"packageDeadline"`
	// ReadGrace is how long an expiry waits for those who read the backup at most.
	ReadGrace time.Duration `json:"readGrace"`
	// ExpiryNotice is how long before its expiry a backup is announced as expiring.
	ExpiryNotice time.Duration `json:"expiryNotice"`
}

// DefaultLimits are the figures of spec.md.
func DefaultLimits() Limits {
	const day = 24 * time.Hour
	return Limits{
		Cadence: 7 * day, Retention: 14 * day, FileLife: 60 * day,
		DownloadLife: day, MaxDownload: 50e9, Deadline: 72 * time.Hour,
		Heartbeat: 30 * time.Second, HostTimeout: time.Minute,
		Window: 4, ProbeAfter: time.Minute, ProbeMax: 5 * time.Minute,
		PackageDeadline: day, ReadGrace: day, ExpiryNotice: day,
	}
}
