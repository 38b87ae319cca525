package kinds

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/atlassian"
)

// Page is some records of a list, as they came together.
type Page struct {
	Entries []atlassian.Entry
	At      time.Time
}

// Outcome is what there is to say of a list that was read.
type Outcome struct {
	Reason string // what is wrong with it
	Note   string // what to know about it
}

// Pages reads the records of a kind that belong to an owner, page by page, from
// the row of the table alone. Nothing is held but a page, and what identifies
// the ids so far.
func (r *Reader) Pages(ctx context.Context, row Row, of Owner, yield func(Page) error) (out Outcome, err error) {
	if !row.Asked(of.Body) {
		return out, nil
	}
	if len(row.Embedded) > 0 {
		if entries, whole := row.EmbeddedIn(of.Body); whole || row.Route == "" {
			return out, out.known(row, Page{entries, of.At}, yield)
		}
	}
	if row.Most > 0 {
		return r.most(ctx, row, of, yield)
	}
	if row.Read != nil {
		return row.Read(ctx, r, of, yield)
	}
	yielded := false
	once := func(p Page) error {
		yielded = true
		return yield(p)
	}
	out, err = r.list(ctx, row, row.Request(of), of, once)
	if len(row.Spare) > 0 && !yielded && (atlassian.ClassOf(err) == atlassian.ClassForbidden || BadRequest(err)) {
		q := row.Request(of)
		for _, name := range row.Spare {
			q.Query.Del(name)
		}
		if out, err = r.list(ctx, row, q, of, once); err == nil {
			out.Note = row.SpareNote
		}
	}
	return out, err
}

// most reads the first records of a list, as many as the row says.
func (r *Reader) most(ctx context.Context, row Row, of Owner, yield func(Page) error) (Outcome, error) {
	left := row.Most
	row.Most = 0
	out, err := r.Pages(ctx, row, of, func(p Page) error {
		p.Entries = p.Entries[:min(left, len(p.Entries))]
		left -= len(p.Entries)
		if err := yield(p); err != nil || left > 0 {
			return err
		}
		return ErrEnough
	})
	return out, Enough(err)
}

// Request is the request of the row's list for an owner.
func (r Row) Request(of Owner) atlassian.Request {
	q := atlassian.Request{API: r.API, Route: r.Route, Query: maps.Clone(r.Query), Header: r.Header}
	if q.Query == nil {
		q.Query = url.Values{}
	}
	id := of.ID
	if r.OwnerKey {
		id = of.Key
	}
	if r.OwnerAs != "" {
		q.Query.Set(r.OwnerAs, id)
	}
	q.Path = of.Path(strings.Count(r.Route, "{"))
	if last := len(q.Path) - 1; last >= 0 {
		q.Path[last] = r.OwnerPrefix + id
	}
	return q
}

func (r *Reader) list(ctx context.Context, row Row, q atlassian.Request, of Owner, yield func(Page) error) (out Outcome, err error) {
	switch row.Pager {
	case Offset, Start, Arrays, V1:
		whole, err := r.Client.Stream(ctx, atlassian.Offset{
			Request: q, Items: row.Items, ID: row.ID, PageSize: row.PageSize, Start: row.Pager == Start, Links: row.Pager == V1,
		}, func(entries []atlassian.Entry) error { return yield(Page{entries, Now()}) })
		if err == nil && !whole {
			out.Reason = NotWhole
		}
		return out, err
	case Cursor:
		err = atlassian.Cursors{Request: sized(q, "limit", row), Items: row.Items, Shrink: true}.Pages(ctx, r.Client, out.each(row, yield))
		return out, err
	case Token:
		whole, err := r.Client.Pages(ctx, atlassian.Tokens{Request: sized(q, "maxResults", row), Items: row.Items}, out.each(row, yield))
		if err == nil && !whole {
			out.Reason = "the site says that the list is truncated"
		}
		return out, err
	case Array:
		list, err := r.Client.List(ctx, q)
		if err == nil {
			err = out.each(row, yield)(list)
		}
		return out, err
	case Keys:
		return out, r.keyed(ctx, q, yield)
	}
	return r.reply(ctx, row, q, of, yield)
}

