package confluence

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"holdfast/internal/atlassian"
)

// get asks for something.
func (t *Target) get(ctx context.Context, route string, q url.Values, path ...string) (raw, error) {
	reply, err := t.client.Do(ctx, atlassian.Request{Route: "GET " + route, Path: path, Query: q})
	if err != nil {
		return nil, t.sure(ctx, err)
	}
	return reply.Body, nil
}

// list asks for a list of REST v2, entry by entry.
func (t *Target) list(ctx context.Context, route string, q url.Values, yield func(raw) error, path ...string) error {
	if q == nil {
		q = url.Values{}
	}
	q.Set("limit", decimal(pageLimit))
	var stopped error
	err := atlassian.Cursors{Request: atlassian.Request{Route: "GET " + route, Path: path, Query: q}, Items: "results", Shrink: true}.
		Pages(ctx, t.client, func(page []raw) error {
			for _, entry := range page {
				if stopped = yield(entry); stopped != nil {
					return stopped
				}
			}
			return nil
		})
	if stopped != nil {
		return stopped
	}
	return t.sure(ctx, err)
}

// listV1 asks for a list of REST v1, entry by entry, which the members at ids tell apart.
func (t *Target) listV1(ctx context.Context, route string, q url.Values, ids []string, size int, yield func(raw) error, path ...string) error {
	var stopped error
	_, err := t.client.Stream(ctx, atlassian.Offset{
		Request: atlassian.Request{Route: "GET " + route, Path: path, Query: q}, Items: "results", ID: ids, PageSize: size, Links: true,
	}, func(page []atlassian.Entry) error {
		for _, entry := range page {
			if stopped = yield(entry.Body); stopped != nil {
				return stopped
			}
		}
		return nil
	})
	if stopped != nil {
		return stopped
	}
	return t.sure(ctx, err)
}

// write makes a call that changes something.
func (t *Target) write(ctx context.Context, route string, q url.Values, body any, path ...string) (raw, error) {
	reply, err := t.client.Do(ctx, atlassian.Request{Route: route, Path: path, Query: q, Body: body, Write: true})
	if err != nil {
		return nil, t.sure(ctx, err)
	}
	return reply.Body, nil
}

// sure returns what a refusal means: Confluence answers 403 to a credential that it does
// not take, as it does to a lack of permission, and 401 to a token without a scope.
func (t *Target) sure(ctx context.Context, err error) error {
	class := atlassian.ClassOf(err)
	if class != atlassian.ClassForbidden && class != atlassian.ClassCredentials {
		return err
	}
	if _, refused := t.me(ctx); refused != nil {
		return refused
	}
	var e *atlassian.Error
	if errors.As(err, &e) && class == atlassian.ClassCredentials {
		return atlassian.NewError(atlassian.ClassForbidden, e.Status, e.Method+" "+e.Route, "the token lacks a scope")
	}
	return err
}

// me asks for the account that writes.
func (t *Target) me(ctx context.Context) (string, error) {
	const route = "GET " + v1 + "/user/current"
	reply, err := t.client.Do(ctx, atlassian.Request{Route: route})
	if atlassian.ClassOf(err) == atlassian.ClassForbidden {
		return "", atlassian.NewError(atlassian.ClassCredentials, atlassian.StatusOf(err), route, "the site refuses the account, or lets it not use Confluence")
	}
	if err != nil {
		return "", err
	}
	id := text(reply.Body, "accountId")
	if id == "" || text(reply.Body, "type") == "anonymous" {
		return "", atlassian.NewError(atlassian.ClassCredentials, reply.Status, route, "the site does not say who we are")
	}
	return id, nil
}

// refusal says why the site does not take one record. ok is false where the error is not
// about the record: the site, or the account, as a whole.
func refusal(err error) (reason string, ok bool) {
	var e *atlassian.Error
	if !errors.As(err, &e) {
		return "", false
	}
	switch {
	case e.Class == atlassian.ClassForbidden:
		return "the account may not write it", true
	case e.Class == atlassian.ClassNotFound:
		return "the site does not have what it belongs to, or the account may not write there", true
	case e.Class != atlassian.ClassProtocol || e.Status < 400:
		return "", false
	case e.Status == http.StatusRequestEntityTooLarge:
		return "it is larger than the API takes", true
	case e.Status == http.StatusConflict:
		return "it is in conflict with what the site has", true
	case len(e.Fields) > 0:
		return fmt.Sprintf("the site refuses it (HTTP %d): %s", e.Status, strings.Join(e.Fields, ", ")), true
	}
	return fmt.Sprintf("the site refuses it (HTTP %d)", e.Status), true
}

// refused reports whether the site answered with one of these statuses.
func refused(err error, statuses ...int) bool {
	for _, s := range statuses {
		if atlassian.StatusOf(err) == s {
			return true
		}
	}
	return false
}
