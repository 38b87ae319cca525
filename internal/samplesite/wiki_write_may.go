package samplesite

import (
	"net/http"
	"strings"

	"holdfast/internal/samplesite/content"
)

// ForbidWriting lets the account read a space and change nothing in it.
func (s *Site) ForbidWriting(key string) {
	s.onSpace(key, func(w *wikiWorld, i int) { w.readOnly[i] = true })
}

// AllowWriting undoes ForbidWriting.
func (s *Site) AllowWriting(key string) {
	s.onSpace(key, func(w *wikiWorld, i int) { delete(w.readOnly, i) })
}

// mayNot is the answer to a change of a space that the account may only read; nil where
// it may change it. REST v2 answers as if nothing were there, as its document says.
func (c *call) mayNot() *reply {
	w := c.site.wiki
	w.mu.RLock()
	none := len(w.readOnly) == 0
	w.mu.RUnlock()
	if none {
		return nil
	}
	i := c.spaceChanged()
	w.mu.RLock()
	forbidden := i >= 0 && w.readOnly[i]
	w.mu.RUnlock()
	if !forbidden {
		return nil
	}
	p := wikiAbsent()
	if strings.HasPrefix(c.route.template, WikiV1+"/") {
		p = plainRefuse(http.StatusForbidden, "The user does not have permission to change this space")
	}
	return &p
}

// spaceChanged is the space that a request changes something in, negative where it
// names none: by its path, or by what its body says where something new is to stand.
func (c *call) spaceChanged() int {
	s := c.site
	if key := c.params["spaceKey"]; key != "" {
		i, _ := s.wiki.spaceThere(func(one content.Space) bool { return one.Key == key })
		return i
	}
	if strings.Contains(c.route.template, "/spaces/{") {
		return s.spaceOf(c.params["id"] + c.params["space-id"])
	}
	for _, name := range []string{"pageId", "attachmentId", "attachment-id", "comment-id", "page-id", "blogpost-id", "folder-id", "whiteboard-id", "database-id", "embed-id", "custom-content-id", "id"} {
		if id := c.params[name]; id != "" {
			return s.spaceHolding(id)
		}
	}
	if i := s.spaceOf(at(c.body, "spaceId")); i >= 0 {
		return i
	}
	for _, name := range []string{"pageId", "blogPostId", "parentCommentId"} {
		if i := s.spaceHolding(at(c.body, name)); i >= 0 {
			return i
		}
	}
	return -1
}

// spaceHolding is the space that holds a node, comment, file or task, negative where there is none of that id.
func (s *Site) spaceHolding(id string) int {
	number := numbered(strings.TrimPrefix(id, wikiFilePrefix))
	if one, found := s.wiki.comment(number); found {
		number = one.Node
	}
	if f, found := s.wiki.file(number); found {
		number = f.Node
	}
	if n, found := s.wiki.node(number, true); found {
		return n.Space
	}
	return -1
}
