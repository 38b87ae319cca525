package samplesite

import (
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// roleWrites is the writes to the actors of a project's roles, and the list of these.
func roleWrites() []write {
	role := Prefix + "/project/{projectIdOrKey}/role"
	conf, proj := []string{manageConf}, []string{manageProj}
	const admin = "ADMINISTER_PROJECTS"
	return []write{
		{method: http.MethodGet, template: role, scopes: []string{readWork}, answer: listRoles},
		{method: http.MethodPost, template: role + "/{id}", scopes: conf, permission: admin, answer: addActors},
		{method: http.MethodPut, template: role + "/{id}", scopes: proj, permission: admin, answer: setActors},
		{method: http.MethodDelete, template: role + "/{id}", scopes: proj, permission: admin, answer: removeActor},
	}
}

// listRoles answers the address of each role by its name.
func listRoles(c *call) reply {
	m := []rawjson.Member{}
	for _, e := range c.site.src.Setup().List("projectRoleRef", c.projectID()) {
		m = append(m, rawjson.Member{Name: at(e.Body, "name"), Value: rawjson.String(at(e.Body, "self"))})
	}
	return ok(rawjson.Members(m))
}

// role finds the role that the path names.
func (c *call) role() (owner string, e content.Entry, bad *reply) {
	id := c.params["id"]
	owner = c.projectID() + "/" + id
	e, found := c.site.src.Setup().Find("projectRole", owner, id)
	if !found {
		p := refuse(http.StatusNotFound, "Can not retrieve a role actor for a null project role.")
		return "", e, &p
	}
	return owner, e, nil
}

// actorsIn takes the actors of a role apart.
func actorsIn(role rawjson.Raw) []rawjson.Raw {
	m, err := rawjson.Split(role)
	if err != nil {
		return nil
	}
	all, err := rawjson.Items(rawjson.Get(m, "actors"))
	if err != nil {
		return nil
	}
	return all
}

// actor makes an actor of a person or group; nil where there is no such.
func (s *Site) actor(kind, name string) rawjson.Raw {
	id := s.layer.NextID()
	if kind == "user" {
		p, found := s.person(name)
		if !found {
			return nil
		}
		return rawjson.Object("id", id, "displayName", p.Name, "type", "atlassian-user-role-actor", "actorUser", rawjson.Object("accountId", p.AccountID))
	}
	e, found := s.group(kind, name)
	if !found {
		return nil
	}
	called := at(e.Body, "name")
	return rawjson.Object("id", id, "displayName", called, "type", "atlassian-group-role-actor", "name", called,
		"actorGroup", rawjson.Object("name", called, "displayName", called, "groupId", e.ID))
}

// group finds a group by its name ("group") or its id ("groupId").
func (s *Site) group(by, value string) (content.Entry, bool) {
	for _, e := range s.src.Setup().List("group", "") {
		if by == "groupId" && e.ID == value || by == "group" && at(e.Body, "name") == value {
			return e, true
		}
	}
	return content.Entry{}, false
}

// same reports whether two actors are the same person or group.
func same(a, b rawjson.Raw) bool {
	return at(a, "type") == at(b, "type") && at(a, "actorUser.accountId") == at(b, "actorUser.accountId") && at(a, "actorGroup.groupId") == at(b, "actorGroup.groupId")
}

func (c *call) putActors(owner string, e content.Entry, actors []rawjson.Raw) reply {
	e.Body = with(e.Body, "actors", rawjson.Array(actors))
	c.site.layer.Put("projectRole", owner, e)
	return ok(e.Body)
}

func addActors(c *call) reply {
	f, bad := c.draft("user", "group", "groupId")
	if bad != nil {
		return *bad
	}
	owner, e, bad := c.role()
	if bad != nil {
		return *bad
	}
	actors, given := actorsIn(e.Body), false
	for _, kind := range []string{"user", "group", "groupId"} {
		names, _, valid := texts(f.values[kind])
		if !valid {
			return refusePayload(payloadMessage)
		}
		for _, name := range names {
			given = true
			one := c.site.actor(kind, name)
			if one == nil {
				return refuse(http.StatusNotFound, "'"+name+"' was not found, so it can't be added to the role.")
			}
			if slices.ContainsFunc(actors, func(a rawjson.Raw) bool { return same(a, one) }) {
				return refuse(http.StatusBadRequest, "'"+name+"' is already a member of the project role.")
			}
			actors = append(actors, one)
		}
	}
	if !given {
		return refuse(http.StatusBadRequest, "No actors were given to add to the role.")
	}
	return c.putActors(owner, e, actors)
}

func setActors(c *call) reply {
	f, bad := c.draft("categorisedActors", "id")
	if bad != nil {
		return *bad
	}
	owner, e, bad := c.role()
	if bad != nil {
		return *bad
	}
	lists, err := rawjson.Split(f.values["categorisedActors"])
	if err != nil {
		return refusePayload(payloadMessage)
	}
	actors := []rawjson.Raw{}
	kinds := map[string]string{"atlassian-user-role-actor": "user", "atlassian-group-role-actor": "group", "atlassian-group-role-actor-id": "groupId"}
	for _, l := range lists {
		names, _, valid := texts(l.Value)
		if !valid || kinds[l.Name] == "" {
			return refusePayload(payloadMessage)
		}
		for _, name := range names {
			one := c.site.actor(kinds[l.Name], name)
			if one == nil {
				return refuse(http.StatusBadRequest, "'"+name+"' was not found, so it can't be added to the role.")
			}
			actors = append(actors, one)
		}
	}
	return c.putActors(owner, e, actors)
}

func removeActor(c *call) reply {
	owner, e, bad := c.role()
	if bad != nil {
		return *bad
	}
	actors := actorsIn(e.Body)
	before := len(actors)
	actors = slices.DeleteFunc(actors, func(a rawjson.Raw) bool {
		return at(a, "actorUser.accountId") == c.query.Get("user") && c.query.Get("user") != "" ||
			at(a, "actorGroup.name") == c.query.Get("group") && c.query.Get("group") != "" ||
			at(a, "actorGroup.groupId") == c.query.Get("groupId") && c.query.Get("groupId") != ""
	})
	if len(actors) == before {
		return refuse(http.StatusNotFound, "The role "+strconv.Quote(at(e.Body, "name"))+" has no such actor.")
	}
	c.putActors(owner, e, actors)
	return wrote(http.StatusNoContent, nil)
}
