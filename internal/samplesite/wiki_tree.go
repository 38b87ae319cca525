package samplesite

import (
	"cmp"
	"net/http"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// treeRoutes serves what is in the trees of spaces: folders, whiteboards,
// databases and smart links, one by one, and what is below and above any node.
func treeRoutes() []route {
	var routes []route
	add := func(scope, path, kind string, answer func(*call, content.Node) reply) {
		routes = append(routes, route{method: http.MethodGet, template: WikiV2 + path, scopes: []string{scope},
			answer: func(c *call) reply { return c.below(kind, answer) }})
	}
	for _, one := range []struct{ path, kind string }{
		{"/pages", content.PageType}, {"/folders", content.FolderType}, {"/whiteboards", content.WhiteboardType},
		{"/databases", content.DatabaseType}, {"/embeds", content.EmbedType},
	} {
		if one.kind != content.PageType {
			add("read:"+one.kind+":confluence", one.path+"/{id}", one.kind, getOther)
		}
		add(readTree, one.path+"/{id}/direct-children", one.kind, listDirectChildren)
		add(readTree, one.path+"/{id}/descendants", one.kind, listDescendants)
		add(readMetadata, one.path+"/{id}/ancestors", one.kind, listAncestors)
	}
	add(readPage, "/pages/{id}/children", content.PageType, listChildPages)
	return routes
}

// otherBody is what the site answers of a folder, whiteboard, database or smart link.
func (s *Site) otherBody(n content.Node) rawjson.Raw {
	members, err := rawjson.Split(s.wiki.src.Detail(n))
	if err != nil {
		return nil // details are our own
	}
	return composed(members, nil, true)
}

func getOther(c *call, n content.Node) reply {
	if _, bad := c.included("collaborators", "direct-children", "operations", "properties"); bad != nil {
		return *bad
	}
	return wikiOK(c.site.otherBody(n))
}

// placed is a node below another one.
type placed struct {
	seenNode
	depth int
}

// inTree reports whether lists of the tree show a node of its status.
func inTree(n content.Node) bool { return n.Status == "current" || n.Status == "archived" }

// descend returns what is below a node down to a depth, level by level, each level
// in the order of its parents and of their children's positions. The way down leads
// through what is not shown itself.
func (w *wikiWorld) descend(top content.Node, depth int, key bool) []placed {
	w.mu.RLock()
	defer w.mu.RUnlock()
	below := map[int64][]content.Node{}
	for _, n := range w.nodes {
		if n.Space == top.Space && n.Parent != 0 && !w.deleted[n.ID] {
			below[n.Parent] = append(below[n.Parent], n)
		}
	}
	var out []placed
	level := []content.Node{top}
	for d := 1; d <= depth && len(level) > 0; d++ {
		var next []content.Node
		for _, up := range level {
			children := below[up.ID]
			slices.SortStableFunc(children, func(a, b content.Node) int {
				return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
			})
			next = append(next, children...)
		}
		for _, n := range next {
			if inTree(n) {
				out = append(out, placed{seenNode{n, w.visible(n, key)}, d})
			}
		}
		level = next
	}
	return out
}

func treeList(body func(placed) rawjson.Raw) cursorList[placed] {
	return cursorList[placed]{usual: 25, most: 250, id: func(p placed) int64 { return p.ID }, hidden: func(p placed) bool { return !p.seen }, body: body}
}

func listDirectChildren(c *call, n content.Node) reply {
	return listChildren(c, n, func(p placed) rawjson.Raw {
		return rawjson.Object("id", idText(p.ID), "status", p.Status, "title", p.Title, "type", p.Type, "spaceId", c.spaceID(p.Node), "childPosition", p.Position)
	})
}

// listChildPages answers the deprecated list of the pages below a page, without anything else that is there.
func listChildPages(c *call, n content.Node) reply {
	return listChildren(c, n, func(p placed) rawjson.Raw {
		return rawjson.Object("id", idText(p.ID), "status", p.Status, "title", p.Title, "spaceId", c.spaceID(p.Node), "childPosition", p.Position)
	}, content.PageType)
}

func listChildren(c *call, n content.Node, body func(placed) rawjson.Raw, kinds ...string) reply {
	order, bad := c.oneOf("sort", "id", "-id", "created-date", "-created-date", "modified-date", "-modified-date", "child-position", "-child-position")
	if bad != nil {
		return *bad
	}
	all := c.site.wiki.descend(n, 1, c.adminKey())
	nodes := []seenNode{}
	for _, p := range all {
		if len(kinds) == 0 || slices.Contains(kinds, p.Type) {
			nodes = append(nodes, p.seenNode)
		}
	}
	sortNodes(nodes, order)
	if order == "-child-position" {
		slices.Reverse(nodes)
	}
	all = all[:0]
	for _, one := range nodes {
		all = append(all, placed{one, 1})
	}
	return treeList(body).page(c, all)
}

// The depths that descendants can be asked for.
const (
	usualDepth = 2
	mostDepth  = 10
)

func listDescendants(c *call, n content.Node) reply {
	depth, bad := c.wikiInt("depth", usualDepth, 1, mostDepth)
	if bad != nil {
		return *bad
	}
	return treeList(func(p placed) rawjson.Raw {
		return rawjson.Object("id", idText(p.ID), "status", p.Status, "title", p.Title, "type", p.Type, "parentId", idText(p.Parent),
			"depth", p.depth, "childPosition", p.Position)
	}).page(c, c.site.wiki.descend(n, int(depth), c.adminKey()))
}

// listAncestors answers the nodes above one, the highest first: the nearest of them
// where the limit leaves some out.
func listAncestors(c *call, n content.Node) reply {
	limit, bad := c.wikiInt("limit", 25, 1, 250)
	if bad != nil {
		return *bad
	}
	w := c.site.wiki
	var items []rawjson.Raw
	w.mu.RLock()
	for up, found := w.find(n.Parent); found && len(items) < int(limit); up, found = w.find(up.Parent) {
		items = append(items, rawjson.Object("id", idText(up.ID), "type", up.Type))
	}
	w.mu.RUnlock()
	slices.Reverse(items)
	return c.cursorPage(items, "", false)
}

func (c *call) spaceID(n content.Node) string { return idText(c.site.wiki.src.Spaces()[n.Space].ID) }
