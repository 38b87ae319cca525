package atlassian

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"maps"
	"net/url"
)

// Tokens is a list paged by nextPageToken: in the body of a POST (whose query
// Jira ignores: it would answer page 1 for ever), in the query of a GET.
type Tokens struct {
	Request Request
	// Body holds the members of a POST's body but the token; it is nil for a GET.
	// No value may be nil: Jira answers null with 500.
	Body map[string]any
	// Items is the name of the page's array: "issues".
	Items string
}

// Pages yields the pages of the list. It ends where no token comes or the page
// says that it is the last; a page may be empty. whole is false where the site
// says that the result is not all there is.
func (c *Client) Pages(ctx context.Context, l Tokens, yield func(page []json.RawMessage) error) (whole bool, err error) {
	whole = true
	seed := maphash.MakeSeed()
	seen := map[uint64]struct{}{}
	for token := ""; ; {
		r := l.page(token)
		reply, err := c.Do(ctx, r)
		if err != nil {
			return false, err
		}
		array := Member(reply.Body, l.Items)
		if !IsArray(array) {
			return false, protocolError(r.Route, "the page has no list "+l.Items)
		}
		var page []json.RawMessage
		for raw := range Elements(array) {
			page = append(page, raw)
		}
		if len(page) > 0 {
			if err := yield(page); err != nil {
				return false, err
			}
		}
		if warned(Member(reply.Body, "warnings")) || warned(Member(reply.Body, "warningMessages")) {
			whole = false
		}
		token = Text(Member(reply.Body, "nextPageToken"))
		isLast := string(Member(reply.Body, "isLast"))
		if token == "" {
			return whole && isLast != "false", nil
		}
		if isLast == "true" {
			return whole, nil
		}
		h := maphash.String(seed, token)
		if _, again := seen[h]; again {
			return false, protocolError(r.Route, "the site sends the same page token again")
		}
		seen[h] = struct{}{}
	}
}

// page is the request of the page with a token; "" is the first.
func (l Tokens) page(token string) Request {
	r := l.Request
	if l.Body == nil {
		r.Query = maps.Clone(r.Query)
		if token != "" {
			if r.Query == nil {
				r.Query = url.Values{}
			}
			r.Query.Set("nextPageToken", token)
		}
		return r
	}
	body := maps.Clone(l.Body)
	if token != "" {
		body["nextPageToken"] = token
	}
	r.Body = body
	return r
}

// warned reports whether there is any warning. Their texts are for people and
// their kinds may change, so that each is taken as "the result is truncated".
func warned(raw json.RawMessage) bool {
	switch {
	case len(raw) == 0, string(raw) == "null":
		return false
	case IsArray(raw):
		for range Elements(raw) {
			return true
		}
		return false
	}
	return true
}
