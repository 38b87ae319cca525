package samplesite

// Classic OAuth scopes of the platform API.
const (
	readWork   = "read:jira-work"
	writeWork  = "write:jira-work"
	readUser   = "read:jira-user"
	manageConf = "manage:jira-configuration"
	manageProj = "manage:jira-project"
)

// usual page sizes: what is given where nothing is asked for, and what larger wishes are cut to.
const (
	usualPage = 50
	usualMost = 100
)

// siteLists is the kinds of the site's configuration, parents before children.
func siteLists() []listing {
	conf, work, proj, user := []string{manageConf}, []string{readWork}, []string{manageProj}, []string{readUser}
	nameOrID := map[string]string{"name": "name", "id": "id"}
	fieldPath := Prefix + "/field/{fieldId}/context"
	detail := map[string][]string{"key": {"key"}, "stableId": {"stableId"}, "lastUsed": {"lastUsed"}, "screensCount": {"screensCount"},
		"contextsCount": {"contextsCount"}, "isLocked": {"isLocked"}, "searcherKey": {"searcherKey"}}
	return []listing{
		{kind: "configuration", template: Prefix + "/configuration", scopes: user, answer: single, entries: configuration},
		{kind: "customField", template: Prefix + "/field/search", scopes: work, answer: searchFields, size: usualPage, most: usualMost,
			optional: detail, filters: map[string]string{"id": "id", "query": "~name"}, orders: map[string]string{"name": "name", "contextsCount": "contextsCount", "lastUsed": "lastUsed.value", "screensCount": "screensCount", "projectsCount": "projectsCount"}},
		{kind: "fieldContext", parent: "customField", template: fieldPath, scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"contextId": "id", "isAnyIssueType": "isAnyIssueType", "isGlobalContext": "isGlobalContext"}},
		{kind: "fieldDefault", parent: "customField", template: fieldPath + "/defaultValues", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"contextId": "contextId"}},
		{kind: "fieldContextIssueType", parent: "customField", template: fieldPath + "/issuetypemapping", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"contextId": "contextId"}},
		{kind: "fieldContextProject", parent: "customField", template: fieldPath + "/projectmapping", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"contextId": "contextId"}},
		{kind: "fieldOption", parent: "fieldContext", template: fieldPath + "/{contextId}/option", scopes: conf, needs: admin, answer: pagedOptions, size: 100, most: 100, entries: optionsOf,
			filters: map[string]string{"optionId": "id"}},
		{kind: "trashedField", template: Prefix + "/field/search/trashed", scopes: work, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"id": "id", "query": "~name"}, orders: map[string]string{"name": "name", "trashDate": "trashDate", "plannedDeletionDate": "plannedDeletionDate"}},
		{kind: "issueType", template: Prefix + "/issuetype", scopes: work, needs: anyone, answer: bare},
		{kind: "issueTypeScheme", template: Prefix + "/issuetypescheme", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"id": "id", "queryString": "~name"}, orders: nameOrID},
		{kind: "issueTypeSchemeMapping", template: Prefix + "/issuetypescheme/mapping", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"issueTypeSchemeId": "issueTypeSchemeId"}},
		{kind: "status", template: Prefix + "/statuses/search", scopes: conf, answer: paged, size: 200, most: 200,
			filters: map[string]string{"projectId": "scope.project.id", "searchString": "~name", "statusCategory": "statusCategory"}},
		{kind: "workflow", template: Prefix + "/workflows/search", scopes: conf, answer: pagedWorkflows, size: usualPage, most: usualMost,
			optional: map[string][]string{"transitions": {"values.transitions"}}, filters: map[string]string{"queryString": "~name", "scope": "scope.type", "projectId": "scope.project.id"},
			orders: map[string]string{"name": "name", "created": "created", "updated": "updated"}},
		{kind: "workflowScheme", template: Prefix + "/workflowscheme", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage},
		{kind: "screen", template: Prefix + "/screens", scopes: proj, needs: admin, answer: paged, size: 100, most: 100,
			filters: map[string]string{"id": "id", "queryString": "~name"}, orders: nameOrID},
		{kind: "screenTab", parent: "screen", template: Prefix + "/screens/{screenId}/tabs", scopes: proj, needs: admin, answer: bare},
		{kind: "screenTabField", parent: "screenTab", template: Prefix + "/screens/{screenId}/tabs/{tabId}/fields", scopes: proj, needs: admin, answer: bare},
		{kind: "screenScheme", template: Prefix + "/screenscheme", scopes: proj, needs: admin, answer: paged, size: 25, most: usualMost,
			optional: map[string][]string{"issueTypeScreenSchemes": {"issueTypeScreenSchemes"}}, filters: map[string]string{"id": "id", "queryString": "~name"}, orders: nameOrID},
		{kind: "issueTypeScreenScheme", template: Prefix + "/issuetypescreenscheme", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"id": "id", "queryString": "~name"}, orders: nameOrID},
		{kind: "issueTypeScreenSchemeMapping", template: Prefix + "/issuetypescreenscheme/mapping", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualMost,
			filters: map[string]string{"issueTypeScreenSchemeId": "issueTypeScreenSchemeId"}},
		{kind: "fieldScheme", template: Prefix + "/config/fieldschemes", scopes: conf, needs: admin, answer: pagedStrictly, size: usualPage, most: usualMost,
			filters: map[string]string{"query": "~name"}},
		{kind: "fieldSchemeField", parent: "fieldScheme", template: Prefix + "/config/fieldschemes/{id}/fields", scopes: conf, needs: admin, answer: pagedStrictly, size: usualPage, most: usualMost,
			filters: map[string]string{"fieldId": "fieldId"}},
		{kind: "priority", template: Prefix + "/priority/search", scopes: conf, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"id": "id", "priorityName": "~name"}},
		{kind: "priorityScheme", template: Prefix + "/priorityscheme", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"schemeId": "id", "schemeName": "~name"}, orders: map[string]string{"name": "name"}},
		{kind: "prioritySchemePriority", parent: "priorityScheme", template: Prefix + "/priorityscheme/{schemeId}/priorities", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage},
		{kind: "prioritySchemeProject", parent: "priorityScheme", template: Prefix + "/priorityscheme/{schemeId}/projects", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"projectId": "id", "query": "~name"}},
		{kind: "resolution", template: Prefix + "/resolution/search", scopes: work, answer: paged, size: usualPage, most: usualPage, filters: map[string]string{"id": "id"}},
		{kind: "issueLinkType", template: Prefix + "/issueLinkType", scopes: work, needs: anyone, feature: lacksLinks, answer: under("issueLinkTypes")},
		{kind: "permissionScheme", template: Prefix + "/permissionscheme", scopes: work, answer: under("permissionSchemes"), optional: map[string][]string{"permissions": {"*"}}},
		{kind: "notificationScheme", template: Prefix + "/notificationscheme", scopes: conf, answer: paged, size: usualPage, most: usualPage,
			optional: map[string][]string{"notificationSchemeEvents": {"*"}}, filters: map[string]string{"id": "id"}},
		{kind: "notificationSchemeProject", template: Prefix + "/notificationscheme/project", scopes: conf, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"notificationSchemeId": "notificationSchemeId", "projectId": "projectId"}},
		{kind: "securityScheme", template: Prefix + "/issuesecurityschemes/search", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage, filters: map[string]string{"id": "id"}},
		{kind: "securityLevel", template: Prefix + "/issuesecurityschemes/level", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"id": "id", "schemeId": "issueSecuritySchemeId"}},
		{kind: "securityLevelMember", template: Prefix + "/issuesecurityschemes/level/member", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"id": "id", "schemeId": "issueSecuritySchemeId", "levelId": "issueSecurityLevelId"}},
		{kind: "securitySchemeProject", template: Prefix + "/issuesecurityschemes/project", scopes: conf, needs: admin, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"issueSecuritySchemeId": "issueSecuritySchemeId", "projectId": "projectId"}},
		{kind: "role", template: Prefix + "/role", scopes: conf, needs: admin, answer: bare},
		{kind: "projectCategory", template: Prefix + "/projectCategory", scopes: work, answer: bare},
		{kind: "account", template: Prefix + "/users/search", scopes: user, needs: browseUsers, answer: barePages, size: usualPage, most: 1000, entries: knownAccounts},
		{kind: "group", template: Prefix + "/group/bulk", scopes: user, needs: browseUsers, answer: paged, size: usualPage, most: usualPage,
			filters: map[string]string{"groupId": "groupId", "groupName": "name"}},
		{kind: "groupMember", parent: "group", template: Prefix + "/group/member", scopes: conf, needs: usersOrAdmin, answer: pagedMembers, size: usualPage, most: usualPage, owner: groupAsked, entries: knownMembers},
	}
}
