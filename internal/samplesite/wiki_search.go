package samplesite

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// usualSearch is how many results a page of the search has where none is asked for.
const usualSearch = 25

// searchScope is the parameter cqlcontext.
type searchScope struct {
	SpaceKey        string   `json:"spaceKey"`
	ContentStatuses []string `json:"contentStatuses"`
}

// searchContent finds content by CQL. It knows no Admin Key, leaves archived
// spaces out unless it is asked for them, and is paged by a cursor alone.
func searchContent(c *call) reply {
	query, err := parseCQL(c.query.Get("cql"))
	if err != nil {
		return plainRefuse(http.StatusBadRequest, "Could not parse cql : "+err.Error())
	}
	// Measured: a limit that is none is answered by nothing but the status.
	limit, bad := c.plainNumber("limit", usualSearch)
	if bad != nil {
		return reply{status: http.StatusNotFound}
	}
	start, bad := c.plainNumber("start", 0)
	if bad != nil {
		return *bad
	}
	scope := searchScope{ContentStatuses: []string{"current"}}
	if text := c.query.Get("cqlcontext"); text != "" {
		if err := json.Unmarshal([]byte(text), &scope); err != nil {
			return plainRefuse(http.StatusBadRequest, "Could not parse cqlcontext")
		}
	}
	from := int64(0)
	list := hashOf(c.query.Get("cql") + "\n" + c.query.Get("cqlcontext") + "\n" + c.query.Get("includeArchivedSpaces"))
	if token := c.query.Get("cursor"); token != "" {
		k, valid := readWikiToken(token)
		if !valid || k.Query != list {
			return plainRefuse(http.StatusBadRequest, "The cursor is not valid")
		}
		from = k.After
	}
	found := c.find(query, scope)
	total := len(found)
	found = found[sort.Search(total, func(i int) bool { return found[i].ID > from }):]
	size := limit
	if c.site.cfg.ShortPages && size > 0 {
		size = shorten(c.r.URL.Path, int(from), size)
	}
	page := found[:min(size, len(found))]
	items := make([]rawjson.Raw, len(page))
	for i, n := range page {
		items[i] = c.site.found(n)
	}
	links := []any{"base", wikiBase, "context", "/wiki", "self", wikiBase + c.plainPath() + "?" + c.r.URL.RawQuery}
	if len(page) < len(found) {
		after := from
		if len(page) > 0 {
			after = page[len(page)-1].ID
		}
		q := c.r.URL.Query()
		q.Set("cursor", wikiToken(cursor{Query: list, After: after, Short: len(page) < limit}))
		q.Set("limit", strconv.Itoa(limit))
		q.Set("start", strconv.Itoa(start+len(page)))
		q.Set("next", "true")
		links = append(links, "next", c.plainPath()+"?"+q.Encode())
	}
	return wikiOK(rawjson.Object("results", items, "start", start, "limit", limit, "size", len(items), "totalSize", total,
		"cqlQuery", c.query.Get("cql"), "searchDuration", 12, "_links", rawjson.Object(links...)))
}

// find returns what a query finds of what the account sees, by ascending id.
func (c *call) find(query cqlQuery, scope searchScope) []content.Node {
	w := c.site.wiki
	spaces := w.src.Spaces()
	statuses := scope.ContentStatuses
	if len(statuses) == 0 {
		statuses = []string{"current"}
	}
	archived := c.query.Get("includeArchivedSpaces") == "true"
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []content.Node
	for _, n := range w.nodes {
		space := spaces[n.Space]
		if !slices.Contains(statuses, n.Status) || scope.SpaceKey != "" && scope.SpaceKey != space.Key || space.Status == "archived" && !archived {
			continue
		}
		if query.matches(space.Key, n.Type, strconv.FormatInt(n.ID, 10)) && w.visible(n, false) {
			out = append(out, n)
		}
	}
	return out
}

// found is a result of the search.
func (s *Site) found(n content.Node) rawjson.Raw {
	space := s.wiki.src.Spaces()[n.Space]
	id := strconv.FormatInt(n.ID, 10)
	url := "/spaces/" + space.Key + "/" + n.Type + "/" + id
	self := wikiBase + "/rest/api/content/" + id
	body := rawjson.Object("id", id, "type", n.Type, "status", n.Status, "title", n.Title, "childTypes", rawjson.Object(),
		"_expandable", rawjson.Object("space", "/rest/api/space/"+space.Key, "version", "", "body", ""),
		"_links", rawjson.Object("webui", url, "self", self))
	return rawjson.Object("content", body, "title", n.Title, "excerpt", "", "url", url,
		"resultGlobalContainer", rawjson.Object("title", space.Name, "displayUrl", "/spaces/"+space.Key),
		"breadcrumbs", []rawjson.Raw{}, "entityType", "content", "iconCssClass", "aui-icon content-type-"+n.Type,
		"lastModified", content.FormatWikiTime(n.Modified), "friendlyLastModified", fmt.Sprintf("%.10s", content.FormatWikiTime(n.Modified)), "score", 0.0)
}
