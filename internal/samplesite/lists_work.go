package samplesite

// workLists is the kinds that people make for their work, parents before children.
func workLists() []listing {
	const agile, software = "/rest/agile/1.0/board", "/rest/software/1.0"
	work := []string{readWork}
	sharedOrders := map[string]string{"description": "description", "favourite_count": "favouritedCount", "id": "id", "is_favourite": "favourite", "name": "name", "owner": "owner.accountId", "is_shared": "sharePermissions"}
	boardOrders := map[string]string{"description": "description", "favorite_count": "popularity", "id": "id", "is_favorite": "isFavourite", "name": "name", "owner": "owner.displayName"}
	boardAdmin := "read:board-scope.admin:jira-software"
	board := agile + "/{boardId}"
	return []listing{
		{kind: "filter", template: Prefix + "/filter/search", scopes: work, needs: anyone, answer: searchFilters, size: usualPage, most: usualMost, orders: sharedOrders,
			optional: named("description", "favourite", "favouritedCount", "jql", "owner", "searchUrl", "sharePermissions", "editPermissions", "isWritable", "approximateLastUsed", "subscriptions", "viewUrl"),
			reads:    []string{"description", "favouritedCount", "jql", "owner", "sharePermissions", "editPermissions", "approximateLastUsed", "subscriptions", "viewUrl"},
			filters:  map[string]string{"id": "id", "filterName": "~name", "accountId": "owner.accountId"}},
		{kind: "dashboard", template: Prefix + "/dashboard/search", scopes: work, needs: anyone, answer: searchDashboards, size: usualPage, most: usualMost, orders: boardOrders,
			optional: map[string][]string{"description": {"description"}, "owner": {"owner"}, "view": {"viewUrl"}, "isFavourite": {"favourite"}, "popularity": {"favouritedCount"},
				"sharePermissions": {"sharePermissions"}, "editPermissions": {"editPermissions"}, "isWritable": {"isWritable"}},
			reads:   []string{"description", "owner", "sharePermissions", "editPermissions"},
			filters: map[string]string{"dashboardName": "~name", "accountId": "owner.accountId"}},
		{kind: "dashboardGadget", parent: "dashboard", template: Prefix + "/dashboard/{dashboardId}/gadget", scopes: work, answer: under("gadgets"),
			filters: map[string]string{"gadgetId": "id", "moduleKey": "moduleKey", "uri": "uri"}},
		{kind: "dashboardItemProperty", parent: "dashboardGadget", template: Prefix + "/dashboard/{dashboardId}/items/{itemId}/properties", scopes: work, answer: keyed, keys: true},
		{kind: "board", template: agile, scopes: []string{"read:board-scope:jira-software", "read:project:jira"}, feature: lacksSoftware, answer: searchBoards, size: usualPage, most: usualPage,
			filters: map[string]string{"type": "type", "name": "~name"}, orders: map[string]string{"name": "name"}},
		{kind: "boardConfiguration", parent: "board", template: board + "/configuration", scopes: []string{boardAdmin, "read:project:jira"}, feature: lacksSoftware, answer: single},
		{kind: "quickFilter", parent: "board", template: board + "/quickfilter", scopes: []string{boardAdmin, "read:jql:jira"}, feature: lacksSoftware, answer: pagedPlainly, size: usualPage, most: usualPage},
		{kind: "boardFeature", parent: "board", template: board + "/features", scopes: []string{boardAdmin}, feature: lacksSoftware, answer: under("features")},
		{kind: "boardProperty", parent: "board", template: board + "/properties", scopes: []string{boardAdmin}, feature: lacksSoftware, answer: keyed, keys: true},
		{kind: "sprint", parent: "board", template: board + "/sprint", scopes: []string{"read:sprint:jira-software"}, feature: lacksSoftware, answer: searchSprints, size: usualPage, most: usualPage,
			entries: sprintsOf},
		{kind: "sprintIssue", parent: "sprint", template: software + "/sprint/{sprintId}/issue", scopes: []string{"read:sprint:jira-software", "read:issue-details:jira", "read:jql:jira"},
			feature: lacksSoftware, answer: ranked, size: usualPage, most: maxSearchPage, entries: sprintIssues, owners: sprintIDs, withheld: sprintWithheld},
		{kind: "backlogIssue", parent: "board", template: software + "/board/{boardId}/backlog", scopes: []string{"read:board-scope:jira-software", "read:issue-details:jira"},
			feature: lacksSoftware, answer: ranked, size: usualPage, most: maxSearchPage, entries: backlogIssues, owners: boardIDs},
		{kind: "plan", template: Prefix + "/plans/plan", scopes: work, needs: admin, feature: lacksPlans, answer: searchPlans, size: usualPage, most: usualPage},
		{kind: "planDetail", parent: "plan", template: Prefix + "/plans/plan/{planId}", scopes: work, needs: admin, feature: lacksPlans, answer: single},
		{kind: "planTeam", parent: "plan", template: Prefix + "/plans/plan/{planId}/team", scopes: work, needs: admin, feature: lacksPlans, answer: byCursor, size: usualPage, most: usualPage},
		{kind: "automationRuleSummary", template: automation + "/rest/v1/rule/summary", needs: admin, feature: lacksAutomation, answer: pageOfRules, size: usualPage, most: usualMost, aliases: []string{gatewayAlias}},
		{kind: "automationRule", parent: "automationRuleSummary", template: automation + "/rest/v1/rule/{ruleUuid}", needs: admin, feature: lacksAutomation, answer: single, aliases: []string{gatewayAlias}},
		{kind: "archivedProject"},
		{kind: "trashedProject"},
	}
}

