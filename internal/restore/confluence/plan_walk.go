package confluence

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// node is an item of a space, as the plan holds it.
type node struct {
	id, parent    int64
	title, url    string
	author, made  string // of what has no text
	segment, line int32
	position      int32
	level         int32
	kind, up      uint8 // indexes in itemKinds, 0 for none
	flags
	why string // it is not in its place
}

// flags are what the plan needs to know of an item besides.
type flags uint16

const (
	isDraft flags = 1 << iota
	isTrashed
	isArchived
	isLive
	hasComments
	isRestricted
	isSelected
	isHome
	isMoved  // to be made at the top and moved later
	isNested // custom content below custom content
	atTop
)

func (n *node) is(f flags) bool { return n.flags&f != 0 }

func (n *node) kindName() string { return itemKinds[n.kind] }

func (n *node) at(extra string) restore.Position {
	p := restore.Position{Segment: int(n.segment), Line: int(n.line), Kind: n.kindName(), ID: strconv.FormatInt(n.id, 10), Extra: extra}
	if n.parent != 0 {
		p.Parent = strconv.FormatInt(n.parent, 10)
	}
	return p
}

func kindIndex(kind string) uint8 {
	for i, k := range itemKinds {
		if k == kind {
			return uint8(i)
		}
	}
	return 0
}

// walk reads a space through: its items stay, what belongs to them is counted.
func (p *planning) walk(ctx context.Context, s *plannedSpace, c *restore.PlanContainer) error {
	all, err := p.read(ctx, s)
	if err != nil {
		return err
	}
	p.selectItems(s, all)
	selected := all[:0:0]
	for _, n := range all {
		if n.is(isSelected) {
			selected = append(selected, n)
		}
	}
	if s.nodes = selected; len(selected) == 0 && !s.whole {
		return nil
	}
	if c.Skip != "" {
		for i := range s.nodes {
			p.kinds.skip(s.nodes[i].kindName(), c.Skip)
		}
		return nil
	}
	s.place()
	return p.count(ctx, s, c)
}

// count counts what is restored of a space: its items, and what belongs to them.
func (p *planning) count(ctx context.Context, s *plannedSpace, c *restore.PlanContainer) error {
	chosen := make(map[int64]bool, len(s.nodes))
	for i := range s.nodes {
		n := &s.nodes[i]
		if k := n.kindName(); k == pageKind || k == blogKind {
			c.Items++
		}
		if n.kindName() != taskKind {
			chosen[n.id] = true
		}
	}
	t := tally{counting: p.kinds, versions: map[string]int{}}
	for found, err := range p.job.Archive.Walk(ctx, s.key) {
		if err != nil {
			return err
		}
		rec := found.Record
		if slices.Contains(itemKinds[1:], rec.Kind) {
			id, _ := strconv.ParseInt(rec.ID, 10, 64)
			if t.of = chosen[id]; rec.Kind == taskKind {
				holder, _ := holder(rec)
				t.of = s.whole || chosen[holder]
			}
		}
		if slices.Contains(spaceScope, rec.Kind) || t.of {
			if t.add(rec); rec.Kind == attachmentKind || rec.Kind == olderFileKind {
				if !p.spec.Options.NoAttachments {
					c.Attachments++
					c.Bytes += int64(number(rec.Body, "fileSize"))
				}
			}
		}
		p.job.Beat(0, 0)
	}
	return nil
}

// read makes the nodes of a space.
func (p *planning) read(ctx context.Context, s *plannedSpace) ([]node, error) {
	var all []node
	last := -1 // the page or blog post that parts belong to
	for found, err := range p.job.Archive.Walk(ctx, s.key) {
		if err != nil {
			return nil, err
		}
		rec := found.Record
		switch rec.Kind {
		case pageKind, blogKind, folderKind, whiteboardKind, databaseKind, embedKind, taskKind, customKind:
			n, ok := nodeOf(found)
			if !ok {
				return nil, fmt.Errorf("a %s of the space %s has the id %q, which is no number: %w; verify the backup", rec.Kind, s.key, rec.ID, archive.ErrCorrupt)
			}
			if rec.ID == s.home && rec.Kind == pageKind {
				n.flags |= isHome
			}
			all = append(all, n)
			if last = -1; rec.Kind == pageKind || rec.Kind == blogKind {
				last = len(all) - 1
			}
		case footerKind, inlineKind:
			if last >= 0 {
				all[last].flags |= hasComments
			}
		case restrictKind:
			if last >= 0 && restricts(rec.Body) {
				all[last].flags |= isRestricted
			}
		case userKind:
			p.users[rec.ID] = person{name: text(rec.Body, "displayName"), email: text(rec.Body, "email")}
		}
		p.job.Beat(0, 0)
	}
	return all, nil
}

// restricts reports whether a record of restrictions names anybody.
func restricts(body raw) bool {
	lists := []raw{body}
	for _, value := range members(body) {
		lists = append(lists, value)
	}
	for _, of := range lists {
		for _, who := range []string{"user", "group"} {
			for range atlassian.Elements(member(of, "restrictions", who, "results")) {
				return true
			}
		}
	}
	return false
}

// nodeOf is what the plan holds of an item.
func nodeOf(found restore.Found) (node, bool) {
	rec := found.Record
	id, err := strconv.ParseInt(rec.ID, 10, 64)
	n := node{
		id: id, segment: int32(found.Position.Segment), line: int32(found.Position.Line),
		position: int32(number(rec.Body, "position")), kind: kindIndex(rec.Kind),
	}
	switch text(rec.Body, "status") {
	case "draft":
		n.flags |= isDraft
	case "trashed", "deleted":
		n.flags |= isTrashed
	case "archived":
		n.flags |= isArchived
	}
	switch rec.Kind {
	case taskKind, customKind:
		n.flags &^= isDraft | isTrashed | isArchived
		n.parent, n.up = holder(rec)
		if n.up == kindIndex(customKind) {
			n.flags |= isNested
		}
		return n, err == nil
	case pageKind:
		if text(rec.Body, "subtype") == "live" {
			n.flags |= isLive
		}
	case embedKind:
		n.url = text(rec.Body, "embedUrl")
	}
	n.title = text(rec.Body, "title")
	if rec.Kind != pageKind && rec.Kind != blogKind {
		n.author, n.made = text(rec.Body, "authorId"), text(rec.Body, "createdAt")
	}
	n.parent, _ = strconv.ParseInt(text(rec.Body, "parentId"), 10, 64)
	n.up = kindIndex(text(rec.Body, "parentType"))
	return n, err == nil
}

// holder is what a task or custom content belongs to, but for a space.
func holder(rec archive.Record) (id int64, kind uint8) {
	for _, c := range containers {
		if of := text(rec.Body, c.member); of != "" && c.kind != spaceKind {
			id, _ = strconv.ParseInt(of, 10, 64)
			return id, kindIndex(c.kind)
		}
	}
	return 0, 0
}
