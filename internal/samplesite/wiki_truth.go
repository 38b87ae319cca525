package samplesite

import (
	"iter"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// TrueSpace is a space and whether the account sees it.
type TrueSpace struct {
	content.Space
	Forbidden bool // the account does not see the space
	Deleted   bool
}

// Body returns the exact body of GET /spaces/{id}?description-format=plain&include-icon=true.
func (s TrueSpace) Body() rawjson.Raw {
	return spaceBody(s.Space, spaceShape{format: "plain", icon: true, single: true})
}

// Spaces yields every space, deleted and forbidden ones included.
func (t Truth) Spaces() iter.Seq[TrueSpace] {
	return func(yield func(TrueSpace) bool) {
		w := t.site.wiki
		for i, s := range w.src.Spaces() {
			w.mu.RLock()
			one := TrueSpace{Space: s, Forbidden: !w.sees(i) && !w.gone[i], Deleted: w.gone[i]}
			w.mu.RUnlock()
			if !yield(one) {
				return
			}
		}
	}
}

// WikiKinds names the lists of Confluence beside what is in trees: those of the
// site, then those of spaces, and accounts.
func (t Truth) WikiKinds() []string {
	var out []string
	for _, l := range t.site.wikiLists {
		out = append(out, l.kind)
	}
	return append(out, wikiUserKind)
}

// wikiUserKind is accounts as users-bulk gives them.
const wikiUserKind = "user"

// OfSpace reports whether a kind belongs to a space.
func (t Truth) OfSpace(kind string) bool {
	l := t.site.wikiListOf(kind)
	return l != nil && l.ofProject
}

// WikiUser returns an account as users-bulk gives it; false where there is none of that id.
func (t Truth) WikiUser(accountID string) (rawjson.Raw, bool) { return t.site.wikiUser(accountID) }

// WikiRecords yields the records of a kind in the order in which the site lists
// them, by owner; none for a kind that WikiKinds does not name. Parent is the id
// of the space or group and Project the key of the space.
func (t Truth) WikiRecords(kind string) iter.Seq[TrueRecord] {
	return func(yield func(TrueRecord) bool) {
		s := t.site
		if kind == wikiUserKind {
			t.users(yield)
			return
		}
		l := s.wikiListOf(kind)
		if l == nil {
			return
		}
		for _, owner := range s.wikiOwners(l) {
			parent, _, _ := strings.Cut(owner, "/")
			key, hidden := "", false
			if i := s.spaceOf(parent); l.ofProject && i >= 0 {
				key, hidden = s.wiki.src.Spaces()[i].Key, !s.wiki.shows(i)
			}
			for _, e := range s.wikiList(l, owner) {
				body := e.Body
				if kind == "customContent" {
					body = customBody(e, "raw", false, nil)
				}
				one := TrueRecord{Kind: kind, Parent: parent, ID: e.ID, Project: key, Body: body, Hidden: hidden || s.onHidden(l, e)}
				if !yield(one) {
					return
				}
			}
		}
	}
}

func (t Truth) users(yield func(TrueRecord) bool) {
	for _, p := range t.site.wiki.src.People() {
		body, _ := t.site.wikiUser(p.AccountID)
		if !yield(TrueRecord{Kind: wikiUserKind, ID: p.AccountID, Body: body}) {
			return
		}
	}
}

// wikiOwners returns those that a kind has lists of.
func (s *Site) wikiOwners(l *wikiList) []string {
	switch {
	case l.parent == "":
		return []string{""}
	case l.entries == nil:
		return s.wiki.src.Setup().Owners(l.kind)
	}
	var out []string
	for _, one := range s.wiki.src.Spaces() {
		out = append(out, strconv.FormatInt(one.ID, 10))
	}
	return out
}

// onHidden reports whether a task or custom content is on a page that the account does not see.
func (s *Site) onHidden(l *wikiList, e content.Entry) bool {
	if l.kind != "task" && l.kind != "customContent" {
		return false
	}
	for _, name := range []string{"pageId", "blogPostId"} {
		if id, err := strconv.ParseInt(at(e.Body, name), 10, 64); err == nil {
			_, found := s.wiki.node(id, false)
			return !found
		}
	}
	return false
}
