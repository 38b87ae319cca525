package samplesite

import (
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// furnish makes the lists that a new space has.
func (c *call) furnish(space content.Space, index int, asked newSpace) {
	w, setup := c.site.wiki.written, c.site.wiki.src.Setup()
	id, self := idText(space.ID), wikiBase+"/rest/api/space/"+space.Key
	for _, kind := range []string{"spaceLabel", "spaceProperty", "spaceTheme", "spaceTemplate", "spaceWatcher", "spaceClassification"} {
		w.SetList(kind, id, nil)
	}
	one := func(kind, id string, body rawjson.Raw) content.Entry {
		return content.Entry{ID: id, Body: body, Project: -1}
	}
	w.SetList("spaceSettings", id, []content.Entry{one("spaceSettings", "spaceSettings", rawjson.Object("routeOverrideEnabled", false,
		"editor", rawjson.Object("page", "v2", "blogpost", "v2", "default", "v2"), "spaceKey", space.Key, "_links", rawjson.Object("self", self+"/settings")))})
	if site := setup.List("lookAndFeel", ""); len(site) > 0 {
		w.SetList("spaceLookAndFeel", id, []content.Entry{one("", "spaceLookAndFeel", inheritedLook(site[0].Body))})
	}
	states := []content.Entry{}
	for k, state := range []struct{ name, color string }{{"Rough draft", "#ffc400"}, {"In progress", "#2684ff"}, {"Ready for review", "#57d9a3"}} {
		number := int(space.ID)*10 + k
		states = append(states, one("", idText(int64(number)), rawjson.Object("id", number, "name", state.name, "color", state.color)))
	}
	w.SetList("spaceState", id, states)
	permissions := []content.Entry{}
	grant := func(kind, principal, key, target string) {
		p := idText(w.NextID())
		permissions = append(permissions, one("", p, permissionBody(p, kind, principal, key, target)))
	}
	roles := []content.Entry{}
	switch {
	case asked.copied >= 0:
		from := idText(c.site.wiki.src.Spaces()[asked.copied].ID)
		for _, e := range setup.List("spacePermissionAssignment", from) {
			grant(at(e.Body, "principal.type"), at(e.Body, "principal.id"), at(e.Body, "operation.key"), at(e.Body, "operation.targetType"))
		}
		roles = slices.Clone(setup.List("spaceRoleAssignment", from))
	case asked.permissions != nil:
		for _, p := range asked.permissions {
			c.grantPlain(p, grant)
		}
	default:
		for _, p := range usualPermissions {
			grant("user", c.site.AccountID(), p.key, p.target)
		}
		if admin := setup.List("spaceRole", ""); len(admin) > 0 {
			roles = append(roles, assignmentEntry("USER", c.site.AccountID(), admin[0].ID))
		}
	}
	w.SetList("spacePermissionAssignment", id, permissions)
	for _, r := range asked.roles {
		roles = assigned(roles, r)
	}
	w.SetList("spaceRoleAssignment", id, roles)
}

// usualPermissions is what whoever makes a space may do in it.
var usualPermissions = []struct{ key, target string }{
	{"read", "space"}, {"administer", "space"}, {"export", "space"}, {"restrict_content", "space"}, {"create", "page"}, {"delete", "page"}, {"archive", "page"},
	{"create", "blogpost"}, {"delete", "blogpost"}, {"create", "comment"}, {"delete", "comment"}, {"create", "attachment"}, {"delete", "attachment"},
}

// permissionBody is a permission as lists of REST v2 give it.
func permissionBody(id, kind, principal, key, target string) rawjson.Raw {
	return rawjson.Object("id", id, "principal", rawjson.Object("type", kind, "id", principal), "operation", rawjson.Object("key", key, "targetType", target))
}

// inheritedLook is the look of a space that has none of its own.
func inheritedLook(site rawjson.Raw) rawjson.Raw {
	members, err := rawjson.Split(site)
	if err != nil {
		return site // it is our own
	}
	return rawjson.Members(replaced(members, "selected", rawjson.String("global")))
}
