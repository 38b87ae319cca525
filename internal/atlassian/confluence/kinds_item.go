package confluence

import (
	"net/url"
	"slices"

	"holdfast/internal/atlassian/kinds"
)

// itemRows are pages and blog posts and what belongs to them. Both have the same
// kinds below them, by routes that differ in one word.
func itemRows(o Options) []kinds.Row {
	const (
		page    = v2 + "/pages/{id}"
		footer  = v2 + "/footer-comments/{id}"
		inline  = v2 + "/inline-comments/{id}"
		oneItem = v1 + "/content/{id}"
	)
	label := also(ofItem("label", "labels", kinds.Cursor, page+"/labels"), "/labels")
	label.Embedded, label.List = []string{"labels"}, "results"
	property := also(ofItem("contentProperty", "properties of pages", kinds.Cursor, v2+"/pages/{page-id}/properties"), "/properties")
	property.Also[blogKind] = "GET " + v2 + "/blogposts/{blogpost-id}/properties"
	property.Embedded, property.List = []string{"properties"}, "results"
	like := also(ofItem("like", "likes", kinds.Cursor, page+"/likes/users"), "/likes/users").By("accountId")
	like.Embedded, like.List = []string{"likes"}, "results"

	restriction := also(ofItem("restriction", "restrictions of pages", kinds.One, oneItem+"/restriction/byOperation").
		Ask("expand", "restrictions.user,restrictions.group").Needs("View of the page and its space", readAll), "")
	restriction.Also[blogKind] = restriction.Route
	// What is in the trash, or was never published, has none to ask for.
	restriction.Where = &kinds.Condition{Path: []string{"status"}, Endings: []string{"current", "archived"}}
	restriction.Read = readRestrictions

	comment := func(name, title, route string) kinds.Row {
		return ofItem(name, title, kinds.Cursor, route).Ask("body-format", "storage").Needs("View of the page and its space", readComment)
	}
	footerComment := also(comment("footerComment", "comments below pages", page+"/footer-comments"), "/footer-comments")
	footerReply := comment("footerReply", "replies to comments below pages", footer+"/children").Under(footerComment.Name)
	inlineComment := also(comment("inlineComment", "comments in the text", page+"/inline-comments"), "/inline-comments")
	inlineReply := comment("inlineReply", "replies to comments in the text", inline+"/children").Under(inlineComment.Name)
	footerReply.Recursive, inlineReply.Recursive = true, true
	footerComment.Query["status"] = pageStatuses
	inlineComment.Query["status"] = pageStatuses
	inlineComment.Query["resolution-status"] = []string{"open", "reopened", "resolved", "dangling"}
	for _, r := range []*kinds.Row{&footerComment, &inlineComment} {
		// The comments of blog posts have no status "archived" (OpenAPI), and the site
		// may refuse one that it does not know.
		q := url.Values{"status": blogStatuses}
		for name, values := range r.Query {
			if name != "status" {
				q[name] = values
			}
		}
		r.AlsoQuery = map[string]url.Values{blogKind: q}
	}
	commentVersion := comment("commentVersion", "history of comments", footer+"/versions").Under(footerComment.Name)
	commentVersion.Also = map[string]string{
		footerReply.Name:   "GET " + footer + "/versions",
		inlineComment.Name: "GET " + inline + "/versions", inlineReply.Name: "GET " + inline + "/versions",
	}
	return []kinds.Row{
		item(pageKind, "pages", page), item(blogKind, "blog posts", v2+"/blogposts/{id}"),
		apart(also(ofItem(adfKind, "bodies in Atlassian Document Format", kinds.Bulk, v2+"/pages"), "")),
		label, property, like,
		history(also(ofItem(contentVersionKind, "history of pages", kinds.Cursor, page+"/versions"), "/versions"), o.Versions),
		restriction,
		footerComment, footerReply, inlineComment, inlineReply, history(commentVersion, 0),
		attachments(), attachmentVersions(),
		apart(ofItem(restrictedPageKind, "restricted pages", "", page)),
		users(),
	}
}

// item begins the row of pages or blog posts.
func item(name, title, route string) kinds.Row {
	return ofItem(name, title, kinds.One, route).Under(spaceKind)
}

// also makes a row one of blog posts too, by their route that ends so.
func also(r kinds.Row, ending string) kinds.Row {
	r.Also = map[string]string{blogKind: "GET " + v2 + "/blogposts"}
	if ending != "" {
		r.Also[blogKind] += "/{id}" + ending
	}
	return r
}

// versionLimit is the most versions that a list gives at a time with their bodies
// (Atlassian's changelog, since June 2026).
const versionLimit = 50

// history makes a row one of versions with their bodies: only what was changed
// has any but the one that is known. A number newest above 0 reads that many of the
// newest.
func history(r kinds.Row, newest int) kinds.Row {
	r = r.In("results", versionLimit).By("number").Ask("body-format", "storage")
	r.Number, r.Above = []string{"version", "number"}, 1
	if newest > 0 {
		r.PageSize = min(newest, versionLimit)
		r = r.Ask("sort", "-modified-date")
		r.Most = newest
	}
	return r
}

// statuses is a query of statuses.
func statuses(of []string) url.Values { return url.Values{"status": slices.Clone(of)} }
