package samplesite

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// writeContentV1 is the OAuth scope of what REST v1 changes of content.
const writeContentV1 = "write:confluence-content"

// treeWriteRoutes serves making and deleting folders, whiteboards, databases and
// smart links, and what REST v1 does with pages in the tree.
func treeWriteRoutes() []route {
	var routes []route
	for path, kind := range map[string]string{"/folders": content.FolderType, "/whiteboards": content.WhiteboardType, "/databases": content.DatabaseType, "/embeds": content.EmbedType} {
		routes = append(routes,
			route{method: http.MethodPost, template: WikiV2 + path, scopes: []string{"write:" + kind + ":confluence"}, answer: func(c *call) reply { return postOther(c, kind) }},
			route{method: http.MethodDelete, template: WikiV2 + path + "/{id}", scopes: []string{"delete:" + kind + ":confluence"},
				answer: func(c *call) reply { return c.below(kind, deleteOther) }})
	}
	return append(routes,
		route{method: http.MethodPost, template: WikiV1 + "/content/archive", scopes: []string{writeContentV1}, answer: archivePages},
		route{method: http.MethodPut, template: WikiV1 + "/content/{pageId}/move/{position}/{targetId}", scopes: []string{writeContentV1}, answer: movePage},
		route{method: http.MethodGet, template: WikiV1 + "/longtask/{id}", scopes: []string{readSpaceV1}, answer: getLongTask})
}

