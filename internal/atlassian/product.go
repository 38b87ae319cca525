package atlassian

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Scope says what a kind of data belongs to.
type Scope string

// The scopes of kinds.
const (
	ScopeSite      Scope = "site"      // captured once per backup
	ScopeContainer Scope = "container" // captured once per project or space
	ScopeItem      Scope = "item"      // an issue or page, and what belongs to it
)

// Kind is a row of a product's table of kinds: what is captured, from where, and how.
type Kind struct {
	Name   string // the "kind" of a record: "issue", "comment"
	Title  string // for people, as the report has it: "history of issues"
	Scope  Scope
	Route  string // method and route template as in Atlassian's OpenAPI document: "GET /rest/api/3/field"; empty where it comes with its parent
	Pager  string // name of the paging style, for the documents
	Parent string // kind that it belongs to
	// Content is true where a loss makes a backup INCOMPLETE; false where it is a line of the report.
	Content bool
	// Permission is what the account needs at the site to read it, TokenScope the scopes that
	// a token with scopes needs, classic ones; both are empty where every account may.
	Permission string
	TokenScope string
	// State is set on a row without data, and is its coverage in every report: "not captured"
	// or "not exposed by the API".
	State string
	// Note is what to know about the kind, whatever a run finds.
	Note string
}

// Container is a Jira project or a Confluence space.
type Container struct {
	ID  string `json:"id"`
	Key string `json:"key"`
	// Items is how many items the site says the container has; negative where it does not tell.
	Items int `json:"items"`
	// Personal says that it is somebody's personal space.
	Personal bool `json:"personal,omitempty"`
}

// Item is one thing captured: the raw bytes of its body as the API sent them.
type Item struct {
	Kind      string
	ID        string
	Key       string // where it has one: "EE-1"
	Parent    string // id of what it belongs to: a comment's issue or page, a page's space
	FetchedAt time.Time
	Body      json.RawMessage
	// Attachment is set where the record describes one whose bytes belong into the backup.
	Attachment *Attachment
}

// Attachment identifies the bytes of one attachment.
type Attachment struct {
	ID        string `json:"id"`
	Version   int    `json:"version,omitempty"` // Confluence
	Name      string `json:"name"`              // as the site gives it: never a path
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"`
	Item      string `json:"item"`    // id of the issue or page
	ItemKey   string `json:"itemKey"` // its key; empty for a page
	// Status is the one that Confluence has to be asked with: "trashed", say; empty for
	// what is in use.
	Status string `json:"status,omitempty"`
	// Space is the id of the space that the page is in.
	Space   string `json:"space,omitempty"`
	Author  string `json:"author,omitempty"`
	Created string `json:"created,omitempty"`
}

// Problem is something that should be in the backup and is not, or an item that
// went away since the census.
type Problem struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	Key       string `json:"key,omitempty"`
	Container string `json:"container,omitempty"` // key of the container
	// Gone is true for "deleted or hidden since the census", false for missing.
	Gone bool `json:"gone,omitempty"`
	// Denied is true where the account, or the scopes of its token, may not read it.
	Denied bool `json:"denied,omitempty"`
	// Absent is true where the site does not have what was asked for: no Jira Software, say, or
	// a feature that is switched off.
	Absent bool `json:"absent,omitempty"`
	// Note is true where nothing is known to be lost: Reason is then what to know about the
	// kind. With Denied the site may keep some of it to itself, with Absent there is none.
	Note bool `json:"note,omitempty"`
	// Reason is for the operator: what happened, without content.
	Reason string `json:"reason"`
}

// Chunk is what became of the ids given to one call of ExportItems: each is in
// Captured, or has a Problem that says that the item is gone or missing.
type Chunk struct {
	Captured []string  // ids
	Problems []Problem // gone and missing items, sub-collections that are not whole (then Kind is theirs), and notes
}

// Identity is the account behind a credential.
type Identity struct {
	AccountID string
	Name      string
	TimeZone  string
}

// Access is what the account may do (P2).
type Access struct {
	Administer bool     // an administrator of the product
	Unreadable []string // keys of containers whose items it may not read
}

// KindAccess is what an account may read of one kind of data.
type KindAccess struct {
	Kind    string `json:"kind"`
	Title   string `json:"title"` // for people
	Content bool   `json:"content"`
	// State is what a report would say of the kind (archive.Coverage): "captured", "no permission",
	// "not exposed by the API", "not captured"; "switched off" where it is not to be read; "partly" where the site's answer makes no sense.
	State string `json:"state"`
	// Permission and Scope are what is needed to read it, as Kind has them.
	Permission string `json:"permission,omitempty"`
	Scope      string `json:"scope,omitempty"`
	Note       string `json:"note,omitempty"` // what to know or to do about it
}

// Product is what a backup needs of Jira or Confluence. Its errors are *Error. The
// items of a container may be of several kinds, such as pages and blog posts: what
// an id is of is found when it is read.
// An emit or yield function's error ends the call and is returned as it is. All
// methods are safe for concurrent use; yield and emit are never called
// concurrently within one call.
type Product interface {
	// Kinds is the table of what is captured, parents before children.
	Kinds() []Kind
	// Identity asks who we are; a refused credential is ClassCredentials.
	Identity(ctx context.Context) (Identity, error)
	// CloudID asks for the site's identity at Atlassian.
	CloudID(ctx context.Context) (string, error)
	// Access asks what the account may do with these containers.
	Access(ctx context.Context, containers []Container) (Access, error)
	// Containers yields every container, page by page.
	Containers(ctx context.Context, yield func([]Container) error) error
	// Census yields the ids of all items of a container, page by page, each once: list by list, where the site
	// has several, and lists in the order of a stable id.
	// The count is held against c.Items where that is given: after three walks
	// with too few, the Problem says so.
	Census(ctx context.Context, c Container, yield func(ids []string) error) (*Problem, error)
	// Late yields items created in [since, until): their ids and containers' ids.
	Late(ctx context.Context, since, until time.Time, yield func(containerID, id string) error) error
	// Probe yields, for each row of the table that can be asked of the site or of one container,
	// what the account may read: it asks for as little as shows it, and keeps none of it. A
	// child kind is asked of the first record of its parent, and left out where there is none.
	Probe(ctx context.Context, yield func(KindAccess) error) error
	// ExportSite emits all items of ScopeSite, each record followed by what belongs to it.
	ExportSite(ctx context.Context, emit func(Item) error) ([]Problem, error)
	// ExportContainer emits all items of ScopeContainer of one container. A container that is
	// not readable is a Problem of its own kind, and nothing is emitted.
	ExportContainer(ctx context.Context, c Container, emit func(Item) error) ([]Problem, error)
	// ExportItems emits items and what belongs to them, each item followed by its own.
	// len(ids) is at most MaxChunk. Users that appear are emitted as kind
	// "user" unless seen says that this account was emitted before (it then remembers it).
	ExportItems(ctx context.Context, c Container, ids []string, seen func(accountID string) bool, emit func(Item) error) (Chunk, error)
	// Open opens the bytes of an attachment from offset on. ClassNotFound means that they are not to be had.
	Open(ctx context.Context, a Attachment, offset int64) (io.ReadCloser, error)
	// Lists reports whether the attachment's item, read again, still lists it.
	Lists(ctx context.Context, a Attachment) (bool, error)
	// End gives back what was taken at the site for a run, such as a key that shows restricted
	// pages. It is called at the end of each run, more than once and by any worker; where there
	// is nothing to give back, it does nothing.
	End(ctx context.Context) error
}

// MaxChunk is the most items that one ExportItems takes (Jira's bulkfetch takes 100).
const MaxChunk = 100
