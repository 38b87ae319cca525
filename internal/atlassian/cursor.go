package atlassian

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"maps"
	"net/url"
	"strings"
)

// Cursors is a list paged by a cursor in the query of a GET.
type Cursors struct {
	Request Request
	// Items is the name of the page's array: "values", "data".
	Items string
}

// Pages yields the pages of the list. It ends where no cursor comes or the page
// says that it is the last; a page may be empty.
func (l Cursors) Pages(ctx context.Context, c *Client, yield func(page []json.RawMessage) error) error {
	seed := maphash.MakeSeed()
	seen := map[uint64]struct{}{}
	for cursor := ""; ; {
		r := l.Request
		r.Query = maps.Clone(r.Query)
		if cursor != "" {
			if r.Query == nil {
				r.Query = url.Values{}
			}
			r.Query.Set("cursor", cursor)
		}
		reply, err := c.Do(ctx, r)
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
		if cursor = nextCursor(reply.Body); cursor == "" {
			return nil
		}
		h := maphash.String(seed, cursor)
		if _, again := seen[h]; again {
			return protocolError(r.Route, "the site sends the same cursor again")
		}
		seen[h] = struct{}{}
	}
}

// nextCursor is the cursor of the page that follows, "" after the last one.
// Plans give it as it is; automation rules as the query of a link, which is
// taken apart, never followed.
func nextCursor(page json.RawMessage) string {
	for _, name := range []string{"last", "isLast"} {
		if string(Member(page, name)) == "true" {
			return ""
		}
	}
	if cursor := Text(Member(page, "nextPageCursor")); cursor != "" {
		return cursor
	}
	_, query, _ := strings.Cut(Text(Member(page, "links", "next")), "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	return values.Get("cursor")
}
