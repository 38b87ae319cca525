package atlassian

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"strings"
)

// Walks is how often a list that does not add up is walked before it is
// reported as not whole.
const Walks = 3

// Entry is one item of a list, as sent.
type Entry struct {
	ID   string
	Body json.RawMessage
}

// Offset is a list paged by an offset, with a total, a mark on the last page, or
// neither.
type Offset struct {
	Request Request
	// Items is the name of the page's array: "values", "comments". Empty means
	// that the page is the array itself.
	Items string
	// ID holds the paths of the members that identify an entry, as Identify takes
	// them; none means "id".
	ID []string
	// PageSize is the page size to ask for; 0 leaves it to the site. What comes
	// back may be less, and the next page starts there.
	PageSize int
	// Start is true for the names of the service desk API: start, limit and
	// isLastPage instead of startAt, maxResults and isLast.
	Start bool
	// Links is true for Confluence's first API: start and limit, no total, and
	// no _links.next on the last page.
	Links bool
}

// Identify returns the identity of an entry: the texts of its members at the
// paths (names joined by dots) that it has, joined by "/"; "" where it has none.
// No paths mean "id".
func Identify(raw json.RawMessage, paths []string) string {
	if len(paths) == 0 {
		return Text(Member(raw, "id"))
	}
	var parts []string
	for _, path := range paths {
		if part := Text(Member(raw, strings.Split(path, ".")...)); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
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

// seen remembers which ids came in which walk. It holds 16 bytes of each id's
// SHA-256: lists grow with the site, and ids may be long.
type seen struct {
	walk uint8
	last map[[16]byte]uint8
}

// begin begins another walk.
func (s *seen) begin() {
	s.walk++
	if s.last == nil {
		s.last = make(map[[16]byte]uint8)
	}
}

// see remembers an id: before reports whether an earlier walk had it, again
// whether this one had.
func (s *seen) see(id string) (before, again bool) {
	sum := sha256.Sum256([]byte(id))
	key := [16]byte(sum[:16])
	last := s.last[key]
	s.last[key] = s.walk
	return last > 0, last == s.walk
}

// Collect reads the whole list. It walks again while the total changes on the
// way or differs from the number of distinct ids, which is how an entry that
// was added or deleted between two pages shows. After three walks whole is
// false, and the entries are all that were seen.
func (c *Client) Collect(ctx context.Context, l Offset) (entries []Entry, whole bool, err error) {
	at := map[string]int{}
	var all []Entry
	for range Walks {
		var walked []Entry
		t, err := c.walk(ctx, l, &seen{}, func(e Entry, _ bool) { walked = append(walked, e) }, nil)
		if err != nil {
			return nil, false, err
		}
		if t.whole() {
			return walked, true, nil
		}
		for _, e := range walked {
			if i, ok := at[e.ID]; ok {
				all[i] = e
				continue
			}
			at[e.ID] = len(all)
			all = append(all, e)
		}
	}
	return all, false, nil
}

// Stream is Collect for lists that grow with the site: it yields page by page,
// each id once over all walks. It remembers what identifies ids, not entries.
func (c *Client) Stream(ctx context.Context, l Offset, yield func([]Entry) error) (whole bool, err error) {
	var ids seen
	for range Walks {
		var page []Entry
		t, err := c.walk(ctx, l, &ids, func(e Entry, before bool) {
			if !before {
				page = append(page, e)
			}
		}, func() error {
			if len(page) == 0 {
				return nil
			}
			fresh := page
			page = nil
			return yield(fresh)
		})
		if err != nil || t.whole() {
			return err == nil, err
		}
	}
	return false, nil
}

// walk goes through the list once. It tells entry of each entry whose id is new
// to it, and whether an earlier walk had it, and page of the end of each page.
func (c *Client) walk(ctx context.Context, l Offset, ids *seen, entry func(e Entry, before bool), page func() error) (tally, error) {
	ids.begin()
	t := tally{steady: true, total: -1}
	for at := 0; ; {
		reply, err := c.Do(ctx, l.page(at))
		if err != nil {
			return t, err
		}
		array := reply.Body
		if l.Items != "" {
			array = Member(reply.Body, l.Items)
		}
		if !IsArray(array) {
			return t, protocolError(l.Request.Route, "the page has no list "+l.Items)
		}
		came, fresh := 0, 0
		for raw := range Elements(array) {
			came++
			id := Identify(raw, l.ID)
			if id == "" {
				return t, protocolError(l.Request.Route, "an entry has no id")
			}
			before, again := ids.see(id)
			if !again {
				fresh++
				entry(Entry{id, raw}, before)
			}
		}
		t.distinct += fresh
		if total, ok := Int(Member(reply.Body, "total")); ok && !l.Links {
			if t.total >= 0 && t.total != int(total) {
				t.steady = false
			}
			t.total = int(total)
		}
		if page != nil {
			if err := page(); err != nil {
				return t, err
			}
		}
		at += came
		switch {
		case l.Links && came == 0 && !l.last(reply.Body):
			// Nothing of this page is for us, but there are others.
			if at, err = l.next(reply.Body, at); err != nil {
				return t, err
			}
		case came == 0, t.total >= 0 && at >= t.total, t.total < 0 && l.last(reply.Body):
			return t, nil
		case t.total < 0 && fresh == 0:
			// Without a total, a page that repeats itself would never end.
			t.steady = false
			return t, nil
		}
	}
}

// last reports whether the page says that it is the last one.
func (l Offset) last(page json.RawMessage) bool {
	if l.Links {
		return Text(Member(page, "_links", "next")) == ""
	}
	name := "isLast"
	if l.Start {
		name = "isLastPage"
	}
	return string(Member(page, name)) == "true"
}

// next is where the page begins that an empty one links to. An empty page may
// link to itself, which would never end.
func (l Offset) next(page json.RawMessage, at int) (int, error) {
	start, err := strconv.Atoi(linkParameter(Text(Member(page, "_links", "next")), "start"))
	if err != nil || start <= at {
		return at, protocolError(l.Request.Route, "an empty page has no usable link to the next")
	}
	return start, nil
}

// page is the request of the page that starts at an offset. Each parameter is
// set once: of repeated numbers Jira takes the first.
func (l Offset) page(at int) Request {
	r := l.Request
	r.Query = maps.Clone(r.Query)
	if r.Query == nil {
		r.Query = url.Values{}
	}
	start, size := "startAt", "maxResults"
	if l.Start || l.Links {
		start, size = "start", "limit"
	}
	r.Query.Set(start, strconv.Itoa(at))
	if l.PageSize > 0 {
		r.Query.Set(size, strconv.Itoa(l.PageSize))
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
