package samplesite

import (
	"fmt"
	"hash/fnv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// window of a list that is paged by startAt.
type span struct {
	startAt, size, total int
}

// end is the index after the last item of the page.
func (s span) end() int { return min(s.total, s.startAt+s.size) }

// page reads startAt and maxResults: negative positions become 0, sizes below 1
// become 1 and too large ones the maximum, a position past the end is echoed.
func (c *call) page(total, otherwise, most int) (span, *reply) {
	start, bad := c.number("startAt", 0)
	if bad != nil {
		return span{}, bad
	}
	size, bad := c.number("maxResults", int64(otherwise))
	if bad != nil {
		return span{}, bad
	}
	s := span{startAt: int(min(max(start, 0), 1<<31-1)), size: int(min(max(size, 1), int64(most))), total: total}
	if c.site.cfg.ShortPages {
		s.size = shorten(c.r.URL.Path, s.startAt, s.size)
	}
	return s, nil
}

// from is the index of the first item, inside the list.
func (s span) from() int { return min(s.startAt, s.total) }

// shorten makes about every third page smaller, the same ones each time.
func shorten(what string, start, size int) int {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", what, start)
	if n := int(h.Sum32() >> 3); n%3 == 0 && size > 1 {
		return 1 + n%(size-1)
	}
	return size
}

// bean is the envelope that Jira calls PageBean.
func (c *call) bean(s span, values []rawjson.Raw) reply {
	self := content.Base + c.r.URL.Path
	at := func(start int) string {
		q := c.r.URL.Query()
		q.Set("startAt", fmt.Sprint(start))
		q.Set("maxResults", fmt.Sprint(s.size))
		return self + "?" + q.Encode()
	}
	last := s.end() >= s.total
	pairs := []any{"self", at(s.startAt)}
	if !last {
		pairs = append(pairs, "nextPage", at(s.end()))
	}
	pairs = append(pairs, "maxResults", s.size, "startAt", s.startAt, "total", s.total, "isLast", last, "values", values)
	return ok(rawjson.Object(pairs...))
}

// cutOut returns the page's items.
func cutOut[T any](s span, all []T) []T {
	if s.from() >= s.end() {
		return nil
	}
	return all[s.from():s.end()]
}
