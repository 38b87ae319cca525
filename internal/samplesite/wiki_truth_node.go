package samplesite

import (
	"iter"
	"strconv"

	"holdfast/internal/samplesite/content"
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
