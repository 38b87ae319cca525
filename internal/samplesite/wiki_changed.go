package samplesite

import (
	"fmt"
	"maps"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// fileFate is what became of one file of a page or blog post.
type fileFate struct {
	deleted bool
	lost    bool    // its bytes are gone, while it is listed
	newer   []int64 // when versions of the same size and other bytes were put there, Unix ms
}

// changedContent is a page or blog post as it is now: what the content has of
// it, and what was changed while the site serves.
type changedContent struct {
	content.WikiContent
	edits    []int64 // when versions were added, Unix ms
	base     int     // number of the newest version before them
	author   string
	comments map[int64]bool // deleted
	files    map[int64]fileFate
}

// contentOf returns what belongs to a page or blog post as it is now. The caller does not hold mu.
func (w *wikiWorld) contentOf(n content.Node) content.WikiContent {
	w.mu.RLock()
	defer w.mu.RUnlock()
	edits := w.edits[n.ID]
	if len(edits) == 0 && len(w.comments) == 0 && len(w.files) == 0 {
		return w.src.Content(n)
	}
	old := n
	old.Version, old.Modified = n.Version-len(edits), n.Created
	if before, found := nodeIn(w.src.Nodes(), n.ID); found {
		old.Version, old.Modified = before.Version, before.Modified
	}
	out := &changedContent{WikiContent: w.src.Content(old), edits: edits, base: old.Version, author: w.editor,
		comments: maps.Clone(w.comments), files: map[int64]fileFate{}}
	for id, f := range w.files {
		out.files[id] = *f
	}
	return out
}

// Versions implements content.WikiContent.
func (c *changedContent) Versions() []content.WikiVersion {
	old := c.WikiContent.Versions()
	if len(c.edits) == 0 || len(old) == 0 {
		return old
	}
	var out []content.WikiVersion
	for i := len(c.edits) - 1; i >= 0; i-- {
		number := c.base + i + 1
		out = append(out, content.WikiVersion{Number: number, Title: old[0].Title, Body: rawjson.Object("number", number,
			"authorId", c.author, "message", "", "minorEdit", false, "createdAt", content.FormatWikiTime(c.edits[i]))})
	}
	return append(out, old...)
}

// Body implements content.WikiContent. An edit writes the page anew.
func (c *changedContent) Body(version int, format string) string {
	if version <= c.base || version > c.base+len(c.edits) {
		return c.WikiContent.Body(version, format)
	}
	text := fmt.Sprintf("Written anew as version %d.", version)
	if format == content.ADFFormat {
		return `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"` + text + `"}]}],"version":1}`
	}
	return "<p>" + text + "</p>"
}

// Comments implements content.WikiContent: without those that were deleted and the replies to them.
func (c *changedContent) Comments() []content.Comment {
	out := []content.Comment{}
	gone := map[int64]bool{}
	for _, one := range c.WikiContent.Comments() {
		if c.comments[one.ID] || gone[one.Parent] {
			gone[one.ID] = true
			continue
		}
		out = append(out, one)
	}
	return out
}

// Replies implements content.WikiContent.
func (c *changedContent) Replies(comment int64) []content.Comment {
	return slices.DeleteFunc(c.Comments(), func(one content.Comment) bool { return one.Parent != comment })
}

// Files implements content.WikiContent.
func (c *changedContent) Files() []content.File {
	out := []content.File{}
	for _, one := range c.WikiContent.Files() {
		fate := c.files[one.ID]
		if !fate.deleted {
			out = append(out, renewed(one, fate, c.author))
		}
	}
	return out
}

// renewed is a file with the versions that were put there while the site serves.
func renewed(f content.File, fate fileFate, author string) content.File {
	for _, when := range fate.newer {
		f = f.Renew(when, author)
	}
	return f
}

// comment finds a comment that was not deleted, nor what it answers. The caller does not hold mu.
func (w *wikiWorld) comment(id int64) (content.Comment, bool) {
	c, found := w.src.Comment(id)
	if !found {
		return c, false
	}
	w.mu.RLock()
	deleted := len(w.comments) > 0
	w.mu.RUnlock()
	for at, known := c, deleted; known; at, known = w.src.Comment(at.Parent) {
		w.mu.RLock()
		gone := w.comments[at.ID]
		w.mu.RUnlock()
		if gone {
			return content.Comment{}, false
		}
		if at.Parent == 0 {
			break
		}
	}
	return c, true
}

// file finds a file that was not deleted. The caller does not hold mu.
func (w *wikiWorld) file(id int64) (content.File, bool) {
	f, found := w.src.File(id)
	if !found {
		return f, false
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	fate := w.files[id]
	if fate == nil {
		return f, true
	}
	if fate.deleted {
		return content.File{}, false
	}
	return renewed(f, *fate, w.editor), true
}

// isLost reports whether a file's bytes are gone. The caller does not hold mu.
func (w *wikiWorld) isLost(file int64) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.files[file] != nil && w.files[file].lost
}

// node finds a page, blog post or other node that the account sees, with or
// without the Admin Key. The caller does not hold mu.
func (w *wikiWorld) node(id int64, key bool) (content.Node, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	n, found := w.find(id)
	if !found || !w.visible(n, key) {
		return content.Node{}, false
	}
	return n, true
}

// space finds a space that the account sees, by its index in Spaces. The caller does not hold mu.
func (w *wikiWorld) space(match func(content.Space) bool) (int, bool) {
	i, found := w.spaceThere(match)
	w.mu.RLock()
	defer w.mu.RUnlock()
	return i, found && w.sees(i)
}
