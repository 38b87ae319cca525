package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"holdfast/internal/atlassian"
)

// get reads one thing.
func (t *Target) get(ctx context.Context, route string, query url.Values, path ...string) (json.RawMessage, error) {
	reply, err := t.client.Do(ctx, atlassian.Request{Route: "GET " + route, Path: path, Query: query})
	if err != nil {
		return nil, err
	}
	return reply.Body, nil
}

// list reads a list that is paged by an offset; of no items, the page is the list itself.
func (t *Target) list(ctx context.Context, route, items string, size int, query url.Values, path ...string) ([]json.RawMessage, error) {
	return t.listBy(ctx, nil, route, items, size, query, path...)
}

// listBy is list of entries that these members identify.
func (t *Target) listBy(ctx context.Context, id []string, route, items string, size int, query url.Values, path ...string) ([]json.RawMessage, error) {
	entries, whole, err := t.client.Collect(ctx, atlassian.Offset{
		Request: atlassian.Request{Route: "GET " + route, Path: path, Query: query}, Items: items, PageSize: size, ID: id,
	})
	if err == nil && !whole {
		err = atlassian.NewError(atlassian.ClassAway, 0, "GET "+route, "the list does not add up in three reads")
	}
	bodies := make([]json.RawMessage, len(entries))
	for i, e := range entries {
		bodies[i] = e.Body
	}
	return bodies, err
}

// write sends a change; the reply is nil where it has no body.
func (t *Target) write(ctx context.Context, route string, body any, path ...string) (json.RawMessage, error) {
	return t.writeWith(ctx, route, nil, body, path...)
}

func (t *Target) writeWith(ctx context.Context, route string, query url.Values, body any, path ...string) (json.RawMessage, error) {
	reply, err := t.client.Do(ctx, atlassian.Request{Route: route, Path: path, Query: query, Body: body, Write: true})
	if err != nil {
		return nil, err
	}
	return reply.Body, nil
}

// quietly is the query of an edit about which nobody is mailed.
func quietly() url.Values { return url.Values{"notifyUsers": {"false"}} }

// refusal is the site's word on one record: what else it says concerns the site as a whole.
type refusal struct {
	status int
	// fields are the members that the site names.
	fields []string
}

// refused returns the refusal that an error is; nil where it is none.
func refused(err error) *refusal {
	var e *atlassian.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch {
	case e.Class == atlassian.ClassForbidden, e.Class == atlassian.ClassNotFound, e.Class == atlassian.ClassProtocol && e.Status >= 400 && e.Status < 500:
		return &refusal{status: e.Status, fields: e.Fields}
	}
	return nil
}

// reason is a sentence for the report.
func (r *refusal) reason() string {
	switch r.status {
	case 403:
		return "the account may not write it"
	case 404:
		return "the site does not find where it belongs, or hides it from the account"
	case 413:
		return "it is larger than the site takes, or there are too many"
	}
	s := fmt.Sprintf("the site refuses it (HTTP %d)", r.status)
	if len(r.fields) > 0 {
		s += ": " + strings.Join(r.fields, ", ")
	}
	return s
}
