package content

import (
	"holdfast/internal/samplesite/rawjson"
)

// wikiBuilder makes the lists of a Confluence site that belong to no page.
type wikiBuilder struct {
	builder
	w *wiki
}

// furnish makes the lists of the site and of its spaces. Their owners are "" and the id of a
// space; those of custom content are "<id of a space>/<type>".
func (w *wiki) furnish() *Setup {
	b := &wikiBuilder{w: w, builder: builder{
		Setup: &Setup{lists: map[listKey][]Entry{}, owners: map[string][]string{}, groups: map[string]string{}, sprints: map[int][]int{}, seed: w.spec.Seed ^ 0x3171},
	}}
	b.site()
	b.groupLists()
	b.roleLists()
	b.templates("template", "", few(w.spec.Templates, 3), nil)
	b.blueprints(few(w.spec.Templates, 3))
	b.classifications()
	for i, s := range w.spaces {
		b.ofSpace(i, idText(s.ID), w.spec.Spaces[i])
		b.access(i, idText(s.ID), w.spec.Spaces[i])
		b.customContent(i, idText(s.ID))
	}
	return b.Setup
}

// few is a size of a spec, or otherwise where it says nothing.
func few(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return max(0, n)
}

// site is the settings of the site.
func (b *wikiBuilder) site() {
	b.add("systemInfo", "", "systemInfo", rawjson.Object("cloudId", b.uuid("cloud", 0), "commitHash", "0c5a7d1f", "baseUrl", Base+"/wiki", "edition", "Premium",
		"siteTitle", "Confluence <&> Größe", "defaultLocale", "en_US", "defaultTimeZone", "Europe/Berlin", "microsPerimeter", "commercial"))
	b.add("lookAndFeel", "", "lookAndFeel", b.lookAndFeel(0, ""))
	for i := range max(2, few(b.w.spec.Themes, 3)) {
		key := "com.example.themes:theme-" + number(i)
		b.add("theme", "", key, rawjson.Object(b.theme(i)...))
	}
	b.add("selectedTheme", "", "selectedTheme", rawjson.Object(append(b.theme(1), "_links", rawjson.Object("self", Base+"/wiki/rest/api/settings/theme/selected"))...))
}

// theme is a theme's members.
func (b *wikiBuilder) theme(i int) []any {
	return []any{"themeKey", "com.example.themes:theme-" + number(i), "name", b.name("Theme", i), "description", b.note("theme", i),
		"icon", rawjson.Object("path", "/wiki/s/theme.png", "width", 110, "height", 73, "isDefault", i == 0)}
}

// groupLists: every account is in the first group; the last one is empty.
func (b *wikiBuilder) groupLists() {
	total := max(2, few(b.w.spec.Groups, 5))
	for i := range total {
		id, name, managed := b.uuid("wiki group", i), b.name("team", i), "ADMINS"
		switch {
		case i == 0:
			name = "confluence-users"
		case i == 1:
			name = "confluence-administrators"
		case i%4 == 3:
			managed = "TEAM_MEMBERS"
		}
		b.groups[name] = id
		b.add("group", "", id, rawjson.Object("type", "group", "name", name, "id", id, "usageType", map[bool]string{true: "TEAM_COLLABORATION", false: "USERBASE_GROUP"}[managed == "TEAM_MEMBERS"],
			"managedBy", managed, "_links", rawjson.Object("self", Base+"/wiki/rest/api/group/by-id?id="+id)))
		b.open("groupMember", id)
		for k, p := range b.w.people {
			if i == 0 || i == 1 && k == 0 || i > 1 && i < total-1 && (k*7+i)%(11+i) == 0 {
				b.add("groupMember", id, p.AccountID, knownUser(p))
			}
		}
	}
}

// roleLists is the roles of spaces, and the permissions that they are made of.
func (b *wikiBuilder) roleLists() {
	b.add("spaceRoleMode", "", "spaceRoleMode", rawjson.Object("mode", "ROLES_TRANSITION"))
	var permissions []string
	roles := few(b.w.spec.Roles, 5)
	for i := range max(len(operations), roles) {
		id := pickAt(operations, i) + "/" + pickAt(targets, i/2)
		if i >= len(operations) {
			id = "com.example.app:permission-" + number(i)
		}
		var required []string
		if i > 0 {
			required = permissions[:1]
		}
		permissions = append(permissions, id)
		b.add("spacePermission", "", id, rawjson.Object("id", id, "displayName", b.name("Permission", i), "description", b.note("permission", i), "requiredPermissionIds", required))
	}
	for i := range roles {
		id, kind := b.uuid("space role", i), "CUSTOM"
		name := b.name("Role", i)
		if i < 4 {
			kind, name = "SYSTEM", pickAt(list("Admin|Manager|Collaborator|Viewer"), i)
		}
		b.add("spaceRole", "", id, rawjson.Object("id", id, "type", kind, "name", name, "description", b.note("role", i), "spacePermissions", permissions[:1+i%len(operations)]))
	}
}

var (
	operations = list("read|create|update|delete|copy|move|export|purge|purge_version|administer|restore|restrict_content|archive")
	targets    = list("space|page|blogpost|comment|attachment|whiteboard|database|embed|folder")
)

// classifications is the levels by which a site sorts how secret its content is.
func (b *wikiBuilder) classifications() {
	for i, color := range list("RED|ORANGE|GREEN|BLUE") {
		b.add("classificationLevel", "", b.uuid("classification", i), b.classification(i, color))
	}
}

func (b *wikiBuilder) classification(i int, color string) raw {
	return rawjson.Object("id", b.uuid("classification", i), "status", pickAt(list("PUBLISHED|PUBLISHED|PUBLISHED|ARCHIVED"), i), "order", i+1, "name", b.name("Level", i),
		"description", b.note("classification", i), "guideline", "Nicht <weitergeben> & löschen.", "color", color)
}
