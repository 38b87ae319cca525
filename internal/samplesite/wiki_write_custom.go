package samplesite

import (
	"net/http"
	"regexp"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// writeCustom is the OAuth scope of custom content.
const writeCustom = "write:custom-content:confluence"

// customWriteRoutes serves making, changing and deleting what apps keep in spaces.
func customWriteRoutes() []route {
	const one = WikiV2 + "/custom-content/{id}"
	return []route{
		{method: http.MethodPost, template: WikiV2 + "/custom-content", scopes: []string{writeCustom}, answer: postCustom},
		{method: http.MethodPut, template: one, scopes: []string{writeCustom}, answer: putCustom},
		{method: http.MethodDelete, template: one, scopes: []string{"delete:custom-content:confluence"}, answer: deleteCustom},
	}
}

// customTypes is what the type of custom content looks like: that of a module of an app.
var customTypes = regexp.MustCompile(`^(ac|forge):[^:/]+(:[^:/]+)+$`)

// writtenCustom is a request for custom content.
type writtenCustom struct {
	ID              string       `json:"id"`
	Type            string       `json:"type"`
	Status          string       `json:"status"`
	SpaceID         string       `json:"spaceId"`
	PageID          string       `json:"pageId"`
	BlogPostID      string       `json:"blogPostId"`
	CustomContentID string       `json:"customContentId"`
	Title           string       `json:"title"`
	Body            *writtenBody `json:"body"`
	Version         *struct {
		Number  int    `json:"number"`
		Message string `json:"message"`
	} `json:"version"`
}

// customPlace is where a piece of custom content is.
type customPlace struct{ owner, space, page, blog, above string }

// place finds where custom content is to be.
func (in writtenCustom) place(c *call) (customPlace, *reply) {
	var at customPlace
	absent := wikiAbsent()
	given := 0
	for _, id := range []string{in.SpaceID, in.PageID, in.BlogPostID, in.CustomContentID} {
		if id != "" {
			given++
		}
	}
	if given != 1 {
		return at, wikiInvalid("Exactly one of spaceId, pageId, blogPostId and customContentId must be given")
	}
	if !customTypes.MatchString(in.Type) {
		return at, &absent
	}
	switch {
	case in.SpaceID != "":
		if _, found := c.site.wiki.space(func(s content.Space) bool { return idText(s.ID) == in.SpaceID }); !found {
			return at, &absent
		}
		at.space = in.SpaceID
	case in.CustomContentID != "":
		e, found := c.customThere(numbered(in.CustomContentID))
		if !found {
			return at, &absent
		}
		at.space, at.above = notNull(fieldOf(e, "spaceId")), in.CustomContentID
	default:
		id, kind := in.PageID, content.PageType
		if in.BlogPostID != "" {
			id, kind = in.BlogPostID, content.BlogType
		}
		n, found := c.site.wiki.node(numbered(id), c.adminKey())
		if !found || n.Type != kind || n.Status == "trashed" {
			return at, &absent
		}
		at.space, at.page, at.blog = c.spaceID(n), in.PageID, in.BlogPostID
	}
	at.owner = at.space + "/" + in.Type
	return at, nil
}

func fieldOf(e content.Entry, name string) string { return at(e.Body, name) }

// customThere finds a piece of custom content that the account sees.
func (c *call) customThere(id int64) (content.Entry, bool) {
	for _, space := range c.site.wiki.src.Spaces() {
		all := c.site.customOf(idText(space.ID), "")
		if i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == idText(id) }); i >= 0 && c.seesCustom(all[i]) {
			return all[i], true
		}
	}
	return content.Entry{}, false
}

