package atlassian

import (
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Cursors is a list paged by a cursor in the query of a GET. The first page's
// request is sent again with the cursor of each next one: links to them are taken
// apart and never followed, since they leave the gateway and may lack a prefix.
type Cursors struct {
	Request Request
	// Items is the name of the page's array: "values", "data".
	Items string
	// Shrink asks for half as many records, the "limit" of the query, where a page
	// is too large: bodies may be of any size.
	Shrink bool
}

// Pages yields the pages of the list. It ends where no cursor comes or the page
// says that it is the last; a page may be empty.
func (l Cursors) Pages(ctx context.Context, c *Client, yield func(page []json.RawMessage) error) error {
	seed := maphash.MakeSeed()
	seen := map[uint64]struct{}{}
	r := l.Request
	if r.Query = maps.Clone(r.Query); r.Query == nil {
		r.Query = url.Values{}
	}
	for cursor := ""; ; {
		if cursor != "" {
			r.Query.Set("cursor", cursor)
		}
		reply, err := c.Do(ctx, r)
		if limit, _ := strconv.Atoi(r.Query.Get("limit")); l.Shrink && limit > 1 && errors.Is(err, ErrTooLarge) {
			r.Query.Set("limit", strconv.Itoa(limit/2))
			continue
		}
		if err != nil {
			return err
		}
		array := Member(reply.Body, l.Items)
		if !IsArray(array) {
			return protocolError(r.Route, "the page has no list "+l.Items)
		}
		var page []json.RawMessage
		for raw := range Elements(array) {
			page = append(page, raw)
		}
		if len(page) > 0 {
			if err := yield(page); err != nil {
				return err
			}
		}
		if cursor, err = nextCursor(reply, r.Route); err != nil || cursor == "" {
			return err
		}
		h := maphash.String(seed, cursor)
		if _, again := seen[h]; again {
			return protocolError(r.Route, "the site sends the same cursor again")
		}
		seen[h] = struct{}{}
	}
}

// nextCursor is the cursor of the page that follows, "" after the last one.
// Plans give it as it is; automation rules as the query of a link, and Confluence
// as that of another, which is in a header too: some routes have one of the two
// only. A link without a cursor is an error, since the list would be cut there.
func nextCursor(reply *Reply, route string) (string, error) {
	for _, name := range []string{"last", "isLast"} {
		if string(Member(reply.Body, name)) == "true" {
			return "", nil
		}
	}
	if cursor := Text(Member(reply.Body, "nextPageCursor")); cursor != "" {
		return cursor, nil
	}
	for _, link := range []string{
		Text(Member(reply.Body, "links", "next")), Text(Member(reply.Body, "_links", "next")), nextLink(reply.Header),
	} {
		if link == "" {
			continue
		}
		cursor := linkParameter(link, "cursor")
		if cursor == "" {
			return "", protocolError(route, "the link to the next page has no cursor")
		}
		return cursor, nil
	}
	return "", nil
}

// linkParameter is a parameter of a link's query, decoded once; "" where there is none.
func linkParameter(link, name string) string {
	_, query, _ := strings.Cut(link, "?")
	query, _, _ = strings.Cut(query, "#")
	values, _ := url.ParseQuery(query) // with the parameters that are valid
	return values.Get(name)
}

// nextLink is the address of rel="next" in the Link headers (RFC 8288), "" where
// there is none: </wiki/api/v2/pages?cursor=x>; rel="next", <https://…>; rel="base".
func nextLink(h http.Header) string {
	for _, links := range h.Values("Link") {
		for {
			_, after, ok := strings.Cut(links, "<")
			if !ok {
				break
			}
			target, after, ok := strings.Cut(after, ">")
			if !ok {
				break
			}
			// What follows a target are its parameters, up to the next target.
			parameters, _, _ := strings.Cut(after, "<")
			for parameter := range strings.FieldsFuncSeq(parameters, func(r rune) bool { return r == ';' || r == ',' }) {
				name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
				if strings.EqualFold(name, "rel") && strings.EqualFold(strings.Trim(value, `"`), "next") {
					return target
				}
			}
			links = after
		}
	}
	return ""
}
