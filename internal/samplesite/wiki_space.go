package samplesite

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// wikiSpaceRoutes serves spaces and what belongs to them and to the site (REST v2).
func (s *Site) wikiSpaceRoutes() []route {
	const get = http.MethodGet
	space := []string{readSpace}
	return slices.Concat(s.listRoutes(WikiV2), []route{
		{method: get, template: WikiV2 + "/spaces", scopes: space, answer: listSpaces},
		{method: get, template: WikiV2 + "/spaces/{id}", scopes: space, answer: getSpace},
		{method: get, template: WikiV2 + "/spaces/{id}/labels", scopes: space, answer: listSpaceLabels},
		{method: get, template: WikiV2 + "/spaces/{id}/content/labels", scopes: space, answer: listContentLabels},
		{method: http.MethodPost, template: WikiV2 + "/users-bulk", scopes: []string{readAccounts}, answer: bulkUsers},
		{method: get, template: WikiV2 + "/admin-key", answer: getAdminKey},
		{method: http.MethodPost, template: WikiV2 + "/admin-key", answer: postAdminKey},
		{method: http.MethodDelete, template: WikiV2 + "/admin-key", answer: deleteAdminKey},
	})
}

// spaceShape is what a request wants to see of a space.
type spaceShape struct {
	format string // of the description, "" for none
	icon   bool
	single bool // as GET /spaces/{id} gives it
}

// shapeOfSpace reads the parameters that say so.
func (c *call) shapeOfSpace(single bool) (spaceShape, *reply) {
	format, bad := c.oneOf("description-format", "plain", "view")
	if bad != nil {
		return spaceShape{}, bad
	}
	icon, bad := c.wikiFlag("include-icon", false)
	return spaceShape{format: format, icon: icon, single: single}, bad
}

// spaceBody is a space as lists give it, or as it is given alone.
func spaceBody(s content.Space, shape spaceShape, more ...rawjson.Member) rawjson.Raw {
	var out []rawjson.Member
	for _, m := range s.Members {
		switch m.Name {
		case "description":
			all, err := rawjson.Split(m.Value)
			text := rawjson.Get(all, shape.format)
			if err != nil || text == nil {
				continue
			}
			m.Value = rawjson.Object(shape.format, text)
		case "icon":
			if !shape.icon {
				continue
			}
		case "currentActiveAlias":
			if shape.single {
				continue
			}
		case "_links":
			if shape.single {
				out = append(out, more...)
				m.Value = withBase(m.Value)
			}
		}
		out = append(out, m)
	}
	return rawjson.Members(out)
}

// spaceTypes and spaceOrders are what the document lets a request for spaces name.
var (
	spaceTypes  = []string{"global", "collaboration", "knowledge_base", "personal", "system", "onboarding", "xflow_sample_space"}
	spaceOrders = []string{"id", "-id", "key", "-key", "name", "-name"}
)

// placedSpace is a space and its index in Spaces.
type placedSpace struct {
	content.Space
	index int
}

func listSpaces(c *call) reply {
	shape, bad := c.shapeOfSpace(false)
	if bad != nil {
		return *bad
	}
	ids, bad := c.wikiIDs("ids", 250)
	if bad != nil {
		return *bad
	}
	keys := splitList(c.query["keys"]...)
	if len(keys) > 250 {
		return *wikiInvalid("Provided value for 'keys' has %d items, which is more than 250", len(keys))
	}
	kind, bad := c.oneOf("type", spaceTypes...)
	if bad != nil {
		return *bad
	}
	status, bad := c.oneOf("status", "current", "archived")
	if bad != nil {
		return *bad
	}
	order, bad := c.oneOf("sort", spaceOrders...)
	if bad != nil {
		return *bad
	}
	var all []placedSpace
	for i, s := range c.site.wiki.src.Spaces() {
		if (len(ids) == 0 || slices.Contains(ids, s.ID)) && (len(keys) == 0 || slices.Contains(keys, s.Key)) && (kind == "" || kind == s.Type) && (status == "" || status == s.Status) {
			all = append(all, placedSpace{s, i})
		}
	}
	l := cursorList[placedSpace]{usual: 25, most: 250, hidden: func(s placedSpace) bool { return !c.site.wiki.shows(s.index) },
		body: func(s placedSpace) rawjson.Raw { return spaceBody(s.Space, shape) }}
	by, descending := strings.CutPrefix(order, "-")
	switch by {
	case "key":
		slices.SortStableFunc(all, func(a, b placedSpace) int { return cmp.Compare(a.Key, b.Key) })
	case "name":
		slices.SortStableFunc(all, func(a, b placedSpace) int { return cmp.Compare(a.Name, b.Name) })
	}
	if descending {
		slices.Reverse(all)
	}
	return l.page(c, all)
}

