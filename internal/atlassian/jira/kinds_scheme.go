package jira

import "holdfast/internal/atlassian/kinds"

// schemeKinds are the site's schemes and what they join.
func schemeKinds() []kinds.Row {
	return []kinds.Row{
		row("issueTypeScheme", "issue type schemes", kinds.Offset, "/rest/api/3/issuetypescheme").
			In("values", 50).Ask("expand", "projects,issueTypes").NeedsEverywhere(administer, configure),
		row("issueTypeSchemeMapping", "issue types of schemes", kinds.Offset, "/rest/api/3/issuetypescheme/mapping").
			In("values", 50).By("issueTypeSchemeId", "issueTypeId").NeedsEverywhere(administer, configure),
		row("workflow", "workflows", kinds.Offset, "/rest/api/3/workflows/search").
			In("values", 50).Ask("expand", "values.transitions").NeedsEverywhere(administer, configure).AllFor(administer),
		row("workflowScheme", "workflow schemes", kinds.Offset, "/rest/api/3/workflowscheme").In("values", 50).NeedsEverywhere(administer, configure),
		row("screen", "screens", kinds.Offset, "/rest/api/3/screens").In("values", 100).NeedsEverywhere(administer, manage),
		row("screenTab", "tabs of screens", kinds.Array, "/rest/api/3/screens/{screenId}/tabs").Under("screen").NeedsEverywhere(administer, manage),
		row("screenTabField", "fields on screens", kinds.Array, "/rest/api/3/screens/{screenId}/tabs/{tabId}/fields").Under("screenTab").NeedsEverywhere(administer, manage),
		row("screenScheme", "screen schemes", kinds.Offset, "/rest/api/3/screenscheme").
			In("values", 50).Ask("expand", "issueTypeScreenSchemes").NeedsEverywhere(administer, manage),
		row("issueTypeScreenScheme", "issue type screen schemes", kinds.Offset, "/rest/api/3/issuetypescreenscheme").
			In("values", 50).Ask("expand", "projects").NeedsEverywhere(administer, configure),
		row("issueTypeScreenSchemeMapping", "issue types of screen schemes", kinds.Offset, "/rest/api/3/issuetypescreenscheme/mapping").
			In("values", 50).By("issueTypeScreenSchemeId", "issueTypeId").NeedsEverywhere(administer, configure),
		row("fieldScheme", "field configuration schemes", kinds.Offset, "/rest/api/3/config/fieldschemes").In("values", 100).NeedsEverywhere(administer, configure),
		row("fieldSchemeField", "fields of field configuration schemes", kinds.Offset, "/rest/api/3/config/fieldschemes/{id}/fields").
			Under("fieldScheme").In("values", 100).By("fieldId").NeedsEverywhere(administer, configure),
		row("priority", "priorities", kinds.Offset, "/rest/api/3/priority/search").In("values", 50).Needs("", configure),
		row("priorityScheme", "priority schemes", kinds.Offset, "/rest/api/3/priorityscheme").In("values", 50).NeedsEverywhere(administer, configure),
		row("prioritySchemePriority", "priorities of schemes", kinds.Offset, "/rest/api/3/priorityscheme/{schemeId}/priorities").
			Under("priorityScheme").In("values", 50).NeedsEverywhere(administer, configure),
		row("prioritySchemeProject", "projects of priority schemes", kinds.Offset, "/rest/api/3/priorityscheme/{schemeId}/projects").
			Under("priorityScheme").In("values", 50).NeedsEverywhere(administer, configure),
		row("permissionScheme", "permission schemes with grants", kinds.List, "/rest/api/3/permissionscheme").
			In("permissionSchemes", 0).Ask("expand", "all"),
		row("notificationScheme", "notification schemes", kinds.Offset, "/rest/api/3/notificationscheme").
			In("values", 50).Ask("expand", "all").Needs("", configure).AllFor(administer),
		row("notificationSchemeProject", "projects of notification schemes", kinds.Offset, "/rest/api/3/notificationscheme/project").
			In("values", 50).By("notificationSchemeId", "projectId").Needs("", configure),
		row("securityScheme", "issue security schemes", kinds.Offset, "/rest/api/3/issuesecurityschemes/search").In("values", 50).NeedsEverywhere(administer, configure),
		row("securityLevel", "issue security levels", kinds.Offset, "/rest/api/3/issuesecurityschemes/level").In("values", 50).NeedsEverywhere(administer, configure),
		row("securityLevelMember", "members of issue security levels", kinds.Offset, "/rest/api/3/issuesecurityschemes/level/member").
			In("values", 50).Ask("expand", "all").NeedsEverywhere(administer, configure),
		row("securitySchemeProject", "projects of issue security schemes", kinds.Offset, "/rest/api/3/issuesecurityschemes/project").
			In("values", 50).By("issueSecuritySchemeId", "projectId").NeedsEverywhere(administer, configure),
	}
}
