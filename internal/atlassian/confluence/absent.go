package confluence

import (
	"context"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// whereabouts is what is known of an item of which a list was absent.
type whereabouts string

const (
	there   whereabouts = "there"
	removed whereabouts = "removed"
	hidden  whereabouts = "hidden" // with its space
)

// absent looks whether an item, or the comment or file of it that a list belongs to,
// went away while it was read. What was emitted of it stays: it is as much as there
// was.
func (x *export) absent(ctx context.Context, row kinds.Row, of kinds.Owner) (handled bool, err error) {
	item := of.ID
	if len(of.Above) > 1 { // the space comes first, then the item
		item = of.Above[1]
	}
	now, known := x.whereabouts[item]
	if !known {
		if now, err = x.locate(ctx, item); err != nil {
			return false, err
		}
		x.whereabouts[item] = now
	}
	p := atlassian.Problem{Kind: row.Name, ID: of.ID, Container: x.space.Key}
	switch {
	case now == hidden:
		p.Denied, p.Reason = true, permissionReason(x.space)
	case now == removed:
		p.Gone, p.Reason = true, "its page was deleted or hidden while it was read"
	case of.ID != item:
		if left, err := x.left(ctx, row, of.ID); !left || err != nil {
			return false, err
		}
		p.Gone, p.Reason = true, "what it belongs to was deleted while it was read"
	default:
		switch status := text(x.group[item].body, "status"); status {
		case "trashed", "draft":
			p = kinds.NoteOf(row, "the site does not list them for pages in the trash and drafts")
			p.Absent = true
		default:
			return false, nil
		}
	}
	x.chunk.Problems = append(x.chunk.Problems, p)
	return true, nil
}

// locate reads an item again.
func (x *export) locate(ctx context.Context, id string) (whereabouts, error) {
	p := x.group[id]
	q := statuses(itemStatuses[p.kind])
	if p.draft {
		q.Set("get-draft", "true")
	}
	_, err := x.c.ask(ctx, atlassian.Request{Route: itemRoutes[p.kind], Path: []string{id}, Query: q})
	if !kinds.Lost(err) {
		return there, err
	}
	if _, err := x.c.Identity(ctx); err != nil {
		return "", err
	}
	readable, err := x.c.readable(ctx, x.space.ID)
	if err != nil || !readable {
		return hidden, err
	}
	return removed, nil
}

// left reports whether a comment or file that a list belongs to is gone. Its route
// begins the list's.
func (x *export) left(ctx context.Context, row kinds.Row, id string) (bool, error) {
	route, _, _ := strings.Cut(row.Route, "}")
	_, err := x.c.ask(ctx, atlassian.Request{Route: route + "}", Path: []string{id}})
	if atlassian.ClassOf(err) == atlassian.ClassNotFound {
		return true, nil
	}
	if kinds.Lost(err) {
		return false, nil
	}
	return false, err
}
