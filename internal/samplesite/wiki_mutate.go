package samplesite

import (
	"fmt"

	"holdfast/internal/samplesite/content"
)

// changeWiki makes a change of Confluence's content under its lock.
func (s *Site) changeWiki(f func(*wikiWorld)) {
	s.change(func(*world) {}) // counts it, so that what is asked again because of it is told apart
	s.wiki.mu.Lock()
	defer s.wiki.mu.Unlock()
	f(s.wiki)
}

// onSpace changes what became of a space, given by its key. A space that the
// site never had is left alone: tests name spaces of their own content.
func (s *Site) onSpace(key string, f func(*wikiWorld, int)) {
	s.changeWiki(func(w *wikiWorld) {
		for i, one := range w.src.Spaces() {
			if one.Key == key {
				f(w, i)
			}
		}
	})
}

// ForbidSpace hides a space and all that is in it from the account.
func (s *Site) ForbidSpace(key string) {
	s.onSpace(key, func(w *wikiWorld, i int) { w.forbidden[i] = true })
}

// AllowSpace undoes ForbidSpace.
func (s *Site) AllowSpace(key string) {
	s.onSpace(key, func(w *wikiWorld, i int) { delete(w.forbidden, i) })
}

// DeleteSpace deletes a space with all that is in it.
func (s *Site) DeleteSpace(key string) {
	s.onSpace(key, func(w *wikiWorld, i int) { w.gone[i] = true })
}

// DeletePage deletes a page, blog post or other node for good; what is below it
// moves up to where it was.
func (s *Site) DeletePage(id int64) {
	s.changeWiki(func(w *wikiWorld) {
		n, found := w.find(id)
		if !found {
			return
		}
		w.deleted[id] = true
		for i := range w.nodes {
			if w.nodes[i].Parent == id {
				w.nodes[i].Parent, w.nodes[i].ParentType = n.Parent, n.ParentType
			}
		}
	})
}

// RestrictPage hides a page or blog post, and all that is below it, from the
// account, which reads them with an Admin Key only.
func (s *Site) RestrictPage(id int64) { s.changeWiki(func(w *wikiWorld) { w.restricted[id] = true }) }

// UnrestrictPage undoes RestrictPage.
func (s *Site) UnrestrictPage(id int64) {
	s.changeWiki(func(w *wikiWorld) { delete(w.restricted, id) })
}

// ShowBelowRestricted makes the account see a node below a restricted page, and what is below it,
// all the same: its parentId names a page that the account cannot read.
func (s *Site) ShowBelowRestricted(id int64) {
	s.changeWiki(func(w *wikiWorld) { w.showing[id] = true })
}

func (s *Site) onFile(id int64, f func(*fileFate)) {
	s.changeWiki(func(w *wikiWorld) {
		if w.files[id] == nil {
			w.files[id] = &fileFate{}
		}
		f(w.files[id])
	})
}

// LosePageAttachment makes the bytes of a file 404 while its page still lists it.
func (s *Site) LosePageAttachment(id int64) { s.onFile(id, func(f *fileFate) { f.lost = true }) }

// DeletePageAttachment deletes a file: its page lists it no more.
func (s *Site) DeletePageAttachment(id int64) { s.onFile(id, func(f *fileFate) { f.deleted = true }) }

// ReplacePageAttachment puts a newer version of a file there, of the same size and with other bytes.
func (s *Site) ReplacePageAttachment(id int64) {
	now := s.cfg.Now().UnixMilli()
	s.onFile(id, func(f *fileFate) { f.newer = append(f.newer[:len(f.newer):len(f.newer)], now) })
}

// EditPage writes a page or blog post anew, as its next version.
func (s *Site) EditPage(id int64) {
	now := s.cfg.Now().UnixMilli()
	s.changeWiki(func(w *wikiWorld) {
		for i := range w.nodes {
			if n := &w.nodes[i]; n.ID == id {
				n.Version++
				n.Modified = now
				w.edits[id] = append(w.edits[id][:len(w.edits[id]):len(w.edits[id])], now)
			}
		}
	})
}

// DeletePageComment deletes a comment of a page or blog post, and the replies to it.
func (s *Site) DeletePageComment(id int64) {
	s.changeWiki(func(w *wikiWorld) { w.comments[id] = true })
}

// AddPage creates a page below the homepage of a space now, and returns its id.
func (s *Site) AddPage(space string) (id int64, err error) {
	index := -1
	for i, one := range s.wiki.src.Spaces() {
		if one.Key == space {
			index = i
		}
	}
	if index < 0 {
		return 0, fmt.Errorf("adding a page to the sample site: it has no space %q; name one of its own", space)
	}
	if s.wiki.written.Made(s.wiki.src.Spaces()[index].ID) {
		return 0, fmt.Errorf("adding a page to the sample site: space %q was written; write its pages, too", space)
	}
	now := s.cfg.Now().UnixMilli()
	s.wiki.writing.Lock()
	defer s.wiki.writing.Unlock()
	s.changeWiki(func(w *wikiWorld) {
		position := 0
		id = w.written.NextID()
		home := w.src.Spaces()[index].Homepage
		for _, n := range w.nodes {
			if n.Parent == home {
				position = max(position, n.Position+1)
			}
		}
		n := content.Node{ID: id, Type: content.PageType, Space: index, Status: "current", Title: fmt.Sprintf("Added later %d", id),
			Created: now, Modified: now, Version: 1, Position: position}
		if home != 0 {
			n.Parent, n.ParentType = home, content.PageType
		}
		w.nodes = append(w.nodes, n)
	})
	return id, nil
}

// ForbidAdminKey makes the site refuse Admin Keys, as sites below Premium do, and ends the one in force.
func (s *Site) ForbidAdminKey() {
	s.changeWiki(func(w *wikiWorld) { w.noKey, w.keyUntil = true, 0 })
}

// AllowAdminKey undoes ForbidAdminKey.
func (s *Site) AllowAdminKey() { s.changeWiki(func(w *wikiWorld) { w.noKey = false }) }
