package samplesite

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// linkWrites is what changes remote links.
func linkWrites() []write {
	scopes, all := []string{writeWork}, Prefix+"/issue/{issueIdOrKey}/remotelink"
	return []write{
		{method: http.MethodPost, template: all, scopes: scopes, permission: "LINK_ISSUES", answer: addRemoteLink},
		{method: http.MethodDelete, template: all, scopes: scopes, permission: "LINK_ISSUES", answer: deleteRemoteLinkByGlobalID},
		{method: http.MethodPut, template: all + "/{linkId}", scopes: scopes, permission: "LINK_ISSUES", answer: updateRemoteLink},
		{method: http.MethodDelete, template: all + "/{linkId}", scopes: scopes, permission: "LINK_ISSUES", answer: deleteRemoteLink},
	}
}

// linkReads is what those who write ask of remote links.
func linkReads() []route {
	return []route{{method: http.MethodGet, template: Prefix + "/issue/{issueIdOrKey}/remotelink/{linkId}", scopes: []string{readWork}, answer: getRemoteLink}}
}

// linksIssues refuses where issue linking is switched off.
func (c *call) linksIssues() *reply {
	if c.site.world.lacking().IssueLinking {
		return refused(http.StatusForbidden, "Issue linking is disabled.")
	}
	return nil
}

// remoteLink reads a remote link and gives it as the site lists it: with icon, status and application even where they are empty.
func (c *call) remoteLink(id string) (body rawjson.Raw, globalID string, bad *reply) {
	if bad := c.linksIssues(); bad != nil {
		return nil, "", bad
	}
	in, bad := c.object("globalId", "application", "relationship", "object")
	if bad != nil {
		return nil, "", bad
	}
	globalID, ok1 := textOf(in["globalId"])
	relationship, ok2 := textOf(in["relationship"])
	application, ok3 := picked(in["application"], "type", "name")
	object, ok4 := picked(in["object"], "url", "title", "summary", "icon", "status")
	icon, ok5 := picked(rawjson.Get(object, "icon"), "url16x16", "title", "link")
	status, ok6 := picked(rawjson.Get(object, "status"), "resolved", "icon")
	statusIcon, ok7 := picked(rawjson.Get(status, "icon"), "url16x16", "title", "link")
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || !ok7 {
		p := refusePayload(payloadMessage)
		return nil, "", &p
	}
	missing := map[string]string{}
	for _, name := range []string{"url", "title"} {
		if v, isText := textOf(rawjson.Get(object, name)); !isText || v == "" {
			missing[name] = "'" + name + "' is required."
		}
	}
	if len(globalID) > 255 {
		missing["globalId"] = "'globalId' is longer than 255 characters."
	}
	if len(missing) > 0 {
		p := fieldErrors(missing)
		return nil, "", &p
	}
	shown := []rawjson.Member{{Name: "url", Value: rawjson.Get(object, "url")}, {Name: "title", Value: rawjson.Get(object, "title")}}
	if v := rawjson.Get(object, "summary"); v != nil {
		shown = append(shown, rawjson.Member{Name: "summary", Value: v})
	}
	state := []rawjson.Member{}
	if v := rawjson.Get(status, "resolved"); v != nil {
		state = append(state, rawjson.Member{Name: "resolved", Value: v})
	}
	state = append(state, rawjson.Member{Name: "icon", Value: rawjson.Members(statusIcon)})
	shown = append(shown, rawjson.Member{Name: "icon", Value: rawjson.Members(icon)}, rawjson.Member{Name: "status", Value: rawjson.Members(state)})
	pairs := []any{"id", rawjson.Raw(id), "self", issueSelf(c.row) + "/remotelink/" + id}
	if globalID != "" {
		pairs = append(pairs, "globalId", globalID)
	}
	pairs = append(pairs, "application", application)
	if relationship != "" {
		pairs = append(pairs, "relationship", relationship)
	}
	return rawjson.Object(append(pairs, "object", shown)...), globalID, nil
}

