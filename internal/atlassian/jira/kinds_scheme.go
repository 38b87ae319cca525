package jira

// schemeKinds are the site's schemes and what they join.
func schemeKinds() []kind {
	return []kind{
		row("issueTypeScheme", "issue type schemes", pagerOffset, "/rest/api/3/issuetypescheme").
			in("values", 50).ask("expand", "projects,issueTypes").admin(configure),
		row("issueTypeSchemeMapping", "issue types of schemes", pagerOffset, "/rest/api/3/issuetypescheme/mapping").
			in("values", 50).by("issueTypeSchemeId", "issueTypeId").admin(configure),
		row("workflow", "workflows", pagerOffset, "/rest/api/3/workflows/search").
			in("values", 50).ask("expand", "values.transitions").admin(configure).forAll(),
		row("workflowScheme", "workflow schemes", pagerOffset, "/rest/api/3/workflowscheme").in("values", 50).admin(configure),
		row("screen", "screens", pagerOffset, "/rest/api/3/screens").in("values", 100).admin(manage),
		row("screenTab", "tabs of screens", pagerArray, "/rest/api/3/screens/{screenId}/tabs").under("screen").admin(manage),
		row("screenTabField", "fields on screens", pagerArray, "/rest/api/3/screens/{screenId}/tabs/{tabId}/fields").under("screenTab").admin(manage),
		row("screenScheme", "screen schemes", pagerOffset, "/rest/api/3/screenscheme").
			in("values", 50).ask("expand", "issueTypeScreenSchemes").admin(manage),
		row("issueTypeScreenScheme", "issue type screen schemes", pagerOffset, "/rest/api/3/issuetypescreenscheme").
			in("values", 50).ask("expand", "projects").admin(configure),
		row("issueTypeScreenSchemeMapping", "issue types of screen schemes", pagerOffset, "/rest/api/3/issuetypescreenscheme/mapping").
			in("values", 50).by("issueTypeScreenSchemeId", "issueTypeId").admin(configure),
		row("fieldScheme", "field configuration schemes", pagerOffset, "/rest/api/3/config/fieldschemes").in("values", 100).admin(configure),
		row("fieldSchemeField", "fields of field configuration schemes", pagerOffset, "/rest/api/3/config/fieldschemes/{id}/fields").
			under("fieldScheme").in("values", 100).by("fieldId").admin(configure),
		row("priority", "priorities", pagerOffset, "/rest/api/3/priority/search").in("values", 50).needs("", configure),
		row("priorityScheme", "priority schemes", pagerOffset, "/rest/api/3/priorityscheme").in("values", 50).admin(configure),
		row("prioritySchemePriority", "priorities of schemes", pagerOffset, "/rest/api/3/priorityscheme/{schemeId}/priorities").
			under("priorityScheme").in("values", 50).admin(configure),
		row("prioritySchemeProject", "projects of priority schemes", pagerOffset, "/rest/api/3/priorityscheme/{schemeId}/projects").
			under("priorityScheme").in("values", 50).admin(configure),
		row("permissionScheme", "permission schemes with grants", pagerList, "/rest/api/3/permissionscheme").
			in("permissionSchemes", 0).ask("expand", "all"),
		row("notificationScheme", "notification schemes", pagerOffset, "/rest/api/3/notificationscheme").
			in("values", 50).ask("expand", "all").needs("", configure).forAll(),
		row("notificationSchemeProject", "projects of notification schemes", pagerOffset, "/rest/api/3/notificationscheme/project").
			in("values", 50).by("notificationSchemeId", "projectId").needs("", configure),
		row("securityScheme", "issue security schemes", pagerOffset, "/rest/api/3/issuesecurityschemes/search").in("values", 50).admin(configure),
		row("securityLevel", "issue security levels", pagerOffset, "/rest/api/3/issuesecurityschemes/level").in("values", 50).admin(configure),
		row("securityLevelMember", "members of issue security levels", pagerOffset, "/rest/api/3/issuesecurityschemes/level/member").
			in("values", 50).ask("expand", "all").admin(configure),
		row("securitySchemeProject", "projects of issue security schemes", pagerOffset, "/rest/api/3/issuesecurityschemes/project").
			in("values", 50).by("issueSecuritySchemeId", "projectId").admin(configure),
	}
}
