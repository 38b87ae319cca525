package samplesite

import (
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// filterWrites is what makes, changes and shares filters.
func filterWrites() []write {
	scopes, one := []string{writeWork}, Prefix+"/filter/{id}"
	return []write{
		{method: http.MethodPost, template: Prefix + "/filter", scopes: scopes, answer: createFilter},
		{method: http.MethodPut, template: one, scopes: scopes, answer: updateFilter},
		{method: http.MethodDelete, template: one, scopes: scopes, answer: deleteFilter},
		{method: http.MethodPut, template: one + "/owner", scopes: scopes, answer: changeFilterOwner},
		{method: http.MethodPost, template: one + "/permission", scopes: scopes, answer: shareFilter},
	}
}

// filterReads is what those who write ask of filters.
func filterReads() []route {
	scopes, one := []string{readWork}, Prefix+"/filter/{id}"
	return []route{
		{method: http.MethodGet, template: one, scopes: scopes, answer: getFilter},
		{method: http.MethodGet, template: one + "/permission", scopes: scopes, answer: filterPermissions},
	}
}

// filterAsked finds the filter that the path names; the document has 400 for one
// that is not there, except where it is shared.
func (c *call) filterAsked(absent int) (content.Entry, *reply) {
	id := c.params["id"]
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		p := problem(http.StatusBadRequest, "Failed to convert 'id' with value: '"+id+"'", c.r)
		return content.Entry{}, &p
	}
	e, found := c.site.src.Setup().Find("filter", "", id)
	if !found || !c.known || !c.site.shows(c.site.listings["filter"], e, nil) {
		return e, refused(absent, "The selected filter is not available to you, perhaps it has been deleted or had its permissions changed.")
	}
	return e, nil
}

// shownFilter is a filter with the member that the document has pages for, as one page.
func shownFilter(e content.Entry) rawjson.Raw {
	m, err := rawjson.Split(e.Body)
	if err != nil {
		return e.Body // bodies are our own
	}
	shown := []string{"self", "id", "name", "description", "owner", "jql", "viewUrl", "searchUrl", "favourite", "favouritedCount", "approximateLastUsed", "sharePermissions", "editPermissions"}
	m = slices.DeleteFunc(m, func(one rawjson.Member) bool { return !slices.Contains(shown, one.Name) || string(one.Value) == "null" })
	return rawjson.Members(m)
}

func getFilter(c *call) reply {
	e, bad := c.filterAsked(http.StatusBadRequest)
	if bad != nil {
		return *bad
	}
	return ok(shownFilter(e))
}

func filterPermissions(c *call) reply {
	e, bad := c.filterAsked(http.StatusNotFound)
	if bad != nil {
		return *bad
	}
	m, err := rawjson.Split(e.Body)
	if err != nil {
		return serverError() // bodies are our own
	}
	return ok(rawjson.Get(m, "sharePermissions"))
}

// filterInput is what a request says of a filter of an owner; what it does not say is not
// among it. except is the id of the filter that is updated, "" for a new one.
func (c *call) filterInput(owner, except string) (map[string]rawjson.Raw, *reply) {
	in, bad := c.object("name", "description", "jql", "favourite", "sharePermissions", "editPermissions")
	if bad != nil {
		return nil, bad
	}
	if in["editPermissions"] != nil && except == "" {
		return nil, wrong("editPermissions", "Edit permissions can be specified when updating a filter, but not when creating a filter.")
	}
	name, isText := textOf(in["name"])
	if !isText || name == "" {
		return nil, wrong("filterName", "You must specify a name to save this filter as.")
	}
	if c.site.hasFilter(owner, name, except) {
		return nil, wrong("filterName", "Filter with same name already exists.")
	}
	for _, field := range []string{"description", "jql"} {
		if _, isText := textOf(in[field]); !isText {
			return nil, wrong(field, "The value is not a text.")
		}
	}
	jql, _ := textOf(in["jql"])
	if err := c.readable(jql); err != nil {
		return nil, wrong("jql", err.Error())
	}
	if v := in["favourite"]; v != nil && string(v) != "true" && string(v) != "false" {
		return nil, wrong("favourite", "The value is not a boolean.")
	}
	for _, field := range []string{"sharePermissions", "editPermissions"} {
		if in[field] == nil {
			continue
		}
		if in[field], bad = c.shares(in[field]); bad != nil {
			return nil, bad
		}
	}
	return in, nil
}

