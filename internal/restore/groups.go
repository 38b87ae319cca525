package restore

import (
	"context"
	"fmt"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/archive"
)

// Groups yields items, in the order asked for, each with what belongs to it: all records
// after it up to the next record of one of the kinds in itemKinds. Where a segment was
// full, what belongs to its last item goes on in the next one of the same attempt. A
// group is valid until the next one.
//
// A segment is read once, whatever the order, as long as the items that are in it are
// asked for together: what comes before it is wanted is kept until then, in memory as far
// as it is little, and on disk.
func (a *Archive) Groups(ctx context.Context, items []Position, itemKinds ...string) iter.Seq2[Group, error] {
	return func(yield func(Group, error) bool) {
		g := &grouper{a: a, ctx: ctx, kinds: slices.Clone(itemKinds), wanted: map[place]Position{}, kept: map[place]*spooled{}, room: maxSpooled}
		defer g.close()
		for _, p := range items {
			g.wanted[placeOf(p)] = p
			if !slices.Contains(g.kinds, p.Kind) {
				g.kinds = append(g.kinds, p.Kind)
			}
		}
		for _, p := range items {
			group, err := g.group(p)
			if err != nil {
				err = fmt.Errorf("read %s %s of the backup: %w", p.Kind, p.ID, err)
				yield(Group{}, err)
				return
			}
			if !yield(group.Group, nil) {
				return
			}
			if err := group.parts.err(); err != nil {
				yield(Group{}, err)
				return
			}
			g.drop(placeOf(p))
		}
	}
}

// place is where a record is.
type place struct{ segment, line int }

func placeOf(p Position) place { return place{p.Segment, p.Line} }

// spooled is a group that was read.
type spooled struct {
	Group
	parts *spool
}

// grouper reads the groups of one call.
type grouper struct {
	a      *Archive
	ctx    context.Context
	kinds  []string
	wanted map[place]Position // not yet yielded
	kept   map[place]*spooled // read, and not yet yielded
	room   int                // bytes of memory that spools may still take

	// The pass over a segment that is under way.
	next    func() (archive.Record, error, bool)
	stop    func()
	segment int
	line    int // of the record that comes next
	ahead   *archive.Record
}

func (g *grouper) close() {
	g.end()
	for at := range g.kept {
		g.drop(at)
	}
}

func (g *grouper) end() {
	if g.stop != nil {
		g.stop()
	}
	g.next, g.stop, g.ahead = nil, nil, nil
}

// drop gives up a group that was yielded.
func (g *grouper) drop(at place) {
	if s := g.kept[at]; s != nil {
		g.room += s.parts.close()
		delete(g.kept, at)
	}
	delete(g.wanted, at)
}

// group returns one group, and reads as far as it takes.
func (g *grouper) group(p Position) (*spooled, error) {
	at := placeOf(p)
	if s := g.kept[at]; s != nil {
		return s, nil
	}
	g.wanted[at] = p // again, where it is asked for twice
	if g.next != nil && g.segment != at.segment {
		if err := g.rest(); err != nil {
			return nil, err
		}
	}
	if g.next == nil || g.segment != at.segment || g.line > at.line {
		if err := g.begin(at); err != nil {
			return nil, err
		}
	}
	for g.kept[at] == nil {
		if err := g.step(); err != nil {
			return nil, err
		}
	}
	return g.kept[at], nil
}

// rest reads what is still wanted of the segment before another one is begun.
func (g *grouper) rest() error {
	for {
		left := false
		for at := range g.wanted {
			left = left || at.segment == g.segment && at.line >= g.line && g.kept[at] == nil
		}
		if !left {
			return nil
		}
		if err := g.step(); err != nil {
			return err
		}
	}
}

// begin begins a pass at the first record that is wanted of a segment.
func (g *grouper) begin(at place) error {
	g.end()
	segments := g.a.reader.Manifest().Segments
	if at.segment < 0 || at.segment >= len(segments) || at.line < 0 {
		return fmt.Errorf("%w: the plan is of another backup: plan again", archive.ErrCorrupt)
	}
	first := at.line
	for other := range g.wanted {
		if other.segment == at.segment && g.kept[other] == nil {
			first = min(first, other.line)
		}
	}
	g.next, g.stop = iter.Pull2(g.a.reader.RecordsFrom(g.ctx, segments[at.segment], first))
	g.segment, g.line = at.segment, first
	return nil
}

// take returns the next record of the pass; false at the end of the segment.
func (g *grouper) take() (archive.Record, bool, error) {
	if r := g.ahead; r != nil {
		g.ahead = nil
		g.line++
		return *r, true, nil
	}
	r, err, ok := g.next()
	if err == nil && ok {
		g.line++
	}
	return r, ok, err
}

// step reads one record, and where it is one that is wanted, what belongs to it.
func (g *grouper) step() error {
	at := place{g.segment, g.line}
	r, ok, err := g.take()
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: it is not where the plan says: plan again", archive.ErrCorrupt)
	}
	p, want := g.wanted[at]
	if !want || g.kept[at] != nil {
		return nil
	}
	if r.Kind != p.Kind || r.ID != p.ID {
		return fmt.Errorf("%w: another record is where the plan says: plan again", archive.ErrCorrupt)
	}
	s := &spooled{parts: newSpool(g.a.scratch, g.room)}
	s.Group = Group{Position: p, Item: r, Parts: s.parts}
	g.kept[at] = s
	err = g.parts(s.parts)
	g.room -= s.parts.memory()
	return err
}

// parts reads what belongs to an item.
func (g *grouper) parts(to *spool) error {
	for {
		r, ok, err := g.take()
		if err != nil {
			return err
		}
		if !ok {
			return g.goOn(to)
		}
		if slices.Contains(g.kinds, r.Kind) {
			g.ahead = &r
			g.line--
			return nil
		}
		if err := to.add(r); err != nil {
			return err
		}
	}
}

// goOn reads what belongs to the last item of a segment from those after it.
func (g *grouper) goOn(to *spool) error {
	segments := g.a.reader.Manifest().Segments
	for next := following(segments, g.segment); next >= 0; next = following(segments, next) {
		for r, err := range g.a.reader.RecordsFrom(g.ctx, segments[next], 0) {
			if err != nil {
				return err
			}
			if slices.Contains(g.kinds, r.Kind) {
				return nil
			}
			if err := to.add(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// following returns the index of the segment that goes on where another one was full:
// the next one of the same container, shard and attempt; negative where there is none.
func following(segments []archive.Segment, i int) int {
	name, n, ok := segmentNumber(segments[i].Object)
	if !ok {
		return -1
	}
	return slices.IndexFunc(segments, func(s archive.Segment) bool {
		other, m, ok := segmentNumber(s.Object)
		return ok && other == name && m == n+1 && s.Container == segments[i].Container
	})
}

// segmentNumber splits <folder>/<shard>.<attempt>.<n>.ndjson.zst before n.
func segmentNumber(object string) (string, int, bool) {
	folder, file := path.Split(object)
	name, ok := strings.CutSuffix(file, ".ndjson.zst")
	dot := strings.LastIndexByte(name, '.')
	if !ok || dot < 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(name[dot+1:])
	return folder + name[:dot], n, err == nil
}