// reply reads the records that come in one reply: of List, Members and One.
func (r *Reader) reply(ctx context.Context, row Row, q atlassian.Request, of Owner, yield func(Page) error) (out Outcome, err error) {
	reply, err := r.Client.Do(ctx, q)
	if err != nil {
		return out, err
	}
	if row.Pager == List {
		array := atlassian.Member(reply.Body, row.Items)
		if !atlassian.IsArray(array) {
			return out, atlassian.NewError(atlassian.ClassProtocol, reply.Status, q.Route, "the reply has no list "+row.Items)
		}
		err = out.each(row, yield)(slices.Collect(atlassian.Elements(array)))
		return out, err
	}
	if !atlassian.IsObject(reply.Body) {
		return out, atlassian.NewError(atlassian.ClassProtocol, reply.Status, q.Route, "the reply is not an object")
	}
	p := Page{At: Now()}
	if row.Pager == Members {
		for name, value := range atlassian.Members(atlassian.Member(reply.Body, row.Items)) {
			p.Entries = append(p.Entries, atlassian.Entry{ID: name, Body: value})
		}
	} else {
		p.Entries = []atlassian.Entry{{ID: oneID(row, of, reply.Body), Body: reply.Body}}
	}
	return out, yield(p)
}

// oneID is the id of a record that is a whole reply: its own, else that of what
// it belongs to, else its kind.
func oneID(row Row, of Owner, body json.RawMessage) string {
	if id := atlassian.Text(atlassian.Member(body, "id")); id != "" {
		return id
	}
	if of.ID != "" {
		return of.ID
	}
	return row.Name
}

// each yields a list as a page, without the entries that have no id.
func (out *Outcome) each(row Row, yield func(Page) error) func([]json.RawMessage) error {
	return func(list []json.RawMessage) error {
		p := Page{At: Now()}
		for _, raw := range list {
			p.Entries = append(p.Entries, atlassian.Entry{ID: atlassian.Identify(raw, row.ID), Body: raw})
		}
		return out.known(row, p, yield)
	}
}

// known yields a page without the entries that have no id.
func (out *Outcome) known(row Row, p Page, yield func(Page) error) error {
	entries := p.Entries
	p.Entries = nil
	for _, e := range entries {
		if e.ID == "" {
			e.ID = row.Nameless
		}
		if e.ID == "" {
			out.Reason = "an entry has no id, and was left out"
			continue
		}
		p.Entries = append(p.Entries, e)
	}
	if len(p.Entries) == 0 {
		return nil
	}
	return yield(p)
}

// keyed reads a list of keys, and what is below each. A key that went away
// meanwhile is no loss.
func (r *Reader) keyed(ctx context.Context, q atlassian.Request, yield func(Page) error) error {
	reply, err := r.Client.Do(ctx, q)
	if err != nil {
		return err
	}
	keys := atlassian.Member(reply.Body, "keys")
	if !atlassian.IsArray(keys) {
		return atlassian.NewError(atlassian.ClassProtocol, reply.Status, q.Route, "the reply has no list keys")
	}
	for raw := range atlassian.Elements(keys) {
		key := atlassian.Text(atlassian.Member(raw, "key"))
		one := q
		one.Route += "/{propertyKey}"
		one.Path = append(slices.Clone(q.Path), key)
		reply, err := r.Client.Do(ctx, one)
		if atlassian.ClassOf(err) == atlassian.ClassNotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := yield(Page{[]atlassian.Entry{{ID: key, Body: reply.Body}}, Now()}); err != nil {
			return err
		}
	}
	return nil
}

// sized asks for the row's page size by the name that the site has for it.
func sized(q atlassian.Request, name string, row Row) atlassian.Request {
	if row.PageSize > 0 {
		q.Query.Set(name, strconv.Itoa(row.PageSize))
	}
	return q
}
