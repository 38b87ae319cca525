package samplesite

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// restrictable is the operations that content can be restricted for.
var restrictable = []string{"read", "update"}

// usualRestrictions is how many users and how many groups are given where nothing is asked for.
const usualRestrictions = 100

// restrictedNode is the page or blog post that a request names. What is in the trash and drafts have no restrictions.
func (c *call) restrictedNode() (content.Node, *reply) {
	id, err := strconv.ParseInt(c.params["id"], 10, 64)
	n, found := c.site.wiki.node(id, c.adminKey())
	if err != nil || !found || !hasText(n) || n.Status == "trashed" || n.Status == "draft" {
		p := plainRefuse(http.StatusNotFound, "No content found with id: "+c.params["id"])
		return n, &p
	}
	return n, nil
}

// listRestrictions gives those of all operations, as a list.
func listRestrictions(c *call) reply {
	n, bad := c.restrictedNode()
	if bad != nil {
		return *bad
	}
	s, bad := c.plainSpan(len(restrictable), usualRestrictions, plainMost)
	if bad != nil {
		return *bad
	}
	items := make([]rawjson.Raw, len(restrictable))
	for i, operation := range restrictable {
		items[i] = c.restriction(n, operation, s, c.shownRestrictions(operation))
	}
	return wikiOK(rawjson.Object("results", items, "start", s.startAt, "limit", c.plainLimit(usualRestrictions, plainMost), "size", len(items),
		"restrictionsHash", strconv.FormatUint(hashOf(fmt.Sprint(n.ID)), 16), "_links", rawjson.Object("self", wikiBase+c.plainPath(), "base", wikiBase, "context", "/wiki")))
}

// restrictionsByOperation gives them by operation: the first 200 users and groups
// of each, the rest by restrictionsOf.
func restrictionsByOperation(c *call) reply {
	n, bad := c.restrictedNode()
	if bad != nil {
		return *bad
	}
	return wikiOK(c.site.restrictionBody(n, c.shownRestrictions("")))
}

// restrictionBody is the reply of restriction/byOperation.
func (s *Site) restrictionBody(n content.Node, shown []string) rawjson.Raw {
	self := fmt.Sprintf("/rest/api/content/%d/restriction/byOperation", n.ID)
	pairs := []any{}
	for _, operation := range restrictable {
		pairs = append(pairs, operation, s.restriction(n, operation, span{size: plainMost}, plainMost, shown, self+"/"+operation))
	}
	return rawjson.Object(append(pairs, "_links", rawjson.Object("self", wikiBase+self, "base", wikiBase, "context", "/wiki"))...)
}

// restrictionsOf gives a page of the users and of the groups of one operation.
func restrictionsOf(c *call) reply {
	n, bad := c.restrictedNode()
	if bad != nil {
		return *bad
	}
	operation := c.params["operationKey"]
	if !slices.Contains(restrictable, operation) {
		return plainRefuse(http.StatusBadRequest, "Restrictions are of the operations read and update, not of "+operation)
	}
	s, bad := c.plainSpan(0, usualRestrictions, plainMost)
	if bad != nil {
		return *bad
	}
	return wikiOK(c.restriction(n, operation, s, c.shownRestrictions("")))
}

// shownRestrictions is which of the two lists expand shows: "user", "group".
func (c *call) shownRestrictions(operation string) []string {
	asked := splitList(c.query["expand"]...)
	var out []string
	for _, one := range []string{"user", "group"} {
		if slices.Contains(asked, "restrictions."+one) || operation != "" && slices.Contains(asked, operation+".restrictions."+one) {
			out = append(out, one)
		}
	}
	return out
}

func (c *call) restriction(n content.Node, operation string, s span, shown []string) rawjson.Raw {
	self := fmt.Sprintf("/rest/api/content/%d/restriction/byOperation/%s", n.ID, operation)
	return c.site.restriction(n, operation, s, c.plainLimit(usualRestrictions, plainMost), shown, self)
}

// restriction is what an operation is restricted to: a part of its users and of its groups.
func (s *Site) restriction(n content.Node, operation string, part span, limit int, shown []string, self string) rawjson.Raw {
	links := rawjson.Object("self", wikiBase+self)
	if len(shown) == 0 {
		return rawjson.Object("operation", operation, "_expandable", rawjson.Object("restrictions", "", "content", fmt.Sprintf("/rest/api/content/%d", n.ID)), "_links", links)
	}
	users, groups := s.wiki.contentOf(n).Restriction(operation)
	var lists, left []any
	for i, all := range [][]content.Entry{users, groups} {
		name := []string{"user", "group"}[i]
		if !slices.Contains(shown, name) {
			left = append(left, name, "")
			continue
		}
		part.total = len(all)
		items := []rawjson.Raw{}
		for _, e := range cutOut(part, all) {
			items = append(items, e.Body)
		}
		list := []any{"results", items, "start", part.startAt, "limit", limit, "size", len(items), "totalSize", len(all)}
		if part.end() < part.total {
			list = append(list, "_links", rawjson.Object("next", fmt.Sprintf("%s?expand=restrictions.%s&start=%d&limit=%d", self, name, part.end(), limit)))
		}
		lists = append(lists, name, rawjson.Object(list...))
	}
	return rawjson.Object("operation", operation, "restrictions", rawjson.Object(append(lists, "_expandable", rawjson.Object(left...))...),
		"_expandable", rawjson.Object("content", fmt.Sprintf("/rest/api/content/%d", n.ID)), "_links", links)
}
