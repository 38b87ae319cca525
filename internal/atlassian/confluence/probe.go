package confluence

import (
	"context"
	"net/url"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// Probe yields what the account may read of each kind: of the site, of the first
// space that can be read, and of one page or blog post in it.
func (c *Confluence) Probe(ctx context.Context, yield func(atlassian.KindAccess) error) error {
	p := &kinds.Probe{Reader: c.reader, Containers: c.Containers}
	p.Yield = func(access atlassian.KindAccess) error {
		if access.Kind == adminKeyKind && c.key != nil {
			denied, err := c.key.denied(ctx)
			if err != nil {
				return err
			}
			if denied {
				access.State, access.Note = kinds.NoAccess, keyDenied
			}
		}
		return yield(access)
	}
	p.Readable = func(ctx context.Context, space atlassian.Container) (bool, error) { return c.readable(ctx, space.ID) }
	p.Items = func(ctx context.Context, space atlassian.Container) error { return c.probeItems(ctx, p, space) }
	return p.Run(ctx)
}

// probeItems asks for one page and one blog post of a space, and for what belongs to
// the first of them that there is.
func (c *Confluence) probeItems(ctx context.Context, p *kinds.Probe, space atlassian.Container) error {
	below := false
	for _, one := range []struct{ kind, route string }{{pageKind, spacePagesRoute}, {blogKind, spaceBlogsRoute}} {
		row := c.table.Row(one.kind)
		access, ok := p.Switched(row)
		if ok {
			if err := p.Yield(access); err != nil {
				return err
			}
			continue
		}
		access = kinds.Access(row, kinds.Captured, row.Note)
		first, err := c.anyItem(ctx, one.kind, one.route, space)
		if err := p.Judge(ctx, row, err, &access); err != nil {
			return err
		}
		if err := p.Yield(access); err != nil {
			return err
		}
		if len(first.Entries) > 0 && !below {
			below = true
			if err := p.Below(ctx, row, kinds.Owner{ID: space.ID, Key: space.Key}, first); err != nil {
				return err
			}
		}
	}
	access, ok := p.Switched(c.table.Row(userKind))
	if !ok {
		access = kinds.Access(c.table.Row(userKind), kinds.Captured, "")
	}
	return p.Yield(access)
}

// anyItem reads an item of a space; the page has no entry where there is none.
func (c *Confluence) anyItem(ctx context.Context, kind, route string, space atlassian.Container) (kinds.Page, error) {
	var first kinds.Page
	var id string
	err := c.list(ctx, atlassian.Request{Route: route, Path: []string{space.ID}, Query: limited(url.Values{"sort": {"id"}}, 1)}, func(page []raw) error {
		id = text(page[0], "id")
		return errEnough
	})
	if err = kinds.Enough(err); err != nil || id == "" {
		return first, err
	}
	body, err := c.item(ctx, piece{id: id, kind: kind}, storage)
	if err != nil {
		return first, err
	}
	return oneEntry(id, body), nil
}
