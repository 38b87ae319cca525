package samplesite

import (
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// commentWrites is what changes comments and their properties.
func commentWrites() []write {
	scopes, property := []string{writeWork}, Prefix+"/comment/{commentId}/properties/{propertyKey}"
	all, one := Prefix+"/issue/{issueIdOrKey}/comment", Prefix+"/issue/{issueIdOrKey}/comment/{id}"
	return []write{
		{method: http.MethodPost, template: all, scopes: scopes, permission: "ADD_COMMENTS", answer: addComment},
		{method: http.MethodPut, template: one, scopes: scopes, permission: "EDIT_ALL_COMMENTS", answer: updateComment},
		{method: http.MethodDelete, template: one, scopes: scopes, permission: "DELETE_ALL_COMMENTS", answer: deleteComment},
		{method: http.MethodPut, template: property, scopes: scopes, answer: setCommentProperty},
		{method: http.MethodDelete, template: property, scopes: scopes, answer: deleteCommentProperty},
	}
}

// commentReads is what those who write ask of comments.
func commentReads() []route {
	scopes, property := []string{readWork}, Prefix+"/comment/{commentId}/properties"
	return []route{
		{method: http.MethodGet, template: Prefix + "/issue/{issueIdOrKey}/comment/{id}", scopes: scopes, answer: commentOfIssue},
		{method: http.MethodPost, template: Prefix + "/comment/list", scopes: scopes, answer: commentsByID},
		{method: http.MethodGet, template: property, scopes: scopes, answer: commentProperties},
		{method: http.MethodGet, template: property + "/{propertyKey}", scopes: scopes, answer: commentProperty},
	}
}

// commentInput is what a request says of a comment. What it must not say of it, such
// as its author, is refused: the document marks it read-only.
type commentInput struct {
	body, visibility rawjson.Raw
	restricted       bool // visibility was given
	properties       []rawjson.Member
}

func (c *call) comment(needsBody bool) (in commentInput, bad *reply) {
	body, bad := c.object("body", "visibility", "properties")
	if bad != nil {
		return in, bad
	}
	if in.body = body["body"]; in.body != nil || needsBody {
		if bad = textPart(in.body, "comment"); bad != nil {
			return in, bad
		}
	}
	_, in.restricted = body["visibility"]
	if in.visibility, bad = c.visibility(body["visibility"]); bad != nil {
		return in, bad
	}
	in.properties, bad = propertyList(body["properties"])
	return in, bad
}

func addComment(c *call) reply {
	row := c.row
	in, bad := c.comment(true)
	if bad != nil {
		return *bad
	}
	id := strconv.FormatInt(c.site.parts.Next(), 10)
	now, author := c.now(), c.site.me().Body
	pairs := []any{"self", issueSelf(row) + "/comment/" + id, "id", id, "author", author, "body", in.body,
		"updateAuthor", author, "created", content.FormatTime(now), "updated", content.FormatTime(now)}
	if in.visibility != nil {
		pairs = append(pairs, "visibility", in.visibility)
	}
	item := content.Item{ID: id, Time: now, Body: rawjson.Object(append(pairs, "jsdPublic", !c.internal(in.properties))...)}
	full := false
	c.site.parts.ChangeComments(row, func(all []content.Item) []content.Item {
		if full = len(all) >= partLimits["comment"]; full {
			return all
		}
		return append(all, item)
	})
	if full {
		return *fullIssue("comment")
	}
	for _, p := range in.properties {
		c.site.parts.SetProperty("comment", id, p.Name, p.Value)
	}
	c.site.touch(row)
	return wrote(http.StatusCreated, item.Body)
}

// internal reports whether a comment of a service project is kept from its customers,
// which a property says: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/
// gives no other way.
func (c *call) internal(properties []rawjson.Member) bool {
	value := rawjson.Get(properties, "sd.public.comment")
	return c.site.src.Projects()[c.row.Project].Type == "service_desk" && isObject(value) && at(value, "internal") == "true"
}

func noComment(id string) *reply {
	return refused(http.StatusNotFound, "Can not find a comment for the id: "+id+".")
}

// commentAsked finds the comment that the path names below its issue.
func (c *call) commentAsked() (content.Row, content.Item, *reply) {
	row, found := c.issueRow()
	if !found {
		p := noIssue()
		return row, content.Item{}, &p
	}
	item, found := partByID(c.site.world.comments(row, c.site.src.Issue(row).Comments()), c.params["id"])
	if !found {
		return row, item, noComment(c.params["id"])
	}
	return row, item, nil
}

func commentOfIssue(c *call) reply {
	_, item, bad := c.commentAsked()
	if bad != nil {
		return *bad
	}
	return ok(item.Body)
}

func updateComment(c *call) reply {
	row, item, bad := c.commentAsked()
	if bad != nil {
		return *bad
	}
	if bad := c.unwritable(); bad != nil {
		return *bad
	}
	in, bad := c.comment(false)
	if bad != nil {
		return *bad
	}
	m, err := rawjson.Split(item.Body)
	if err != nil {
		return serverError() // bodies are our own
	}
	if in.body != nil {
		m, _ = content.SetMember(m, "body", in.body)
	}
	if in.restricted {
		m = slices.DeleteFunc(slices.Clone(m), func(one rawjson.Member) bool { return one.Name == "visibility" })
		if in.visibility != nil {
			m = append(m, rawjson.Member{Name: "visibility", Value: in.visibility})
		}
	}
	m, _ = content.SetMember(m, "updateAuthor", c.site.me().Body)
	m, _ = content.SetMember(m, "updated", rawjson.String(content.FormatTime(c.now())))
	item.Body = rawjson.Members(m)
	c.site.parts.ChangeComments(row, replacing(item))
	for _, p := range in.properties {
		c.site.parts.SetProperty("comment", item.ID, p.Name, p.Value)
	}
	c.site.touch(row)
	return ok(item.Body)
}

// replacing puts a part in the place of the one of its id.
func replacing(item content.Item) func([]content.Item) []content.Item {
	return func(all []content.Item) []content.Item {
		for i := range all {
			if all[i].ID == item.ID {
				all[i] = item
			}
		}
		return all
	}
}

// leavingOut takes the part of an id away.
func leavingOut(id string) func([]content.Item) []content.Item {
	return func(all []content.Item) []content.Item {
		return slices.DeleteFunc(all, func(item content.Item) bool { return item.ID == id })
	}
}

func deleteComment(c *call) reply {
	row, item, bad := c.commentAsked()
	if bad != nil {
		return *bad
	}
	c.site.parts.ChangeComments(row, leavingOut(item.ID))
	c.site.touch(row)
	return wrote(http.StatusNoContent, nil)
}

// commentAnywhere finds a comment by its id alone.
func (c *call) commentAnywhere(id string) (content.Row, content.Item, bool) {
	row, found := c.site.world.find(strconv.FormatInt(c.site.parts.IssueOf("comment", id), 10))
	if !found || !c.known {
		return row, content.Item{}, false
	}
	item, found := partByID(c.site.world.comments(row, c.site.src.Issue(row).Comments()), id)
	return row, item, found
}

// allIDs is how many items a page of a list that is not paged has room for, as live sites say.
const allIDs = 1_048_576

func commentsByID(c *call) reply {
	ids, bad := c.idsAsked()
	if bad != nil {
		return *bad
	}
	expand := splitList(c.query["expand"]...)
	values := []rawjson.Raw{}
	for _, id := range ids {
		_, item, found := c.commentAnywhere(id)
		if !found {
			continue
		}
		if slices.Contains(expand, "properties") {
			item.Body = besideProperties(item.Body, c.site.parts.Properties("comment", id))
		}
		values = append(values, item.Body)
	}
	return ok(rawjson.Object("maxResults", allIDs, "startAt", 0, "total", len(values), "isLast", true, "values", values))
}

// ofComment answers a request for the properties of a comment, which needs permission
// in its project, or none but to see it.
func (c *call) ofComment(permission string, answer func(id string, properties []rawjson.Member) reply) reply {
	id := c.params["commentId"]
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		return refuse(http.StatusBadRequest, "The comment id '"+id+"' is not a number.")
	}
	row, _, found := c.commentAnywhere(id)
	if !found {
		return *noComment(id)
	}
	if permission != "" && !c.may(permission, row.Project) {
		return refuse(http.StatusForbidden, "You do not have the permission to edit this comment.")
	}
	return answer(id, c.site.parts.Properties("comment", id))
}

