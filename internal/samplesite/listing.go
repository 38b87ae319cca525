package samplesite

import (
	"net/http"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// need is what an account must hold to read a list.
type need int

const (
	account      need = iota // any account
	anyone                   // anonymous requests get an empty list
	admin                    // the global permission Administer Jira
	browseUsers              // the global permission Browse users and groups
	usersOrAdmin             // either of them
)

// listing is a kind of data that is served as a list, or one by one of its
// owner: where, to whom, and in which form.
type listing struct {
	kind string
	// parent is the kind of the owners, "" for lists of the site. ofProject says
	// that the outermost owner is a project.
	parent    string
	ofProject bool
	// template is the route as Atlassian's document has it, "" where another route serves the kind.
	template string
	scopes   []string // classic OAuth scopes, of which a scoped token needs all
	answer   func(*call, *listing, string, []content.Entry) reply
	size     int // of a page where none is asked for
	most     int // of a page
	needs    need
	feature  func(Lacks) bool // whether the site lacks what the list belongs to
	// optional is the members of a body that only expand shows, with its names; "*" is any of them.
	optional map[string][]string
	// filters is query parameters and the members that they are held against;
	// "~name" is a part of it, "a.b" a member of an object.
	filters map[string]string
	orders  map[string]string // what orderBy may name, and the members that it means; nil: it is not read
	// entries is where the list is not simply content; nil is the content's list.
	entries func(s *Site, owner string) []content.Entry
	owners  func(s *Site) []string
	// owner finds the owner of a request; nil is its path parameters.
	owner func(c *call) (string, *reply)
	// withheld is whether an owner is not shown; nil is what its own list says.
	withheld func(s *Site, owner string) bool
	// reads is what of expand belongs to the data rather than to who asks; nil is all.
	reads []string
	// browses says that Browse projects of the project is needed too.
	browses bool
	// keys says that there is a route below for each property.
	keys bool
	// aliases is what the template may have in front of it.
	aliases []string
}

// Lacks is what a site does not have, or has switched off.
type Lacks struct {
	Software          bool // Jira Software: boards and sprints are not found
	Plans             bool // Premium: plans are refused
	ServiceManagement bool // Jira Service Management: service desks are not found
	Automation        bool // the automation API is refused
	BrowseUsers       bool // the account lacks the global permission Browse users and groups
	Voting            bool // as "configuration" tells, like those below
	Watching          bool
	TimeTracking      bool
	IssueLinking      bool
}

func lacksSoftware(l Lacks) bool { return l.Software }
func lacksPlans(l Lacks) bool    { return l.Plans }
func lacksService(l Lacks) bool  { return l.ServiceManagement }
func lacksLinks(l Lacks) bool    { return l.IssueLinking }

// Lack changes what the site lacks while it serves.
func (s *Site) Lack(change func(*Lacks)) { s.change(func(w *world) { change(&w.lacks) }) }

func (w *world) lacking() Lacks {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.lacks
}

// serve answers a request for a list.
func (l *listing) serve(c *call) reply {
	if !c.known && l.needs != anyone {
		return c.unknown(l)
	}
	if refusal := c.refusal(l); refusal != nil {
		return *refusal
	}
	owner, bad := c.ownerOf(l)
	if bad != nil {
		return *bad
	}
	if c.site.unbrowsable(l, owner) {
		return refuse(http.StatusForbidden, "You do not have the permission to browse this project.")
	}
	all := []content.Entry{}
	if c.known {
		for _, e := range c.site.list(l, owner) {
			if c.site.shows(l, e, c.query) {
				all = append(all, e)
			}
		}
	}
	all, bad = c.chosen(l, all)
	if bad != nil {
		return *bad
	}
	return l.answer(c, l, owner, all)
}

// unknown is the answer to an anonymous request.
func (c *call) unknown(l *listing) reply {
	if l.ofProject && l.parent != "" && strings.Contains(l.template, "{project") {
		return noProject(c.projectParam())
	}
	return mustLogIn()
}

// denial is why the account, as it is now, may not read a kind at all.
type denial int

const (
	allowed  denial = iota
	missing         // the site does not have what the kind belongs to
	noAdmin         // the account lacks Administer Jira
	noBrowse        // it lacks Browse users and groups
)

// denied tells why the account may not read a kind.
func (s *Site) denied(l *listing) denial {
	s.world.mu.RLock()
	lacks, lacksAdmin := s.world.lacks, s.world.lacksAdmin
	s.world.mu.RUnlock()
	switch {
	case l.feature != nil && l.feature(lacks):
		return missing
	case l.needs == admin && lacksAdmin:
		return noAdmin
	case l.needs == browseUsers && lacks.BrowseUsers, l.needs == usersOrAdmin && lacks.BrowseUsers && lacksAdmin:
		return noBrowse
	}
	return allowed
}

// refusal is the answer to a kind that the account may not read; nil where it may.
func (c *call) refusal(l *listing) *reply {
	var p reply
	switch c.site.denied(l) {
	case missing:
		p = c.absent(l)
	case noAdmin:
		p = refuse(http.StatusForbidden, "Only Jira administrators can perform this operation.")
	case noBrowse:
		p = refuse(http.StatusForbidden, "You do not have the permission to browse users and groups.")
	default:
		return nil
	}
	return &p
}

// absent is the answer where the site does not have what a kind belongs to, as the documents have it for each.
func (c *call) absent(l *listing) reply {
	switch {
	case l.feature(Lacks{Plans: true}):
		return refuse(http.StatusForbidden, "This operation needs the Premium edition of Jira.")
	case l.feature(Lacks{IssueLinking: true}):
		return refuse(http.StatusNotFound, "Issue linking is disabled.")
	case l.feature(Lacks{Automation: true}):
		return typed(http.StatusForbidden, "application/json", rawjson.Object("code", 403, "message", "Forbidden"))
	}
	return problem(http.StatusNotFound, "No endpoint "+c.r.Method+" "+c.r.URL.Path+".", c.r)
}

// list returns the entries of an owner, whoever asks.
func (s *Site) list(l *listing, owner string) []content.Entry {
	if l.entries != nil {
		return l.entries(s, owner)
	}
	return s.src.Setup().List(l.kind, owner)
}

// shows reports whether the account sees one entry of a list that it may read.
func (s *Site) shows(l *listing, e content.Entry, query map[string][]string) bool {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	if e.Project >= 0 && !s.world.listed(e.Project) {
		return false
	}
	if s.world.lacksAdmin && !s.ofOwnProject(l, e) || s.world.empty && strings.HasSuffix(l.kind, "edProject") {
		return false // an account that lost all permissions is shown no project, of whatever state
	}
	if !e.Private {
		return true
	}
	override := query == nil || len(query["overrideSharePermissions"]) > 0 && query["overrideSharePermissions"][0] == "true"
	return l.kind == "filter" && override && !s.world.lacksAdmin
}

// ofOwnProject reports whether an administrator of projects alone sees an entry:
// of workflows those of a project, of notification schemes those that a project
// has. The caller holds the world's lock.
func (s *Site) ofOwnProject(l *listing, e content.Entry) bool {
	switch l.kind {
	case "workflow":
		return at(e.Body, "scope.type") == "PROJECT"
	case "notificationScheme":
		return slices.ContainsFunc(s.src.Setup().List("notificationSchemeProject", ""), func(p content.Entry) bool {
			return strings.HasPrefix(p.ID, e.ID+"/") && s.world.listed(p.Project)
		})
	}
	return true
}

// withheld reports whether an owner is there but not shown to the account, or is not there.
func (s *Site) withheld(l *listing, owner string) bool {
	switch {
	case l.withheld != nil:
		return l.withheld(s, owner)
	case l.parent == "":
		return false
	case l.parent == "project":
		i := s.projectOf(owner)
		s.world.mu.RLock()
		defer s.world.mu.RUnlock()
		return i < 0 || !s.world.listed(i)
	}
	above, id := "", owner
	if i := strings.LastIndexByte(owner, '/'); i >= 0 {
		above, id = owner[:i], owner[i+1:]
	}
	p := s.listings[l.parent]
	if s.denied(p) != allowed {
		return true
	}
	all := s.list(p, above)
	i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == id })
	return i < 0 || !s.shows(p, all[i], nil) || s.withheld(p, above)
}

