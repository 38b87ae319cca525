package atlassian

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
)

// Walks is how often a list that does not add up is walked before it is
// reported as not whole.
const Walks = 3

// Entry is one item of a list, as sent.
type Entry struct {
	ID   string
	Body json.RawMessage
}

// Offset is a list paged by startAt, with a total.
type Offset struct {
	Request Request
	// Items is the name of the page's array: "values", "comments".
	Items string
	// PageSize is the maxResults to ask for; 0 leaves it to the site. What comes
	// back may be less, and the next page starts there.
	PageSize int
}

// tally is what one walk found.
type tally struct {
	distinct int
	steady   bool // total did not change, nothing was odd
	total    int  // the last one told; negative where none was
}

func (t tally) whole() bool {
	return t.steady && (t.total < 0 || t.distinct == t.total)
}

// Collect reads the whole list. It walks again while the total changes on the
// way or differs from the number of distinct ids, which is how an entry that
// was added or deleted between two pages shows. After three walks whole is
// false, and the entries are all that were seen.
func (c *Client) Collect(ctx context.Context, l Offset) (entries []Entry, whole bool, err error) {
	seen := map[string]int{}
	var all []Entry
	for range Walks {
		var walked []Entry
		t, err := c.walk(ctx, l, func(page []Entry) error {
			walked = append(walked, page...)
			return nil
		})
		if err != nil {
			return nil, false, err
		}
		if t.whole() {
			return walked, true, nil
		}
		for _, e := range walked {
			if i, ok := seen[e.ID]; ok {
				all[i] = e
				continue
			}
			seen[e.ID] = len(all)
			all = append(all, e)
		}
	}
	return all, false, nil
}

// Stream is Collect for lists that grow with the site: it yields page by page,
// each id once over all walks. It remembers ids, not entries.
func (c *Client) Stream(ctx context.Context, l Offset, yield func([]Entry) error) (whole bool, err error) {
	seen := map[string]bool{}
	for range Walks {
		t, err := c.walk(ctx, l, func(page []Entry) error {
			fresh := page[:0:0]
			for _, e := range page {
				if !seen[e.ID] {
					seen[e.ID] = true
					fresh = append(fresh, e)
				}
			}
			if len(fresh) == 0 {
				return nil
			}
			return yield(fresh)
		})
		if err != nil || t.whole() {
			return err == nil, err
		}
	}
	return false, nil
}

// walk goes through the list once and yields the entries whose ids are new to it.
func (c *Client) walk(ctx context.Context, l Offset, yield func([]Entry) error) (tally, error) {
	t := tally{steady: true, total: -1}
	seen := map[string]struct{}{}
	for at := 0; ; {
		reply, err := c.Do(ctx, l.page(at))
		if err != nil {
			return t, err
		}
		array := Member(reply.Body, l.Items)
		if !IsArray(array) {
			return t, protocolError(l.Request.Route, "the page has no list "+l.Items)
		}
		came := 0
		var fresh []Entry
		for raw := range Elements(array) {
			came++
			id := Text(Member(raw, "id"))
			if id == "" {
				return t, protocolError(l.Request.Route, "an entry has no id")
			}
			if _, again := seen[id]; !again {
				seen[id] = struct{}{}
				fresh = append(fresh, Entry{id, raw})
			}
		}
		t.distinct = len(seen)
		if total, ok := Int(Member(reply.Body, "total")); ok {
			if t.total >= 0 && t.total != int(total) {
				t.steady = false
			}
			t.total = int(total)
		}
		if len(fresh) > 0 {
			if err := yield(fresh); err != nil {
				return t, err
			}
		}
		at += came
		last := string(Member(reply.Body, "isLast")) == "true"
		switch {
		case came == 0, t.total >= 0 && at >= t.total, t.total < 0 && last:
			return t, nil
		case t.total < 0 && len(fresh) == 0:
			// Without a total, a page that repeats itself would never end.
			t.steady = false
			return t, nil
		}
	}
}

// page is the request of the page that starts at an offset. Each parameter is
// set once: of repeated numbers Jira takes the first.
func (l Offset) page(at int) Request {
	r := l.Request
	r.Query = maps.Clone(r.Query)
	if r.Query == nil {
		r.Query = url.Values{}
	}
	r.Query.Set("startAt", strconv.Itoa(at))
	if l.PageSize > 0 {
		r.Query.Set("maxResults", strconv.Itoa(l.PageSize))
	}
	return r
}

// List reads a bare array: a reply that is the whole list.
func (c *Client) List(ctx context.Context, r Request) ([]json.RawMessage, error) {
	reply, err := c.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if !IsArray(reply.Body) {
		return nil, protocolError(r.Route, "the reply is not a list")
	}
	var list []json.RawMessage
	for raw := range Elements(reply.Body) {
		list = append(list, raw)
	}
	return list, nil
}
