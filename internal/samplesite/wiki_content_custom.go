package samplesite

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Formats of custom content: what its app stored is "raw".
var (
	customFormats       = []string{"raw", "storage", "atlas_doc_format"}
	singleCustomFormats = append(customFormats[:3:3], "view", "export_view", "anonymous_export_view")
)

// customBody is what the site answers of a piece of custom content, with a body
// where it is asked for in the format that it has.
func customBody(e content.Entry, format string, single bool, with map[string]bool) rawjson.Raw {
	members, err := rawjson.Split(e.Body)
	if err != nil {
		return e.Body // bodies are our own
	}
	body := rawjson.Raw("{}")
	if stored, err := rawjson.Split(rawjson.Get(members, "body")); err == nil && format != "" {
		if text := rawjson.Get(stored, format); text != nil {
			body = rawjson.Object(format, text)
		}
	}
	path := WikiV2 + "/custom-content/" + e.ID
	same := func(r rawjson.Raw) rawjson.Raw { return r }
	var more []rawjson.Member
	for _, name := range []string{"labels", "properties", "versions"} {
		if with[name] {
			items := []rawjson.Raw{}
			if v := rawjson.Get(members, "version"); name == "versions" && v != nil {
				items = append(items, v)
			}
			more = append(more, rawjson.Member{Name: name, Value: within(path+"/"+name, items, nil, same)})
		}
	}
	if with["operations"] {
		more = append(more, rawjson.Member{Name: "operations", Value: within(path+"/operations", operationsOn("custom_content"), nil, same)})
	}
	return composed(replaced(members, "body", body), more, single)
}

// seesCustom reports whether the account sees what a piece of custom content belongs to.
func (c *call) seesCustom(e content.Entry) bool {
	w, key := c.site.wiki, c.adminKey()
	for _, name := range []string{"pageId", "blogPostId"} {
		if id, err := strconv.ParseInt(at(e.Body, name), 10, 64); err == nil {
			_, seen := w.node(id, key)
			return seen
		}
	}
	_, seen := w.space(func(s content.Space) bool { return idText(s.ID) == at(e.Body, "spaceId") })
	return seen
}

// customOf returns the custom content of a space, of one type or of all, by ascending id.
func (s *Site) customOf(space, kind string) []content.Entry {
	setup := s.wiki.src.Setup()
	if kind != "" {
		return setup.List("customContent", space+"/"+kind)
	}
	var all []content.Entry
	for _, owner := range setup.Owners("customContent") {
		if of, _, _ := strings.Cut(owner, "/"); of == space {
			all = append(all, setup.List("customContent", owner)...)
		}
	}
	slices.SortFunc(all, func(a, b content.Entry) int { return compared(a.ID, b.ID) })
	return all
}

func listCustom(c *call) reply {
	ids, spaces, bad := c.idsAndSpaces()
	if bad != nil {
		return *bad
	}
	var all []content.Entry
	for i, space := range c.site.wiki.src.Spaces() {
		if spaces == nil || slices.Contains(spaces, i) {
			all = append(all, c.site.customOf(idText(space.ID), c.query.Get("type"))...)
		}
	}
	return pageOfCustom(c, all, func(e content.Entry) bool {
		id, _ := strconv.ParseInt(e.ID, 10, 64)
		return ids == nil || slices.Contains(ids, id)
	})
}

func listCustomOfSpace(c *call) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	all := c.site.customOf(idText(c.site.wiki.src.Spaces()[i].ID), c.query.Get("type"))
	return pageOfCustom(c, all, func(content.Entry) bool { return true })
}

func listCustomBelow(c *call, n content.Node) reply {
	member := "pageId"
	if n.Type == content.BlogType {
		member = "blogPostId"
	}
	return pageOfCustom(c, c.site.customOf(c.spaceID(n), c.query.Get("type")), func(e content.Entry) bool { return at(e.Body, member) == idText(n.ID) })
}

// pageOfCustom answers a page of the custom content that is shown. It is of one type, which has to be named.
func pageOfCustom(c *call, all []content.Entry, shown func(content.Entry) bool) reply {
	format, bad1 := c.oneOf("body-format", customFormats...)
	order, bad2 := c.oneOf("sort", append(dateOrders[:4:4], "id", "-id", "title", "-title")...)
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	if c.query.Get("type") == "" {
		return *wikiInvalid("Required parameter 'type' is missing")
	}
	all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool { return !shown(e) })
	member := map[string]string{"created-date": "createdAt", "modified-date": "version.createdAt", "title": "title"}
	by, down := order, false
	if order != "" && order[0] == '-' {
		by, down = order[1:], true
	}
	if m := cmp.Or(member[by], "id"); order != "" {
		slices.SortStableFunc(all, func(a, b content.Entry) int {
			if down {
				a, b = b, a
			}
			return compared(at(a.Body, m), at(b.Body, m))
		})
	}
	return cursorList[content.Entry]{usual: 25, most: 250, id: func(e content.Entry) int64 { id, _ := strconv.ParseInt(e.ID, 10, 64); return id },
		hidden: func(e content.Entry) bool { return !c.seesCustom(e) },
		body:   func(e content.Entry) rawjson.Raw { return customBody(e, format, false, nil) }}.page(c, all)
}

func getCustom(c *call) reply {
	id, bad1 := c.pathID("id")
	format, bad2 := c.oneOf("body-format", singleCustomFormats...)
	with, bad3 := c.included("labels", "properties", "operations", "versions", "collaborators")
	described, bad4 := c.wikiFlag("include-version", true)
	version, bad5 := c.wikiInt("version", 0, 1, 1<<31-1)
	if bad := cmp.Or(bad1, bad2, bad3, bad4, bad5); bad != nil {
		return *bad
	}
	for _, space := range c.site.wiki.src.Spaces() {
		all := c.site.customOf(idText(space.ID), "")
		i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == idText(id) })
		if i >= 0 && c.seesCustom(all[i]) && (version == 0 || at(all[i].Body, "version.number") == idText(version)) { // older ones are not kept
			body := customBody(all[i], format, true, with)
			if !described {
				body = without(body, "version")
			}
			return wikiOK(body)
		}
	}
	return wikiAbsent()
}
