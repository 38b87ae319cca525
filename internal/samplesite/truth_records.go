package samplesite

import (
	"iter"
	"slices"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// TrueRecord is an entry of one of the site's lists, as a backup has it.
type TrueRecord struct {
	Kind   string
	Parent string // id of the owner: of the project for kinds of a project; "" for lists of the site
	ID     string
	// Project is the key of the project for kinds of a project, otherwise "".
	Project string
	// Body is what the site sends where all that the document's expand can add
	// is asked for; but of filters and dashboards not what depends on who asks:
	// favourite, isWritable, searchUrl, and viewUrl and popularity of dashboards.
	Body rawjson.Raw
	// Hidden is true where the account, as it is now, is not shown it.
	Hidden bool
}

// Kinds names the lists beside projects and issues, parents before children:
// those of the site, then those of projects.
func (t Truth) Kinds() []string {
	var out []string
	for _, l := range t.site.lists {
		if !slices.Contains(out, l.kind) {
			out = append(out, l.kind)
		}
	}
	return out
}

// OfProject reports whether a kind belongs to a project.
func (t Truth) OfProject(kind string) bool {
	l := t.site.listings[kind]
	return l != nil && l.ofProject
}

// Records yields the records of a kind in the order in which the site lists
// them, by owner; none for a kind that Kinds does not name. It shows the content
// as it is at the moment of the call.
func (t Truth) Records(kind string) iter.Seq[TrueRecord] {
	return func(yield func(TrueRecord) bool) {
		s := t.site
		l := s.listings[kind]
		if l == nil {
			return
		}
		refused := s.denied(l) != allowed
		listed := s.firstListed(l)
		for _, owner := range s.owners(l) {
			hidden := refused || s.withheld(l, owner) || s.unbrowsable(l, owner)
			parent := owner[strings.LastIndexByte(owner, '/')+1:]
			key := ""
			if l.ofProject {
				if i := s.projectOf(owner); i >= 0 {
					key = s.src.Projects()[i].Key
				}
			}
			for _, e := range s.list(l, owner) {
				if listed != nil && listed[e.ID] != owner {
					continue
				}
				one := TrueRecord{Kind: kind, Parent: parent, ID: e.ID, Project: key, Body: l.read(e.Body), Hidden: hidden || !s.shows(l, e, nil)}
				if !yield(one) {
					return
				}
			}
		}
	}
}

// firstListed is, for sprints, the first board that lists each: of those that
// the account sees, where there is one. It is nil for other kinds, which have one owner.
func (s *Site) firstListed(l *listing) map[string]string {
	if l.kind != "sprint" {
		return nil
	}
	first, seen := map[string]string{}, map[string]bool{}
	for _, owner := range s.owners(l) {
		hidden := s.withheld(l, owner)
		for _, e := range s.list(l, owner) {
			if _, known := first[e.ID]; !known || !hidden && !seen[e.ID] {
				first[e.ID] = owner
			}
			seen[e.ID] = seen[e.ID] || !hidden
		}
	}
	return first
}

// read is a body as a reader of all data asks for it.
func (l *listing) read(body rawjson.Raw) rawjson.Raw {
	if l.reads == nil {
		return body
	}
	return l.narrowed(body, l.reads)
}

// owners returns those that a kind has lists of.
func (s *Site) owners(l *listing) []string {
	switch {
	case l.owners != nil:
		return l.owners(s)
	case l.parent == "":
		return []string{""}
	}
	return s.src.Setup().Owners(l.kind)
}
