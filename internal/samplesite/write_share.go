package samplesite

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

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
		pairs = append(pairs, "user", shownPerson(p))
	default:
		return nil, wrong("sharePermissions", "The type '"+in.Type+"' can not be shared with.")
	}
	return rawjson.Object(pairs...), nil
}

// shownPerson is an account with the members that shares and dashboards show.
func shownPerson(p content.Person) rawjson.Raw {
	m, err := rawjson.Split(p.Body)
	if err != nil {
		return rawjson.Raw("{}") // bodies are our own
	}
	return rawjson.Object("self", rawjson.Get(m, "self"), "accountId", p.AccountID, "displayName", p.Name, "active", p.Active, "avatarUrls", rawjson.Get(m, "avatarUrls"))
}

// sees reports whether the account sees a filter or a dashboard: it is its own, or shared with it.
func (c *call) sees(body rawjson.Raw) bool {
	me := c.site.AccountID()
	if at(body, "owner.accountId") == me {
		return true
	}
	for _, list := range []string{"sharePermissions", "editPermissions"} {
		all, err := rawjson.Items(rawjson.Raw(orEmpty(at(body, list))))
		if err != nil {
			continue // bodies are our own
		}
		if slices.ContainsFunc(all, func(one rawjson.Raw) bool { return c.sharedWith(me, one) }) {
			return true
		}
	}
	return false
}

func (c *call) sharedWith(account string, share rawjson.Raw) bool {
	switch at(share, "type") {
	case "global", "loggedin", "authenticated":
		return true
	case "user":
		return at(share, "user.accountId") == account
	case "group":
		_, member := c.site.src.Setup().Find("groupMember", at(share, "group.groupId"), account)
		return member
	case "project":
		i, found := c.site.world.project(at(share, "project.id"))
		return found && at(share, "role") == "" && c.browses(i)
	}
	return false
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
