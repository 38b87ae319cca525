package confluence

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// ExportItems emits pages and blog posts and what belongs to them. Items that are
// absent are read a second time at the end, once it is known that the account and
// the space are still what they were.
func (c *Confluence) ExportItems(ctx context.Context, space atlassian.Container, ids []string, seen func(accountID string) bool, emit func(atlassian.Item) error) (atlassian.Chunk, error) {
	if len(ids) > atlassian.MaxChunk {
		return atlassian.Chunk{}, atlassian.NewError(atlassian.ClassProtocol, 0, pagesRoute,
			fmt.Sprintf("%d items asked for at once, at most %d are allowed", len(ids), atlassian.MaxChunk))
	}
	x := &export{c: c, space: space, emit: emit, people: &people{c: c, seen: seen, emit: emit}, whereabouts: make(map[string]whereabouts)}
	x.walk = c.reader.Walk(space, x.take)
	x.walk.Absent = x.absent
	absent, err := x.pass(ctx, ids)
	if err == nil && len(absent) > 0 {
		err = x.readAgain(ctx, absent)
	}
	if err == nil {
		err = x.resolve(ctx, true)
	}
	x.chunk.Problems = append(x.chunk.Problems, x.walk.Problems()...)
	return x.chunk, err
}

// export is one call of ExportItems.
type export struct {
	c      *Confluence
	space  atlassian.Container
	emit   func(atlassian.Item) error
	people *people
	walk   *kinds.Walk
	chunk  atlassian.Chunk
	// group holds the items that are being emitted, by id.
	group map[string]piece
	// whereabouts are those of items of which a list was absent.
	whereabouts map[string]whereabouts
	// second says that this is the second read: what is absent now is gone.
	second bool
}

// pass reads and emits the items, and returns those that are absent. A reply that is
// too large is asked for in halves.
func (x *export) pass(ctx context.Context, ids []string) (absent []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := x.c.heads(ctx, ids)
	if tooLarge(err) {
		if len(ids) == 1 {
			x.miss(ids[0], pageKind, tooLargeReason, false)
			return nil, nil
		}
		for half := range slices.Chunk(ids, (len(ids)+1)/2) {
			more, err := x.pass(ctx, half)
			if err != nil {
				return nil, err
			}
			absent = append(absent, more...)
		}
		return absent, nil
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && len(ids) > 1 && !x.second {
		return ids, nil // all of them are drafts, or it is the space that is not for us: that is asked first
	}
	return x.groups(ctx, ids, found)
}

const tooLargeReason = "the page is larger than holdfast can hold"

// groups reads the items some at a time, ahead of those that are being emitted.
func (x *export) groups(ctx context.Context, ids []string, found map[string]head) (absent []string, err error) {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	groups := make(chan []piece)
	wg.Go(func() {
		defer close(groups)
		for group := range slices.Chunk(ids, ahead) {
			pieces := together(group, func(id string) piece { return x.c.piece(ctx, id, found[id]) })
			select {
			case groups <- pieces:
			case <-ctx.Done():
				return
			}
		}
	})
	for pieces := range groups {
		more, err := x.emitGroup(ctx, pieces)
		if err != nil {
			return nil, err
		}
		absent = append(absent, more...)
	}
	if ctx.Err() != nil {
		return absent, &atlassian.Error{Class: atlassian.ClassAway, Method: "GET", Route: v2 + "/pages/{id}", Err: ctx.Err()}
	}
	return absent, nil
}

// emitGroup emits the items of a group that came, those of one kind together.
func (x *export) emitGroup(ctx context.Context, pieces []piece) (absent []string, err error) {
	x.group = make(map[string]piece, len(pieces))
	var came []piece
	for _, p := range pieces {
		gone, err := x.judge(p)
		switch {
		case err != nil:
			return nil, err
		case gone:
			absent = append(absent, p.id)
		case p.err == nil:
			x.group[p.id] = p
			came = append(came, p)
		}
	}
	for len(came) > 0 {
		n := slices.IndexFunc(came, func(p piece) bool { return p.kind != came[0].kind })
		if n < 0 {
			n = len(came)
		}
		page := kinds.Page{At: came[0].at}
		for _, p := range came[:n] {
			page.Entries = append(page.Entries, atlassian.Entry{ID: p.id, Body: p.body})
		}
		of := kinds.Owner{ID: x.space.ID, Key: x.space.Key}
		if err := x.walk.Page(ctx, x.c.table.Row(came[0].kind), of, page); err != nil {
			return nil, err
		}
		for _, p := range came[:n] {
			x.chunk.Captured = append(x.chunk.Captured, p.id)
		}
		came = came[n:]
	}
	return absent, x.resolve(ctx, false)
}

// judge enters what is wrong with an item that did not come. absent means that it is
// not there, or not for the account.
func (x *export) judge(p piece) (absent bool, err error) {
	switch class := atlassian.ClassOf(p.err); {
	case p.err == nil:
		return false, nil
	case class == atlassian.ClassNotFound:
		return true, nil
	case class == atlassian.ClassForbidden && !x.second:
		return true, nil
	case class == atlassian.ClassForbidden:
		x.miss(p.id, p.kind, "no permission: "+keyAdvice, true)
		return false, nil
	case tooLarge(p.err):
		x.miss(p.id, p.kind, tooLargeReason, false)
		return false, nil
	}
	reason, ok := kinds.Reason(p.err)
	if !ok {
		return false, p.err
	}
	x.miss(p.id, p.kind, reason, false)
	return false, nil
}

func (x *export) miss(id, kind, reason string, denied bool) {
	x.chunk.Problems = append(x.chunk.Problems, atlassian.Problem{
		Kind: kind, ID: id, Container: x.space.Key, Denied: denied, Reason: reason,
	})
}

// readAgain decides what became of absent items.
func (x *export) readAgain(ctx context.Context, absent []string) error {
	if _, err := x.c.Identity(ctx); err != nil {
		return err
	}
	readable, err := x.c.readable(ctx, x.space.ID)
	if err != nil {
		return err
	}
	if !readable {
		for _, id := range absent {
			x.miss(id, pageKind, permissionReason(x.space), true)
		}
		return nil
	}
	x.second = true
	gone, err := x.pass(ctx, absent)
	for _, id := range gone {
		x.chunk.Problems = append(x.chunk.Problems, atlassian.Problem{
			Kind: pageKind, ID: id, Container: x.space.Key, Gone: true, Reason: "deleted or hidden since the census",
		})
	}
	return err
}

// take emits a record, and after an item its document.
func (x *export) take(item atlassian.Item) error {
	x.people.note(item.Body)
	if item.Kind != pageKind && item.Kind != blogKind {
		return x.emit(item)
	}
	if space := text(item.Body, "spaceId"); space != "" {
		item.Parent = space
	}
	if err := x.emit(item); err != nil {
		return err
	}
	p := x.group[item.ID]
	switch {
	case !x.c.table.Wanted(x.c.table.Row(adfKind)):
		return nil
	case p.torn:
		x.miss(item.ID, adfKind, fmt.Sprintf("edited each of the %d times it was read: run again", maxReads), false)
		return nil
	case len(p.adf) == 0:
		x.miss(item.ID, adfKind, "the site gives no document of it", false)
		return nil
	}
	return x.emit(atlassian.Item{Kind: adfKind, ID: item.ID, Parent: item.ID, FetchedAt: item.FetchedAt, Body: p.adf})
}

// resolve emits the users that appeared.
func (x *export) resolve(ctx context.Context, all bool) error {
	problems, err := x.people.resolve(ctx, all)
	x.chunk.Problems = append(x.chunk.Problems, problems...)
	return err
}