// shows reports whether the account sees a space. The caller does not hold mu.
func (w *wikiWorld) shows(space int) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.sees(space)
}

// spaceIncludes is what GET /spaces/{id} adds on request, and the kinds that hold it.
var spaceIncludes = []struct{ name, path, kind string }{
	{"labels", "/labels", "spaceLabel"}, {"properties", "/properties", "spaceProperty"},
	{"permissions", "/permissions", "spacePermissionAssignment"}, {"role-assignments", "/role-assignments", "spaceRoleAssignment"},
}

func getSpace(c *call) reply {
	shape, bad := c.shapeOfSpace(true)
	if bad != nil {
		return *bad
	}
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	space := c.site.wiki.src.Spaces()[i]
	id := strconv.FormatInt(space.ID, 10)
	var more []rawjson.Member
	for _, one := range spaceIncludes {
		wanted, bad := c.wikiFlag("include-"+one.name, false)
		if bad != nil {
			return *bad
		}
		if !wanted {
			continue
		}
		all := c.site.wikiList(c.site.wikiListOf(one.kind), id)
		if one.name == "labels" {
			all = labelsOf(all, "my", "team")
		}
		name := map[string]string{"role-assignments": "roleAssignments"}[one.name]
		more = append(more, rawjson.Member{Name: cmp.Or(name, one.name), Value: within(WikiV2+"/spaces/"+id+one.path, all, nil,
			func(e content.Entry) rawjson.Raw { return e.Body })})
	}
	return wikiOK(spaceBody(space, shape, more...))
}

// labelsOf is labels of REST v1 with one of the prefixes, as REST v2 has them.
func labelsOf(all []content.Entry, prefixes ...string) []content.Entry {
	var out []content.Entry
	for _, e := range all {
		if prefix := at(e.Body, "prefix"); slices.Contains(prefixes, prefix) {
			e.Body = rawjson.Object("id", at(e.Body, "id"), "name", at(e.Body, "name"), "prefix", prefix)
			out = append(out, e)
		}
	}
	return out
}

// listSpaceLabels gives labels with the prefixes "my" and "team" only, as the document has it.
func listSpaceLabels(c *call) reply {
	return c.labels(func(id string, _ int) []content.Entry {
		return c.site.wikiList(c.site.wikiListOf("spaceLabel"), id)
	})
}

// listContentLabels gives those of the pages and blog posts of a space.
func listContentLabels(c *call) reply {
	return c.labels(func(_ string, space int) []content.Entry {
		seen := map[string]bool{}
		var all []content.Entry
		for _, n := range c.site.wiki.in(space, c.adminKey()) {
			if !hasText(n) {
				continue
			}
			for _, e := range c.site.wiki.contentOf(n).Labels() {
				if !seen[e.ID] {
					seen[e.ID] = true
					all = append(all, e)
				}
			}
		}
		return all
	})
}

// labels answers a page of those that a space has.
func (c *call) labels(of func(id string, space int) []content.Entry) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	prefixes, bad := c.someOf("prefix", []string{"my", "team"}, "my", "team")
	if bad != nil {
		return *bad
	}
	all := labelsOf(of(strconv.FormatInt(c.site.wiki.src.Spaces()[i].ID, 10), i), prefixes...)
	return cursorList[content.Entry]{usual: 25, most: 250, body: func(e content.Entry) rawjson.Raw { return e.Body }}.page(c, all)
}

// in returns the nodes of a space that the account sees, by ascending id. The caller does not hold mu.
func (w *wikiWorld) in(space int, key bool) []content.Node {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []content.Node
	for _, n := range w.nodes {
		if n.Space == space && w.visible(n, key) {
			out = append(out, n)
		}
	}
	return out
}

// hasText reports whether a node is a page or blog post.
func hasText(n content.Node) bool { return n.Type == content.PageType || n.Type == content.BlogType }
