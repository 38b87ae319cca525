package samplesite

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"holdfast/internal/samplesite/content"
)

// OAuth scopes of pages and blog posts.
const (
	writePage  = "write:page:confluence"
	removePage = "delete:page:confluence"
)

// pageWriteRoutes serves making, changing and deleting pages and blog posts.
func pageWriteRoutes() []route {
	var routes []route
	add := func(method, path, scope string, answer func(*call) reply) {
		routes = append(routes, route{method: method, template: WikiV2 + path, scopes: []string{scope}, answer: answer})
	}
	for path, kind := range map[string]string{"/pages": content.PageType, "/blogposts": content.BlogType} {
		add(http.MethodPost, path, writePage, func(c *call) reply { return postNode(c, kind) })
		add(http.MethodPut, path+"/{id}", writePage, func(c *call) reply { return c.below(kind, putNode) })
		add(http.MethodDelete, path+"/{id}", removePage, func(c *call) reply { return c.below(kind, deleteNode) })
	}
	add(http.MethodPut, "/pages/{id}/title", writePage, func(c *call) reply { return c.below(content.PageType, putTitle) })
	return routes
}

// newNode is a request for a page or blog post.
type newNode struct {
	SpaceID   string       `json:"spaceId"`
	Status    string       `json:"status"`
	Title     string       `json:"title"`
	ParentID  string       `json:"parentId"`
	Body      *writtenBody `json:"body"`
	Subtype   string       `json:"subtype"`
	CreatedAt string       `json:"createdAt"`
}

func postNode(c *call, kind string) reply {
	var in newNode
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	root, bad1 := c.wikiFlag("root-level", false)
	private, bad2 := c.wikiFlag("private", false)
	_, bad3 := c.wikiFlag("embedded", false)
	if bad := cmp.Or(bad1, bad2, bad3); bad != nil {
		return *bad
	}
	in.Status = cmp.Or(in.Status, "current")
	switch {
	case in.Status != "current" && in.Status != "draft":
		return *wikiInvalid("Provided value {%s} for 'status' is not one of current, draft", in.Status)
	case in.Subtype != "" && (in.Subtype != "live" || kind != content.PageType):
		return *wikiInvalid("Provided value {%s} for 'subtype' is not one of live", in.Subtype)
	case in.SpaceID == "":
		return *wikiInvalid("spaceId: must not be null")
	case kind == content.BlogType && in.ParentID != "":
		return *wikiInvalid("Unrecognized field \"parentId\"")
	case kind == content.PageType && in.CreatedAt != "":
		return *wikiInvalid("Unrecognized field \"createdAt\"")
	case root && in.ParentID != "":
		return *wikiInvalid("A parentId may not be supplied together with root-level")
	}
	i, found := c.site.wiki.space(func(s content.Space) bool { return idText(s.ID) == in.SpaceID })
	if !found {
		return wikiAbsent()
	}
	n := content.Node{Type: kind, Space: i, Status: in.Status, Title: in.Title, Created: c.wikiNow(), Modified: c.wikiNow(), Version: 1}
	if in.Status == "current" || in.Title != "" {
		if bad := c.titled(in.Title); bad != nil {
			return *bad
		}
	}
	if bad := c.createdAt(&n, in.CreatedAt); bad != nil {
		return *bad
	}
	if kind == content.PageType && !root {
		if bad := c.placeBelow(&n, in.ParentID); bad != nil {
			return *bad
		}
	}
	if bad := c.free(n); bad != nil {
		return *bad
	}
	storage, adf, bad := c.wikiText(in.Body)
	if bad != nil {
		return *bad
	}
	n.ID, n.Position = c.site.wiki.written.NextID(), c.site.wiki.lastPosition(n)
	me := c.site.AccountID()
	of := (&content.Written{Node: n, Author: me, Owner: me, Subtype: in.Subtype}).Clone()
	of.History = []content.WrittenVersion{{WikiVersion: content.WikiVersion{Number: 1, Title: n.Title, Body: content.VersionBody(1, me, "", false, c.wikiNow())}, Storage: storage, ADF: adf}}
	if private {
		only := []content.Entry{c.site.userEntry(me)}
		of.Users = map[string][]content.Entry{"read": only, "update": only}
	}
	c.retask(of)
	c.site.wiki.save(of)
	return c.shownNode(of.Node)
}

