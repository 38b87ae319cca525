package samplesite

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

func idText(id int64) string { return strconv.FormatInt(id, 10) }

// seenNode is a node and whether the account sees it.
type seenNode struct {
	content.Node
	seen bool
}

func nodeID(n seenNode) int64    { return n.ID }
func nodeHidden(n seenNode) bool { return !n.seen }

// nodesFor returns the nodes that match, by ascending id, of all or of those with the ids.
func (w *wikiWorld) nodesFor(key bool, ids []int64, matches func(content.Node) bool) []seenNode {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []seenNode
	take := func(n content.Node) {
		if matches(n) {
			out = append(out, seenNode{n, w.visible(n, key)})
		}
	}
	if ids == nil {
		for _, n := range w.nodes {
			take(n)
		}
		return out
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if n, found := w.find(id); found {
			take(n)
		}
	}
	return out
}

// Statuses of pages and blog posts that lists can be asked for, and those that they show by themselves.
var (
	pageStatuses, usualPageStatuses = []string{"current", "archived", "deleted", "trashed"}, []string{"current", "archived"}
	blogStatuses, usualBlogStatuses = []string{"current", "deleted", "trashed"}, []string{"current"}
)

// listNodes answers the pages or blog posts of the site or of one space.
func listNodes(c *call, kind string, ofSpace bool) reply {
	possible, usual, orders := pageStatuses, usualPageStatuses, []string{"id", "-id", "created-date", "-created-date", "modified-date", "-modified-date", "title", "-title"}
	if kind == content.BlogType {
		possible, usual, orders = blogStatuses, usualBlogStatuses, orders[:6]
	}
	statuses, bad1 := c.someOf("status", usual, possible...)
	format, bad2 := c.oneOf("body-format", listFormats...)
	order, bad3 := c.oneOf("sort", orders...)
	if bad := cmp.Or(bad1, bad2, bad3); bad != nil {
		return *bad
	}
	var ids []int64
	var spaces []int
	root := false
	if ofSpace {
		i, bad := c.spaceAsked()
		if bad != nil {
			return *bad
		}
		depth, bad := c.oneOf("depth", "all", "root")
		if bad != nil {
			return *bad
		}
		spaces, root = []int{i}, depth == "root" && kind == content.PageType
	} else {
		var bad *reply
		if ids, spaces, bad = c.idsAndSpaces(); bad != nil {
			return *bad
		}
	}
	subtype, bad := c.oneOf("subtype", "live", "page")
	if bad != nil {
		return *bad
	}
	title, titled := c.query["title"]
	all := c.site.wiki.nodesFor(c.adminKey(), ids, func(n content.Node) bool {
		return n.Type == kind && slices.Contains(statuses, n.Status) && (spaces == nil || slices.Contains(spaces, n.Space)) &&
			(!titled || n.Title == title[0]) && (!root || n.Parent == 0)
	})
	if subtype != "" && !ofSpace && kind == content.PageType {
		all = slices.DeleteFunc(all, func(n seenNode) bool {
			live := at(rawjson.Members(c.site.wiki.contentOf(n.Node).Members()), "subtype") == "live"
			return live != (subtype == "live")
		})
	}
	sortNodes(all, order)
	return cursorList[seenNode]{usual: 25, most: 250, id: nodeID, hidden: nodeHidden,
		body: func(n seenNode) rawjson.Raw { return c.site.pageBody(n.Node, pageShape{format: format}) }}.page(c, all)
}

// idsAndSpaces reads the parameters id and space-id; spaces are indices, nil where none are given.
func (c *call) idsAndSpaces() (ids []int64, spaces []int, bad *reply) {
	if ids, bad = c.wikiIDs("id", 250); bad != nil {
		return nil, nil, bad
	}
	given, bad := c.wikiIDs("space-id", 100)
	if bad != nil || given == nil {
		return ids, nil, bad
	}
	spaces = []int{}
	for i, one := range c.site.wiki.src.Spaces() {
		if slices.Contains(given, one.ID) {
			spaces = append(spaces, i)
		}
	}
	return ids, spaces, nil
}

// sortNodes orders nodes that are in the order of their ids.
func sortNodes(all []seenNode, order string) {
	by := map[string]func(a, b seenNode) int{
		"id":            func(a, b seenNode) int { return cmp.Compare(a.ID, b.ID) },
		"created-date":  func(a, b seenNode) int { return cmp.Compare(a.Created, b.Created) },
		"modified-date": func(a, b seenNode) int { return cmp.Compare(a.Modified, b.Modified) },
		"title":         func(a, b seenNode) int { return strings.Compare(a.Title, b.Title) },
	}[strings.TrimPrefix(order, "-")]
	if by == nil {
		return
	}
	slices.SortStableFunc(all, func(a, b seenNode) int {
		if strings.HasPrefix(order, "-") {
			a, b = b, a
		}
		return by(a, b)
	})
}

// getNode answers for one page or blog post.
func getNode(c *call, kind string) reply {
	possible := []string{"current", "archived", "trashed", "deleted", "historical", "draft"}
	usual := usualPageStatuses
	if kind == content.BlogType {
		possible, usual = slices.Delete(possible, 1, 2), usualBlogStatuses
	}
	id, bad1 := c.pathID("id")
	format, bad2 := c.oneOf("body-format", singleFormats...)
	statuses, bad3 := c.someOf("status", usual, possible...)
	draft, bad4 := c.wikiFlag("get-draft", false)
	version, bad5 := c.wikiInt("version", 0, 1, 1<<31-1)
	with, bad6 := c.included("labels", "properties", "operations", "likes", "versions", "favorited-by-current-user-status",
		"webresources", "collaborators", "direct-children")
	described, bad7 := c.wikiFlag("include-version", true)
	if bad := cmp.Or(bad1, bad2, bad3, bad4, bad5, bad6, bad7); bad != nil {
		return *bad
	}
	n, found := c.site.wiki.node(id, c.adminKey())
	if !found || n.Type != kind || !slices.Contains(statuses, n.Status) && !(draft && n.Status == "draft") {
		return wikiAbsent()
	}
	body := c.site.pageBody(n, pageShape{format: format, version: int(version), noVersion: !described, single: true, with: with})
	if body == nil {
		return wikiAbsent()
	}
	return wikiOK(body)
}

// included reads which of include-* are asked for.
func (c *call) included(names ...string) (map[string]bool, *reply) {
	out := map[string]bool{}
	for _, name := range names {
		yes, bad := c.wikiFlag("include-"+name, false)
		if bad != nil {
			return nil, bad
		}
		out[name] = yes
	}
	return out, nil
}
