package samplesite

import (
	"iter"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// TrueNode is a page, blog post or other piece of a space's tree, and whether the
// account sees it.
type TrueNode struct {
	content.Node
	Deleted bool // with its space, too
	// Hidden says that the account is not shown it, Restricted that it is with an Admin Key.
	Hidden, Restricted bool
	site               *Site
}

// WikiNodes yields what is in a space by ascending id, deleted and hidden nodes included.
func (t Truth) WikiNodes(spaceKey string) iter.Seq[TrueNode] {
	return func(yield func(TrueNode) bool) {
		w := t.site.wiki
		spaces := w.src.Spaces()
		w.mu.RLock()
		count := len(w.nodes)
		w.mu.RUnlock()
		for i := range count {
			w.mu.RLock()
			one := t.wikiNode(w.nodes[i])
			w.mu.RUnlock()
			if spaces[one.Space].Key == spaceKey && !yield(one) {
				return
			}
		}
	}
}

// WikiNode returns a node by id, also a deleted or hidden one.
func (t Truth) WikiNode(id int64) (TrueNode, bool) {
	w := t.site.wiki
	w.mu.RLock()
	defer w.mu.RUnlock()
	n, found := w.find(id)
	if !found {
		return TrueNode{}, false
	}
	return t.wikiNode(n), true
}

// wikiNode is a node as it is now; the caller holds the wiki's lock.
func (t Truth) wikiNode(n content.Node) TrueNode {
	w := t.site.wiki
	seen := w.visible(n, false)
	return TrueNode{Node: n, Deleted: w.deleted[n.ID] || w.gone[n.Space], Hidden: !seen, Restricted: !seen && w.visible(n, true), site: t.site}
}

// IDText returns the node's id as bodies have it.
func (n TrueNode) IDText() string { return strconv.FormatInt(n.ID, 10) }

// HasText reports whether it is a page or blog post.
func (n TrueNode) HasText() bool { return hasText(n.Node) }

// Body returns the exact body of GET /pages/{id}?body-format=storage with
// include-labels, include-properties and include-likes, or that of GET /blogposts/{id},
// /folders/{id}, /whiteboards/{id}, /databases/{id} and /embeds/{id}.
func (n TrueNode) Body() rawjson.Raw {
	if !n.HasText() {
		return n.site.otherBody(n.Node)
	}
	return n.site.pageBody(n.Node, pageShape{format: content.StorageFormat, single: true,
		with: map[string]bool{"labels": true, "properties": true, "likes": true}})
}

// ADF returns the member body.atlas_doc_format as it is sent; nil for what has no text.
func (n TrueNode) ADF() rawjson.Raw {
	if !n.HasText() {
		return nil
	}
	return rawjson.Object("representation", content.ADFFormat, "value", n.text().Body(n.Version, content.ADFFormat))
}

// text is what belongs to a page or blog post as it is now.
func (n TrueNode) text() content.WikiContent { return n.site.wiki.contentOf(n.Node) }

// TrueVersion is a version of a page, blog post, comment or file.
type TrueVersion struct {
	Number int
	Body   rawjson.Raw // as the list of versions gives it with body-format=storage
}

// Versions returns the versions, the newest first; none for what has no text.
func (n TrueNode) Versions() []TrueVersion {
	if !n.HasText() {
		return nil
	}
	c := n.text()
	return versionsOf(c.Versions(), n.Type, n.IDText(), c.Body)
}

func versionsOf(all []content.WikiVersion, name, id string, text func(version int, format string) string) []TrueVersion {
	format := content.StorageFormat
	if text == nil {
		format = "" // of files there is none
	}
	out := make([]TrueVersion, 0, len(all))
	for _, v := range all {
		out = append(out, TrueVersion{Number: v.Number, Body: versionBody(v, name, id, format, text)})
	}
	return out
}

// Labels returns the labels, whole.
func (n TrueNode) Labels() []content.Entry {
	if !n.HasText() {
		return nil
	}
	return n.text().Labels()
}

// Properties returns the properties, whole.
func (n TrueNode) Properties() []content.Entry {
	if !n.HasText() {
		return nil
	}
	return n.text().Properties()
}

// Likes returns who likes it, by account id, as /likes/users gives them.
func (n TrueNode) Likes() []content.Entry {
	if !n.HasText() {
		return nil
	}
	out := []content.Entry{}
	for _, id := range n.text().Likes() {
		out = append(out, content.Entry{ID: id, Body: likeBody(id), Project: -1})
	}
	return out
}

// Restriction returns the exact body of GET /content/{id}/restriction/byOperation?expand=restrictions.user,restrictions.group,
// which has the first 200 users and groups; nil for what has none: drafts, what is in the trash, and what has no text.
func (n TrueNode) Restriction() rawjson.Raw {
	if !n.HasText() || n.Status == "draft" || n.Status == "trashed" {
		return nil
	}
	return n.site.restrictionBody(n.Node, []string{"user", "group"})
}

// RestrictedTo lists all users and groups, by account id and group id, that an
// operation ("read", "update") is restricted to.
func (n TrueNode) RestrictedTo(operation string) (users, groups []content.Entry) {
	if !n.HasText() {
		return nil, nil
	}
	return n.text().Restriction(operation)
}
