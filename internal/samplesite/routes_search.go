package samplesite

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Page sizes of search: 5000 is for pages of ids and keys only.
const (
	searchPage    = 50
	maxSearchPage = 5000
	fullPage      = 100
	tokenLife     = 7 * 24 * time.Hour
)

// cursor is what a nextPageToken holds.
type cursor struct {
	Query  uint64 `json:"q"` // hash of the query that it continues
	After  int64  `json:"a"` // id of the last issue of the page before
	Issued int64  `json:"i"` // Unix seconds of a full hour, so that reading a list again shows the same tokens
	Short  bool   `json:"s,omitempty"`
	Empty  bool   `json:"e,omitempty"` // the page before was empty
}

func (k cursor) String() string {
	b, _ := json.Marshal(k) // a struct of numbers always encodes
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(token string) (cursor, bool) {
	var k cursor
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(b, &k) != nil {
		return k, false
	}
	return k, true
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// search is what is asked of search/jql, by either method.
type search struct {
	jql       string
	token     string
	size      int
	shape     shape
	reconcile []string
}

func searchByQuery(c *call) reply {
	size, bad := c.number("maxResults", searchPage)
	if bad != nil {
		return *bad
	}
	// Repeated text parameters are joined by commas.
	in := search{jql: strings.Join(c.query["jql"], ","), token: c.query.Get("nextPageToken"), size: int(size), reconcile: splitList(c.query["reconcileIssues"]...)}
	in.shape = shape{fields: selected(c.query["fields"], "id"), expand: splitList(c.query["expand"]...), properties: splitList(c.query["properties"]...)}
	return c.search(in)
}

func searchByBody(c *call) reply {
	body, bad := c.object("jql", "maxResults", "nextPageToken", "fields", "fieldsByKeys", "expand", "properties", "reconcileIssues")
	if bad != nil {
		return *bad
	}
	fields, _, ok1 := texts(body["fields"])
	properties, null, ok2 := texts(body["properties"])
	reconcile, null2, ok3 := texts(body["reconcileIssues"])
	if null || null2 || string(body["reconcileIssues"]) == "null" {
		return serverError()
	}
	jql, ok4 := textOf(body["jql"])
	token, ok5 := textOf(body["nextPageToken"])
	expand, ok6 := textOf(body["expand"])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return refusePayload(payloadMessage)
	}
	size, valid := integer(body["maxResults"], searchPage)
	if !valid {
		return refusePayload(payloadMessage)
	}
	return c.search(search{jql: jql, token: token, size: size, reconcile: reconcile,
		shape: shape{fields: selected(fields, "id"), expand: splitList(expand), properties: properties}})
}

// maxProperties and maxReconcile are how many keys and ids search takes.
const (
	maxProperties = 5
	maxReconcile  = 50
)

func (c *call) search(in search) reply {
	now := c.site.cfg.Now()
	var after *cursor
	if in.token != "" {
		k, valid := readCursor(in.token)
		if !valid || k.Query != hashOf(in.jql) || now.Sub(time.Unix(k.Issued, 0)) > tokenLife {
			return refuse(http.StatusBadRequest, "The provided next page token is invalid.")
		}
		after = &k
	}
	if in.size < 1 || in.size > maxSearchPage {
		return refuse(http.StatusBadRequest, "The maxResults value must be between 1 and 5000.")
	}
	if len(in.shape.properties) > maxProperties || len(in.reconcile) > maxReconcile {
		return refuse(http.StatusBadRequest, "Too many properties or issues to reconcile were given.")
	}
	q, err := parseJQL(in.jql)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	if q.where == nil {
		return refuse(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	if !c.known {
		return ok(rawjson.Object("issues", rawjson.Raw("[]"), "isLast", true))
	}
	matches, err := compiler{site: c.site, now: now}.compile(q.where)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	order, err := sorter(q.order)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	rows := c.site.world.search(matches, in.reconcile)
	slices.SortFunc(rows, order)
	if after != nil {
		rows = rows[c.site.world.past(rows, after.After, order):]
	}
	return c.found(in, rows, now)
}

// found answers the first page of rows.
func (c *call) found(in search, rows []content.Row, now time.Time) reply {
	size := in.size
	if !in.shape.fields.plain() || len(in.shape.expand) > 0 || len(in.shape.properties) > 0 {
		size = min(size, fullPage)
	}
	full := size
	if c.site.cfg.ShortPages && len(rows) > 0 {
		size = shorten(in.jql, int(rows[0].ID), size)
	}
	page := rows[:min(size, len(rows))]
	// Names and types of fields stand beside the issues, once.
	each := in.shape
	each.expand = slices.DeleteFunc(slices.Clone(each.expand), func(e string) bool { return e == "names" || e == "schema" })
	issues := make([]rawjson.Raw, len(page))
	for i, row := range page {
		issues[i] = c.site.body(row, each)
	}
	pairs := []any{"issues", issues}
	for _, m := range c.site.described(nil, in.shape, in.shape.fields.has) {
		pairs = append(pairs, m.Name, m.Value)
	}
	if warning := c.site.world.warn(); warning != "" {
		pairs = append(pairs, "warnings", []rawjson.Raw{rawjson.Object("type", "LIMIT_EXCEEDED", "message", warning)})
	}
	if len(page) == len(rows) {
		return ok(rawjson.Object(append(pairs, "isLast", true)...))
	}
	next := cursor{Query: hashOf(in.jql), After: page[len(page)-1].ID, Issued: now.Truncate(time.Hour).Unix(), Short: size < full}
	return ok(rawjson.Object(append(pairs, "nextPageToken", next.String(), "isLast", false)...))
}

// search returns the rows that the index finds: all that match and are visible,
// but not those added too recently, unless they are to be reconciled.
func (w *world) search(matches test, reconcile []string) []content.Row {
	w.mu.RLock()
	rows := slices.Clone(w.rows)
	w.mu.RUnlock()
	var candidates []content.Row
	for _, row := range rows {
		if matches(row) { // asks the world, so without its lock
			candidates = append(candidates, row)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(candidates, func(r content.Row) bool {
		if left, late := w.lag[r.ID]; late {
			if left == 1 {
				delete(w.lag, r.ID)
			} else {
				w.lag[r.ID] = left - 1
			}
			if !slices.Contains(reconcile, strconv.FormatInt(r.ID, 10)) {
				return true
			}
		}
		return !w.visible(r)
	})
}

// past returns the index of the first row after the one of that id, which may itself be gone.
func (w *world) past(rows []content.Row, id int64, order func(a, b content.Row) int) int {
	w.mu.RLock()
	i, found := w.position(strconv.FormatInt(id, 10))
	var last content.Row
	if found {
		last = w.rows[i]
	}
	w.mu.RUnlock()
	if !found {
		return len(rows)
	}
	n, equal := slices.BinarySearchFunc(rows, last, order)
	if equal {
		n++
	}
	return n
}

// pageToken returns the token of a request that continues another one.
func (c *call) pageToken() string {
	if c.r.Method == http.MethodGet {
		return c.query.Get("nextPageToken") + c.query.Get("cursor")
	}
	if !isObject(c.body) || !strings.Contains(string(c.body), "nextPageToken") {
		return "" // on POST a token in the query string is ignored
	}
	var in struct {
		Token string `json:"nextPageToken"`
	}
	_ = json.Unmarshal(c.body, &in) // what cannot be read holds no token
	return in.Token
}

// removedSearch is what became of the search that was paged by startAt.
func removedSearch(*call) reply {
	return refuse(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.")
}
