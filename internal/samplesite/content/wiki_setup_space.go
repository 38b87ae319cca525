package content

import (
	"holdfast/internal/samplesite/rawjson"
)

// ofSpace is what a space has beside its access and content.
func (b *wikiBuilder) ofSpace(i int, id string, spec SpaceSpec) {
	w := b.w
	r := w.rng(wikiSetupPart, int64(i))
	b.open("spaceLabel", id)
	for _, one := range w.labels(r, spec.Labels, 4, true) {
		b.put("spaceLabel", id, one)
	}
	b.properties(r, i, id, spec.Properties)
	key := w.spaces[i].Key
	self := Base + "/wiki/rest/api/space/" + key
	b.open("spaceTheme", id)
	if i%3 == 0 {
		b.add("spaceTheme", id, "spaceTheme", rawjson.Object(append(b.theme(i/3%3), "_links", rawjson.Object("self", self+"/theme"))...))
	}
	settings := []any{"routeOverrideEnabled", i%2 == 0, "editor", rawjson.Object("page", "v2", "blogpost", "v2", "default", "v2")}
	if i%4 == 1 {
		settings = append(settings, "contentMode", "compact")
	}
	b.add("spaceSettings", id, "spaceSettings", rawjson.Object(append(settings, "spaceKey", key, "_links", rawjson.Object("self", self+"/settings"))...))
	b.add("spaceLookAndFeel", id, "spaceLookAndFeel", b.lookAndFeel(i+1, key))
	b.templates("spaceTemplate", id, few(spec.Templates, i%3), rawjson.Object("id", w.spaces[i].ID, "key", key, "name", w.spaces[i].Name, "type", w.spaces[i].Type, "status", w.spaces[i].Status))
	b.open("spaceState", id)
	for k := range 3 + i%2 {
		state := 1000 + i*10 + k
		b.add("spaceState", id, number(state), rawjson.Object("id", state, "name", b.name("State", k), "color", pickAt(list("#ffc400|#2684ff|#57d9a3|#ff5630"), k)))
	}
	b.open("spaceClassification", id)
	if i%4 == 2 {
		b.put("spaceClassification", id, Entry{ID: "spaceClassification", Body: b.List("classificationLevel", "")[i%3].Body, Project: -1})
	}
}

func (b *wikiBuilder) properties(r *rng, i int, space string, want int) {
	b.open("spaceProperty", space)
	for k := range few(want, (i+1)%4) {
		id := idText(b.w.spaces[i].ID*10000 + int64(k))
		value := propertyValue(r, k)
		if k == 0 && want > 0 { // not in a demo, which is looked at with tools that refuse some of it
			value = oddValue
		}
		at, by := FormatWikiTime(firstCreated+int64(k)*1000), pick(r, b.w.people).AccountID
		b.add("spaceProperty", space, id, rawjson.Object("id", id, "key", "com.example.space."+number(k), "value", value, "createdAt", at, "createdBy", by,
			"version", rawjson.Object("createdAt", at, "createdBy", by, "message", "", "number", 1+k%3)))
	}
}

// access is who may do what in a space, and who watches it.
func (b *wikiBuilder) access(i int, id string, spec SpaceSpec) {
	w := b.w
	r := w.rng(wikiSetupPart, int64(i), 1)
	groups, roles := b.List("group", ""), b.List("spaceRole", "")
	b.open("spacePermissionAssignment", id)
	for k := range few(spec.Permissions, 5+r.below(8)) {
		kind, principal := "user", w.people[k%len(w.people)].AccountID
		switch {
		case k%3 == 1:
			kind, principal = "group", groups[k%len(groups)].ID
		case k%3 == 2 && len(roles) > 0:
			kind, principal = "role", roles[k%len(roles)].ID
		}
		one := idText(w.spaces[i].ID*10000 + int64(k))
		b.add("spacePermissionAssignment", id, one, rawjson.Object("id", one, "principal", rawjson.Object("type", kind, "id", principal),
			"operation", rawjson.Object("key", pickAt(operations, k), "targetType", pickAt(targets, k/len(operations)))))
	}
	b.open("spaceRoleAssignment", id)
	for k := range few(spec.Permissions, 1+r.below(5)) {
		if len(roles) == 0 {
			break
		}
		kind, principal := "GROUP", ""
		switch {
		case k == 0:
			kind, principal = "ACCESS_CLASS", "all-licensed-users"
		case k <= len(groups):
			principal = groups[k-1].ID
		case k <= len(groups)+len(w.people):
			kind, principal = "USER", w.people[k-1-len(groups)].AccountID
		default:
			continue
		}
		b.add("spaceRoleAssignment", id, principal, rawjson.Object("principal", rawjson.Object("principalType", kind, "principalId", principal), "roleId", roles[(k+i)%len(roles)].ID))
	}
	b.open("spaceWatcher", id)
	for _, p := range w.crowdOf(r, size(r, spec.Watchers, 5)) {
		b.add("spaceWatcher", id, p.AccountID, rawjson.Object("type", "space", "watcher", watchUser(p), "spaceKey", w.spaces[i].Key))
	}
}

// watchUser is an account as lists of watchers show it.
func watchUser(p Person) raw {
	return rawjson.Object("type", "known", "username", nil, "userKey", nil, "accountId", p.AccountID, "profilePicture", picture(p), "displayName", p.Name,
		"operations", []raw{}, "externalCollaborator", false, "isGuest", false, "isExternalCollaborator", false, "accountType", "atlassian", "email", "", "publicName", p.Name,
		"personalSpace", raw("{}"))
}
