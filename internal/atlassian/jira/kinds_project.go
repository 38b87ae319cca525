package jira

import (
	"net/http"
	"net/url"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	projectPath  = "/rest/api/3/project/{projectIdOrKey}"
	projectRoute = "GET " + projectPath
)

// projectKinds are what each project has besides its issues.
func projectKinds() []kinds.Row {
	project := ofProject(projectKind, "projects", kinds.One, projectPath).Under("").Needs("Browse Projects", readWork)
	version := ofProject("version", "versions of projects", kinds.Offset, projectPath+"/version").In("values", 50).Needs("Browse Projects", readWork)
	component := ofProject("component", "components of projects", kinds.Offset, projectPath+"/component").In("values", 50).Needs("Browse Projects", readWork)
	project.Content, version.Content, component.Content = true, true, true

	assigned := func(name, title, pager, route string) kinds.Row {
		k := ofProject(name, title, pager, route).In("values", 0).Needs(administer, configure)
		k.OwnerAs = "projectId"
		return k
	}
	workflows := assigned("projectWorkflowScheme", "workflow schemes of projects", kinds.List, "/rest/api/3/workflowscheme/project").By("workflowScheme.id")
	workflows.Nameless = "default" // the site's default scheme has no id
	customer := ofProject("customer", "customers of service projects", kinds.Start, "/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer").
		In("values", 50).By("accountId").Needs("an agent of the service project", "manage:servicedesk-customer")
	customer.Where = &kinds.Condition{Path: []string{"projectTypeKey"}, Endings: []string{"service_desk"}}
	// A bare number would be the id of a service desk, which is not its project's.
	customer.OwnerPrefix = "projectId:"
	customer.Header = http.Header{"X-ExperimentalApi": {"opt-in"}}
	roleRef := ofProject("projectRoleRef", "roles of projects", kinds.Array, projectPath+"/roledetails").Needs(administerOne, readWork)
	role := ofProject("projectRole", "actors of project roles", kinds.One, projectPath+"/role/{id}").Under(roleRef.Name).Needs(administerOne, readWork)
	roleRef.Hides, role.Hides = true, true
	return []kinds.Row{
		project, version, component, roleRef, role,
		ofProject("projectProperty", "properties of projects", kinds.Keys, projectPath+"/properties").Needs("Browse Projects", readWork),
		ofProject("projectFeature", "features of projects", kinds.List, projectPath+"/features").In("features", 0).By("feature"),
		ofProject("projectEmail", "sender addresses of projects", kinds.One, "/rest/api/3/project/{projectId}/email").Needs("Browse Projects", manage),
		workflows,
		assigned("projectIssueTypeScheme", "issue type schemes of projects", kinds.Offset, "/rest/api/3/issuetypescheme/project").By("issueTypeScheme.id"),
		assigned("projectScreenScheme", "screen schemes of projects", kinds.Offset, "/rest/api/3/issuetypescreenscheme/project").By("issueTypeScreenScheme.id"),
		assigned("projectFieldScheme", "field configuration schemes of projects", kinds.Offset, "/rest/api/3/config/fieldschemes/projects").By("schemeId"),
		ofProject("projectPermissionScheme", "permission schemes of projects", kinds.One, "/rest/api/3/project/{projectKeyOrId}/permissionscheme").
			Ask("expand", "all").Needs(administerOne, readWork),
		customer,
	}
}

// The members of the site's configuration that switch kinds off, and what that means.
const (
	issueLinking   = "issueLinkingEnabled"
	noIssueLinking = "issue linking is switched off on the site: it gives none"
)

