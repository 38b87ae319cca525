package jira

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/atlassian"
)

// page is some records of a list, as they came together.
type page struct {
	entries []atlassian.Entry
	at      time.Time
}

// outcome is what there is to say of a list that was read.
type outcome struct {
	reason string // what is wrong with it
	note   string // what to know about it
}

// pages reads the records of a kind that belong to an owner, page by page, from
// the row of the table alone. Nothing is held but a page, and what identifies
// the ids so far.
func (j *Jira) pages(ctx context.Context, k kind, of owner, yield func(page) error) (outcome, error) {
	yielded := false
	once := func(p page) error {
		yielded = true
		return yield(p)
	}
	out, err := j.list(ctx, k, j.call(k, of), of, once)
	if len(k.spare) > 0 && !yielded && (atlassian.ClassOf(err) == atlassian.ClassForbidden || badRequest(err)) {
		r := j.call(k, of)
		for _, name := range k.spare {
			r.Query.Del(name)
		}
		if out, err = j.list(ctx, k, r, of, once); err == nil {
			out.note = k.spareNote
		}
	}
	return out, err
}

// call is the request of a kind's list for an owner.
func (j *Jira) call(k kind, of owner) atlassian.Request {
	r := atlassian.Request{API: k.api, Route: k.Route, Query: maps.Clone(k.query), Header: k.header}
	if r.Query == nil {
		r.Query = url.Values{}
	}
	if k.ownerAs != "" {
		r.Query.Set(k.ownerAs, of.id)
	}
	r.Path = of.path(strings.Count(k.Route, "{"))
	if k.ownerPrefix != "" && len(r.Path) > 0 {
		r.Path[len(r.Path)-1] = k.ownerPrefix + r.Path[len(r.Path)-1]
	}
	return r
}

func (j *Jira) list(ctx context.Context, k kind, r atlassian.Request, of owner, yield func(page) error) (out outcome, err error) {
	switch k.Pager {
	case pagerOffset, pagerStart, pagerArrays:
		whole, err := j.client.Stream(ctx, atlassian.Offset{
			Request: r, Items: k.items, ID: k.id, PageSize: k.pageSize, Start: k.Pager == pagerStart,
		}, func(entries []atlassian.Entry) error { return yield(page{entries, now()}) })
		if err == nil && !whole {
			out.reason = notWhole
		}
		return out, err
	case pagerCursor:
		err = atlassian.Cursors{Request: sized(r, k), Items: k.items}.Pages(ctx, j.client, out.each(k, yield))
		return out, err
	case pagerToken:
		whole, err := j.client.Pages(ctx, atlassian.Tokens{Request: sized(r, k), Items: k.items}, out.each(k, yield))
		if err == nil && !whole {
			out.reason = "the site says that the list is truncated"
		}
		return out, err
	case pagerArray:
		list, err := j.client.List(ctx, r)
		if err == nil {
			err = out.each(k, yield)(list)
		}
		return out, err
	case pagerKeys:
		return out, j.keyed(ctx, k, r, yield)
	}
	reply, err := j.client.Do(ctx, r)
	if err != nil {
		return out, err
	}
	if k.Pager == pagerList {
		array := atlassian.Member(reply.Body, k.items)
		if !atlassian.IsArray(array) {
			return out, fail(atlassian.ClassProtocol, reply.Status, r.Route, "the reply has no list "+k.items)
		}
		err = out.each(k, yield)(slices.Collect(atlassian.Elements(array)))
		return out, err
	}
	if !atlassian.IsObject(reply.Body) {
		return out, fail(atlassian.ClassProtocol, reply.Status, r.Route, "the reply is not an object")
	}
	return out, yield(page{[]atlassian.Entry{{ID: oneID(k, of, reply.Body), Body: reply.Body}}, now()})
}

// each yields a list as a page, without the entries that have no id.
func (out *outcome) each(k kind, yield func(page) error) func([]json.RawMessage) error {
	return func(list []json.RawMessage) error {
		p := page{at: now()}
		for _, raw := range list {
			id := atlassian.Identify(raw, k.id)
			if id == "" {
				id = k.nameless
			}
			if id == "" {
				out.reason = "an entry has no id, and was left out"
				continue
			}
			p.entries = append(p.entries, atlassian.Entry{ID: id, Body: raw})
		}
		if len(p.entries) == 0 {
			return nil
		}
		return yield(p)
	}
}

// keyed reads a list of keys, and what is below each. A key that went away
// meanwhile is no loss.
func (j *Jira) keyed(ctx context.Context, k kind, r atlassian.Request, yield func(page) error) error {
	reply, err := j.client.Do(ctx, r)
	if err != nil {
		return err
	}
	keys := atlassian.Member(reply.Body, "keys")
	if !atlassian.IsArray(keys) {
		return fail(atlassian.ClassProtocol, reply.Status, r.Route, "the reply has no list keys")
	}
	for raw := range atlassian.Elements(keys) {
		key := atlassian.Text(atlassian.Member(raw, "key"))
		one := r
		one.Route += "/{propertyKey}"
		one.Path = append(slices.Clone(r.Path), key)
		reply, err := j.client.Do(ctx, one)
		if atlassian.ClassOf(err) == atlassian.ClassNotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := yield(page{[]atlassian.Entry{{ID: key, Body: reply.Body}}, now()}); err != nil {
			return err
		}
	}
	return nil
}

// sized asks for the kind's page size.
func sized(r atlassian.Request, k kind) atlassian.Request {
	if k.pageSize > 0 {
		r.Query.Set("maxResults", strconv.Itoa(k.pageSize))
	}
	return r
}

// statusOf is the HTTP status of the reply that an error is about; 0 where there was none.
func statusOf(err error) int {
	var e *atlassian.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// unsupported reports whether the site says that it does not have what was
// asked for: absent, or refused as such on a site without that product or plan.
func unsupported(err error) bool {
	switch statusOf(err) {
	case http.StatusNotFound, http.StatusBadRequest, http.StatusPaymentRequired, http.StatusMethodNotAllowed:
		return true
	}
	return false
}