func commentProperties(c *call) reply {
	return c.ofComment("", func(_ string, p []rawjson.Member) reply { return c.propertyKeys(p) })
}

func commentProperty(c *call) reply {
	return c.ofComment("", func(_ string, p []rawjson.Member) reply { return c.oneProperty(p) })
}

func setCommentProperty(c *call) reply {
	return c.ofComment("EDIT_ALL_COMMENTS", func(id string, _ []rawjson.Member) reply { return c.setPart("comment", id) })
}

func deleteCommentProperty(c *call) reply {
	return c.ofComment("EDIT_ALL_COMMENTS", func(id string, _ []rawjson.Member) reply { return c.dropPart("comment", id) })
}

// setPart sets the property of a comment or worklog that the path names.
func (c *call) setPart(kind, id string) reply {
	value, bad := c.propertyValue()
	if bad != nil {
		return *bad
	}
	if c.site.parts.SetProperty(kind, id, c.params["propertyKey"], value) {
		return wrote(http.StatusCreated, rawjson.Raw("{}"))
	}
	return ok(rawjson.Raw("{}"))
}

// dropPart deletes it.
func (c *call) dropPart(kind, id string) reply {
	if !c.site.parts.DeleteProperty(kind, id, c.params["propertyKey"]) {
		return noProperty(c.params["propertyKey"])
	}
	return wrote(http.StatusNoContent, nil)
}
