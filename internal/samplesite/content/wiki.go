package content

import (
	"io"

	"holdfast/internal/samplesite/rawjson"
)

// WikiSpec is the seed and the sizes that the content of a Confluence site is
// generated from. The same WikiSpec gives the same bytes; the zero value is a site
// without spaces.
type WikiSpec struct {
	Seed   uint64
	Spaces []SpaceSpec
	// Versions is the most versions that a page has, Comments the most comments;
	// 0 means 4, negative none beyond the first version, or none.
	Versions, Comments int
	// Attachments is how many files are spread over the pages, beside those of Nodes.
	Attachments int
	// Bodies are bodies in storage format that pages, blog posts and comments have,
	// in turn, instead of generated ones.
	Bodies []string
	// Nodes overrides the sizes of single pages and blog posts.
	Nodes []NodeSpec
	// Groups, Templates, Roles and Themes are how many the site has; 0 means a few.
	Groups, Templates, Roles, Themes int
	// Accounts is how many accounts there are beside the people of the site.
	Accounts int
}

// SpaceSpec is a space and its size.
type SpaceSpec struct {
	Key      string // "" means one made up; that of a personal space begins with "~"
	Name     string // "" means one made up
	Personal bool
	Archived bool
	// Pages and Blogs are how many pages and blog posts it has, whatever their
	// status: about one in 40 is archived, one in 50 in the trash, one in 200 a draft.
	Pages, Blogs int
	// Others is how many folders, whiteboards, databases and smart links each are
	// in its tree.
	Others int
	// Flat puts all pages below the homepage instead of into a tree of 6 levels.
	Flat bool
	// Tasks, CustomContent, Properties, Labels, Templates, Permissions are how many
	// it has; 0 leaves what the seed gives.
	Tasks, CustomContent, Properties, Labels, Templates, Permissions int
	// Watchers is how many accounts watch it; 0 leaves what the seed gives.
	Watchers int
	// Deep is how many levels its deepest chain of pages has; 0 means 6.
	Deep int
}

// NodeSpec sets the sizes of one page or blog post exactly: the Number-th of its
// space, counted from 1 in the order of their ids. A count of 0 leaves what the
// seed gives, a negative one means none.
type NodeSpec struct {
	Space    string // key
	Number   int
	Versions int
	Footer   int // root footer comments
	Inline   int // root inline comments
	Replies  int // below its first footer comment, and below its first inline comment
	Depth    int // of a chain of replies below its second footer comment
	Labels   int
	Likes    int
	Props    int
	Readers  int // how many accounts, and how many groups, alone may view it
	// FileVersions is how many versions each of Files has, CommentVersions how
	// many its first footer comment and its first inline comment have.
	FileVersions, CommentVersions int
	Files                         []FileSpec
	// Odd puts JSON into its properties, and text into its body, that decoders and encoders like to change.
	Odd bool
}

// Wiki is the content of a Confluence site. It is safe for concurrent use and never changes.
type Wiki interface {
	// People lists the accounts that the content names: those of the site first,
	// then those that no issue names.
	People() []Person
	// Spaces lists the spaces by ascending id.
	Spaces() []Space
	// Nodes lists, by ascending id, the pages and blog posts of all spaces and what
	// else is in their trees: folders, whiteboards, databases, smart links. The
	// slice is the content's own: copy it before changing it.
	Nodes() []Node
	// Content returns what belongs to a page or blog post, generated anew each time.
	// The node may also be one that Nodes does not list, for one added later.
	Content(n Node) WikiContent
	// Detail returns what GET /folders/{id} and its likes give for any other node.
	Detail(n Node) rawjson.Raw
	// Comment and File find one by id (that of a file without the "att" before it); false
	// where there is none.
	Comment(id int64) (Comment, bool)
	File(id int64) (File, bool)
	// Setup is what the site holds in small lists, by kind and owner, as that of
	// Jira. Owners are ids; kinds are those of the table of routes (wiki_lists.go).
	Setup() *Setup
	// Tasks lists the tasks of a space.
	Tasks(space int) []Task
}

