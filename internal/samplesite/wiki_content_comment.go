package samplesite

import (
	"cmp"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// commentShape says what of a comment a reply shows.
type commentShape struct {
	format    string // of the body; "" is none
	version   int    // 0 is the newest
	noVersion bool
	single    bool
	with      map[string]bool // what include-* names
}

// commentBody is what the site answers of a comment; nil where it does not have the version.
func commentBody(one content.Comment, in commentShape) rawjson.Raw {
	v, found := versionOf(one.Versions, in.version)
	if !found {
		return nil
	}
	members := one.Members
	var more []rawjson.Member
	if !in.noVersion {
		more = append(more, rawjson.Member{Name: "version", Value: v.Body})
	}
	more = append(more, rawjson.Member{Name: "body", Value: textIn(in.format, commentText(one, v.Number))})
	path := WikiV2 + "/footer-comments/" + idText(one.ID)
	if one.Inline {
		path = WikiV2 + "/inline-comments/" + idText(one.ID)
	}
	same := func(r rawjson.Raw) rawjson.Raw { return r }
	if in.with["properties"] {
		members, more = withProperties(members, more, within(WikiV2+"/comments/"+idText(one.ID)+"/properties", []rawjson.Raw{}, nil, same))
	}
	if in.with["operations"] {
		more = append(more, rawjson.Member{Name: "operations", Value: within(path+"/operations", operationsOn("comment"), nil, same)})
	}
	if in.with["likes"] {
		more = append(more, rawjson.Member{Name: "likes", Value: within(path+"/likes/users", one.Likes, nil, likeBody)})
	}
	if in.with["versions"] {
		more = append(more, rawjson.Member{Name: "versions", Value: within(path+"/versions", one.Versions, versionNumber,
			func(v content.WikiVersion) rawjson.Raw { return v.Body })})
	}
	return composed(members, more, in.single)
}

// withProperties adds the list of properties, under the name that inline comments have their mark under.
func withProperties(members, more []rawjson.Member, list rawjson.Raw) ([]rawjson.Member, []rawjson.Member) {
	own := rawjson.Get(members, "properties")
	if own == nil {
		return members, append(more, rawjson.Member{Name: "properties", Value: list})
	}
	both, err1 := rawjson.Split(list)
	mark, err2 := rawjson.Split(own)
	if err1 != nil || err2 != nil {
		return members, more // both are our own
	}
	return replaced(members, "properties", rawjson.Members(append(both, mark...))), more
}

// commentText is the text of a comment at a version. The content has it in storage
// format; as a document of the editor it is one paragraph.
func commentText(one content.Comment, version int) func(format string) string {
	return func(format string) string {
		text := one.Body(version)
		if format == "storage" {
			return text
		}
		words := rawjson.Object("type", "text", "text", text)
		paragraph := rawjson.Object("type", "paragraph", "content", []rawjson.Raw{words})
		return string(rawjson.Object("type", "doc", "version", 1, "content", []rawjson.Raw{paragraph}))
	}
}

// listRoots answers the comments of a page or blog post that answer no other.
func listRoots(c *call, n content.Node, inline bool) reply {
	possible := []string{"current", "archived", "trashed", "deleted", "historical", "draft"}
	if n.Type == content.BlogType {
		possible = slices.Delete(possible, 1, 2)
	}
	statuses, bad1 := c.someOf("status", []string{"current"}, possible...)
	var resolutions []string
	var bad2 *reply
	if inline {
		resolutions, bad2 = c.someOf("resolution-status", nil, "resolved", "open", "dangling", "reopened")
	}
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	return listCommentsOf(c, c.site.wiki.contentOf(n).Comments(), func(one content.Comment) bool {
		return one.Inline == inline && one.Parent == 0 && slices.Contains(statuses, one.Status) &&
			(resolutions == nil || slices.Contains(resolutions, one.Resolution))
	})
}

// listReplies answers the comments that answer one.
func listReplies(c *call, above content.Comment) reply {
	n, _ := c.site.wiki.node(above.Node, true)
	return listCommentsOf(c, c.site.wiki.contentOf(n).Replies(above.ID), func(content.Comment) bool { return true })
}

// listCommentsOf answers a page of the comments that are shown.
func listCommentsOf(c *call, all []content.Comment, shown func(content.Comment) bool) reply {
	format, bad1 := c.oneOf("body-format", listFormats...)
	order, bad2 := c.oneOf("sort", dateOrders...)
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	all = slices.DeleteFunc(slices.Clone(all), func(one content.Comment) bool { return !shown(one) })
	sortComments(all, order)
	return cursorList[content.Comment]{usual: 25, most: 250, id: func(one content.Comment) int64 { return one.ID },
		body: func(one content.Comment) rawjson.Raw { return commentBody(one, commentShape{format: format}) }}.page(c, all)
}

// dateOrders is how comments and files can be ordered.
var dateOrders = []string{"created-date", "-created-date", "modified-date", "-modified-date"}

// sortComments orders comments that are in the order of their ids.
func sortComments(all []content.Comment, order string) {
	sortByDate(all, order, func(one content.Comment) []content.WikiVersion { return one.Versions })
}

// sortByDate orders what has versions, whose times sort as text.
func sortByDate[T any](all []T, order string, versions func(T) []content.WikiVersion) {
	if order == "" {
		return
	}
	type dated struct {
		one  T
		when string
	}
	times := make([]dated, len(all))
	for i, one := range all {
		v := versions(one)
		times[i] = dated{one, at(v[0].Body, "createdAt")}
		if strings.HasSuffix(order, "created-date") {
			times[i].when = at(v[len(v)-1].Body, "createdAt")
		}
	}
	slices.SortStableFunc(times, func(a, b dated) int {
		if strings.HasPrefix(order, "-") {
			a, b = b, a
		}
		return strings.Compare(a.when, b.when)
	})
	for i, d := range times {
		all[i] = d.one
	}
}

// listAllComments answers the comments of all current pages and blog posts: roots and replies.
func listAllComments(c *call, inline bool) reply {
	format, bad1 := c.oneOf("body-format", listFormats...)
	order, bad2 := c.oneOf("sort", dateOrders...)
	if bad := cmp.Or(bad1, bad2); bad != nil {
		return *bad
	}
	type seenComment struct {
		content.Comment
		seen bool
	}
	all := ofCurrentNodes(c, order == "", func(n seenNode) (out []seenComment) {
		for _, one := range c.site.wiki.contentOf(n.Node).Comments() {
			if one.Inline == inline && one.Status == "current" {
				out = append(out, seenComment{one, n.seen})
			}
		}
		return out
	})
	slices.SortStableFunc(all, func(a, b seenComment) int { return cmp.Compare(a.ID, b.ID) })
	sortByDate(all, order, func(one seenComment) []content.WikiVersion { return one.Versions })
	return cursorList[seenComment]{usual: 25, most: 250, id: func(one seenComment) int64 { return one.ID }, hidden: func(one seenComment) bool { return !one.seen },
		body: func(one seenComment) rawjson.Raw { return commentBody(one.Comment, commentShape{format: format}) }}.page(c, all)
}

// ofCurrentNodes collects what belongs to current pages and blog posts, in the order
// of ids, which follow those of their nodes until something is written. Where it may cut, it begins at the node
// that the cursor names and ends where a page is full, so that a page of a large site costs little.
func ofCurrentNodes[T any](c *call, cut bool, of func(seenNode) []T) []T {
	nodes := c.site.wiki.nodesFor(c.adminKey(), nil, func(n content.Node) bool {
		return (n.Type == content.PageType || n.Type == content.BlogType) && n.Status == "current"
	})
	cut = cut && !c.site.wiki.written.Any()
	if k, valid := readWikiToken(c.query.Get("cursor")); cut && valid && k.After > 0 {
		i, found := slices.BinarySearchFunc(nodes, k.After, func(n seenNode, id int64) int { return cmp.Compare(n.ID, id) })
		if !found && i > 0 {
			i--
		}
		nodes = nodes[i:]
	}
	var out []T
	rest := -1 // nodes after which there is enough for the page
	for i, n := range nodes {
		if of := of(n); len(of) > 0 {
			out = append(out, of...)
		}
		if i == 0 {
			rest = len(out) // the first node's may all lie before the cursor
		}
		if cut && len(out)-rest > 250 {
			break
		}
	}
	return out
}

func getComment(c *call, one content.Comment) reply {
	format, bad1 := c.oneOf("body-format", singleFormats...)
	version, bad2 := c.wikiInt("version", 0, 1, 1<<31-1)
	with, bad3 := c.included("properties", "operations", "likes", "versions")
	described, bad4 := c.wikiFlag("include-version", true)
	if bad := cmp.Or(bad1, bad2, bad3, bad4); bad != nil {
		return *bad
	}
	body := commentBody(one, commentShape{format: format, version: int(version), noVersion: !described, single: true, with: with})
	if body == nil {
		return wikiAbsent()
	}
	return wikiOK(body)
}

func listCommentVersions(c *call, one content.Comment) reply {
	return listVersionsOf(c, one.Versions, "comment", idText(one.ID), func(v int, format string) string { return commentText(one, v)(format) })
}

func getCommentVersion(c *call, one content.Comment) reply { return detailedVersion(c, one.Versions) }

func listCommentLikes(c *call, one content.Comment) reply { return listLikes(c, one.Likes) }

func countCommentLikes(_ *call, one content.Comment) reply {
	return wikiOK(rawjson.Object("count", len(one.Likes)))
}
