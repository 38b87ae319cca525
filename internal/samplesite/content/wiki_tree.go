package content

// branch is a node that others may be put below.
type branch struct {
	index int32
	level int // 1 at the root
}

// grow makes the tree of a space. Folders, whiteboards, databases and smart links
// take turns: one stands alone at the root, one at the root holds pages, one below a
// page holds pages, one is empty below another node.
func (w *wiki) grow(space int, others []int) {
	spec := w.spec.Spaces[space]
	t := &tree{w: w, deep: spec.deep(), places: map[int64]int{}}
	r := w.rng(wikiLayoutPart, -2, uint64(space))
	pages := 0
	var leaves []int32
	var waiting []branch // what has to hold a page yet
	for _, i := range w.ofSpace[space] {
		n := &w.nodes[i]
		switch {
		case n.Type == BlogType:
		case n.Type != PageType:
			at := branch{index: i, level: 1}
			role := (others[i] + typeIndex(n.Type)) % 4
			if role >= 2 && len(t.inner) > 0 {
				at.level = t.put(i, t.inner[r.below(len(t.inner))])
			} else {
				t.root(i)
			}
			if role == 1 || role == 2 {
				waiting = append(waiting, at)
			}
		case pages == 0:
			pages++
			t.root(i)
			t.inner = append(t.inner, branch{i, 1})
			t.chain = branch{i, 1}
		case spec.Flat:
			t.put(i, t.chain)
		case pages < t.deep && n.Status == "current":
			pages++
			t.chain = branch{i, t.put(i, t.chain)}
			if t.chain.level < treeLevels {
				t.inner = append(t.inner, t.chain)
			}
		case n.Status != "current" || !r.in(40):
			leaves = append(leaves, i)
		case r.in(3):
			t.root(i)
			t.inner = append(t.inner, branch{i, 1})
		default:
			if level := t.put(i, t.inner[r.below(len(t.inner))]); level < treeLevels {
				t.inner = append(t.inner, branch{i, level})
			}
		}
	}
	for k, i := range leaves {
		// A page can stand below one that was made after it.
		at := branch{}
		if k < len(waiting) {
			at = waiting[k]
		} else {
			at = t.inner[r.below(len(t.inner))]
		}
		t.put(i, at)
	}
}

func typeIndex(kind string) int {
	for i, t := range otherTypes {
		if t == kind {
			return i
		}
	}
	return 0
}

// tree is one that grows.
type tree struct {
	w      *wiki
	deep   int
	inner  []branch      // what pages are put below
	chain  branch        // the end of the deepest chain
	places map[int64]int // parent → children so far
}

// put places a node below another one and returns its level.
func (t *tree) put(i int32, below branch) int {
	up := t.w.nodes[below.index]
	n := &t.w.nodes[i]
	n.Parent, n.ParentType, n.Position = up.ID, up.Type, t.places[up.ID]
	t.places[up.ID]++
	return below.level + 1
}

// root places a node beside the homepage.
func (t *tree) root(i int32) {
	t.w.nodes[i].Position = t.places[0]
	t.places[0]++
}
