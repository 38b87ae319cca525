package jira

import (
	"net/http"
	"net/url"

	"holdfast/internal/atlassian"
)

const (
	projectPath  = "/rest/api/3/project/{projectIdOrKey}"
	projectRoute = "GET " + projectPath
)

// projectKinds are what each project has besides its issues.
func projectKinds() []kind {
	project := ofProject(projectKind, "projects", pagerOne, projectPath).under("").needs("Browse Projects", readWork)
	version := ofProject("version", "versions of projects", pagerOffset, projectPath+"/version").in("values", 50).needs("Browse Projects", readWork)
	component := ofProject("component", "components of projects", pagerOffset, projectPath+"/component").in("values", 50).needs("Browse Projects", readWork)
	project.Content, version.Content, component.Content = true, true, true

	assigned := func(name, title, pager, route string) kind {
		k := ofProject(name, title, pager, route).in("values", 0).needs(administer, configure)
		k.ownerAs = "projectId"
		return k
	}
	workflows := assigned("projectWorkflowScheme", "workflow schemes of projects", pagerList, "/rest/api/3/workflowscheme/project").by("workflowScheme.id")
	workflows.nameless = "default" // the site's default scheme has no id
	customer := ofProject("customer", "customers of service projects", pagerStart, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer").
		in("values", 50).by("accountId").needs("an agent of the service project", "manage:servicedesk-customer")
	customer.where = &condition{path: []string{"projectTypeKey"}, endings: []string{"service_desk"}}
	// A bare number would be the id of a service desk, which is not its project's.
	customer.ownerPrefix = "projectId:"
	customer.header = http.Header{"X-ExperimentalApi": {"opt-in"}}
	roleRef := ofProject("projectRoleRef", "roles of projects", pagerArray, projectPath+"/roledetails").needs(administerOne, readWork)
	role := ofProject("projectRole", "actors of project roles", pagerOne, projectPath+"/role/{id}").under(roleRef.Name).needs(administerOne, readWork)
	roleRef.hides, role.hides = true, true
	return []kind{
		project, version, component, roleRef, role,
		ofProject("projectProperty", "properties of projects", pagerKeys, projectPath+"/properties").needs("Browse Projects", readWork),
		ofProject("projectFeature", "features of projects", pagerList, projectPath+"/features").in("features", 0).by("feature"),
		ofProject("projectEmail", "sender addresses of projects", pagerOne, "/rest/api/3/project/{projectId}/email").needs("Browse Projects", manage),
		workflows,
		assigned("projectIssueTypeScheme", "issue type schemes of projects", pagerOffset, "/rest/api/3/issuetypescheme/project").by("issueTypeScheme.id"),
		assigned("projectScreenScheme", "screen schemes of projects", pagerOffset, "/rest/api/3/issuetypescreenscheme/project").by("issueTypeScreenScheme.id"),
		assigned("projectFieldScheme", "field configuration schemes of projects", pagerOffset, "/rest/api/3/config/fieldschemes/projects").by("schemeId"),
		ofProject("projectPermissionScheme", "permission schemes of projects", pagerOne, "/rest/api/3/project/{projectKeyOrId}/permissionscheme").
			ask("expand", "all").needs(administerOne, readWork),
		customer,
	}
}

// The members of the site's configuration that switch kinds off, and what that means.
const (
	issueLinking   = "issueLinkingEnabled"
	noIssueLinking = "issue linking is switched off on the site: it gives none"
)

// issueKinds are issues and what belongs to them. They are read by chunks of
// issues (items.go, gather.go), not by the walk of reading.go.
func issueKinds() []kind {
	item := func(name, title, pager, route string) kind {
		return kind{Kind: atlassian.Kind{
			Name: name, Title: title, Scope: atlassian.ScopeItem, Route: route, Pager: pager, Parent: issueKind, Content: true,
			Permission: "Browse Projects", TokenScope: readWork,
		}}
	}
	off := func(k kind, setting, note string) kind {
		k.setting, k.settingNote = setting, note
		return k
	}
	issue := item(issueKind, "issues", pagerBulk, "POST /rest/api/3/issue/bulkfetch").under(projectKind)
	user := item(userKind, "users as they appear", pagerSeen, "").under("").needs("", "")
	user.Content = false
	return []kind{
		issue,
		{Kind: item("comment", "comments", pagerOffset, issueRoute+"/comment").Kind, items: "comments", pageSize: 100,
			embedded: []string{"fields", "comment"}, list: "comments"},
		off(kind{Kind: item("worklog", "work logs", pagerOffset, issueRoute+"/worklog").Kind, items: "worklogs", pageSize: 5000,
			embedded: []string{"fields", "worklog"}, list: "worklogs"}, "timeTrackingEnabled", "time tracking is switched off on the site: it gives none"),
		{Kind: item("changelog", "history of issues", pagerToken, "POST /rest/api/3/changelog/bulkfetch").Kind, items: "values", pageSize: 100,
			embedded: []string{"changelog"}, list: "histories", each: issueRoute + "/changelog"},
		off(item("remotelink", "remote links", pagerArray, issueRoute+"/remotelink"), issueLinking, noIssueLinking),
		{Kind: item("property", "properties of issues", pagerMembers, issueRoute).Kind, items: "properties",
			query: url.Values{"fields": {"id"}, "properties": {"*all"}}},
		off(kind{Kind: item("watchers", "watchers of issues", pagerOne, issueRoute+"/watchers").needs("View voters and watchers", readWork).Kind,
			count: []string{"fields", "watches", "watchCount"}, people: "watchers"}, "watchingEnabled", "watching is switched off on the site: it gives none"),
		off(kind{Kind: item("votes", "votes for issues", pagerOne, issueRoute+"/votes").needs("View voters and watchers", readWork).Kind,
			count: []string{"fields", "votes", "votes"}, people: "voters"}, "votingEnabled", "voting is switched off on the site: it gives none"),
		{Kind: item("attachment", "descriptions of attachments", pagerEmbedded, "").Kind, embedded: []string{"fields", "attachment"}, bytes: true},
		user,
	}
}

// withoutData are rows of the report alone: what a site has and a backup does not.
func withoutData() []kind {
	none := func(name, title, state string, scope atlassian.Scope, note string) kind {
		return kind{Kind: atlassian.Kind{Name: name, Title: title, Scope: scope, State: state, Note: note}}
	}
	const (
		yet     = "this version of holdfast does not read them"
		site    = atlassian.ScopeSite
		project = atlassian.ScopeContainer
		item    = atlassian.ScopeItem
	)
	return []kind{
		none("queue", "queues of service projects", stateNotCaptured, project, yet),
		none("requestType", "request types of service projects", stateNotCaptured, project, yet),
		none("organization", "organisations of customers", stateNotCaptured, site, yet),
		none("sla", "service level agreements of requests", stateNotCaptured, item, yet),
		none("asset", "objects of Assets", stateNotCaptured, site, yet),
		none("auditRecord", "audit log", stateNotCaptured, site, yet),
		none("webhook", "webhooks", stateNotCaptured, site, yet),
		none("avatar", "avatars", stateNotCaptured, site, yet),
		none("archivedIssue", "archived issues", stateNotExposed, item,
			"the API gives no archived issue; on a Premium site an administrator can have a list of them mailed, or restore them"),
		none("archivedProjectIssue", "issues of archived and trashed projects", stateNotExposed, item,
			"restore a project on the site to have its issues captured"),
		none("appData", "data that Marketplace apps keep on their own servers", stateNotExposed, site, "ask the makers of the apps"),
		none("automationSecret", "connections and secrets of automation rules", stateNotExposed, site, "enter them again after a restore"),
	}
}