// issueKinds are issues and what belongs to them. They are read by chunks of
// issues (items.go, gather.go), not by a Walk of package kinds.
func issueKinds() []kinds.Row {
	item := func(name, title, pager, route string) kinds.Row {
		return kinds.Row{Kind: atlassian.Kind{
			Name: name, Title: title, Scope: atlassian.ScopeItem, Route: route, Pager: pager, Parent: issueKind, Content: true,
			Permission: "Browse Projects", TokenScope: readWork,
		}}
	}
	off := func(k kinds.Row, setting, note string) kinds.Row {
		k.Setting, k.SettingNote = setting, note
		return k
	}
	issue := item(issueKind, "issues", kinds.Bulk, "POST /rest/api/3/issue/bulkfetch").Under(projectKind)
	user := item(userKind, "users as they appear", kinds.Seen, "").Under("").Needs("", "")
	user.Content = false
	return []kinds.Row{
		issue,
		{Kind: item("comment", "comments", kinds.Offset, issueRoute+"/comment").Kind, Items: "comments", PageSize: 100,
			Embedded: []string{"fields", "comment"}, List: "comments"},
		off(kinds.Row{Kind: item("worklog", "work logs", kinds.Offset, issueRoute+"/worklog").Kind, Items: "worklogs", PageSize: 5000,
			Embedded: []string{"fields", "worklog"}, List: "worklogs"}, "timeTrackingEnabled", "time tracking is switched off on the site: it gives none"),
		{Kind: item("changelog", "history of issues", kinds.Token, "POST /rest/api/3/changelog/bulkfetch").Kind, Items: "values", PageSize: 100,
			Embedded: []string{"changelog"}, List: "histories", Each: issueRoute + "/changelog"},
		off(item("remotelink", "remote links", kinds.Array, issueRoute+"/remotelink"), issueLinking, noIssueLinking),
		{Kind: item("property", "properties of issues", kinds.Members, issueRoute).Kind, Items: "properties",
			Query: url.Values{"fields": {"id"}, "properties": {"*all"}}},
		off(kinds.Row{Kind: item("watchers", "watchers of issues", kinds.One, issueRoute+"/watchers").Needs("View voters and watchers", readWork).Kind,
			Number: []string{"fields", "watches", "watchCount"}, People: "watchers"}, "watchingEnabled", "watching is switched off on the site: it gives none"),
		off(kinds.Row{Kind: item("votes", "votes for issues", kinds.One, issueRoute+"/votes").Needs("View voters and watchers", readWork).Kind,
			Number: []string{"fields", "votes", "votes"}, People: "voters"}, "votingEnabled", "voting is switched off on the site: it gives none"),
		{Kind: item("attachment", "descriptions of attachments", kinds.Embedded, "").Kind, Embedded: []string{"fields", "attachment"}, Attach: attachment},
		user,
	}
}

// withoutData are rows of the report alone: what a site has and a backup does not.
func withoutData() []kinds.Row {
	none := kinds.Without
	const (
		yet     = "this version of holdfast does not read them"
		site    = atlassian.ScopeSite
		project = atlassian.ScopeContainer
		item    = atlassian.ScopeItem
	)
	return []kinds.Row{
		none("queue", "queues of service projects", kinds.NotCaptured, project, yet),
		none("requestType", "request types of service projects", kinds.NotCaptured, project, yet),
		none("organization", "organisations of customers", kinds.NotCaptured, site, yet),
		none("sla", "service level agreements of requests", kinds.NotCaptured, item, yet),
		none("asset", "objects of Assets", kinds.NotCaptured, site, yet),
		none("auditRecord", "audit log", kinds.NotCaptured, site, yet),
		none("webhook", "webhooks", kinds.NotCaptured, site, yet),
		none("avatar", "avatars", kinds.NotCaptured, site, yet),
		none("archivedIssue", "archived issues", kinds.NotExposed, item,
			"the API gives no archived issue; on a Premium site an administrator can have a list of them mailed, or restore them"),
		none("archivedProjectIssue", "issues of archived and trashed projects", kinds.NotExposed, item,
			"restore a project on the site to have its issues captured"),
		none("appData", "data that Marketplace apps keep on their own servers", kinds.NotExposed, site, "ask the makers of the apps"),
		none("automationSecret", "connections and secrets of automation rules", kinds.NotExposed, site, "enter them again after a restore"),
	}
}
