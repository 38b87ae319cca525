package confluence

import (
	"net/http"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// siteRows are what the whole site has. Page sizes of v1 are the defaults of the
// OpenAPI document, which names no maximum.
func siteRows() []kinds.Row {
	key := apart(row(adminKeyKind, "use of the Admin Key", kinds.One, v2+"/admin-key").Needs(keyHolder, ""))
	key.Route = getKey
	group := row("group", "groups", kinds.V1, v1+"/group").In("results", 200).Needs(canUse, readGroups)
	member := row("groupMember", "members of groups", kinds.V1, v1+"/group/{groupId}/membersByGroupId").Under(group.Name).
		In("results", 200).By("accountId").Needs(canUse, readGroups)
	return []kinds.Row{
		key,
		row("systemInfo", "description of the site", kinds.One, v1+"/settings/systemInfo").Needs(canUse, manage),
		row("lookAndFeel", "look and feel of the site", kinds.One, v1+"/settings/lookandfeel").Needs("", manage),
		row("theme", "themes", kinds.V1, v1+"/settings/theme").In("results", 100).By("themeKey").Needs("", manage),
		none(row("selectedTheme", "theme of the site", kinds.One, v1+"/settings/theme/selected").Needs("", manage), http.StatusNotFound),
		row("spaceRole", "roles of spaces", kinds.Cursor, v2+"/space-roles").Needs(canUse, readPermission),
		row("spaceRoleMode", "mode of roles of spaces", kinds.One, v2+"/space-role-mode").Needs(canUse, readConfiguration),
		row("spacePermission", "permissions that spaces know", kinds.Cursor, v2+"/space-permissions").Needs(canUse, readPermission),
		group, member,
		row("template", "templates of the site", kinds.V1, v1+"/template/page").In("results", 25).By("templateId").
			Ask("expand", "body.storage").Needs(canUse, readSummary),
		row("blueprint", "templates of blueprints", kinds.V1, v1+"/template/blueprint").In("results", 25).By("templateId").
			Ask("expand", "body.storage").Needs(canUse, readSummary),
		row("classificationLevel", "classification levels", kinds.Array, v2+"/classification-levels").Needs(canUse, readConfiguration),
	}
}

// spaceRows are what each space has besides its pages and blog posts.
func spaceRows(o Options) []kinds.Row {
	space := counts(ofSpace(spaceKind, "spaces", kinds.One, v2+"/spaces/{id}").Under("").
		Ask("description-format", "plain").Ask("include-icon", "true"))
	lookAndFeel := keyed(ofSpace("spaceLookAndFeel", "look and feel of spaces", kinds.One, v1+"/settings/lookandfeel").Needs("", manage))
	lookAndFeel.OwnerAs = "spaceKey"
	template := keyed(ofSpace("spaceTemplate", "templates of spaces", kinds.V1, v1+"/template/page").In("results", 25).By("templateId").
		Ask("expand", "body.storage").Needs(viewSpace, readSummary))
	template.OwnerAs = "spaceKey"
	task := counts(ofSpace("task", "tasks", kinds.Cursor, v2+"/tasks").Ask("body-format", "storage").
		Ask("include-blank-tasks", "true").Needs("View of the page and its space", readTask))
	task.OwnerAs = "space-id"
	return append([]kinds.Row{
		space,
		// REST v2 gives the labels of two prefixes out of three (OpenAPI: /spaces/{id}/labels).
		keyed(ofSpace("spaceLabel", "labels of spaces", kinds.V1, v1+"/space/{spaceKey}/label").In("results", 200).Needs(viewSpace, readSpaceSummary)),
		ofSpace("spaceProperty", "properties of spaces", kinds.Cursor, v2+"/spaces/{space-id}/properties"),
		ofSpace("spacePermissionAssignment", "permissions of spaces", kinds.Cursor, v2+"/spaces/{id}/permissions"),
		ofSpace("spaceRoleAssignment", "who has which role in spaces", kinds.Cursor, v2+"/spaces/{id}/role-assignments").
			By("principal.principalType", "principal.principalId", "roleId").Needs(viewSpace, readPermission),
		none(keyed(ofSpace("spaceTheme", "themes of spaces", kinds.One, v1+"/space/{spaceKey}/theme").Needs(viewSpace, readSpaceSummary)), http.StatusNotFound),
		keyed(ofSpace("spaceSettings", "settings of spaces", kinds.One, v1+"/space/{spaceKey}/settings").Needs(viewSpace, readSpaceSummary)),
		lookAndFeel, template,
		keyed(ofSpace("spaceWatcher", "watchers of spaces", kinds.V1, v1+"/space/{spaceKey}/watch").By("watcher.accountId").
			Needs(viewSpace, "read:watcher:confluence")),
		keyed(ofSpace("spaceState", "content states that spaces suggest", kinds.Array, v1+"/space/{spaceKey}/state").Needs(viewSpace, readSpaceSummary)),
		none(ofSpace("spaceClassification", "default classification levels of spaces", kinds.One, v2+"/spaces/{id}/classification-level/default"), http.StatusNotFound),
		task, customContent(o.CustomContent),
	}, treeRows()...)
}

// treeRows are what stands in the tree of a space besides pages. There is no list of
// them: tree.go finds them.
func treeRows() []kinds.Row {
	ofTree := func(name, title, route, scope string) kinds.Row {
		return apart(counts(ofSpace(name, title, kinds.One, v2+route).Needs("View of the space and of what is above", scope)))
	}
	const described = "the API gives their description, not what is on them"
	return []kinds.Row{
		ofTree("folder", "folders", "/folders/{id}", "read:folder:confluence"),
		ofTree("whiteboard", "descriptions of whiteboards", "/whiteboards/{id}", "read:whiteboard:confluence").Noted(described),
		ofTree("database", "descriptions of databases", "/databases/{id}", "read:database:confluence").Noted(described),
		ofTree("embed", "smart links in the tree", "/embeds/{id}", "read:embed:confluence"),
	}
}

// users is the row of the accounts that appear in other records: users.go.
func users() kinds.Row {
	r := apart(row(userKind, "users as they appear", kinds.Seen, v2+"/users-bulk").Needs(canUse, readUser))
	r.Route, r.Scope = usersRoute, atlassian.ScopeItem
	return r
}
