package content

import (
	"fmt"
	"sort"
	"strings"
)

// otherTypes are what trees have beside pages.
var otherTypes = []string{FolderType, WhiteboardType, DatabaseType, EmbedType}

// slot is a node before it has an id.
type slot struct {
	at    float64 // when it was made, from 0 to 1
	space int
	kind  string
	other int // among those of its type in its space
}

// layOut gives every node its id: what is in all spaces is made in turn, in
// proportion to their sizes. A node's files, comments and tasks take the ids that follow its own.
func (w *wiki) layOut() {
	var slots []slot
	for i, s := range w.spec.Spaces {
		slots = append(slots, slotsOf(i, s)...)
	}
	sort.SliceStable(slots, func(i, j int) bool { return slots[i].at < slots[j].at })
	w.ofSpace = make([][]int32, len(w.spaces))
	w.nodes = make([]Node, len(slots))
	numbers := make([]int, len(w.spaces))
	others := make([]int, len(slots)) // the same index as nodes
	ordinal := 0
	for i, s := range slots {
		n := &w.nodes[i]
		n.Type, n.Space, n.Status, n.Version, others[i] = s.kind, s.space, "current", 1, s.other
		if s.kind == PageType || s.kind == BlogType {
			numbers[s.space]++
			n.number, n.ordinal = numbers[s.space], ordinal
			ordinal++
		}
		w.ofSpace[s.space] = append(w.ofSpace[s.space], int32(i))
		w.shape(n, i, len(slots))
	}
	w.spreadFiles()
	for i := range w.spaces {
		w.spreadTasks(i)
	}
	w.number()
	for i := range w.spaces {
		w.grow(i, others)
	}
}

// slotsOf is what a space has, spread over the time in which it was made; its homepage is the first.
func slotsOf(i int, s SpaceSpec) []slot {
	var out []slot
	for k := range s.Pages {
		at := (float64(k) + 0.5) / float64(s.Pages)
		if k == 0 {
			at = 0
		}
		out = append(out, slot{at: at, space: i, kind: PageType})
	}
	for k := range s.Blogs {
		out = append(out, slot{at: (float64(k) + 0.6) / float64(s.Blogs), space: i, kind: BlogType})
	}
	for t, kind := range otherTypes {
		for k := range s.Others {
			out = append(out, slot{at: (float64(k) + 0.3 + float64(t)/10) / float64(s.Others), space: i, kind: kind, other: k})
		}
	}
	return out
}

// shape decides what an index knows of a node, but its place in the tree.
func (w *wiki) shape(n *Node, i, of int) {
	r := w.rng(wikiLayoutPart, int64(i), uint64(n.Space))
	n.Created = firstCreated + int64(float64(lastCreated-firstCreated)*float64(i)/float64(of)) + int64(r.below(40_000))
	n.Modified = n.Created
	s := pickScript(r)
	n.Title = title(r, s)
	if r.in(8) {
		n.Title = strings.TrimSpace(pick(r, oddities) + " " + n.Title)
	}
	if n.number == 0 {
		n.Title = fmt.Sprintf("%s %s", n.Title, n.Type)
		return
	}
	spec := w.sizesAt(*n)
	space := w.spec.Spaces[n.Space]
	all := space.Pages + space.Blogs
	switch status := r.below(1000); {
	case spec != nil || n.number <= space.deep():
	case n.number == all && all >= 20:
		n.Status = "draft" // the newest, so that larger spaces have one
	case status < 25 && n.Type == PageType:
		n.Status = "archived"
	case status >= 25 && status < 45:
		n.Status = "trashed"
	case status >= 45 && status < 50:
		n.Status = "draft"
	}
	if n.number == 1 && n.Type == PageType {
		n.Title = w.spaces[n.Space].Name
	} else {
		// Titles are unique in a space.
		n.Title = fmt.Sprintf("%s · %d", n.Title, n.number)
	}
	if n.Status == "draft" {
		if r.in(30) {
			n.Title = "" // as that of a page begun and not yet named
		}
		return
	}
	n.Version = 1 + r.below(w.versions)
	if spec != nil && spec.Versions != 0 {
		n.Version = max(1, spec.Versions)
	}
	if n.Version > 1 {
		n.Modified += 60_000*int64(n.Version) + int64(r.longTail(300*24*3600))*1000
	}
}

// sizesAt is sizes for a node that has no id yet; nil where the spec says nothing of it.
func (w *wiki) sizesAt(n Node) *NodeSpec { return w.special[place{w.spaces[n.Space].Key, n.number}] }

// deep is the number of levels of a space's tree.
func (s SpaceSpec) deep() int {
	if s.Deep > 0 {
		return s.Deep
	}
	return treeLevels
}

// treeLevels is how many levels a tree has unless its spec says so.
const treeLevels = 6

// spreadFiles decides how many files each page has: few have many.
func (w *wiki) spreadFiles() {
	var open []int
	for i := range w.nodes {
		n := &w.nodes[i]
		if n.number == 0 || n.Status == "draft" {
			continue
		}
		if s := w.sizesAt(*n); s != nil && len(s.Files) > 0 {
			n.files = len(s.Files)
		} else {
			open = append(open, i)
		}
	}
	r := w.rng(wikiFilePart, 0)
	for left := w.spec.Attachments; left > 0 && len(open) > 0; {
		k := min(left, 1+r.longTail(12))
		w.nodes[open[r.below(len(open))]].files += k
		left -= k
	}
}

// number gives out ids in the order of the nodes.
func (w *wiki) number() {
	id := max(firstContent, w.customFrom(len(w.spaces)))
	r := w.rng(wikiLayoutPart, -1)
	for i := range w.nodes {
		n := &w.nodes[i]
		n.ID = id
		id++
		if n.number > 0 {
			id += int64(n.files + len((&page{w: w, node: *n, was: *n, spec: w.sizes(*n)}).thread()) + n.tasks)
		}
		if r.in(15) {
			id += int64(1 + r.below(9)) // what was deleted since
		}
	}
}
