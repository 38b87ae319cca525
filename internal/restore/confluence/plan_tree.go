package confluence

import (
	"slices"
	"strconv"
)

// maxLevels is how many levels of a tree are made level by level, each in a phase of its own. Pages
// below that are made at the top and moved when what they are below is there.
const maxLevels = 30

// Why something is not in its place: more of them are beside place.
const (
	parentTrashed  = "its parent is in the trash: placed at the top of the space"
	parentArchived = "its parent is archived: the site moves it up"
	tooDeep        = "it is too deep in the tree: placed at the top of the space"
)

// selectItems marks what is restored of a space.
func (p *planning) selectItems(s *plannedSpace, all []node) {
	if s.whole {
		for i := range all {
			all[i].flags |= isSelected
			delete(p.items, strconv.FormatInt(all[i].id, 10))
		}
		return
	}
	byID := indexOf(all)
	chosen := func(n *node) bool {
		if n.kindName() != pageKind && n.kindName() != blogKind {
			return false
		}
		id := strconv.FormatInt(n.id, 10)
		return slices.Contains(p.spec.Selection.Items, id)
	}
	for i := range all {
		n := &all[i]
		if chosen(n) {
			n.flags |= isSelected
			delete(p.items, strconv.FormatInt(n.id, 10))
		}
	}
	if p.spec.Selection.Children {
		for i := range all {
			for up, steps := &all[i], 0; up != nil && steps < len(all); steps++ {
				if up.is(isSelected) {
					all[i].flags |= isSelected
					break
				}
				up = above(all, byID, up)
			}
		}
	}
	// Tasks and custom content go with what they belong to.
	for range 2 {
		for i := range all {
			if n := &all[i]; n.kindName() == taskKind || n.kindName() == customKind {
				if up := above(all, byID, n); up != nil && up.is(isSelected) {
					n.flags |= isSelected
				}
			}
		}
	}
}

// indexOf is where each node is.
func indexOf(all []node) map[int64]int32 {
	byID := make(map[int64]int32, len(all))
	for i := range all {
		if all[i].kindName() != taskKind { // tasks are numbered apart
			byID[all[i].id] = int32(i)
		}
	}
	return byID
}

func above(all []node, byID map[int64]int32, n *node) *node {
	if i, ok := byID[n.parent]; ok && n.parent != 0 && n.parent != n.id {
		return &all[i]
	}
	return nil
}

// place finds the level of each node of a tree, and what cannot be in its place.
func (s *plannedSpace) place() {
	byID := indexOf(s.nodes)
	home, _ := strconv.ParseInt(s.home, 10, 64)
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.kindName() == taskKind || n.kindName() == customKind {
			if up := above(s.nodes, byID, n); up != nil && up.is(isTrashed) {
				n.flags |= isTrashed
			}
		}
		if !n.inTree() || n.is(isHome|isTrashed) || n.parent == 0 {
			continue
		}
		up := above(s.nodes, byID, n)
		switch {
		case up == nil && n.parent == home:
			n.flags |= atTop // the homepage that the site makes stands for the one that was not selected
		case up == nil && s.whole:
			n.flags, n.why = n.flags|atTop, notInBackup
		case up == nil:
			n.flags, n.why = n.flags|atTop, notSelected
		case up.is(isTrashed):
			n.flags, n.why = n.flags|atTop, parentTrashed
		case up.is(isArchived):
			n.why = parentArchived
		}
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		if !n.inTree() || n.is(isHome) {
			continue
		}
		n.level = 1
		for up := n; n.level <= maxLevels && !up.is(atTop) && up.parent != 0; n.level++ {
			if up = above(s.nodes, byID, up); up == nil || up.is(isHome) {
				break
			}
		}
	}
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.level > maxLevels {
			n.level, n.flags = maxLevels, n.flags|atTop|isMoved
			if n.kindName() != pageKind {
				n.why = tooDeep
			}
		}
		if !n.is(isTrashed) {
			s.levels = max(s.levels, int(n.level))
		}
	}
}

// inTree reports whether a node stands in the tree of its space.
func (n *node) inTree() bool { return slices.Contains(treeKinds, n.kindName()) }

// shape is what is needed to make a place for a node.
func (n *node) shape() shape {
	s := shape{Title: n.title, Draft: n.is(isDraft), URL: n.url, Author: n.author, Created: n.made, Why: n.why}
	if n.is(isLive) {
		s.Subtype = "live"
	}
	switch {
	case n.is(atTop):
		s.Up = top
	case n.parent != 0:
		s.Up = itemKinds[n.up]
	}
	return s
}
