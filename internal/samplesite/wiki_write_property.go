package samplesite

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// propertyRoutes serves the properties of nodes and spaces, which have one form everywhere.
func propertyRoutes() []route {
	var routes []route
	for _, one := range []struct{ path, id, first, kind, scope string }{
		{"/pages", "{page-id}", "{page-id}", content.PageType, "page"}, {"/blogposts", "{blogpost-id}", "{blogpost-id}", content.BlogType, "page"},
		{"/folders", "{folder-id}", "{id}", content.FolderType, "folder"}, {"/whiteboards", "{whiteboard-id}", "{id}", content.WhiteboardType, "whiteboard"},
		{"/databases", "{database-id}", "{id}", content.DatabaseType, "database"}, {"/embeds", "{embed-id}", "{id}", content.EmbedType, "embed"},
	} {
		read, write := "read:"+one.scope+":confluence", "write:"+one.scope+":confluence"
		holder := func(c *call) (propertyHolder, *reply) { return c.nodeHolder(one.kind) }
		routes = append(routes, holderRoutes(one.path, one.first, one.id, read, write, !slices.Contains([]string{content.PageType, content.BlogType}, one.kind), holder)...)
	}
	return slices.Concat(routes,
		holderRoutes("/spaces", "{space-id}", "{space-id}", readSpace, writeSpace, false, (*call).spaceHolder),
		holderRoutes("/comments", "{comment-id}", "{comment-id}", readComment, writeComment, true, (*call).commentHolder),
		holderRoutes("/attachments", "{attachment-id}", "{attachment-id}", readFile, "write:attachment:confluence", true, (*call).fileHolder),
		holderRoutes("/custom-content", "{custom-content-id}", "{custom-content-id}", readCustom, writeCustom, true, (*call).customHolder))
}

// holderRoutes is the routes of the properties of one kind of thing; reads says that no other route reads them.
func holderRoutes(path, first, id, read, write string, reads bool, holder func(*call) (propertyHolder, *reply)) []route {
	both := []string{read, write}
	list, one := WikiV2+path+"/"+first+"/properties", WikiV2+path+"/"+id+"/properties/{property-id}"
	on := func(answer func(*call, propertyHolder) reply) func(*call) reply {
		return func(c *call) reply {
			h, bad := holder(c)
			if bad != nil {
				return *bad
			}
			return answer(c, h)
		}
	}
	routes := []route{
		{method: http.MethodPost, template: list, scopes: both, answer: on(postHeldProperty)},
		{method: http.MethodPut, template: one, scopes: both, answer: on(putHeldProperty)},
		{method: http.MethodDelete, template: one, scopes: both, answer: on(deleteHeldProperty)},
	}
	if reads {
		routes = append(routes,
			route{method: http.MethodGet, template: list, scopes: []string{read}, answer: on(listHeldProperties)},
			route{method: http.MethodGet, template: one, scopes: []string{read}, answer: on(getHeldProperty)})
	} else if path == "/spaces" {
		routes = append(routes, route{method: http.MethodGet, template: one, scopes: []string{read}, answer: on(getHeldProperty)})
	}
	return routes
}

// propertyHolder is what has properties: where they are, and how others are put there.
type propertyHolder struct {
	all []content.Entry
	put func([]content.Entry)
	// ofSpace says that they tell when they were made and by whom.
	ofSpace bool
}

// nodeHolder is the node that the path names.
func (c *call) nodeHolder(kind string) (propertyHolder, *reply) {
	var h propertyHolder
	name := "id"
	for param := range c.params {
		if strings.HasSuffix(param, "-id") && param != "property-id" {
			name = param
		}
	}
	id, bad := c.pathID(name)
	if bad != nil {
		return h, bad
	}
	n, found := c.site.wiki.node(id, c.adminKey())
	if !found || n.Type != kind {
		p := wikiAbsent()
		return h, &p
	}
	of := c.site.own(n)
	h.all = of.Properties
	h.put = func(all []content.Entry) {
		of.Properties = all
		c.site.wiki.save(of)
	}
	return h, nil
}

// spaceHolder is the space that the path names.
func (c *call) spaceHolder() (propertyHolder, *reply) {
	i, bad := c.spaceAsked()
	if bad != nil {
		return propertyHolder{}, bad
	}
	id := idText(c.site.wiki.src.Spaces()[i].ID)
	return propertyHolder{ofSpace: true, all: c.site.wiki.src.Setup().List("spaceProperty", id),
		put: func(all []content.Entry) { c.site.wiki.written.SetList("spaceProperty", id, all) }}, nil
}

// commentHolder is the comment that the path names, below a page or in its text.
func (c *call) commentHolder() (propertyHolder, *reply) {
	id, bad := c.pathID("comment-id")
	if bad != nil {
		return propertyHolder{}, bad
	}
	one, found1 := c.site.wiki.comment(id)
	n, found2 := c.site.wiki.node(one.Node, c.adminKey())
	if !found1 || !found2 {
		p := wikiAbsent()
		return propertyHolder{}, &p
	}
	of := c.site.own(n)
	return propertyHolder{all: of.CommentProperties[id], put: func(all []content.Entry) {
		of.CommentProperties[id] = all
		c.site.wiki.save(of)
	}}, nil
}

