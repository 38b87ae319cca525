package samplesite

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"maps"
	"math"
	"net/url"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// wikiToken writes a cursor of Confluence: it has to be escaped in a query.
func wikiToken(k cursor) string {
	b, _ := json.Marshal(k) // a struct of numbers always encodes
	for len(b)%3 == 0 {
		b = append(b, ' ') // so that there is always padding, which has to be escaped
	}
	return base64.StdEncoding.EncodeToString(b)
}

func readWikiToken(token string) (cursor, bool) {
	var k cursor
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(b, &k) != nil {
		return k, false
	}
	return k, true
}

// continued returns the cursor of a request that continues another one.
func (c *call) continued() (cursor, bool) {
	if ofWiki(c.route.template) {
		return readWikiToken(c.query.Get("cursor"))
	}
	return readCursor(c.pageToken())
}

// askedFor is a hash of what a list is asked for: pages of one list share it.
func (c *call) askedFor() uint64 { return listOf(c.path(), c.query) }

// path is the path of the request without the gateway's prefix.
func (c *call) path() string {
	path, _ := c.site.strip(c.r.URL.EscapedPath())
	return path
}

// listOf is what a cursor of a list carries as its query.
func listOf(path string, query url.Values) uint64 {
	q := maps.Clone(query)
	delete(q, "cursor")
	delete(q, "limit")
	return hashOf(path + "?" + q.Encode())
}

// cursorList is a list of Confluence that is paged by cursors.
type cursorList[T any] struct {
	usual, most int // items of a page where none is asked for, and at most
	// id identifies an item in cursors, which so stay right when the list changes; nil is its position.
	id func(T) int64
	// hidden is whether the account may not see an item. The page is cut before
	// what may not be seen is taken out, so that it may be short, or empty and not the last.
	hidden func(T) bool
	body   func(T) rawjson.Raw
	// noHeader says that the document declares no Link header.
	noHeader bool
	// clamp is a maximum to which a larger limit is lowered without a word; 0: none.
	clamp int
}

// page answers the page of a list that is asked for.
func (l cursorList[T]) page(c *call, all []T) reply {
	limit, bad := c.wikiInt("limit", int64(l.usual), 1, int64(l.most))
	if bad != nil {
		return *bad
	}
	full := int(limit)
	if l.clamp > 0 {
		full = min(full, l.clamp)
	}
	from, emptied, bad := l.start(c, all)
	if bad != nil {
		return *bad
	}
	size, short := full, false
	if c.site.cfg.ShortPages {
		size = shortWikiPage(c.path(), from, full, emptied)
		short = size < full && from+size < len(all)
	}
	end := min(len(all), from+size)
	items := []rawjson.Raw{}
	for _, item := range all[from:end] {
		if l.hidden == nil || !l.hidden(item) {
			items = append(items, l.body(item))
		}
	}
	next := ""
	if end < len(all) {
		next = wikiToken(cursor{Query: c.askedFor(), After: l.mark(all, end), Short: short, Empty: end == from})
	}
	return c.cursorPage(items, next, !l.noHeader)
}

// start is the position of the page's first item, and whether the page before was empty.
func (l cursorList[T]) start(c *call, all []T) (int, bool, *reply) {
	token := c.query.Get("cursor")
	if token == "" {
		return 0, false, nil
	}
	k, valid := readWikiToken(token)
	if !valid || k.Query != c.askedFor() {
		return 0, false, wikiInvalid("Provided value for 'cursor' is not a valid cursor")
	}
	if k.After == math.MinInt64 {
		return 0, k.Empty, nil
	}
	if l.id == nil {
		return int(min(max(k.After, 0), int64(len(all)))), k.Empty, nil
	}
	i := slices.IndexFunc(all, func(item T) bool { return l.id(item) == k.After })
	if i < 0 { // the item is gone: goes on at the first one that is newer, as lists by id do
		i = slices.IndexFunc(all, func(item T) bool { return l.id(item) > k.After })
		if i < 0 {
			i = len(all)
		}
		return i, k.Empty, nil
	}
	return i + 1, k.Empty, nil
}

// mark is what a cursor holds so that the page after it begins at a position.
func (l cursorList[T]) mark(all []T, at int) int64 {
	switch {
	case l.id == nil:
		return int64(at)
	case at == 0:
		return math.MinInt64
	}
	return l.id(all[at-1])
}

// shortWikiPage makes about every third page smaller and some of them empty, the
// same ones each time; never two empty ones in a row.
func shortWikiPage(what string, from, size int, emptied bool) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(what))
	if n := h.Sum32()>>3 + uint32(from); n%7 == 1 && !emptied {
		return 0
	}
	return shorten(what, from, size)
}

// cursorPage is the envelope of a list of REST v2. Addresses in it are relative to
// the host and know nothing of the gateway.
func (c *call) cursorPage(items []rawjson.Raw, next string, header bool) reply {
	links, relations := []any{}, `<`+wikiBase+`>; rel="base"`
	if next != "" {
		q := maps.Clone(c.query)
		q.Set("cursor", next)
		address := c.path() + "?" + q.Encode() // by name: what stands behind "cursor" is not part of it
		links = append(links, "next", address)
		relations = `<` + address + `>; rel="next", ` + relations
	}
	p := wikiOK(rawjson.Object("results", items, "_links", rawjson.Object(append(links, "base", wikiBase)...)))
	if header {
		p.header.Set("Link", relations)
	}
	return p
}

// within is what include-* shows of a list in a single reply: at most 50, and where the rest is.
func within[T any](path string, all []T, id func(T) int64, body func(T) rawjson.Raw) rawjson.Raw {
	l := cursorList[T]{id: id}
	n := min(len(all), maxIncluded)
	items := []rawjson.Raw{}
	for _, item := range all[:n] {
		items = append(items, body(item))
	}
	meta := []any{"hasMore", n < len(all)}
	if n < len(all) {
		meta = append(meta, "cursor", wikiToken(cursor{Query: listOf(path, nil), After: l.mark(all, n)}))
	}
	return rawjson.Object("results", items, "meta", rawjson.Object(meta...),
		"_links", rawjson.Object("self", content.Base+path))
}

// maxIncluded is how many items include-* shows.
const maxIncluded = 50