// The automation API, on the host of the gateway, and the site's own name for it.
const (
	automation   = "/automation/public/jira/{cloudid}"
	gatewayAlias = "/gateway/api"
)

// projectLists is the kinds that each project has.
func projectLists() []listing {
	project := Prefix + "/project/{projectIdOrKey}"
	conf, work, proj := []string{manageConf}, []string{readWork}, []string{manageProj}
	return []listing{
		{kind: "projectRoleRef", parent: "project", ofProject: true, template: project + "/roledetails", scopes: work, answer: bare},
		{kind: "projectRole", parent: "projectRoleRef", ofProject: true, template: project + "/role/{id}", scopes: work, answer: single},
		{kind: "projectProperty", parent: "project", ofProject: true, template: project + "/properties", scopes: work, answer: keyed, keys: true, browses: true},
		{kind: "projectFeature", parent: "project", ofProject: true, template: project + "/features", scopes: work, answer: under("features")},
		{kind: "projectEmail", parent: "project", ofProject: true, template: Prefix + "/project/{projectId}/email", scopes: proj, answer: single, browses: true},
		{kind: "projectWorkflowScheme", parent: "project", ofProject: true, template: Prefix + "/workflowscheme/project", scopes: conf, needs: admin, answer: ofProjects("workflowScheme"), owner: projectsAsked},
		{kind: "projectIssueTypeScheme", parent: "project", ofProject: true, template: Prefix + "/issuetypescheme/project", scopes: conf, needs: admin, answer: ofProjects("issueTypeScheme"),
			size: usualPage, most: usualMost, owner: projectsAsked},
		{kind: "projectScreenScheme", parent: "project", ofProject: true, template: Prefix + "/issuetypescreenscheme/project", scopes: conf, needs: admin, answer: ofProjects("issueTypeScreenScheme"),
			size: usualPage, most: usualMost, owner: projectsAsked},
		{kind: "projectFieldScheme", parent: "project", ofProject: true, template: Prefix + "/config/fieldschemes/projects", scopes: conf, needs: admin, answer: ofProjects(""),
			size: usualPage, most: usualMost, owner: projectsAsked},
		{kind: "projectPermissionScheme", parent: "project", ofProject: true, template: Prefix + "/project/{projectKeyOrId}/permissionscheme", scopes: work, answer: single,
			optional: map[string][]string{"permissions": {"*"}}},
		{kind: "customer", parent: "project", ofProject: true, template: "/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer", scopes: []string{"manage:servicedesk-customer"},
			feature: lacksService, answer: optedIn, size: usualPage, most: usualPage, owner: deskAsked},
	}
}

// named is expand values that are called like the members that they show.
func named(names ...string) map[string][]string {
	out := map[string][]string{}
	for _, n := range names {
		out[n] = []string{n}
	}
	return out
}
