package samplesite

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

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

// filterInput is what a request says of a filter; nil is what it does not say.
func (c *call) filterInput(owner string, except string) (map[string]rawjson.Raw, *reply) {
	in, bad := c.object("name", "description", "jql", "favourite", "sharePermissions", "editPermissions")
	if bad != nil {
		return nil, bad
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

// readable reports what is wrong with a filter's query: its grammar, or a project in it
// that the account does not see. Fields that the sample site's own search does not know are no mistake.
func (c *call) readable(jql string) error {
	q, err := parseJQL(jql)
	if err != nil || q.where == nil {
		return err
	}
	var check func(*clause) error
	check = func(one *clause) error {
		for _, child := range one.children {
			if err := check(child); err != nil {
				return err
			}
		}
		if one.field == "project" {
			_, err := compiler{site: c.site, now: c.site.cfg.Now()}.compile(one)
			return err
		}
		return nil
	}
	return check(q.where)
}

// hasFilter reports whether an account owns a filter of that name.
func (s *Site) hasFilter(owner, name, except string) bool {
	return slices.ContainsFunc(s.src.Setup().List("filter", ""), func(e content.Entry) bool {
		return e.ID != except && at(e.Body, "owner.accountId") == owner && at(e.Body, "name") == name
	})
}

// shares reads a list of share permissions and gives it as filters show it.
func (c *call) shares(list rawjson.Raw) (rawjson.Raw, *reply) {
	items, err := rawjson.Items(list)
	if err != nil {
		p := refusePayload(payloadMessage)
		return nil, &p
	}
	if len(items) > 0 && !c.may("CREATE_SHARED_OBJECTS", -1) {
		return nil, wrong("sharePermissions", "You do not have the permission to share filters.")
	}
	out := []rawjson.Raw{}
	for _, item := range items {
		var in share
		if err := json.Unmarshal(item, &in); err != nil {
			p := refusePayload(payloadMessage)
			return nil, &p
		}
		one, bad := c.share(in)
		if bad != nil {
			return nil, bad
		}
		out = append(out, one)
	}
	return rawjson.Array(out), nil
}

// share is a share permission as requests have it.
type share struct {
	Type    string
	Project struct{ ID string }
	Group   struct{ GroupID, Name string }
	Role    struct{ ID json.Number }
	User    struct{ AccountID string }
}

func (c *call) share(in share) (rawjson.Raw, *reply) {
	unknown := func(what string) (rawjson.Raw, *reply) {
		return nil, wrong("sharePermissions", "The "+what+" to share with does not exist.")
	}
	pairs := []any{"id", c.site.layer.NextID(), "type", in.Type}
	setup := c.site.src.Setup()
	switch in.Type {
	case "global":
	case "authenticated", "loggedin":
		pairs[3] = "loggedin"
	case "project", "projectRole":
		i, found := c.site.world.project(in.Project.ID)
		if !found {
			return unknown("project")
		}
		pairs[3] = "project"
		pairs = append(pairs, "project", rawjson.Members(c.site.src.Projects()[i].Summary))
		if in.Type == "projectRole" {
			role, found := setup.Find("role", "", in.Role.ID.String())
			if !found {
				return unknown("role")
			}
			pairs = append(pairs, "role", rawjson.Object("self", at(role.Body, "self"), "name", at(role.Body, "name"), "id", rawjson.Raw(role.ID)))
		}
	case "group":
		id := in.Group.GroupID
		if id == "" {
			id = setup.GroupID(in.Group.Name)
		}
		e, found := setup.Find("group", "", id)
		if !found {
			return unknown("group")
		}
		pairs = append(pairs, "group", rawjson.Object("name", at(e.Body, "name"), "groupId", id, "self", content.Base+Prefix+"/group?groupId="+id))
	case "user":
		p, found := c.site.person(in.User.AccountID)
		if !found {
			return unknown("user")
		}
		m, err := rawjson.Split(p.Body)
		if err != nil {
			return unknown("user") // bodies are our own
		}
		pairs = append(pairs, "user", rawjson.Object("self", rawjson.Get(m, "self"), "accountId", p.AccountID, "displayName", p.Name, "active", p.Active, "avatarUrls", rawjson.Get(m, "avatarUrls")))
	default:
		return nil, wrong("sharePermissions", "The type '"+in.Type+"' can not be shared with.")
	}
	return rawjson.Object(pairs...), nil
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
		"approximateLastUsed", nil, "isWritable", true, "sharePermissions", none, "editPermissions", none, "subscriptions", none)}
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
	e.Private = id != c.site.AccountID() && at(e.Body, "sharePermissions") == "[]"
	c.site.layer.Put("filter", "", e)
	return wrote(http.StatusNoContent, nil)
}

// shareFilter adds a share permission; one with everybody takes the place of all others.
func shareFilter(c *call) reply {
	e, bad := c.ownFilter(http.StatusNotFound)
	if bad != nil {
		return *bad
	}
	body, bad := c.object("type", "accountId", "groupId", "groupname", "projectId", "projectRoleId", "rights")
	if bad != nil {
		return *bad
	}
	if !c.may("CREATE_SHARED_OBJECTS", -1) {
		return *wrong("sharePermissions", "You do not have the permission to share filters.")
	}
	text := func(name string) string { v, _ := textOf(body[name]); return v }
	var in share
	in.Type, in.Project.ID, in.Group.GroupID, in.Group.Name, in.User.AccountID = text("type"), text("projectId"), text("groupId"), text("groupname"), text("accountId")
	in.Role.ID = json.Number(text("projectRoleId"))
	one, bad := c.share(in)
	if bad != nil {
		return *bad
	}
	m, err := rawjson.Split(e.Body)
	if err != nil {
		return serverError() // bodies are our own
	}
	all, err := rawjson.Items(rawjson.Get(m, "sharePermissions"))
	if err != nil {
		return serverError() // bodies are our own
	}
	if kind := at(one, "type"); kind == "global" || kind == "loggedin" {
		all = nil
	} else if slices.ContainsFunc(all, func(o rawjson.Raw) bool { return strings.Contains("global loggedin", at(o, "type")) }) {
		return *wrong("sharePermissions", "The filter is shared with everybody: take that away first.")
	}
	all = append(all, one)
	e = filterWith(e, map[string]rawjson.Raw{"sharePermissions": rawjson.Array(all)})
	c.site.layer.Put("filter", "", e)
	return wrote(http.StatusCreated, rawjson.Array(all))
}