func postOther(c *call, kind string) reply {
	var in struct {
		SpaceID     string `json:"spaceId"`
		Title       string `json:"title"`
		ParentID    string `json:"parentId"`
		TemplateKey string `json:"templateKey"`
		Locale      string `json:"locale"`
		EmbedURL    string `json:"embedUrl"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	_, bad1 := c.wikiFlag("private", false)
	if bad1 != nil {
		return *bad1
	}
	switch target, err := url.Parse(in.EmbedURL); {
	case kind != content.EmbedType && in.EmbedURL != "", kind != content.WhiteboardType && (in.TemplateKey != "" || in.Locale != ""):
		return *wikiInvalid("The request body has a field that a %s does not have", kind)
	case kind == content.EmbedType && in.EmbedURL != "" && (err != nil || target.Host == ""):
		return *wikiInvalid("embedUrl: must be an address")
	case len([]rune(in.Title)) > 255:
		return *wikiInvalid("title: must not be longer than 255 characters")
	}
	i, found := c.site.wiki.space(func(s content.Space) bool { return idText(s.ID) == in.SpaceID })
	if !found {
		return wikiAbsent()
	}
	me := c.site.AccountID()
	n := content.Node{Type: kind, Space: i, Status: "current", Title: in.Title, Created: c.wikiNow(), Modified: c.wikiNow(), Version: 1}
	if bad := c.placeBelow(&n, in.ParentID); bad != nil {
		return *bad
	}
	if kind == content.FolderType {
		if bad := c.titled(n.Title); bad != nil {
			return *bad
		}
		if c.folderThere(n) {
			return *wikiInvalid("A folder exists with the same title in this space")
		}
	}
	n.ID, n.Position = c.site.wiki.written.NextID(), c.site.wiki.lastPosition(n)
	of := (&content.Written{Node: n, Author: me, Owner: me, Target: in.EmbedURL}).Clone()
	of.History = []content.WrittenVersion{{WikiVersion: content.WikiVersion{Number: 1, Title: n.Title, Body: content.VersionBody(1, me, "", false, c.wikiNow())}}}
	c.site.wiki.save(of)
	return wikiOK(c.site.otherBody(n))
}

// folderThere reports whether a space has a folder of that title: each title is there once.
func (c *call) folderThere(n content.Node) bool {
	w := c.site.wiki
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.ContainsFunc(w.nodes, func(other content.Node) bool {
		return other.Type == content.FolderType && other.Space == n.Space && other.Title == n.Title && other.Status == "current" && !w.deleted[other.ID]
	})
}

func deleteOther(c *call, n content.Node) reply {
	if n.Status == "trashed" {
		return wikiAbsent()
	}
	c.retire(n, "trashed")
	return reply{status: http.StatusNoContent}
}

// mostArchived is how many pages are archived at once.
const mostArchived = 300

// archivePages archives all of the pages that are asked for, or none.
func archivePages(c *call) reply {
	var in struct {
		Pages []struct {
			ID json.Number `json:"id"`
		} `json:"pages"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if len(in.Pages) == 0 || len(in.Pages) > mostArchived {
		return plainRefuse(http.StatusBadRequest, fmt.Sprintf("Between 1 and %d pages can be archived at a time", mostArchived))
	}
	var pages []int64
	for _, one := range in.Pages {
		n, found := c.site.wiki.node(numbered(one.ID.String()), c.adminKey())
		if !found || n.Type != content.PageType || n.Status != "current" || slices.Contains(pages, n.ID) {
			return plainRefuse(http.StatusBadRequest, "The id "+one.ID.String()+" is not that of a page that can be archived")
		}
		pages = append(pages, n.ID)
	}
	for _, id := range pages {
		if n, found := c.site.wiki.node(id, true); found { // as the ones before it left it
			c.retire(n, "archived")
		}
	}
	return longTask()
}

// getLongTask tells of work in the background: the sample has always done it.
func getLongTask(c *call) reply {
	id := c.params["id"]
	if id != longTaskID {
		return plainRefuse(http.StatusNotFound, "There is no task "+id)
	}
	return wikiOK(rawjson.Object("id", id, "name", rawjson.Object("key", "task", "args", []rawjson.Raw{}), "elapsedTime", 10, "percentageComplete", 100,
		"successful", true, "finished", true, "messages", []rawjson.Raw{}, "status", "SUCCESS", "errors", []rawjson.Raw{}, "additionalDetails", rawjson.Object(),
		"_links", rawjson.Object("self", wikiBase+"/rest/api/longtask/"+id)))
}

// movePage moves a page before, after or below another node, also into another space.
func movePage(c *call) reply {
	page, found1 := c.site.wiki.node(numbered(c.params["pageId"]), c.adminKey())
	target, found2 := c.site.wiki.node(numbered(c.params["targetId"]), c.adminKey())
	if !found1 || !found2 || page.Type != content.PageType || target.Type == content.BlogType || target.Status != "current" {
		return plainRefuse(http.StatusNotFound, "There is no page of one of the ids")
	}
	position := c.params["position"]
	if !slices.Contains([]string{"before", "after", "append"}, position) {
		return plainRefuse(http.StatusBadRequest, "The position is before, after or append, not "+position)
	}
	of := c.site.own(page)
	n := &of.Node
	n.Space = target.Space
	up := target.ID
	if position != "append" {
		up = target.Parent
	}
	n.Parent, n.ParentType = 0, ""
	if up != 0 {
		if bad := c.placeBelow(n, idText(up)); bad != nil {
			return plainRefuse(http.StatusBadRequest, "The page cannot be moved there")
		}
	}
	if bad := c.free(*n); bad != nil {
		return plainRefuse(http.StatusBadRequest, "A page with this title already exists in the space")
	}
	if target.ID == page.ID {
		return plainRefuse(http.StatusBadRequest, "A page cannot be moved beside itself")
	}
	w := c.site.wiki
	if position == "append" {
		n.Position = w.lastPosition(*n)
	} else {
		n.Position = w.makeRoom(*n, target, position == "after")
	}
	w.save(of)
	if page.Space != n.Space {
		c.follow(page.ID, n.Space)
	}
	return wikiOK(rawjson.Object("pageId", idText(page.ID)))
}

// makeRoom returns a position beside a sibling, and moves those behind it away.
func (w *wikiWorld) makeRoom(n, target content.Node, after bool) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	var row []*content.Node
	for i := range w.nodes {
		if o := &w.nodes[i]; o.Space == n.Space && o.Parent == n.Parent && o.Type != content.BlogType && o.ID != n.ID && !w.deleted[o.ID] {
			row = append(row, o)
		}
	}
	slices.SortStableFunc(row, func(a, b *content.Node) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	at, next := 0, 0
	for _, o := range row {
		if o.ID == target.ID && !after {
			at, next = next, next+1
		}
		o.Position = next
		next++
		if o.ID == target.ID && after {
			at, next = next, next+1
		}
	}
	return at
}

// follow takes what is below a page into its space.
func (c *call) follow(page int64, space int) {
	w := c.site.wiki
	w.mu.RLock()
	var below []content.Node
	for _, n := range w.nodes {
		if n.Parent == page && n.Space != space {
			below = append(below, n)
		}
	}
	w.mu.RUnlock()
	for _, n := range below {
		of := c.site.own(n)
		of.Node.Space = space
		w.save(of)
		c.follow(n.ID, space)
	}
}
