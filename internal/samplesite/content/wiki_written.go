package content

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// WrittenWiki is a Wiki that is written to while its site serves: the content that it
// was made of, and what was put there since. What lists give of what is written has
// the same form as what is generated. Its methods are safe for concurrent use; whoever
// writes sees to it that no two do so at a time, so that what was read is what is changed.
type WrittenWiki struct {
	base Wiki

	mu       sync.RWMutex
	last     int64              // newest id
	spaces   []Space            // never changed in place, as all below
	nodes    map[int64]*Written // by id
	comments map[int64]int64    // comment → node
	files    map[int64]int64    // file → node
	setup    *Setup
	people   []Person
}

// Written is a node that was written, with all that belongs to it. One that a
// WrittenWiki holds is never changed: change a Clone of it and Put that.
type Written struct {
	Node             Node
	Author           string // account ids
	Owner, LastOwner string
	Subtype          string           // "live" or ""
	Target           string           // of a smart link
	History          []WrittenVersion // the oldest first
	Labels           []Entry
	Properties       []Entry
	Likes            []string
	Comments         []Comment          // by ascending id
	Files            []File             // by ascending id
	Users, Groups    map[string][]Entry // by operation: who alone may do it
	Tasks            []Task
	// CommentProperties and FileProperties are by the id of what they belong to.
	CommentProperties, FileProperties map[int64][]Entry
	FileLabels                        map[int64][]Entry
	State                             raw   // id, name and color of the state that it is in; nil for none
	StateSet                          int64 // when it was given or taken, Unix ms
}

// WrittenVersion is a version with its text, in storage format.
type WrittenVersion struct {
	WikiVersion
	Storage string
	ADF     string // as it was sent; "" where it is made from Storage
}

// gap is how far the ids of what is written lie above those of what was generated, whose
// nodes are followed by what belongs to them.
const gap = 1_000_000

// WriteWiki makes a wiki that can be written to.
func WriteWiki(base Wiki) *WrittenWiki {
	last := int64(firstContent - 1)
	if nodes := base.Nodes(); len(nodes) > 0 {
		last = nodes[len(nodes)-1].ID
	}
	return &WrittenWiki{base: base, last: last + gap, spaces: slices.Clip(base.Spaces()), nodes: map[int64]*Written{}, comments: map[int64]int64{}, files: map[int64]int64{},
		setup: base.Setup(), people: base.People()}
}

// NextID returns an id that nothing has, above all others.
func (w *WrittenWiki) NextID() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	return w.last
}

// Clone returns a copy whose slices and maps can be appended to and set.
func (n *Written) Clone() *Written {
	c := *n
	c.History = slices.Clone(n.History)
	c.Labels, c.Properties, c.Likes = slices.Clone(n.Labels), slices.Clone(n.Properties), slices.Clone(n.Likes)
	c.Comments, c.Files, c.Tasks = slices.Clone(n.Comments), slices.Clone(n.Files), slices.Clone(n.Tasks)
	c.Users, c.Groups = maps.Clone(n.Users), maps.Clone(n.Groups)
	c.CommentProperties, c.FileProperties, c.FileLabels = maps.Clone(n.CommentProperties), maps.Clone(n.FileProperties), maps.Clone(n.FileLabels)
	for _, m := range []*map[string][]Entry{&c.Users, &c.Groups} {
		if *m == nil {
			*m = map[string][]Entry{}
		}
	}
	for _, m := range []*map[int64][]Entry{&c.CommentProperties, &c.FileProperties, &c.FileLabels} {
		if *m == nil {
			*m = map[int64][]Entry{}
		}
	}
	return &c
}

// Put writes a node, new or instead of the one of its id.
func (w *WrittenWiki) Put(n *Written) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.nodes[n.Node.ID]; old != nil {
		for _, c := range old.Comments {
			delete(w.comments, c.ID)
		}
		for _, f := range old.Files {
			delete(w.files, f.ID)
		}
	}
	w.nodes[n.Node.ID] = n
	for _, c := range n.Comments {
		w.comments[c.ID] = n.Node.ID
	}
	for _, f := range n.Files {
		w.files[f.ID] = n.Node.ID
	}
}

// Written returns a node that was written; nil where it was not.
func (w *WrittenWiki) Written(id int64) *Written {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.nodes[id]
}

// Any reports whether any node was written: then the ids of what belongs to nodes do
// not follow those of their nodes any more.
func (w *WrittenWiki) Any() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return len(w.nodes) > 0
}

