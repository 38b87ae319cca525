package jira

import "holdfast/internal/atlassian/kinds"

// siteKinds are what the whole site has, without its schemes.
func siteKinds() []kinds.Row {
	field := row("field", "fields", kinds.Array, "/rest/api/3/field")
	field.Content = true
	member := row("groupMember", "members of groups", kinds.Offset, "/rest/api/3/group/member").Under("group").
		In("values", 50).By("accountId").Ask("includeInactiveUsers", "true").Needs(browseUsers, configure)
	member.OwnerAs, member.Global = "groupId", true
	group := row("group", "groups", kinds.Offset, "/rest/api/3/group/bulk").In("values", 50).By("groupId").Needs(browseUsers, readUser)
	account := row("account", "users, inactive and deleted ones too", kinds.Arrays, "/rest/api/3/users/search").
		In("", 1000).By("accountId").Needs(browseUsers, readUser)
	option := row("fieldOption", "options of custom fields", kinds.Offset, "/rest/api/3/field/{fieldId}/context/{contextId}/option").
		Under("fieldContext").In("values", 100).NeedsEverywhere(administer, configure)
	filter := row("filter", "filters", kinds.Offset, "/rest/api/3/filter/search").In("values", 50).
		Ask("expand", "description,favouritedCount,jql,owner,sharePermissions,editPermissions,approximateLastUsed,subscriptions,viewUrl").
		Ask("orderBy", "id").Ask("overrideSharePermissions", "true").Needs(administer, readWork)
	filter.Partial = true
	filter.Spare = []string{"overrideSharePermissions"}
	filter.SpareNote = "only the filters that the account sees: give it \"" + administer + "\" for all of them"
	// Only a field whose values are chosen from a list has options; others answer 404 or 400.
	option.Where = &kinds.Condition{Above: true, Path: []string{"schema", "custom"},
		Endings: []string{":select", ":multiselect", ":radiobuttons", ":multicheckboxes", ":cascadingselect"}}
	linkType := row("issueLinkType", "types of issue links", kinds.List, "/rest/api/3/issueLinkType").In("issueLinkTypes", 0)
	linkType.Setting, linkType.SettingNote = issueLinking, noIssueLinking
	return []kinds.Row{
		row("serverInfo", "description of the site", kinds.One, "/rest/api/3/serverInfo"),
		row(configurationKind, "settings of the site", kinds.One, "/rest/api/3/configuration").Needs("", readUser),
		field,
		row("customField", "custom fields in detail", kinds.Offset, "/rest/api/3/field/search").In("values", 50).
			Ask("type", "custom").Ask("expand", "key,stableId,lastUsed,screensCount,contextsCount,isLocked,searcherKey"),
		row("fieldContext", "contexts of custom fields", kinds.Offset, "/rest/api/3/field/{fieldId}/context").
			Under("customField").In("values", 50).NeedsEverywhere(administer, configure),
		option,
		row("fieldDefault", "default values of custom fields", kinds.Offset, "/rest/api/3/field/{fieldId}/context/defaultValues").
			Under("customField").In("values", 50).By("contextId").NeedsEverywhere(administer, configure),
		row("fieldContextIssueType", "issue types of field contexts", kinds.Offset, "/rest/api/3/field/{fieldId}/context/issuetypemapping").
			Under("customField").In("values", 50).By("contextId", "issueTypeId").NeedsEverywhere(administer, configure),
		row("fieldContextProject", "projects of field contexts", kinds.Offset, "/rest/api/3/field/{fieldId}/context/projectmapping").
			Under("customField").In("values", 50).By("contextId", "projectId").NeedsEverywhere(administer, configure),
		row("trashedField", "custom fields in the trash", kinds.Offset, "/rest/api/3/field/search/trashed").In("values", 50).NeedsEverywhere(administer, readWork),
		row("issueType", "issue types", kinds.Array, "/rest/api/3/issuetype").AllFor(administer),
		row("status", "statuses", kinds.Offset, "/rest/api/3/statuses/search").In("values", 200).NeedsEverywhere(administer, configure).AllFor(administer),
		row("resolution", "resolutions", kinds.Offset, "/rest/api/3/resolution/search").In("values", 50),
		linkType,
		row("role", "project roles with default actors", kinds.Array, "/rest/api/3/role").NeedsEverywhere(administer, configure),
		row("projectCategory", "categories of projects", kinds.Array, "/rest/api/3/projectCategory"),
		account, group, member,
		filter,
		row("dashboard", "dashboards", kinds.Offset, "/rest/api/3/dashboard/search").In("values", 50).
			Ask("expand", "description,owner,sharePermissions,editPermissions").Ask("orderBy", "id").
			Noted("the API gives only the dashboards that the account sees"),
		row("dashboardGadget", "gadgets of dashboards", kinds.List, "/rest/api/3/dashboard/{dashboardId}/gadget").
			Under("dashboard").In("gadgets", 0),
		row("dashboardItemProperty", "properties of gadgets", kinds.Keys, "/rest/api/3/dashboard/{dashboardId}/items/{itemId}/properties").
			Under("dashboardGadget"),
		projectsThatAre("archived").Noted("their issues are not exposed by the API"),
		projectsThatAre("trashed").Noted("their issues are not exposed by the API"),
	}
}

// projectsThatAre is the row of the projects that are archived or trashed.
func projectsThatAre(what string) kinds.Row {
	status := what
	if what == "trashed" {
		status = "deleted"
	}
	k := row(what+"Project", what+" projects", kinds.Offset, "/rest/api/3/project/search").In("values", 50).
		Ask("status", status).Ask("expand", "description,lead,issueTypes,url,projectKeys,insight")
	return k.AllFor(administer)
}
