package samplesite

import (
	"net/http"

	"holdfast/internal/samplesite/content"
)

// OAuth scopes of content, as the document has them.
const (
	readPage     = "read:page:confluence"
	readComment  = "read:comment:confluence"
	readFile     = "read:attachment:confluence"
	readCustom   = "read:custom-content:confluence"
	readTask     = "read:task:confluence"
	readTree     = "read:hierarchical-content:confluence"
	readMetadata = "read:content.metadata:confluence"
)

// wikiContentRoutes serves pages, blog posts and what belongs to them, and what
// else is in the trees of spaces (REST v2).
func (s *Site) wikiContentRoutes() []route {
	var routes []route
	add := func(scope, path string, answer func(*call) reply) {
		routes = append(routes, route{method: http.MethodGet, template: WikiV2 + path, scopes: []string{scope}, answer: answer})
	}
	for _, one := range []struct{ path, kind, id string }{
		{"/pages", content.PageType, "{page-id}"}, {"/blogposts", content.BlogType, "{blogpost-id}"},
	} {
		kind := one.kind
		add(readPage, one.path, func(c *call) reply { return listNodes(c, kind, false) })
		add(readPage, "/spaces/{id}"+one.path, func(c *call) reply { return listNodes(c, kind, true) })
		add(readPage, one.path+"/{id}", func(c *call) reply { return getNode(c, kind) })
		below := func(scope, path string, answer func(*call, content.Node) reply) {
			add(scope, one.path+path, func(c *call) reply { return c.below(kind, answer) })
		}
		below(readPage, "/{id}/versions", listNodeVersions)
		below(readPage, "/"+one.id+"/versions/{version-number}", getNodeVersion)
		below(readPage, "/{id}/labels", listLabels)
		below(readPage, "/"+one.id+"/properties", listNodeProperties)
		below(readPage, "/"+one.id+"/properties/{property-id}", getNodeProperty)
		below(readPage, "/{id}/likes/users", listNodeLikes)
		below(readPage, "/{id}/likes/count", countNodeLikes)
		below(readPage, "/{id}/operations", listOperations)
		below(readComment, "/{id}/footer-comments", func(c *call, n content.Node) reply { return listRoots(c, n, false) })
		below(readComment, "/{id}/inline-comments", func(c *call, n content.Node) reply { return listRoots(c, n, true) })
		below(readFile, "/{id}/attachments", listFiles)
		below(readCustom, "/{id}/custom-content", listCustomBelow)
	}
	for path, inline := range map[string]bool{"/footer-comments": false, "/inline-comments": true} {
		comment := func(path string, answer func(*call, content.Comment) reply) {
			add(readComment, path, func(c *call) reply { return c.onComment(inline, answer) })
		}
		add(readComment, path, func(c *call) reply { return listAllComments(c, inline) })
		comment(path+"/{comment-id}", getComment)
		comment(path+"/{id}/children", listReplies)
		comment(path+"/{id}/versions", listCommentVersions)
		comment(path+"/{id}/versions/{version-number}", getCommentVersion)
		comment(path+"/{id}/likes/users", listCommentLikes)
		comment(path+"/{id}/likes/count", countCommentLikes)
	}
	add(readFile, "/attachments", listAllFiles)
	add(readFile, "/attachments/{id}", func(c *call) reply { return c.onFile("id", getFile) })
	add(readFile, "/attachments/{id}/versions", func(c *call) reply { return c.onFile("id", listFileVersions) })
	add(readFile, "/attachments/{attachment-id}/versions/{version-number}", func(c *call) reply { return c.onFile("attachment-id", getFileVersion) })
	add(readCustom, "/custom-content", listCustom)
	add(readCustom, "/spaces/{id}/custom-content", listCustomOfSpace)
	add(readCustom, "/custom-content/{id}", getCustom)
	add(readTask, "/tasks", listTasks)
	add(readTask, "/tasks/{id}", getTask)
	routes = append(routes, treeRoutes()...)
	// The address that bodies name takes a session of the browser only.
	return append(routes, route{method: http.MethodGet, template: "/wiki/download/attachments/{id}/{fileName}", answer: func(*call) reply { return mustLogIn() }})
}

// below answers for what belongs to a page or blog post that the account sees, whatever its status.
func (c *call) below(kind string, answer func(*call, content.Node) reply) reply {
	name := "id"
	for _, other := range []string{"page-id", "blogpost-id"} {
		if c.params[other] != "" {
			name = other
		}
	}
	id, bad := c.pathID(name)
	if bad != nil {
		return *bad
	}
	n, found := c.site.wiki.node(id, c.adminKey())
	if !found || n.Type != kind {
		return wikiAbsent()
	}
	return answer(c, n)
}

// onComment answers for a comment whose page or blog post the account sees.
func (c *call) onComment(inline bool, answer func(*call, content.Comment) reply) reply {
	name := "id"
	if c.params["comment-id"] != "" {
		name = "comment-id"
	}
	id, bad := c.pathID(name)
	if bad != nil {
		return *bad
	}
	one, found := c.site.wiki.comment(id)
	if found {
		_, found = c.site.wiki.node(one.Node, c.adminKey())
	}
	if !found || one.Inline != inline {
		return wikiAbsent()
	}
	return answer(c, one)
}
