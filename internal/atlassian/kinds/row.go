// Package kinds reads the kinds of data of a site from one table: a row says what
// a kind is and how it is read, and a Walk goes by the rows, each record followed
// by what belongs to it. What a product has of its own, it puts into its table.
package kinds

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/atlassian"
)

// The paging styles, as a table names them.
const (
	One      = "one"           // the reply is the record
	Array    = "array"         // the reply is the list
	List     = "list"          // a member of the reply is the list
	Offset   = "startAt"       // pages with startAt and total
	Arrays   = "arrayPages"    // arrays with startAt, up to an empty one
	Start    = "start"         // pages with start and isLastPage
	V1       = "v1"            // pages with start and limit, up to one without a link to the next
	Cursor   = "cursor"        // pages with a cursor
	Token    = "nextPageToken" // pages with a token
	Keys     = "keys"          // a list of keys, and a record for each
	Bulk     = "bulk"          // asked for by ids, 100 at a time
	Members  = "members"       // the members of an object in the reply are the records
	Embedded = "embedded"      // comes with its parent
	Seen     = "as they appear"
)

// Row is a row of a table: what a kind of data is, and how it is read.
//
// The parameters of Route's path are the last ids of what the record belongs
// to, outermost first: the option of a context of a field takes the ids of the
// field and of the context.
type Row struct {
	atlassian.Kind
	// API is where the route is to be found.
	API atlassian.API
	// Also are other kinds that records of the kind belong to as well, with the
	// route for each: the comments of blog posts besides those of pages.
	Also map[string]string
	// AlsoQuery are the parameters for some of these, instead of Query.
	AlsoQuery map[string]url.Values
	// Recursive says that records of the kind have others of the same kind below
	// them, by the same route: replies to replies.
	Recursive bool
	// Apart says that the product reads the kind by means of its own, and a Walk
	// leaves it out.
	Apart bool
	// Items is the name of the list (in pages: in the page) or object that holds
	// the records.
	Items string
	// ID holds the paths of the members that identify a record, none means
	// "id"; Nameless is the id of a record that has none of them.
	ID       []string
	Nameless string
	// PageSize is how many records to ask for at a time; 0 leaves it to the site.
	PageSize int
	// Most is how many records of a list are read, 0 means all: of one with the
	// newest first, so many of the newest.
	Most   int
	Query  url.Values
	Header http.Header
	// OwnerAs is the query parameter that takes the owner's id; OwnerPrefix
	// comes before the id in the path. With OwnerKey it is the owner's key that
	// goes there, and not its id.
	OwnerAs, OwnerPrefix string
	OwnerKey             bool
	// Where says of which owners the kind is read.
	Where *Condition
	// Number, where set, is the path of a number in the owner's body: the list is
	// asked for only where it is more than Above.
	Number []string
	Above  int64
	// Global says that the permission is one of the whole site: the first
	// refusal ends the reading of the kind.
	Global bool
	// Hides says that the site answers 404 to an account that may not read it.
	Hides bool
	// None is the status by which the site says that the owner has none.
	None int
	// Once says that several owners list the same record: it is recorded with
	// the first.
	Once bool
	// Spare names query parameters that only some may use: refused, the list is
	// read without them, and SpareNote says what that means.
	Spare     []string
	SpareNote string
	// Partial says that the site gives administrators all records, and others,
	// without a word, those that they may see.
	Partial bool
	// Setting is the member of the site's configuration that is false where
	// there is none of the kind; SettingNote says so to people.
	Setting, SettingNote string
	// Embedded is the path in the owner's body of what came with it, List the
	// name of the array in there. An embedded list is whole where it holds as
	// many ids as its total says, or where its meta.hasMore is false; otherwise
	// Route is asked. Without a route it is always whole.
	Embedded []string
	List     string
	// People is the name of the reply's list that Number counts.
	People string
	// Each is the route that reads one owner's list in pages with a total, where
	// Route reads that of many owners at once and tells no total.
	Each string
	// Read, where set, reads the list instead of the pager.
	Read func(ctx context.Context, r *Reader, of Owner, yield func(Page) error) (Outcome, error)
	// Attach, where set, says of each record that it is the metadata of an
	// attachment, whose bytes belong into the backup.
	Attach func(e atlassian.Entry, of Owner) *atlassian.Attachment
}

// Condition holds where a text at the path of the owner's body ends in one of
// the endings.
type Condition struct {
	Above   bool // it is the body of what the owner itself belongs to
	Path    []string
	Endings []string
}

func (c *Condition) holds(of Owner) bool {
	if c == nil {
		return true
	}
	body := of.Body
	if c.Above {
		body = of.AboveBody
	}
	text := atlassian.Text(atlassian.Member(body, c.Path...))
	return slices.ContainsFunc(c.Endings, func(ending string) bool { return strings.HasSuffix(text, ending) })
}

// Asked reports whether the number in the owner's body is more than Above, so
// that there is something to ask for. Where there is no number (voting switched
// off, say) there is not; a number that is no integer is no reason not to ask.
func (r Row) Asked(body json.RawMessage) bool {
	if len(r.Number) == 0 {
		return true
	}
	raw := atlassian.Member(body, r.Number...)
	if len(raw) == 0 || string(raw) == "null" {
		return false
	}
	n, ok := atlassian.Int(raw)
	return !ok || n > r.Above
}

// container reports whether the row is the one of projects or spaces themselves,
// whose records belong to nothing.
func (r Row) container() bool { return r.Scope == atlassian.ScopeContainer && r.Parent == "" }

// Without is a row of the report alone: what a site has and a backup does not.
// state is its coverage in every report, NotExposed or NotCaptured.
func Without(name, title, state string, scope atlassian.Scope, note string) Row {
	return Row{Kind: atlassian.Kind{Name: name, Title: title, Scope: scope, State: state, Note: note}}
}

// Under makes the row one that is read for each record of another kind.
func (r Row) Under(parent string) Row {
	r.Parent = parent
	return r
}

// Needs says what the account and its token need to read the kind.
func (r Row) Needs(permission, scope string) Row {
	r.Permission, r.TokenScope = permission, scope
	return r
}

// NeedsEverywhere is Needs of a permission for the whole site: who lacks it for
// one owner lacks it for all.
func (r Row) NeedsEverywhere(permission, scope string) Row {
	r.Global = true
	return r.Needs(permission, scope)
}

// AllFor says that the site gives all records to those who have the permission,
// and others some.
func (r Row) AllFor(permission string) Row {
	r.Partial = true
	if r.Permission == "" {
		r.Permission = permission
	}
	return r
}

// In says where the records are in a reply, and how many to ask for at a time; 0
// leaves that to the site.
func (r Row) In(items string, pageSize int) Row {
	r.Items, r.PageSize = items, pageSize
	return r
}

// By says which members identify a record.
func (r Row) By(paths ...string) Row {
	r.ID = paths
	return r
}

// Ask adds a parameter to the query.
func (r Row) Ask(name, value string) Row {
	query := url.Values{name: {value}}
	for n, v := range r.Query {
		query[n] = v
	}
	r.Query = query
	return r
}

// Noted says what is to be known about the kind in any report.
func (r Row) Noted(text string) Row {
	r.Note = text
	return r
}
