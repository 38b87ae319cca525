package samplesite

import (
	"net/http"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// OAuth scopes of comments.
const (
	writeComment  = "write:comment:confluence"
	removeComment = "delete:comment:confluence"
)

// commentWriteRoutes serves making, changing and deleting comments.
func commentWriteRoutes() []route {
	var routes []route
	for path, inline := range map[string]bool{"/footer-comments": false, "/inline-comments": true} {
		one := WikiV2 + path + "/{comment-id}"
		routes = append(routes,
			route{method: http.MethodPost, template: WikiV2 + path, scopes: []string{writeComment}, answer: func(c *call) reply { return postWikiComment(c, inline) }},
			route{method: http.MethodPut, template: one, scopes: []string{writeComment}, answer: func(c *call) reply { return c.onComment(inline, putWikiComment) }},
			route{method: http.MethodDelete, template: one, scopes: []string{removeComment}, answer: func(c *call) reply { return c.onComment(inline, deleteWikiComment) }})
	}
	return routes
}

// newComment is a request for a comment.
type newComment struct {
	PageID          string       `json:"pageId"`
	BlogPostID      string       `json:"blogPostId"`
	ParentCommentID string       `json:"parentCommentId"`
	AttachmentID    string       `json:"attachmentId"`
	CustomContentID string       `json:"customContentId"`
	Body            *writtenBody `json:"body"`
	Inline          *struct {
		Selection string `json:"textSelection"`
		Count     int    `json:"textSelectionMatchCount"`
		Index     int    `json:"textSelectionMatchIndex"`
	} `json:"inlineCommentProperties"`
}

// on finds what a comment is put on: a page or blog post, and the comment that it answers.
func (in newComment) on(c *call, inline bool) (n content.Node, above *content.Comment, bad *reply) {
	given := 0
	for _, id := range []string{in.PageID, in.BlogPostID, in.ParentCommentID, in.AttachmentID, in.CustomContentID} {
		if id != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return n, nil, wikiInvalid("Exactly one of pageId, blogPostId and parentCommentId must be given")
	case in.AttachmentID != "" || in.CustomContentID != "":
		return n, nil, wikiInvalid("The sample site has comments on pages and blog posts only")
	}
	absent := wikiAbsent()
	kind, id := content.PageType, numbered(in.PageID)
	if in.BlogPostID != "" {
		kind, id = content.BlogType, numbered(in.BlogPostID)
	}
	if in.ParentCommentID != "" {
		one, found := c.site.wiki.comment(numbered(in.ParentCommentID))
		if !found || one.Inline != inline || one.Status != "current" {
			return n, nil, &absent
		}
		above, id, kind = &one, one.Node, ""
	}
	n, found := c.site.wiki.node(id, c.adminKey())
	if !found || kind != "" && n.Type != kind || n.Status != "current" {
		return n, nil, &absent
	}
	return n, above, nil
}

func postWikiComment(c *call, inline bool) reply {
	var in newComment
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	n, above, bad := in.on(c, inline)
	if bad != nil {
		return *bad
	}
	storage, _, bad := c.wikiText(in.Body)
	if bad != nil {
		return *bad
	}
	of := c.site.own(n)
	me, now, id := c.site.AccountID(), c.wikiNow(), c.site.wiki.written.NextID()
	one := content.Comment{ID: id, Node: n.ID, Inline: inline, Status: "current"}
	title := "Re: " + n.Title
	pageID, blogID, parentID := idText(n.ID), "", ""
	if n.Type == content.BlogType {
		pageID, blogID = "", pageID
	}
	if above != nil {
		one.Parent, one.Resolution = above.ID, above.Resolution
		pageID, blogID, parentID = "", "", idText(above.ID)
	}
	pairs := []any{"id", idText(id), "status", one.Status, "title", title, "pageId", pageID, "blogPostId", blogID, "parentCommentId", parentID}
	switch {
	case inline && above == nil:
		if in.Inline == nil || in.Inline.Selection == "" {
			return *wikiInvalid("inlineCommentProperties: must not be null for a comment that answers no other")
		}
		ref := content.MarkerOf(id)
		last := &of.History[len(of.History)-1]
		marked, matches := content.Mark(last.Storage, in.Inline.Selection, in.Inline.Index, ref)
		if matches == 0 || in.Inline.Count != matches || in.Inline.Index < 0 || in.Inline.Index >= matches {
			return *wikiInvalid("The text selection is on the page %d times, not at index %d of %d", matches, in.Inline.Index, in.Inline.Count)
		}
		last.Storage, last.ADF = marked, ""
		one.Resolution = "open"
		pairs = append(pairs, "resolutionStatus", one.Resolution, "properties", rawjson.Object("inlineMarkerRef", ref, "inlineOriginalSelection", in.Inline.Selection))
	case in.Inline != nil:
		return *wikiInvalid("inlineCommentProperties: only for comments in the text that answer no other")
	case inline:
		mark := at(rawjson.Members(above.Members), "properties.inlineMarkerRef")
		pairs = append(pairs, "resolutionStatus", one.Resolution, "properties", rawjson.Object("inlineMarkerRef", mark,
			"inlineOriginalSelection", at(rawjson.Members(above.Members), "properties.inlineOriginalSelection")))
	}
	pairs = append(pairs, "_links", rawjson.Object("webui", content.NodePath(c.site.wiki.src.Spaces()[n.Space], n)+"?focusedCommentId="+idText(id)))
	one.Members = content.Members(pairs...)
	one = one.Revised(content.WikiVersion{Number: 1, Title: title, Body: content.VersionBody(1, me, "", false, now)}, storage)
	of.Comments = append(of.Comments, one)
	c.site.wiki.save(of)
	p := wikiOK(commentBody(one, commentShape{format: content.StorageFormat, single: true}))
	p.status = http.StatusCreated
	return p
}

// changedComment is a request to change a comment.
type changedComment struct {
	Version *struct {
		Number  int    `json:"number"`
		Message string `json:"message"`
	} `json:"version"`
	Body     *writtenBody `json:"body"`
	Resolved *bool        `json:"resolved"`
	Links    rawjson.Raw  `json:"_links"` // the document has them in requests, too
}

func putWikiComment(c *call, one content.Comment) reply {
	var in changedComment
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	switch {
	case in.Resolved != nil && (!one.Inline || one.Parent != 0):
		return *wikiInvalid("Only comments in the text that answer no other can be resolved")
	case one.Resolution == "dangling" && one.Inline:
		return *wikiInvalid("A dangling comment cannot be updated")
	case in.Body == nil && in.Resolved == nil:
		return *wikiInvalid("body: must not be null")
	case in.Version == nil:
		return *wikiInvalid("version: must not be null")
	}
	have := one.Versions[0].Number
	if in.Version.Number != have+1 {
		return *c.wikiConflict(have, in.Version.Number)
	}
	n, found := c.site.wiki.node(one.Node, true)
	if !found {
		return wikiAbsent()
	}
	of := c.site.own(n)
	me, now := c.site.AccountID(), c.wikiNow()
	storage := one.Body(have)
	if in.Body != nil {
		text, _, bad := c.wikiText(in.Body)
		if bad != nil {
			return *bad
		}
		storage = text
	}
	one = one.Revised(content.WikiVersion{Number: have + 1, Title: one.Versions[0].Title, Body: content.VersionBody(have+1, me, in.Version.Message, false, now)}, storage)
	if in.Resolved != nil && *in.Resolved != (one.Resolution == "resolved") {
		resolution := "reopened"
		if *in.Resolved {
			resolution = "resolved"
		}
		one = resolvedBy(one, resolution, me, now)
	}
	for i := range of.Comments {
		if of.Comments[i].ID == one.ID {
			of.Comments[i] = one
		} else if in.Resolved != nil && answers(of.Comments, of.Comments[i], one.ID) {
			of.Comments[i] = resolvedBy(of.Comments[i], one.Resolution, me, now)
		}
	}
	c.site.wiki.save(of)
	return wikiOK(commentBody(one, commentShape{format: content.StorageFormat, single: true}))
}

// answers reports whether a comment stands below another one.
func answers(all []content.Comment, one content.Comment, root int64) bool {
	for one.Parent != 0 {
		if one.Parent == root {
			return true
		}
		i := slices.IndexFunc(all, func(c content.Comment) bool { return c.ID == one.Parent })
		if i < 0 {
			return false
		}
		one = all[i]
	}
	return false
}

// resolvedBy is a comment with the resolution that somebody gave it.
func resolvedBy(one content.Comment, resolution, by string, now int64) content.Comment {
	one.Resolution = resolution
	var out []rawjson.Member
	for _, m := range one.Members {
		switch m.Name {
		case "resolutionLastModifierId", "resolutionLastModifiedAt":
			continue
		case "resolutionStatus":
			m.Value = rawjson.String(resolution)
			out = append(out, m, rawjson.Member{Name: "resolutionLastModifierId", Value: rawjson.String(by)},
				rawjson.Member{Name: "resolutionLastModifiedAt", Value: rawjson.String(content.FormatWikiTime(now))})
			continue
		}
		out = append(out, m)
	}
	one.Members = out
	return one
}

// deleteWikiComment deletes a comment, and the answers to it, for good.
func deleteWikiComment(c *call, one content.Comment) reply {
	n, found := c.site.wiki.node(one.Node, true)
	if !found {
		return wikiAbsent()
	}
	of := c.site.own(n)
	all := slices.Clone(of.Comments)
	of.Comments = slices.DeleteFunc(of.Comments, func(other content.Comment) bool { return other.ID == one.ID || answers(all, other, one.ID) })
	c.site.wiki.save(of)
	return reply{status: http.StatusNoContent}
}
