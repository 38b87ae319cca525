package samplesite

import (
	"net/http"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// writePermission is the OAuth scope of who may do what in spaces.
const writePermission = "write:space.permission:confluence"

// accessWriteRoutes serves who may do what in a space, and who watches it.
func accessWriteRoutes() []route {
	const permission, watch = WikiV1 + "/space/{spaceKey}/permission", WikiV1 + "/user/watch/space/{spaceKey}"
	return []route{
		{method: http.MethodPost, template: permission, scopes: []string{readPermission, writePermission}, answer: postPermission},
		{method: http.MethodDelete, template: permission + "/{id}", scopes: []string{writePermission}, answer: deletePermission},
		{method: http.MethodPost, template: WikiV2 + "/spaces/{id}/role-assignments", scopes: []string{writePermission}, answer: postAssignments},
		{method: http.MethodPost, template: watch, scopes: []string{writeContentV1}, answer: func(c *call) reply { return watchSpace(c, true) }},
		{method: http.MethodDelete, template: watch, scopes: []string{writeContentV1}, answer: func(c *call) reply { return watchSpace(c, false) }},
	}
}

func postPermission(c *call) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	var in struct {
		Subject struct {
			Type       string `json:"type"`
			Identifier string `json:"identifier"`
		} `json:"subject"`
		Operation struct {
			Key    string `json:"key"`
			Target string `json:"target"`
		} `json:"operation"`
		Links rawjson.Raw `json:"_links"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	principal := in.Subject.Identifier
	switch in.Subject.Type {
	case "user":
		if _, known := c.site.wikiUser(principal); !known {
			return *c.wikiBad("No user found with the given account id")
		}
	case "group":
		g, found := c.site.groupNamed(principal, "")
		if !found {
			g, found = c.site.groupNamed("", principal)
		}
		if !found {
			return *c.wikiBad("No group found with the given groupName or groupId")
		}
		principal = g.ID
	default:
		return *c.wikiBad("The subject is a user or a group")
	}
	if !permissible(in.Operation.Key, in.Operation.Target) {
		return *c.wikiBad("The operation is not one that spaces know")
	}
	id := idText(c.site.wiki.src.Spaces()[i].ID)
	all := c.site.wiki.src.Setup().List("spacePermissionAssignment", id)
	has := func(key, target string) bool {
		return slices.ContainsFunc(all, func(e content.Entry) bool {
			return at(e.Body, "principal.type") == in.Subject.Type && at(e.Body, "principal.id") == principal &&
				at(e.Body, "operation.key") == key && at(e.Body, "operation.targetType") == target
		})
	}
	switch {
	case has(in.Operation.Key, in.Operation.Target):
		return *c.wikiBad("Permission already exists for the given user or group")
	case !has("read", "space") && (in.Operation.Key != "read" || in.Operation.Target != "space"):
		return *c.wikiBad("'read space' permission doesn't exist for the given user or group")
	}
	number := c.site.wiki.written.NextID()
	c.site.wiki.written.SetList("spacePermissionAssignment", id, append(slices.Clip(all),
		content.Entry{ID: idText(number), Project: -1, Body: permissionBody(idText(number), in.Subject.Type, principal, in.Operation.Key, in.Operation.Target)}))
	return wikiOK(rawjson.Object("id", number, "subject", rawjson.Object("type", in.Subject.Type, "identifier", in.Subject.Identifier),
		"operation", rawjson.Object("key", in.Operation.Key, "target", in.Operation.Target), "_links", rawjson.Object("base", wikiBase, "context", "/wiki")))
}

// permissible reports whether a request may grant an operation on a target.
func permissible(key, target string) bool {
	return slices.Contains([]string{"administer", "archive", "copy", "create", "delete", "export", "move", "purge", "purge_version", "read", "restore", "restrict_content", "update", "use"}, key) &&
		slices.Contains([]string{"page", "blogpost", "comment", "attachment", "space"}, target)
}

func deletePermission(c *call) reply {
	i, bad := c.spaceAskedByKey()
	if bad != nil {
		return *bad
	}
	id := idText(c.site.wiki.src.Spaces()[i].ID)
	all := c.site.wiki.src.Setup().List("spacePermissionAssignment", id)
	left := slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool { return e.ID == c.params["id"] })
	if len(left) == len(all) {
		return *c.wikiBad("There is no such permission")
	}
	c.site.wiki.written.SetList("spacePermissionAssignment", id, left)
	return reply{status: http.StatusNoContent}
}

// spaceAskedByKey is the space whose key the path has, where it also has the id of something else.
func (c *call) spaceAskedByKey() (int, *reply) {
	i, found := c.site.wiki.space(func(s content.Space) bool { return s.Key == c.params["spaceKey"] })
	if !found {
		p := c.nothingSet()
		return 0, &p
	}
	return i, nil
}

// postAssignments gives principals other roles, or none, all of them or none of them.
func postAssignments(c *call) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	var in []roleAssignment
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	for _, one := range in {
		if bad := c.assignable(one); bad != nil {
			return *bad
		}
	}
	id := idText(c.site.wiki.src.Spaces()[i].ID)
	all := c.site.wiki.src.Setup().List("spaceRoleAssignment", id)
	for _, one := range in {
		all = assigned(all, one)
	}
	c.site.wiki.written.SetList("spaceRoleAssignment", id, all)
	items := []rawjson.Raw{}
	for _, e := range all {
		items = append(items, e.Body)
	}
	return wikiOK(rawjson.Object("results", items, "_links", rawjson.Object("base", wikiBase)))
}

// watchSpace makes an account watch a space, or not any more: the one that asks where none is named.
func watchSpace(c *call, add bool) reply {
	if token := c.r.Header.Get("X-Atlassian-Token"); token != "nocheck" && token != "no-check" {
		return plainRefuse(http.StatusForbidden, "XSRF check failed")
	}
	i, found := c.site.wiki.space(func(s content.Space) bool { return s.Key == c.params["spaceKey"] })
	people := c.site.wiki.src.People()
	account := c.query.Get("accountId")
	if account == "" {
		account = c.site.AccountID()
	}
	p := slices.IndexFunc(people, func(p content.Person) bool { return p.AccountID == account })
	if !found || p < 0 {
		return plainRefuse(http.StatusForbidden, "There is no such space or user")
	}
	space := c.site.wiki.src.Spaces()[i]
	all := slices.DeleteFunc(slices.Clone(c.site.wiki.src.Setup().List("spaceWatcher", idText(space.ID))), func(e content.Entry) bool { return e.ID == account })
	if add {
		all = append(all, content.Entry{ID: account, Project: -1, Body: rawjson.Object("type", "space", "watcher", content.WatchUser(people[p]), "spaceKey", space.Key)})
	}
	c.site.wiki.written.SetList("spaceWatcher", idText(space.ID), all)
	return reply{status: http.StatusNoContent}
}