// Made reports whether a space was written, not generated.
func (w *WrittenWiki) Made(space int64) bool {
	return !slices.ContainsFunc(w.base.Spaces(), func(s Space) bool { return s.ID == space })
}

// PutSpace adds a space, or changes the one of its id, and returns its index in Spaces.
func (w *WrittenWiki) PutSpace(s Space) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Clone(w.spaces)
	i := slices.IndexFunc(all, func(one Space) bool { return one.ID == s.ID })
	if i < 0 {
		i, all = len(all), append(all, s)
	}
	all[i] = s
	w.spaces = slices.Clip(all)
	return i
}

// SetList writes a list of the setup, whole.
func (w *WrittenWiki) SetList(kind, owner string, entries []Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.setup = w.setup.with(kind, owner, entries)
}

// DropLists takes all lists of a kind away.
func (w *WrittenWiki) DropLists(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := *w.setup
	c.lists, c.owners = maps.Clone(c.lists), maps.Clone(c.owners)
	for _, owner := range c.owners[kind] {
		delete(c.lists, listKey{kind, owner})
	}
	delete(c.owners, kind)
	w.setup = &c
}

// with returns a setup that has another list.
func (s *Setup) with(kind, owner string, entries []Entry) *Setup {
	c := *s
	c.lists, c.owners = maps.Clone(s.lists), maps.Clone(s.owners)
	k := listKey{kind, owner}
	if _, found := c.lists[k]; !found {
		c.owners[kind] = append(slices.Clip(c.owners[kind]), owner)
	}
	c.lists[k] = slices.Clip(entries)
	return &c
}

// AddPeople adds accounts; one of a known id is replaced.
func (w *WrittenWiki) AddPeople(people ...Person) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all, place := slices.Clone(w.people), map[string]int{}
	for i, p := range all {
		place[p.AccountID] = i
	}
	for _, p := range people {
		i, known := place[p.AccountID]
		if !known {
			i, all = len(all), append(all, p)
			place[p.AccountID] = i
		}
		all[i] = p
	}
	w.people = slices.Clip(all)
}

// People implements Wiki.
func (w *WrittenWiki) People() []Person {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.people
}

// Spaces implements Wiki.
func (w *WrittenWiki) Spaces() []Space {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.spaces
}

// Nodes implements Wiki: those that were there before anything was written.
func (w *WrittenWiki) Nodes() []Node { return w.base.Nodes() }

// Setup implements Wiki.
func (w *WrittenWiki) Setup() *Setup {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.setup
}

// Content implements Wiki.
func (w *WrittenWiki) Content(n Node) WikiContent {
	if of := w.Written(n.ID); of != nil {
		return &writtenContent{w: w, node: n, of: of}
	}
	return w.base.Content(n)
}

// Detail implements Wiki.
func (w *WrittenWiki) Detail(n Node) raw {
	if of := w.Written(n.ID); of != nil {
		return w.detail(n, of)
	}
	return w.base.Detail(n)
}

// Comment implements Wiki.
func (w *WrittenWiki) Comment(id int64) (Comment, bool) {
	w.mu.RLock()
	of := w.nodes[w.comments[id]]
	w.mu.RUnlock()
	if of != nil {
		if i := slices.IndexFunc(of.Comments, func(c Comment) bool { return c.ID == id }); i >= 0 {
			return of.Comments[i], true
		}
	}
	c, found := w.base.Comment(id)
	if !found || w.Written(c.Node) != nil {
		return Comment{}, false // a node that was written has all that is left of its own
	}
	return c, true
}

// File implements Wiki.
func (w *WrittenWiki) File(id int64) (File, bool) {
	w.mu.RLock()
	of := w.nodes[w.files[id]]
	w.mu.RUnlock()
	if of != nil {
		if i := slices.IndexFunc(of.Files, func(f File) bool { return f.ID == id }); i >= 0 {
			return of.Files[i], true
		}
	}
	f, found := w.base.File(id)
	if !found || w.Written(f.Node) != nil {
		return File{}, false
	}
	return f, true
}

// Tasks implements Wiki.
func (w *WrittenWiki) Tasks(space int) []Task {
	var out []Task
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, t := range w.base.Tasks(space) {
		if w.nodes[t.Node] == nil {
			out = append(out, t)
		}
	}
	for _, n := range w.nodes {
		if n.Node.Space == space && n.Node.Status == "current" {
			out = append(out, n.Tasks...)
		}
	}
	slices.SortFunc(out, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
