package confluence

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/restore"
)

// treeLanes is into how many lanes the items of a level are divided by what they are below:
// those below the same are made one after another, in their order.
const treeLanes = 8

// phases lays down the batches.
func (p *planning) phases(ctx context.Context) error {
	steps := []func() error{
		p.spacePhase, p.treePhases,
		func() error { return p.phase(phaseBlogs, "blog posts", blogsOf) },
		func() error { return p.phase(phaseContents, "texts and files", contentsOf) },
		func() error { return p.phase(phaseComments, "comments", commentsOf) },
		func() error { return p.phase(phaseRest, "tasks and custom content", restOf(false)) },
		func() error { return p.phase(phaseNested, "custom content below custom content", restOf(true)) },
		p.trashPhase, p.accessPhase, p.closePhase,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// spacePhase makes the spaces, one in a batch.
func (p *planning) spacePhase() error {
	if len(p.spaces) == 0 {
		return nil
	}
	if err := p.out.Phase(phaseSpaces, "spaces"); err != nil {
		return err
	}
	for _, s := range p.spaces {
		extra := ""
		if slices.ContainsFunc(s.nodes, func(n node) bool { return n.is(isHome) }) {
			extra = homeMarker
		}
		if err := p.out.Batch(s.batch(extra)); err != nil {
			return err
		}
	}
	return nil
}

// batch is one of a whole space.
func (s *plannedSpace) batch(extra string) restore.Batch {
	return restore.Batch{Lane: s.key, Container: s.key, Items: []restore.Position{{Kind: spaceKind, ID: s.id, Key: s.key, Extra: extra}}}
}

// treePhases make the trees, level by level.
func (p *planning) treePhases() error {
	levels := 0
	for _, s := range p.spaces {
		levels = max(levels, s.levels)
	}
	for level := 1; level <= levels; level++ {
		if err := p.out.Phase(phaseTree+strconv.Itoa(level), fmt.Sprintf("pages and folders, level %d", level)); err != nil {
			return err
		}
		for _, s := range p.spaces {
			if err := p.level(s, int32(level)); err != nil {
				return err
			}
		}
	}
	return nil
}

// level adds the batches of one level of one tree.
func (p *planning) level(s *plannedSpace, level int32) error {
	var lanes [treeLanes][]*node
	for i := range s.nodes {
		if n := &s.nodes[i]; n.level == level && n.inTree() && !n.is(isHome|isTrashed) {
			at := n.parent
			if n.is(atTop) {
				at = 0
			}
			lanes[at%treeLanes] = append(lanes[at%treeLanes], n)
		}
	}
	for i, lane := range lanes {
		slices.SortFunc(lane, func(a, b *node) int {
			return cmp.Or(cmp.Compare(a.below(), b.below()), cmp.Compare(a.position, b.position), cmp.Compare(a.id, b.id))
		})
		positions := make([]restore.Position, len(lane))
		for k, n := range lane {
			positions[k] = n.at(n.shape().String())
		}
		if err := p.out.Items(fmt.Sprintf("%s/%d", s.key, i), s.key, positions); err != nil {
			return err
		}
	}
	return nil
}

// below groups what goes to the same place.
func (n *node) below() int64 {
	if n.is(atTop) {
		return -1
	}
	return n.parent
}

// phase adds a phase whose batches run freely, where there is anything for it.
func (p *planning) phase(name, title string, of func(*node) (extra string, ok bool)) error {
	begun := false
	for _, s := range p.spaces {
		var positions []restore.Position
		for i := range s.nodes {
			if extra, ok := of(&s.nodes[i]); ok {
				positions = append(positions, s.nodes[i].at(extra))
			}
		}
		if len(positions) == 0 {
			continue
		}
		if !begun {
			if err := p.out.Phase(name, title); err != nil {
				return err
			}
			begun = true
		}
		if err := p.out.Items("", s.key, positions); err != nil {
			return err
		}
	}
	return nil
}

func blogsOf(n *node) (string, bool) { return "", n.kindName() == blogKind && !n.is(isTrashed) }

func contentsOf(n *node) (string, bool) {
	extra := ""
	if n.is(isMoved) {
		extra = moveMarker
	}
	return extra, n.hasText() && !n.is(isTrashed)
}

func commentsOf(n *node) (string, bool) {
	return "", n.hasText() && n.is(hasComments) && !n.is(isTrashed)
}

func restOf(nested bool) func(*node) (string, bool) {
	return func(n *node) (string, bool) {
		extra := ""
		if n.is(isTrashed) {
			extra = trashMarker
		}
		return extra, (n.kindName() == taskKind || n.kindName() == customKind) && n.is(isNested) == nested
	}
}

func (n *node) hasText() bool { return n.kindName() == pageKind || n.kindName() == blogKind }

// trashPhase restores what was in the trash, what is above before what is below.
func (p *planning) trashPhase() error {
	return p.ordered(phaseTrash, "what was in the trash", func(n *node) bool { return n.hasText() && n.is(isTrashed) },
		func(s *plannedSpace) string { return s.key }, func(a, b *node) int { return cmp.Compare(a.level, b.level) })
}

// accessPhase restricts and archives, what is below before what is above. The site archives
// for one request at a time.
func (p *planning) accessPhase() error {
	return p.ordered(phaseAccess, "restrictions and the archive",
		func(n *node) bool { return n.hasText() && !n.is(isTrashed) && (n.is(isRestricted) || n.is(isArchived)) },
		func(*plannedSpace) string { return phaseAccess }, func(a, b *node) int { return cmp.Compare(b.level, a.level) })
}

// ordered adds a phase whose batches keep an order within their lanes.
func (p *planning) ordered(name, title string, of func(*node) bool, lane func(*plannedSpace) string, order func(a, b *node) int) error {
	begun := false
	for _, s := range p.spaces {
		var nodes []*node
		for i := range s.nodes {
			if of(&s.nodes[i]) {
				nodes = append(nodes, &s.nodes[i])
			}
		}
		if len(nodes) == 0 {
			continue
		}
		slices.SortStableFunc(nodes, order)
		positions := make([]restore.Position, len(nodes))
		for i, n := range nodes {
			positions[i] = n.at("")
		}
		if !begun {
			if err := p.out.Phase(name, title); err != nil {
				return err
			}
			begun = true
		}
		if err := p.out.Items(lane(s), s.key, positions); err != nil {
			return err
		}
	}
	return nil
}

// closePhase gives spaces what belongs to them as a whole.
func (p *planning) closePhase() error {
	if len(p.spaces) == 0 && !p.templates {
		return nil
	}
	if err := p.out.Phase(phaseClose, "what belongs to whole spaces"); err != nil {
		return err
	}
	for _, s := range p.spaces {
		if err := p.out.Batch(s.batch("")); err != nil {
			return err
		}
	}
	if p.templates {
		return p.out.Batch(restore.Batch{Lane: "site", Items: []restore.Position{{Kind: siteTemplateKind, ID: "site"}}})
	}
	return nil
}