// hasFilter reports whether an account owns a filter of that name.
func (s *Site) hasFilter(owner, name, except string) bool {
	return slices.ContainsFunc(s.src.Setup().List("filter", ""), func(e content.Entry) bool {
		return e.ID != except && at(e.Body, "owner.accountId") == owner && at(e.Body, "name") == name
	})
}

func createFilter(c *call) reply {
	me := c.site.me()
	in, bad := c.filterInput(me.AccountID, "")
	if bad != nil {
		return *bad
	}
	id := strconv.FormatInt(c.site.layer.NextID(), 10)
	none := rawjson.Raw("[]")
	e := content.Entry{ID: id, Project: -1, Body: rawjson.Object(
		"expand", "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,isWritable,approximateLastUsed,subscriptions",
		"self", content.Base+Prefix+"/filter/"+id, "id", id, "name", in["name"], "description", rawjson.String(""), "owner", me.Body, "jql", rawjson.String(""),
		"viewUrl", content.Base+"/issues/?filter="+id, "searchUrl", content.Base+Prefix+"/search?jql=filter+%3D+"+id, "favourite", false, "favouritedCount", 0,
		"isWritable", true, "sharePermissions", none, "editPermissions", none, "subscriptions", none)}
	e = filterWith(e, in)
	c.site.layer.Put("filter", "", e)
	return ok(shownFilter(e))
}

// filterWith is a filter with what a request says of it.
func filterWith(e content.Entry, in map[string]rawjson.Raw) content.Entry {
	m, err := rawjson.Split(e.Body)
	if err != nil {
		return e // bodies are our own
	}
	for name, v := range in {
		if string(v) == "null" {
			v = rawjson.String("")
		}
		m, _ = content.SetMember(m, name, v)
		if name == "favourite" {
			count := rawjson.Raw("0")
			if string(v) == "true" {
				count = rawjson.Raw("1")
			}
			m, _ = content.SetMember(m, "favouritedCount", count)
		}
	}
	e.Body = rawjson.Members(m)
	return e
}

// ownFilter finds the filter that the path names where the account owns it.
func (c *call) ownFilter(absent int) (content.Entry, *reply) {
	e, bad := c.filterAsked(absent)
	if bad == nil && at(e.Body, "owner.accountId") != c.site.AccountID() {
		bad = refused(http.StatusBadRequest, "You do not own the filter.")
	}
	return e, bad
}

func updateFilter(c *call) reply {
	e, bad := c.ownFilter(http.StatusBadRequest)
	if bad != nil {
		return *bad
	}
	in, bad := c.filterInput(c.site.AccountID(), e.ID)
	if bad != nil {
		return *bad
	}
	e = filterWith(e, in)
	c.site.layer.Put("filter", "", e)
	return ok(shownFilter(e))
}

func deleteFilter(c *call) reply {
	e, bad := c.filterAsked(http.StatusBadRequest)
	if bad != nil {
		return *bad
	}
	if at(e.Body, "owner.accountId") != c.site.AccountID() && !c.may("ADMINISTER", -1) {
		return refuse(http.StatusUnauthorized, "You do not have the permission to delete the filter.")
	}
	c.site.layer.Remove("filter", "", e.ID)
	return wrote(http.StatusNoContent, nil)
}

// changeFilterOwner gives a filter to another account, which others than it see then by its shares only.
func changeFilterOwner(c *call) reply {
	e, bad := c.filterAsked(http.StatusNotFound)
	if bad != nil {
		return *bad
	}
	if at(e.Body, "owner.accountId") != c.site.AccountID() && !c.may("ADMINISTER", -1) {
		return refuse(http.StatusForbidden, "You do not own the filter.")
	}
	in, bad := c.object("accountId")
	if bad != nil {
		return *bad
	}
	id, _ := textOf(in["accountId"])
	p, found := c.site.person(id)
	if !found {
		return refuse(http.StatusNotFound, "The user does not exist.")
	}
	if c.site.hasFilter(id, at(e.Body, "name"), e.ID) {
		return *wrong("accountId", "The user owns a filter of the same name.")
	}
	e = filterWith(e, map[string]rawjson.Raw{"owner": p.Body, "isWritable": rawjson.Raw(strconv.FormatBool(id == c.site.AccountID()))})
	e.Private = !c.sees(e.Body)
	c.site.layer.Put("filter", "", e)
	return wrote(http.StatusNoContent, nil)
}
