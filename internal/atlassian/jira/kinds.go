package jira

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/atlassian"
)

// The paging styles, as the table of kinds names them.
const (
	pagerOne      = "one"           // the reply is the record
	pagerArray    = "array"         // the reply is the list
	pagerList     = "list"          // a member of the reply is the list
	pagerOffset   = "startAt"       // pages with startAt and total
	pagerArrays   = "arrayPages"    // arrays with startAt, up to an empty one
	pagerStart    = "start"         // pages with start and isLastPage
	pagerCursor   = "cursor"        // pages with a cursor
	pagerToken    = "nextPageToken" // pages with a token
	pagerKeys     = "keys"          // a list of keys, and a record for each
	pagerBulk     = "bulk"          // asked for by ids, 100 at a time
	pagerMembers  = "members"       // the members of an object in the reply are the records
	pagerEmbedded = "embedded"      // comes with its parent
	pagerSeen     = "as they appear"
)

// kind is a row of the table: what a kind of data is, and how it is read.
//
// The parameters of Route's path are the last ids of what the record belongs
// to, outermost first: the option of a context of a field takes the ids of the
// field and of the context.
type kind struct {
	atlassian.Kind
	// api is where the route is to be found.
	api atlassian.API
	// items is the name of the list (pagerOffset: in the page) or object that
	// holds the records.
	items string
	// id holds the paths of the members that identify a record, none means
	// "id"; nameless is the id of a record that has none of them.
	id       []string
	nameless string
	// pageSize is the maxResults to ask for.
	pageSize int
	query    url.Values
	header   http.Header
	// ownerAs is the query parameter that takes the owner's id; ownerPrefix
	// comes before the id in the path.
	ownerAs, ownerPrefix string
	// where says of which owners the kind is read.
	where *condition
	// global says that the permission is one of the whole site: the first
	// refusal ends the reading of the kind.
	global bool
	// hides says that the site answers 404 to an account that may not read it.
	hides bool
	// none is the status by which the site says that the owner has none.
	none int
	// once says that several owners list the same record: it is recorded with
	// the first.
	once bool
	// spare names query parameters that only some may use: refused, the list is
	// read without them, and spareNote says what that means.
	spare     []string
	spareNote string
	// partial says that the site gives administrators all records, and others, without a
	// word, those that they may see.
	partial bool
	// setting is the member of the site's configuration that is false where
	// there is none of the kind; settingNote says so to people.
	setting, settingNote string
	// embedded is the path in the parent's body of what came with it, list the
	// name of the array in there. An embedded list is whole where it holds as
	// many ids as its total says; otherwise Route is asked.
	embedded []string
	list     string
	// count is the path in the parent's body of a number; Route is asked only where it
	// is not 0. people is the name of the reply's list that goes with it.
	count  []string
	people string
	// each is the route that reads one issue's list in pages with a total, where Route reads
	// many issues' at once and tells no total.
	each string
	// bytes says that each record is the metadata of an attachment.
	bytes bool
}

// condition holds where a text at the path of the owner's body ends in one of
// the endings.
type condition struct {
	above   bool // it is the body of what the owner itself belongs to
	path    []string
	endings []string
}

func (c *condition) holds(of owner) bool {
	if c == nil {
		return true
	}
	body := of.body
	if c.above {
		body = of.aboveBody
	}
	text := atlassian.Text(atlassian.Member(body, c.path...))
	return slices.ContainsFunc(c.endings, func(ending string) bool { return strings.HasSuffix(text, ending) })
}

const (
	issueKind         = "issue"
	projectKind       = "project"
	userKind          = "user"
	configurationKind = "configuration"
)

// kinds is the table, parents before children. The next kind of data is a row
// of one of its parts.
func kinds() []kind {
	return slices.Concat(siteKinds(), schemeKinds(), softwareKinds(), projectKinds(), issueKinds(), withoutData())
}

// The permissions and token scopes that rows need, as Atlassian's documents name them.
const (
	administer    = "Administer Jira"
	administerOne = "Administer Projects of the project, or Administer Jira"
	browseUsers   = "Browse users and groups"

	readWork  = "read:jira-work"
	readUser  = "read:jira-user"
	configure = "manage:jira-configuration"
	manage    = "manage:jira-project"
)

// row begins the row of a kind of the site.
func row(name, title, pager, route string) kind {
	return kind{Kind: atlassian.Kind{Name: name, Title: title, Scope: atlassian.ScopeSite, Route: "GET " + route, Pager: pager, TokenScope: readWork}}
}

// ofProject begins the row of a kind of a project.
func ofProject(name, title, pager, route string) kind {
	k := row(name, title, pager, route)
	k.Scope, k.Parent = atlassian.ScopeContainer, projectKind
	return k
}

// under makes the kind one that is read for each record of another kind.
func (k kind) under(parent string) kind {
	k.Parent = parent
	return k
}

// needs says what the account and its token need to read the kind.
func (k kind) needs(permission, scope string) kind {
	k.Permission, k.TokenScope = permission, scope
	return k
}

// admin makes the kind one that only administrators of Jira may read.
func (k kind) admin(scope string) kind {
	k.global = true
	return k.needs(administer, scope)
}

// in says where the records are in a reply, and how many to ask for at a time; 0
// leaves that to the site.
func (k kind) in(items string, pageSize int) kind {
	k.items, k.pageSize = items, pageSize
	return k
}

// by says which members identify a record.
func (k kind) by(paths ...string) kind {
	k.id = paths
	return k
}

// ask adds a parameter to the query.
func (k kind) ask(name, value string) kind {
	query := url.Values{name: {value}}
	for n, v := range k.query {
		query[n] = v
	}
	k.query = query
	return k
}

// forAll says that administrators see all records, others some.
func (k kind) forAll() kind {
	k.partial = true
	if k.Permission == "" {
		k.Permission = administer
	}
	return k
}

// note says what is to be known about the kind in any report.
func (k kind) note(text string) kind {
	k.Note = text
	return k
}