// picked is the members of an object of these names that have a value; false where it is
// no object or has others.
func picked(v rawjson.Raw, names ...string) ([]rawjson.Member, bool) {
	out := []rawjson.Member{}
	if v == nil || string(v) == "null" {
		return out, true
	}
	all, err := rawjson.Split(v)
	if err != nil {
		return nil, false
	}
	for _, m := range all {
		if !slices.Contains(names, m.Name) {
			return nil, false
		}
		if string(m.Value) != "null" {
			out = append(out, m)
		}
	}
	return out, true
}

// addRemoteLink creates a link, or replaces the one of the same global id.
func addRemoteLink(c *call) reply {
	var asked struct{ GlobalID string }
	_ = json.Unmarshal(c.body, &asked) // what cannot be read is refused below
	for _, item := range c.site.src.Issue(c.row).RemoteLinks() {
		if asked.GlobalID != "" && at(item.Body, "globalId") == asked.GlobalID {
			return c.replaceLink(item.ID, http.StatusOK)
		}
	}
	id := strconv.FormatInt(c.site.parts.Next(), 10)
	body, _, bad := c.remoteLink(id)
	if bad != nil {
		return *bad
	}
	c.site.parts.ChangeRemoteLinks(c.row, func(all []content.Item) []content.Item { return append(all, content.Item{ID: id, Body: body}) })
	c.site.touch(c.row)
	return wrote(http.StatusCreated, c.linkIdentity(id))
}

// linkIdentity is what replies say of a link that was written.
func (c *call) linkIdentity(id string) rawjson.Raw {
	return rawjson.Object("id", rawjson.Raw(id), "self", issueSelf(c.row)+"/remotelink/"+id)
}

func (c *call) replaceLink(id string, status int) reply {
	body, _, bad := c.remoteLink(id)
	if bad != nil {
		return *bad
	}
	c.site.parts.ChangeRemoteLinks(c.row, replacing(content.Item{ID: id, Body: body}))
	c.site.touch(c.row)
	if status == http.StatusNoContent {
		return wrote(status, nil)
	}
	return wrote(status, c.linkIdentity(id))
}

// linkAsked finds the remote link that the path names.
func (c *call) linkAsked(row content.Row) (content.Item, *reply) {
	id := c.params["linkId"]
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		return content.Item{}, refused(http.StatusBadRequest, "The link id '"+id+"' is not a number.")
	}
	item, found := partByID(c.site.src.Issue(row).RemoteLinks(), id)
	if !found {
		return item, refused(http.StatusNotFound, "The issue has no remote link with the id '"+id+"'.")
	}
	return item, nil
}

func getRemoteLink(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	if bad := c.linksIssues(); bad != nil {
		return *bad
	}
	item, bad := c.linkAsked(row)
	if bad != nil {
		return *bad
	}
	return ok(item.Body)
}

func updateRemoteLink(c *call) reply {
	item, bad := c.linkAsked(c.row)
	if bad != nil {
		return *bad
	}
	return c.replaceLink(item.ID, http.StatusNoContent)
}

func deleteRemoteLink(c *call) reply {
	item, bad := c.linkAsked(c.row)
	if bad == nil {
		bad = c.linksIssues()
	}
	if bad != nil {
		return *bad
	}
	return c.dropLink(item.ID)
}

func (c *call) dropLink(id string) reply {
	c.site.parts.ChangeRemoteLinks(c.row, leavingOut(id))
	c.site.touch(c.row)
	return wrote(http.StatusNoContent, nil)
}

func deleteRemoteLinkByGlobalID(c *call) reply {
	globalID := c.query.Get("globalId")
	if globalID == "" {
		return refuse(http.StatusBadRequest, "The globalId query parameter is required.")
	}
	if bad := c.linksIssues(); bad != nil {
		return *bad
	}
	for _, item := range c.site.src.Issue(c.row).RemoteLinks() {
		if at(item.Body, "globalId") == globalID {
			return c.dropLink(item.ID)
		}
	}
	return refuse(http.StatusNotFound, "The issue has no remote link with that global id.")
}