// unbrowsable reports whether a list needs a permission in its project that the account lacks.
func (s *Site) unbrowsable(l *listing, owner string) bool {
	if !l.browses {
		return false
	}
	i := s.projectOf(owner)
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	return s.world.noBrowse[i]
}

// shown is a body with the members that the request asked for.
func (l *listing) shown(c *call, body rawjson.Raw) rawjson.Raw {
	if len(l.optional) == 0 {
		return body
	}
	return l.narrowed(body, splitList(c.query["expand"]...))
}

// narrowed leaves the members out that only expand shows and that it did not name.
func (l *listing) narrowed(body rawjson.Raw, asked []string) rawjson.Raw {
	left := map[string]bool{}
	for name, by := range l.optional {
		if !slices.ContainsFunc(by, func(e string) bool { return slices.Contains(asked, e) || e == "*" && len(asked) > 0 }) {
			left[name] = true
		}
	}
	if len(left) == 0 {
		return body
	}
	members, err := rawjson.Split(body)
	if err != nil {
		return body // bodies are our own
	}
	return rawjson.Members(slices.DeleteFunc(members, func(m rawjson.Member) bool { return left[m.Name] }))
}

func (l *listing) bodies(c *call, page []content.Entry) []rawjson.Raw {
	out := make([]rawjson.Raw, len(page))
	for i, e := range page {
		out[i] = l.shown(c, e.Body)
	}
	return out
}
