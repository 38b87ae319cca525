package samplesite

import (
	"cmp"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// mostVersionsWithBody is the size that pages of versions are cut to where bodies are asked for, since June 2026.
const mostVersionsWithBody = 50

func listNodeVersions(c *call, n content.Node) reply {
	own := c.site.wiki.contentOf(n)
	name := "page"
	if n.Type == content.BlogType {
		name = "blogpost"
	}
	return listVersionsOf(c, own.Versions(), name, idText(n.ID), func(v int, format string) string { return own.Body(v, format) })
}

// listVersionsOf answers versions, each with what it is a version of under a name.
// A nil text says that the list takes no format.
func listVersionsOf(c *call, all []content.WikiVersion, name, id string, text func(version int, format string) string) reply {
	format, bad1 := "", (*reply)(nil)
	if text != nil {
		format, bad1 = c.oneOf("body-format", listFormats...)
	}
	order, bad2 := c.oneOf("sort", "modified-date", "-modified-date")
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	if order == "modified-date" {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	l := cursorList[content.WikiVersion]{usual: 25, most: 250, id: versionNumber, body: func(v content.WikiVersion) rawjson.Raw {
		return versionBody(v, name, id, format, text)
	}}
	if format != "" {
		l.clamp = mostVersionsWithBody
	}
	return l.page(c, all)
}

// versionBody is what a list of versions shows of one: its description, and what it is a version of.
func versionBody(v content.WikiVersion, name, id, format string, text func(version int, format string) string) rawjson.Raw {
	members, err := rawjson.Split(v.Body)
	if err != nil {
		return v.Body // bodies are our own
	}
	of := []any{"title", v.Title, "id", id}
	if format != "" {
		of = append(of, "body", textIn(format, func(f string) string { return text(v.Number, f) }))
	}
	return rawjson.Members(append(members, rawjson.Member{Name: name, Value: rawjson.Object(of...)}))
}

func getNodeVersion(c *call, n content.Node) reply {
	return detailedVersion(c, c.site.wiki.contentOf(n).Versions())
}

// detailedVersion answers the description of one version.
func detailedVersion(c *call, all []content.WikiVersion) reply {
	number, bad := c.pathID("version-number")
	if bad != nil {
		return *bad
	}
	v, found := versionOf(all, int(number))
	members, err := rawjson.Split(v.Body)
	if !found || number < 1 || err != nil {
		return wikiAbsent()
	}
	add := func(name string, value rawjson.Raw) {
		members = append(members, rawjson.Member{Name: name, Value: value})
	}
	add("contentTypeModified", rawjson.Raw("false"))
	add("collaborators", rawjson.Array([]rawjson.Raw{rawjson.String(at(v.Body, "authorId"))}))
	if v.Number > 1 {
		add("prevVersion", rawjson.Raw(idText(int64(v.Number-1))))
	}
	if v.Number < all[0].Number {
		add("nextVersion", rawjson.Raw(idText(int64(v.Number+1))))
	}
	return wikiOK(rawjson.Members(members))
}

func listLabels(c *call, n content.Node) reply {
	return pageOfLabels(c, c.site.wiki.contentOf(n).Labels())
}

// pageOfLabels answers a page of labels, all or those with a prefix.
func pageOfLabels(c *call, all []content.Entry) reply {
	prefix, bad1 := c.oneOf("prefix", "my", "team", "global", "system")
	order, bad2 := c.oneOf("sort", "id", "-id", "name", "-name", "created-date", "-created-date")
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	return pageOfEntries(c, all, order, func(e content.Entry) bool { return prefix == "" || at(e.Body, "prefix") == prefix })
}

func listNodeProperties(c *call, n content.Node) reply {
	order, bad := c.oneOf("sort", "key", "-key")
	if bad != nil {
		return *bad
	}
	key, keyed := c.query["key"]
	return pageOfEntries(c, c.site.wiki.contentOf(n).Properties(), order, func(e content.Entry) bool { return !keyed || at(e.Body, "key") == key[0] })
}

// pageOfEntries answers a page of the entries that are shown, in the order that is asked for.
func pageOfEntries(c *call, all []content.Entry, order string, shown func(content.Entry) bool) reply {
	var out []content.Entry
	for _, e := range all {
		if shown(e) {
			out = append(out, e)
		}
	}
	if by := strings.TrimPrefix(order, "-"); by == "id" || by == "name" || by == "key" {
		slices.SortStableFunc(out, func(a, b content.Entry) int { return compared(at(a.Body, by), at(b.Body, by)) })
	}
	if strings.HasPrefix(order, "-") {
		slices.Reverse(out)
	}
	return cursorList[content.Entry]{usual: 25, most: 250, body: func(e content.Entry) rawjson.Raw { return e.Body }}.page(c, out)
}

func getNodeProperty(c *call, n content.Node) reply {
	id, bad := c.pathID("property-id")
	if bad != nil {
		return *bad
	}
	for _, e := range c.site.wiki.contentOf(n).Properties() {
		if e.ID == idText(id) {
			return wikiOK(e.Body)
		}
	}
	return wikiAbsent()
}

func listNodeLikes(c *call, n content.Node) reply {
	return listLikes(c, c.site.wiki.contentOf(n).Likes())
}

func countNodeLikes(c *call, n content.Node) reply {
	return wikiOK(rawjson.Object("count", len(c.site.wiki.contentOf(n).Likes())))
}

func listLikes(c *call, accounts []string) reply {
	return cursorList[string]{usual: 25, most: 250, body: likeBody}.page(c, accounts)
}

func likeBody(account string) rawjson.Raw { return rawjson.Object("accountId", account) }

func listOperations(_ *call, n content.Node) reply {
	return wikiOK(rawjson.Object("operations", operationsOn(n.Type)))
}

// operationsOn is what the account may do with a piece of content.
func operationsOn(kind string) []rawjson.Raw {
	var out []rawjson.Raw
	for _, what := range []string{"read", "update", "delete"} {
		out = append(out, rawjson.Object("operation", what, "targetType", kind))
	}
	return out
}