// customEntry is custom content as lists give it.
func (in writtenCustom) entry(c *call, id string, at customPlace, number int, author, created, message string) content.Entry {
	representation, value := in.Body.given()
	spacePath := ""
	if i := c.site.spaceOf(at.space); i >= 0 {
		spacePath = content.SpacePath(c.site.wiki.src.Spaces()[i])
	}
	return content.Entry{ID: id, Project: -1, Body: rawjson.Members(content.Members("id", id, "type", in.Type, "status", "current", "title", in.Title, "spaceId", at.space,
		"pageId", at.page, "blogPostId", at.blog, "customContentId", at.above, "authorId", author, "createdAt", created,
		"version", content.VersionBody(number, c.site.AccountID(), message, false, c.wikiNow()), "body", rawjson.Object(representation, content.BodyOf(representation, value)),
		"_links", rawjson.Object("webui", spacePath+"/custom-content/"+id)))}
}

// incompleteCustom says what a request lacks.
func (in writtenCustom) incomplete(c *call) *reply {
	representation, _ := in.Body.given()
	switch {
	case in.Body == nil:
		return wikiInvalid("body: must not be null")
	case !slices.Contains(customFormats, representation):
		return wikiInvalid("The representation %s is not supported", representation)
	case in.Status != "" && in.Status != "current":
		return wikiInvalid("The sample site has no drafts of custom content")
	}
	return c.titled(in.Title)
}

func postCustom(c *call) reply {
	var in writtenCustom
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if bad := in.incomplete(c); bad != nil {
		return *bad
	}
	where, bad := in.place(c)
	if bad != nil {
		return *bad
	}
	e := in.entry(c, idText(c.site.wiki.written.NextID()), where, 1, c.site.AccountID(), content.FormatWikiTime(c.wikiNow()), "")
	c.site.wiki.written.SetList("customContent", where.owner, append(slices.Clip(c.site.wiki.src.Setup().List("customContent", where.owner)), e))
	p := c.shownCustom(e, in)
	p.status = http.StatusCreated
	return p
}

func (c *call) shownCustom(e content.Entry, in writtenCustom) reply {
	representation, _ := in.Body.given()
	return wikiOK(customBody(e, representation, true, nil))
}

func putCustom(c *call) reply {
	id, bad := c.pathID("id")
	if bad != nil {
		return *bad
	}
	old, found := c.customThere(id)
	if !found {
		return wikiAbsent()
	}
	var in writtenCustom
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if bad := in.incomplete(c); bad != nil {
		return *bad
	}
	if in.ID != old.ID || in.Type != fieldOf(old, "type") || in.Version == nil {
		return *wikiInvalid("id, type and version must be those of the custom content")
	}
	if have := int(numbered(fieldOf(old, "version.number"))); in.Version.Number != have+1 {
		return *c.wikiConflict(have, in.Version.Number)
	}
	where := customPlace{space: fieldOf(old, "spaceId"), page: fieldOf(old, "pageId"), blog: fieldOf(old, "blogPostId"), above: fieldOf(old, "customContentId")}
	where.owner = where.space + "/" + in.Type
	e := in.entry(c, old.ID, where, in.Version.Number, fieldOf(old, "authorId"), fieldOf(old, "createdAt"), in.Version.Message)
	c.replaceCustom(where.owner, old.ID, &e)
	return c.shownCustom(e, in)
}

// replaceCustom puts another entry in the place of one; nil takes it away.
func (c *call) replaceCustom(owner, id string, e *content.Entry) {
	all := slices.Clone(c.site.wiki.src.Setup().List("customContent", owner))
	i := slices.IndexFunc(all, func(o content.Entry) bool { return o.ID == id })
	switch {
	case i < 0:
	case e == nil:
		all = slices.Delete(all, i, i+1)
	default:
		all[i] = *e
	}
	c.site.wiki.written.SetList("customContent", owner, all)
}

// deleteCustom deletes custom content for good: the sample shows none that is in the trash.
func deleteCustom(c *call) reply {
	id, bad := c.pathID("id")
	if bad != nil {
		return *bad
	}
	old, found := c.customThere(id)
	if !found {
		return wikiAbsent()
	}
	c.replaceCustom(fieldOf(old, "spaceId")+"/"+fieldOf(old, "type"), old.ID, nil)
	return reply{status: http.StatusNoContent}
}
