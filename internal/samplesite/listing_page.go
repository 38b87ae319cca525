package samplesite

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// paged answers a page of a list with startAt, total and isLast.
func paged(c *call, l *listing, _ string, all []content.Entry) reply {
	s, bad := c.page(len(all), l.size, l.most)
	if bad != nil {
		return *bad
	}
	return c.bean(s, l.bodies(c, cutOut(s, all)))
}

// pagedPlainly is a page of the agile API, which names no addresses.
func pagedPlainly(c *call, l *listing, _ string, all []content.Entry) reply {
	s, bad := c.page(len(all), l.size, l.most)
	if bad != nil {
		return *bad
	}
	return ok(rawjson.Object("maxResults", s.size, "startAt", s.startAt, "total", s.total, "isLast", s.end() >= s.total, "values", l.bodies(c, cutOut(s, all))))
}

// bare answers the whole list.
func bare(c *call, l *listing, _ string, all []content.Entry) reply {
	return ok(rawjson.Array(l.bodies(c, all)))
}

// barePages answers a page that is nothing but its entries.
func barePages(c *call, l *listing, _ string, all []content.Entry) reply {
	s, bad := c.page(len(all), l.size, l.most)
	if bad != nil {
		return *bad
	}
	return ok(rawjson.Array(l.bodies(c, cutOut(s, all))))
}

// under answers the whole list as a member of an object.
func under(name string) func(*call, *listing, string, []content.Entry) reply {
	return func(c *call, l *listing, _ string, all []content.Entry) reply {
		return ok(rawjson.Object(name, l.bodies(c, all)))
	}
}

// single answers the one entry of its owner.
func single(c *call, l *listing, _ string, all []content.Entry) reply {
	if len(all) == 0 {
		return refuse(http.StatusNotFound, "Nothing was found.")
	}
	return ok(l.shown(c, all[0].Body))
}

// keyed answers the keys of properties, or one property where the path names it.
func keyed(c *call, _ *listing, _ string, all []content.Entry) reply {
	if key := c.params["propertyKey"]; key != "" {
		i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == key })
		if i < 0 {
			return refuse(http.StatusNotFound, "The property with key '"+key+"' does not exist.")
		}
		return ok(all[i].Body)
	}
	keys := []rawjson.Raw{}
	for _, e := range all {
		keys = append(keys, rawjson.Object("self", content.Base+c.r.URL.Path+"/"+url.PathEscape(e.ID), "key", e.ID))
	}
	return ok(rawjson.Object("keys", keys))
}

// byCursor answers a page of plans or of their teams.
func byCursor(c *call, l *listing, owner string, all []content.Entry) reply {
	size, bad := c.number("maxResults", int64(l.size))
	if bad != nil {
		return *bad
	}
	start, size := 0, min(max(size, 1), int64(l.most))
	full := size
	token := c.query.Get("cursor")
	if token != "" {
		k, valid := readCursor(token)
		if !valid || k.Query != hashOf(l.kind+" "+owner) {
			return refuse(http.StatusBadRequest, "The cursor is invalid.")
		}
		start = int(k.After)
	}
	if c.site.cfg.ShortPages {
		size = int64(shorten(c.r.URL.Path, start, int(size)))
	}
	s := span{startAt: start, size: int(size), total: len(all)}
	page := cutOut(s, all)
	pairs := []any{"cursor", token, "last", s.end() >= s.total, "size", len(page), "total", s.total}
	if s.end() < s.total {
		pairs = append(pairs, "nextPageCursor", cursor{Query: hashOf(l.kind + " " + owner), After: int64(s.end()), Short: size < full}.String())
	}
	return ok(rawjson.Object(append(pairs, "values", l.bodies(c, page))...))
}

// optedIn answers a page of the service management API, whose experimental
// operations want a header that says that one knows.
func optedIn(c *call, l *listing, _ string, all []content.Entry) reply {
	if c.r.Header.Get("X-ExperimentalApi") != "opt-in" {
		return serviceError(http.StatusPreconditionFailed, "This API is experimental. Experimental APIs are not guaranteed to be stable within the preview period. "+
			"You must set the header 'X-ExperimentalApi: opt-in' to opt into using this API.")
	}
	start, bad := c.number("start", 0)
	if bad != nil {
		return *bad
	}
	limit, bad := c.number("limit", int64(l.size))
	if bad != nil {
		return *bad
	}
	if start < 0 || limit < 0 {
		return serviceError(http.StatusBadRequest, "The start and limit parameters must not be negative.")
	}
	s := span{startAt: int(min(start, 1<<31-1)), size: int(min(max(limit, 1), int64(l.most))), total: len(all)}
	if c.site.cfg.ShortPages {
		s.size = shorten(c.r.URL.Path, s.startAt, s.size)
	}
	page := l.bodies(c, cutOut(s, all))
	self := content.Base + c.r.URL.Path + "?start=" + strconv.Itoa(s.startAt) + "&limit=" + strconv.Itoa(s.size)
	links := []any{"self", self, "base", content.Base, "context", ""}
	if s.end() < s.total {
		links = append(links, "next", content.Base+c.r.URL.Path+"?start="+strconv.Itoa(s.end())+"&limit="+strconv.Itoa(s.size))
	}
	return ok(rawjson.Object("_expands", []string{}, "size", len(page), "start", s.startAt, "limit", s.size,
		"isLastPage", s.end() >= s.total, "_links", rawjson.Object(links...), "values", page))
}

// serviceError is an error of the service management API.
func serviceError(status int, message string) reply {
	return typed(status, jsonType, rawjson.Object("errorMessage", message,
		"i18nErrorMessage", rawjson.Object("i18nKey", "sd.error", "parameters", []string{})))
}