// shownNode is the reply to what was written.
func (c *call) shownNode(n content.Node) reply {
	return wikiOK(c.site.pageBody(n, pageShape{format: content.StorageFormat, single: true}))
}

// userEntry is an account as restrictions name it.
func (s *Site) userEntry(account string) content.Entry {
	for _, p := range s.wiki.src.People() {
		if p.AccountID == account {
			return content.Entry{ID: account, Body: content.KnownUser(p), Project: -1}
		}
	}
	return content.Entry{ID: account, Body: content.KnownUser(content.Person{AccountID: account}), Project: -1}
}

// createdAt sets when a blog post was made, which requests may say.
func (c *call) createdAt(n *content.Node, text string) *reply {
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return wikiInvalid("Provided value {%s} for 'createdAt' is not of the format yyyy-MM-ddTHH:mm:ss.SSSZ", text)
	}
	n.Created = t.UnixMilli()
	return nil
}

// placeBelow puts a page below the one of an id, below the homepage where there is none.
func (c *call) placeBelow(n *content.Node, parent string) *reply {
	id := c.site.wiki.src.Spaces()[n.Space].Homepage
	if parent != "" {
		id = numbered(parent)
	} else if up, found := c.site.wiki.node(id, true); !found || up.Status != "current" {
		return nil // a space without a homepage
	}
	up, found := c.site.wiki.node(id, c.adminKey())
	if !found || up.Type == content.BlogType || up.Status != "current" {
		p := wikiRefuse(http.StatusNotFound, notFound, "The parent "+parent+" does not exist")
		return &p
	}
	if up.Space != n.Space {
		return wikiInvalid("The parent %s is not in the space", parent)
	}
	w := c.site.wiki
	w.mu.RLock()
	defer w.mu.RUnlock()
	for at, known := up, true; known && n.ID != 0; at, known = w.find(at.Parent) {
		if at.ID == n.ID {
			return wikiInvalid("A page cannot be moved below itself")
		}
	}
	n.Parent, n.ParentType = up.ID, up.Type
	return nil
}

// free says whether the title of a page is taken in its space, or that of a blog post on its day there.
func (c *call) free(n content.Node) *reply {
	if n.Status != "current" || !hasText(n) {
		return nil
	}
	w := c.site.wiki
	w.mu.RLock()
	defer w.mu.RUnlock()
	day := content.FormatWikiTime(n.Created)[:10]
	for _, other := range w.nodes {
		if other.ID != n.ID && other.Space == n.Space && other.Type == n.Type && other.Status == "current" && !w.deleted[other.ID] && strings.EqualFold(other.Title, n.Title) &&
			(n.Type == content.PageType || content.FormatWikiTime(other.Created)[:10] == day) {
			if n.Type == content.PageType {
				return wikiInvalid("A page with this title already exists: A page already exists with the same TITLE in this space")
			}
			return wikiInvalid("A blog post with this title already exists: A blog post already exists with the same TITLE in this space on the same day")
		}
	}
	return nil
}

// lastPosition is the one behind what is below the same node.
func (w *wikiWorld) lastPosition(n content.Node) int {
	if n.Type == content.BlogType {
		return 0
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	position := 0
	for _, other := range w.nodes {
		if other.Space == n.Space && other.Parent == n.Parent && other.Type != content.BlogType && other.ID != n.ID && !w.deleted[other.ID] {
			position = max(position, other.Position+1)
		}
	}
	return position
}
