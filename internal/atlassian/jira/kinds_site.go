package jira

// siteKinds are what the whole site has, without its schemes.
func siteKinds() []kind {
	field := row("field", "fields", pagerArray, "/rest/api/3/field")
	field.Content = true
	member := row("groupMember", "members of groups", pagerOffset, "/rest/api/3/group/member").under("group").
		in("values", 50).by("accountId").ask("includeInactiveUsers", "true").needs(browseUsers, configure)
	member.ownerAs, member.global = "groupId", true
	group := row("group", "groups", pagerOffset, "/rest/api/3/group/bulk").in("values", 50).by("groupId").needs(browseUsers, readUser)
	account := row("account", "users, inactive and deleted ones too", pagerArrays, "/rest/api/3/users/search").
		in("", 1000).by("accountId").needs(browseUsers, readUser)
	option := row("fieldOption", "options of custom fields", pagerOffset, "/rest/api/3/field/{fieldId}/context/{contextId}/option").
		under("fieldContext").in("values", 100).admin(configure)
	filter := row("filter", "filters", pagerOffset, "/rest/api/3/filter/search").in("values", 50).
		ask("expand", "description,favouritedCount,jql,owner,sharePermissions,editPermissions,approximateLastUsed,subscriptions,viewUrl").
		ask("orderBy", "id").ask("overrideSharePermissions", "true").needs(administer, readWork)
	filter.partial = true
	filter.spare = []string{"overrideSharePermissions"}
	filter.spareNote = "only the filters that the account sees: give it \"" + administer + "\" for all of them"
	// Only a field whose values are chosen from a list has options; others answer 404 or 400.
	option.where = &condition{above: true, path: []string{"schema", "custom"},
		endings: []string{":select", ":multiselect", ":radiobuttons", ":multicheckboxes", ":cascadingselect"}}
	linkType := row("issueLinkType", "types of issue links", pagerList, "/rest/api/3/issueLinkType").in("issueLinkTypes", 0)
	linkType.setting, linkType.settingNote = issueLinking, noIssueLinking
	return []kind{
		row("serverInfo", "description of the site", pagerOne, "/rest/api/3/serverInfo"),
		row(configurationKind, "settings of the site", pagerOne, "/rest/api/3/configuration").needs("", readUser),
		field,
		row("customField", "custom fields in detail", pagerOffset, "/rest/api/3/field/search").in("values", 50).
			ask("type", "custom").ask("expand", "key,stableId,lastUsed,screensCount,contextsCount,isLocked,searcherKey"),
		row("fieldContext", "contexts of custom fields", pagerOffset, "/rest/api/3/field/{fieldId}/context").
			under("customField").in("values", 50).admin(configure),
		option,
		row("fieldDefault", "default values of custom fields", pagerOffset, "/rest/api/3/field/{fieldId}/context/defaultValues").
			under("customField").in("values", 50).by("contextId").admin(configure),
		row("fieldContextIssueType", "issue types of field contexts", pagerOffset, "/rest/api/3/field/{fieldId}/context/issuetypemapping").
			under("customField").in("values", 50).by("contextId", "issueTypeId").admin(configure),
		row("fieldContextProject", "projects of field contexts", pagerOffset, "/rest/api/3/field/{fieldId}/context/projectmapping").
			under("customField").in("values", 50).by("contextId", "projectId").admin(configure),
		row("trashedField", "custom fields in the trash", pagerOffset, "/rest/api/3/field/search/trashed").in("values", 50).admin(readWork),
		row("issueType", "issue types", pagerArray, "/rest/api/3/issuetype").forAll(),
		row("status", "statuses", pagerOffset, "/rest/api/3/statuses/search").in("values", 200).admin(configure).forAll(),
		row("resolution", "resolutions", pagerOffset, "/rest/api/3/resolution/search").in("values", 50),
		linkType,
		row("role", "project roles with default actors", pagerArray, "/rest/api/3/role").admin(configure),
		row("projectCategory", "categories of projects", pagerArray, "/rest/api/3/projectCategory"),
		account, group, member,
		filter,
		row("dashboard", "dashboards", pagerOffset, "/rest/api/3/dashboard/search").in("values", 50).
			ask("expand", "description,owner,sharePermissions,editPermissions").ask("orderBy", "id").
			note("the API gives only the dashboards that the account sees"),
		row("dashboardGadget", "gadgets of dashboards", pagerList, "/rest/api/3/dashboard/{dashboardId}/gadget").
			under("dashboard").in("gadgets", 0),
		row("dashboardItemProperty", "properties of gadgets", pagerKeys, "/rest/api/3/dashboard/{dashboardId}/items/{itemId}/properties").
			under("dashboardGadget"),
		projectsThatAre("archived").note("their issues are not exposed by the API"),
		projectsThatAre("trashed").note("their issues are not exposed by the API"),
	}
}

// projectsThatAre is the row of the projects that are archived or trashed.
func projectsThatAre(what string) kind {
	status := what
	if what == "trashed" {
		status = "deleted"
	}
	k := row(what+"Project", what+" projects", pagerOffset, "/rest/api/3/project/search").in("values", 50).
		ask("status", status).ask("expand", "description,lead,issueTypes,url,projectKeys,insight")
	return k.forAll()
}