// Space is a Confluence space.
type Space struct {
	ID       int64
	Key      string
	Name     string
	Type     string // "global", "personal", "collaboration", "knowledge_base"
	Status   string // "current" or "archived"
	Owner    string // account id
	Homepage int64
	// Members is what GET /spaces lists of it, in order, with "description" (of all
	// representations) and "icon" among them, which are given where they are asked for.
	Members []rawjson.Member
}

// The types of nodes, as Confluence names them.
const (
	PageType       = "page"
	BlogType       = "blogpost"
	FolderType     = "folder"
	WhiteboardType = "whiteboard"
	DatabaseType   = "database"
	EmbedType      = "embed"
)

// Node is a piece of content of a space: what the site's index knows of it.
type Node struct {
	ID         int64
	Type       string
	Space      int    // index in Spaces
	Parent     int64  // id of the node above; 0 at the root, and for blog posts
	ParentType string // its type, "" where there is none
	Position   int    // among its siblings
	Status     string // "current", "archived", "trashed", "draft"
	Title      string
	Created    int64 // Unix ms
	Modified   int64 // Unix ms
	Version    int   // number of the current version, 1 at least
	number     int   // among the pages and blog posts of its space, from 1
	ordinal    int   // among the pages and blog posts of the site, from 0
	files      int   // how many it has
	tasks      int   // how many are in its text
}

// WikiContent is a page or blog post with all that belongs to it.
type WikiContent interface {
	// Members is what GET /pages/{id} gives without version, body and what include-* adds.
	Members() []rawjson.Member
	// Versions lists the versions, the newest first.
	Versions() []WikiVersion
	// Body is the text of a version in "storage" or "atlas_doc_format".
	Body(version int, format string) string
	Labels() []Entry
	Properties() []Entry
	Likes() []string // account ids
	// Comments lists all comments, by ascending id: roots and replies, of footer and text.
	Comments() []Comment
	// Replies lists those that answer a comment: a reader asks for each one's.
	Replies(comment int64) []Comment
	Files() []File
	// Restrictions is the reply of restriction/byOperation with all that expand adds.
	Restrictions() rawjson.Raw
	// Restriction lists the users and groups, by account id and group id, that alone may "read"
	// or "update" it; none where everybody may.
	Restriction(operation string) (users, groups []Entry)
}

// WikiVersion is a version of a page, blog post, comment or file.
type WikiVersion struct {
	Number int
	Title  string      // of the page at that time
	Body   rawjson.Raw // createdAt, message, number, minorEdit, authorId
}

// Comment is a comment of a page or blog post.
type Comment struct {
	ID     int64
	Node   int64 // id of the page or blog post
	Parent int64 // id of the comment that it answers; 0 for a root
	Inline bool
	Status string // "current", seldom "trashed" or "archived"
	// Resolution is that of an inline comment: "open", "resolved", "reopened", "dangling".
	Resolution string
	// Members is what lists give without version and body.
	Members  []rawjson.Member
	Versions []WikiVersion // the newest first
	Likes    []string
	texts    []string // storage bodies, by version
}

// Body is the comment's text at a version, in storage format.
func (c Comment) Body(version int) string {
	if version < 1 || version > len(c.texts) {
		return ""
	}
	return c.texts[version-1]
}

// File is an attachment of a page or blog post. Its id in bodies is "att" and ID.
type File struct {
	ID       int64
	Node     int64
	Name     string
	Status   string // "current", "archived", "trashed"
	Versions []FileVersion
	// Members is what lists give of the newest version, without "version".
	Members []rawjson.Member
}

// FileVersion is a version of a file; the newest comes first.
type FileVersion struct {
	WikiVersion
	Size      int64
	MediaType string
	// Members is what GET /attachments/{id}?version=n gives of it, without "version".
	Members []rawjson.Member
	seed    uint64
	kind    fileKind
	path    string // of the bytes of one that was uploaded
}

// Open returns the bytes; they are made while they are read. A reader of what was
// uploaded is an io.Closer, which has to be closed.
func (v FileVersion) Open() io.ReadSeeker {
	if v.path != "" {
		return openWritten(v.path)
	}
	return newFileReader(v.seed, v.kind, v.Size)
}

// Task is a task in the text of a page or blog post.
type Task struct {
	ID   int64
	Node int64
	Body rawjson.Raw // with a body in storage format
}