// fileHolder is the file that the path names.
func (c *call) fileHolder() (propertyHolder, *reply) {
	digits, named := strings.CutPrefix(c.params["attachment-id"], wikiFilePrefix)
	f, found1 := c.site.wiki.file(numbered(digits))
	n, found2 := c.site.wiki.node(f.Node, c.adminKey())
	if !named || !found1 || !found2 {
		p := wikiAbsent()
		return propertyHolder{}, &p
	}
	of := c.site.own(n)
	return propertyHolder{all: of.FileProperties[f.ID], put: func(all []content.Entry) {
		of.FileProperties[f.ID] = all
		c.site.wiki.save(of)
	}}, nil
}

// customHolder is the custom content that the path names.
func (c *call) customHolder() (propertyHolder, *reply) {
	id, bad := c.pathID("custom-content-id")
	if bad != nil {
		return propertyHolder{}, bad
	}
	if _, found := c.customThere(id); !found {
		p := wikiAbsent()
		return propertyHolder{}, &p
	}
	const kind = "customContentProperty"
	return propertyHolder{all: c.site.wiki.src.Setup().List(kind, idText(id)),
		put: func(all []content.Entry) { c.site.wiki.written.SetList(kind, idText(id), all) }}, nil
}

// writtenProperty is a request that makes or changes a property.
type writtenProperty struct {
	Key     string      `json:"key"`
	Value   rawjson.Raw `json:"value"`
	Version *struct {
		Number  int    `json:"number"`
		Message string `json:"message"`
	} `json:"version"`
}

// mostProperty is how long the value of a property may be.
const mostProperty = 32 << 10

func (in writtenProperty) incomplete() *reply {
	switch {
	case in.Key == "" || utf8.RuneCountInString(in.Key) > 255:
		return wikiInvalid("key: must have between 1 and 255 characters")
	case in.Value == nil:
		return wikiInvalid("value: must not be null")
	case len(in.Value) > mostProperty:
		return wikiInvalid("value: must not be longer than %d bytes", mostProperty)
	}
	return nil
}

// propertyEntry is a property as lists give it.
func (c *call) propertyEntry(h propertyHolder, id string, in writtenProperty, number int, message, created string) content.Entry {
	me, now := c.site.AccountID(), content.FormatWikiTime(c.wikiNow())
	body := rawjson.Object("id", id, "key", in.Key, "value", in.Value, "version", content.VersionBody(number, me, message, false, c.wikiNow()))
	if h.ofSpace {
		body = rawjson.Object("id", id, "key", in.Key, "value", in.Value, "createdAt", created, "createdBy", me,
			"version", rawjson.Object("createdAt", now, "createdBy", me, "message", message, "number", number))
	}
	return content.Entry{ID: id, Body: body, Project: -1}
}

func postHeldProperty(c *call, h propertyHolder) reply {
	var in writtenProperty
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if in.Version != nil {
		return *wikiInvalid("Unrecognized field \"version\"")
	}
	if bad := in.incomplete(); bad != nil {
		return *bad
	}
	if slices.ContainsFunc(h.all, func(e content.Entry) bool { return at(e.Body, "key") == in.Key }) {
		return *wikiInvalid("A property with the key %s exists already", in.Key)
	}
	one := c.propertyEntry(h, idText(c.site.wiki.written.NextID()), in, 1, "", content.FormatWikiTime(c.wikiNow()))
	h.put(append(slices.Clip(h.all), one))
	p := wikiOK(one.Body)
	if h.ofSpace {
		p.status = http.StatusCreated
	}
	return p
}

// propertyAsked is the position of the property that the path names.
func (c *call) propertyAsked(h propertyHolder) (int, *reply) {
	id, bad := c.pathID("property-id")
	if bad != nil {
		return 0, bad
	}
	i := slices.IndexFunc(h.all, func(e content.Entry) bool { return e.ID == idText(id) })
	if i < 0 {
		p := wikiAbsent()
		return 0, &p
	}
	return i, nil
}

func putHeldProperty(c *call, h propertyHolder) reply {
	i, bad := c.propertyAsked(h)
	if bad != nil {
		return *bad
	}
	var in writtenProperty
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if bad := in.incomplete(); bad != nil {
		return *bad
	}
	old := h.all[i]
	if at(old.Body, "key") != in.Key {
		return *wikiInvalid("The key of a property cannot be changed")
	}
	if in.Version == nil {
		return *wikiInvalid("version: must not be null")
	}
	if have := int(numbered(at(old.Body, "version.number"))); in.Version.Number != have+1 {
		return *c.wikiConflict(have, in.Version.Number)
	}
	all := slices.Clone(h.all)
	all[i] = c.propertyEntry(h, old.ID, in, in.Version.Number, in.Version.Message, at(old.Body, "createdAt"))
	h.put(all)
	return wikiOK(all[i].Body)
}

func deleteHeldProperty(c *call, h propertyHolder) reply {
	i, bad := c.propertyAsked(h)
	if bad != nil {
		return *bad
	}
	h.put(slices.Delete(slices.Clone(h.all), i, i+1))
	return reply{status: http.StatusNoContent}
}

func listHeldProperties(c *call, h propertyHolder) reply {
	order, bad := c.oneOf("sort", "key", "-key")
	if bad != nil {
		return *bad
	}
	key, keyed := c.query["key"]
	return pageOfEntries(c, h.all, order, func(e content.Entry) bool { return !keyed || at(e.Body, "key") == key[0] })
}

func getHeldProperty(c *call, h propertyHolder) reply {
	i, bad := c.propertyAsked(h)
	if bad != nil {
		return *bad
	}
	return wikiOK(h.all[i].Body)
}
