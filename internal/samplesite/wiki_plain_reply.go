package samplesite

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// wikiBase is what links of Confluence's bodies are relative to.
const wikiBase = content.Base + "/wiki"

// Page sizes of REST v1: what larger wishes are cut to.
const plainMost = 200

// mostStart is the furthest position that a list of REST v1 is read at.
const mostStart = 100_000

// plainNumber reads a number that must not be negative; the first value counts where it is repeated.
func (c *call) plainNumber(name string, otherwise int) (int, *reply) {
	values := c.query[name]
	if len(values) == 0 || values[0] == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(values[0], 10, 32)
	if err != nil {
		p := plainRefuse(http.StatusBadRequest, "For input string: \""+values[0]+"\"")
		return 0, &p
	}
	if n < 0 {
		p := plainRefuse(http.StatusBadRequest, name+" cannot be negative")
		return 0, &p
	}
	return int(n), nil
}

// plainSpan reads start and limit. A limit of 0 is an empty page.
func (c *call) plainSpan(total, otherwise, most int) (span, *reply) {
	start, bad := c.plainNumber("start", 0)
	if bad != nil {
		return span{}, bad
	}
	limit, bad := c.plainNumber("limit", otherwise)
	if bad != nil {
		return span{}, bad
	}
	if start > mostStart {
		p := plainRefuse(http.StatusBadRequest, fmt.Sprintf("start cannot be greater than %d", mostStart))
		return span{}, &p
	}
	s := span{startAt: start, size: min(limit, most), total: total}
	if c.site.cfg.ShortPages && s.size > 0 {
		s.size = shorten(c.r.URL.Path, s.startAt, s.size)
	}
	return s, nil
}

// plainPath is the path of the request as links of REST v1 have it: without /wiki and without the gateway.
func (c *call) plainPath() string { return strings.TrimPrefix(c.path(), "/wiki") }

// plainLinks is the links of a page; those to the next one are relative to base.
func (c *call) plainLinks(s span, limit int) rawjson.Raw {
	at := func(start int) string {
		q := maps.Clone(c.query)
		q.Set("start", strconv.Itoa(start))
		q.Set("limit", strconv.Itoa(limit))
		return c.plainPath() + "?" + q.Encode()
	}
	pairs := []any{"base", wikiBase, "context", "/wiki", "self", wikiBase + at(s.startAt)}
	if s.end() < s.total {
		pairs = append(pairs, "next", at(s.end()))
	}
	return rawjson.Object(pairs...)
}

// plainLimit is the limit that a page says it has, which the next one is asked with.
func (c *call) plainLimit(otherwise, most int) int {
	limit, _ := c.plainNumber("limit", otherwise)
	return min(limit, most)
}

// plainPaged answers a page of REST v1.
func plainPaged(c *call, l *listing, _ string, all []content.Entry) reply {
	s, bad := c.plainSpan(len(all), l.size, l.most)
	if bad != nil {
		return *bad
	}
	limit := c.plainLimit(l.size, l.most)
	page := l.bodies(c, cutOut(s, all))
	pairs := []any{"results", page, "start", s.startAt, "limit", limit, "size", len(page)}
	if c.query.Get("shouldReturnTotalSize") == "true" {
		pairs = append(pairs, "totalSize", s.total)
	}
	return wikiOK(rawjson.Object(append(pairs, "_links", c.plainLinks(s, limit))...))
}

// form is a way to answer with a list.
type form = func(*call, *listing, string, []content.Entry) reply

// strictly answers like a form, but refuses a limit above the list's most.
func strictly(f form) form {
	return func(c *call, l *listing, owner string, all []content.Entry) reply {
		if n, bad := c.plainNumber("limit", l.size); bad == nil && n > l.most {
			return plainRefuse(http.StatusBadRequest, fmt.Sprintf("limit cannot be greater than %d", l.most))
		}
		return f(c, l, owner, all)
	}
}

// notZero answers like a form, but refuses a limit of 0.
func notZero(f form) form {
	return func(c *call, l *listing, owner string, all []content.Entry) reply {
		if n, bad := c.plainNumber("limit", l.size); bad == nil && n == 0 {
			return plainRefuse(http.StatusBadRequest, "limit must be greater than zero")
		}
		return f(c, l, owner, all)
	}
}

// plainBare answers the whole list.
func plainBare(c *call, l *listing, _ string, all []content.Entry) reply {
	return wikiOK(rawjson.Array(l.bodies(c, all)))
}

// plainSingle answers the one entry of its owner.
func plainSingle(c *call, l *listing, _ string, all []content.Entry) reply {
	if len(all) == 0 {
		return c.nothingSet()
	}
	return wikiOK(l.shown(c, all[0].Body))
}
