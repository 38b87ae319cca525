package samplesite

import (
	"slices"
	"sort"
	"sync"

	"holdfast/internal/samplesite/content"
)

// The paths below which Confluence's two APIs live.
const (
	WikiV2 = "/wiki/api/v2"
	WikiV1 = "/wiki/rest/api"
)

// adminKeyHeader is the header by which an administrator reads what is restricted.
const adminKeyHeader = "Atl-Confluence-With-Admin-Key"

// wikiWorld is the site's Confluence: its content, and what of it was changed while
// the site serves.
type wikiWorld struct {
	src     content.Wiki
	written *content.WrittenWiki // src as what can be written to
	writing sync.Mutex           // held by the one who writes, before mu

	mu        sync.RWMutex
	nodes     []content.Node // by ascending id; those added last
	forbidden map[int]bool   // spaces that the account does not see
	deleted   map[int64]bool // nodes that are gone, also those of deleted spaces
	gone      map[int]bool   // spaces that are deleted
	// restricted holds the roots of what the account may not view: each hides its
	// node and all that is below it.
	restricted map[int64]bool
	readOnly   map[int]bool // spaces in which the account changes nothing
	// showing holds nodes below a restricted one that the account sees all the same.
	showing map[int64]bool
	// keyUntil is when the account's Admin Key ends, Unix ms; noKey says that the site has none.
	keyUntil int64
	noKey    bool
	empty    bool                // the account sees no space
	edits    map[int64][]int64   // node → when versions were added, Unix ms
	editor   string              // account id of who makes changes
	comments map[int64]bool      // deleted comments
	files    map[int64]*fileFate // by id of the file
	labels   map[string]string   // prefix:name → id, of labels that were written; under writing
}

func newWikiWorld(generated content.Wiki, editor string) *wikiWorld {
	src := content.WriteWiki(generated)
	return &wikiWorld{
		src: src, written: src, nodes: slices.Clone(src.Nodes()), forbidden: map[int]bool{}, deleted: map[int64]bool{},
		gone: map[int]bool{}, restricted: map[int64]bool{}, showing: map[int64]bool{},
		edits: map[int64][]int64{}, editor: editor, comments: map[int64]bool{}, files: map[int64]*fileFate{}, labels: map[string]string{}, readOnly: map[int]bool{},
	}
}

// wikiRoutes is what the site serves of Confluence.
func (s *Site) wikiRoutes() []route {
	return slices.Concat(s.wikiContentRoutes(), s.wikiSpaceRoutes(), s.wikiPlainRoutes(), s.wikiWriteRoutes())
}

// find returns a node, visible or not; the caller holds mu.
func (w *wikiWorld) find(id int64) (content.Node, bool) {
	return nodeIn(w.nodes, id)
}

// nodeIn finds a node among nodes by ascending id.
func nodeIn(nodes []content.Node, id int64) (content.Node, bool) {
	i := sort.Search(len(nodes), func(i int) bool { return nodes[i].ID >= id })
	if i == len(nodes) || nodes[i].ID != id {
		return content.Node{}, false
	}
	return nodes[i], true
}

// sees reports whether the account sees a space; the caller holds mu.
func (w *wikiWorld) sees(space int) bool { return !w.empty && !w.gone[space] && !w.forbidden[space] }

// visible reports whether the account sees a node, with or without the Admin Key;
// the caller holds mu.
func (w *wikiWorld) visible(n content.Node, key bool) bool {
	if !w.sees(n.Space) || w.deleted[n.ID] {
		return false
	}
	if key || len(w.restricted) == 0 {
		return true
	}
	for at, known := n, true; known; at, known = w.find(at.Parent) {
		if w.showing[at.ID] {
			return true
		}
		if w.restricted[at.ID] {
			return false
		}
	}
	return true
}
