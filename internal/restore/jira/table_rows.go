package jira

import (
	"slices"

	"holdfast/internal/restore"
)

// Notes of kinds that are found in the destination rather than made there.
const (
	configuration = "the destination's own is used, found by id and name or by the mapping file"
	siteOwn       = "it belongs to the site, not to its projects: what is restored uses the destination's"
	automation    = "the API of automation is another one, with rights of its own: holdfast backs rules up, and does not write them"
)

// table is what the API can write (T6), from Atlassian's OpenAPI documents of the calls that
// write: a field that is not writable is no member of their requests, is read-only
// there, or is said to be ignored.
func table() []kindRule {
	return slices.Concat(projectRows(), issueRows(), boardRows(), sharedRows(), configurationRows())
}

func projectRows() []kindRule {
	return []kindRule{
		{kindProject, written, "", slices.Concat(
			rulesOf(unwritable, bySite, "id|self|expand|avatarUrls|uuid|entityId|insight|realAssigneeType|isPrivate|favourite"),
			rulesOf(elsewhere, kindComponent, "components"), rulesOf(elsewhere, kindVersion, "versions"),
			rulesOf(elsewhere, "projectProperty", "properties"), rulesOf(elsewhere, "issueType", "issueTypes|issueTypeHierarchy"), rulesOf(elsewhere, "projectRole", "roles"),
			rulesOf(mapped, kindUser, "lead"), rulesOf(mapped, "projectCategory", "projectCategory"))},
		{kindVersion, written, "", slices.Concat(rulesOf(unwritable, bySite, "id|self|overdue|userStartDate|userReleaseDate"),
			rulesOf(mapped, kindProject, "projectId|project"), rulesOf(mapped, kindUser, "driver"),
			rulesOf(unwritable, "approvers are no member of the calls that create or edit a version", "approvers"))},
		{kindComponent, written, "", slices.Concat(rulesOf(unwritable, bySite, "id|self|ari|metadata|realAssignee|realAssigneeType|isAssigneeTypeValid|assignee"),
			rulesOf(mapped, kindProject, "project|projectId"), rulesOf(mapped, kindUser, "lead"))},
		{"projectProperty", written, "", nil},
		{"projectRole", written, "the actors of each role, where permissions are restored", slices.Concat(
			rulesOf(unwritable, bySite, "self"), rulesOf(elsewhere, kindRole, "description|scope|admin|default|translatedName|roleConfigurable"), rulesOf(unwritable, byReader, "currentUserRole"),
			rulesOf(mapped, kindRole, "id"), rulesOf(mapped, kindUser, "actors"))},
		{"projectRoleRef", mapped, configuration, nil},
		{"projectFeature", mapped, "those of the new project's type and template", nil},
		{"projectEmail", left, "an address of the old site's domain, which another site may not send from", nil},
		{"projectWorkflowScheme", mapped, configuration, nil},
		{"projectIssueTypeScheme", mapped, configuration, nil},
		{"projectScreenScheme", mapped, configuration, nil},
		{"projectFieldScheme", mapped, configuration, nil},
		{"projectPermissionScheme", mapped, configuration, nil},
		{"customer", left, "customers of service projects are accounts: invite them", nil},
		{"archivedProject", unwritable, "its issues are not in the backup", nil},
		{"trashedProject", unwritable, "its issues are not in the backup", nil},
	}
}

func issueRows() []kindRule {
	return []kindRule{
		{kindIssue, written, "", slices.Concat(
			rulesOf(unwritable, bySite, "id|self|expand|fields.lastViewed|fields.thumbnail|fields.issuerestriction|fields.statusCategory"),
			rulesOf(unwritable, byAuthor, "fields.creator"),
			rulesOf(unwritable, byClock, "fields.created|fields.updated|fields.resolutiondate|fields.statuscategorychangedate"),
			rulesOf(unwritable, byIssue, "fields.progress|fields.aggregateprogress|fields.workratio|fields.timetracking.timeSpent|fields.timetracking.timeSpentSeconds|fields.timespent|fields.aggregatetimespent|"+
				"fields.timeestimate|fields.timeoriginalestimate|fields.aggregatetimeestimate|fields.aggregatetimeoriginalestimate"),
			rulesOf(unwritable, "the API votes for nobody else", "fields.votes"),
			rulesOf(elsewhere, "changelog", "changelog"), rulesOf(elsewhere, "comment", "fields.comment"), rulesOf(elsewhere, "worklog", "fields.worklog"),
			rulesOf(elsewhere, "attachment", "fields.attachment"), rulesOf(elsewhere, kindIssue, "fields.subtasks"), rulesOf(elsewhere, "watchers", "fields.watches"),
			rulesOf(elsewhere, kindLink, "fields.issuelinks"),
			rulesOf(mapped, "issueType", "fields.issuetype"), rulesOf(mapped, kindProject, "fields.project"), rulesOf(mapped, kindIssue, "fields.parent"),
			rulesOf(mapped, "status", "fields.status"), rulesOf(mapped, "priority", "fields.priority"), rulesOf(mapped, "resolution", "fields.resolution"),
			rulesOf(mapped, "securityLevel", "fields.security"), rulesOf(mapped, kindUser, "fields.assignee|fields.reporter"),
			rulesOf(mapped, kindVersion, "fields.versions|fields.fixVersions"), rulesOf(mapped, kindComponent, "fields.components"))},
		{"comment", written, "", slices.Concat(rulesOf(unwritable, bySite, "id|self|renderedBody|jsdAuthorCanSeeRequest"),
			rulesOf(unwritable, byAuthor, "author|updateAuthor"), rulesOf(unwritable, byClock, "created|updated"), rulesOf(mapped, kindRole, "visibility"))},
		{"worklog", written, "", slices.Concat(rulesOf(unwritable, bySite, "id|self|issueId"),
			rulesOf(unwritable, byAuthor, "author|updateAuthor"), rulesOf(unwritable, byClock, "created|updated"), rulesOf(mapped, kindRole, "visibility"))},
		{"attachment", written, "", slices.Concat(rulesOf(unwritable, bySite, "id|self|content|thumbnail"), rulesOf(unwritable, byAuthor, "author"), rulesOf(unwritable, byClock, "created"))},
		{"remotelink", written, "", rulesOf(unwritable, bySite, "id|self")},
		{"watchers", written, "", slices.Concat(rulesOf(unwritable, bySite, "self"), rulesOf(unwritable, byReader, "isWatching"), rulesOf(mapped, kindUser, "watchers[]"))},
		{"property", written, "", nil},
		{"votes", unwritable, "the API votes for nobody else", nil},
		{"changelog", unwritable, "the API writes no history; who created an issue and when is in its property " + restore.OriginKey, nil},
		{kindUser, mapped, "found in the destination by account id, e-mail or the mapping file, or replaced by the fallback", nil},
	}
}

func boardRows() []kindRule {
	const nocall = "the API has no call that writes it"
	return []kindRule{
		{kindFilter, written, "all with the whole site, otherwise those that boards need", slices.Concat(
			rulesOf(unwritable, bySite, "id|self|expand|viewUrl|searchUrl|favouritedCount|approximateLastUsed"),
			rulesOf(unwritable, byReader, "isWritable|favourite"),
			rulesOf(unwritable, "the API subscribes nobody", "subscriptions"),
			rulesOf(mapped, kindUser, "owner"))},
		{kindBoard, written, "", slices.Concat(rulesOf(unwritable, bySite, "id|self|isPrivate|admins|canEdit|favourite"), rulesOf(mapped, kindProject, "location"))},
		{"boardConfiguration", written, "its filter is that of the board; the API has no call that writes columns and estimation", slices.Concat(
			rulesOf(unwritable, bySite, "id|self"), rulesOf(unwritable, nocall, "columnConfig|estimation|subQuery|ranking"), rulesOf(mapped, kindFilter, "filter"), rulesOf(mapped, kindProject, "location"))},
		{"quickFilter", unwritable, nocall, nil},
		{"boardFeature", mapped, "those of the new board's type", nil},
		{"boardProperty", written, "", nil},
		{kindSprint, written, "", slices.Concat(rulesOf(unwritable, bySite, "id|self|createdDate"), rulesOf(unwritable, byClock, "completeDate|activatedDate"), rulesOf(mapped, kindBoard, "originBoardId"))},
		{"sprintIssue", written, "", rulesOf(mapped, kindIssue, "id")},
		{"backlogIssue", written, "the order of the issues", rulesOf(mapped, kindIssue, "id")},
	}
}

func sharedRows() []kindRule {
	return []kindRule{
		{kindDashboard, written, "with the whole site; each site has a system dashboard of its own", slices.Concat(
			rulesOf(unwritable, bySite, "id|self|view|popularity|rank|systemDashboard|automaticRefreshMs"), rulesOf(unwritable, byReader, "isFavourite|isWritable"), rulesOf(mapped, kindUser, "owner"))},
		{kindGadget, written, "", rulesOf(unwritable, bySite, "id")},
		{kindItemProperty, written, "", nil},
		{kindPlan, written, "all with the whole site, otherwise those whose issues all come from what is restored", slices.Concat(
			rulesOf(unwritable, bySite, "id|scenarioId"), rulesOf(mapped, "source", "issueSources"))},
		{kindPlanDetail, written, "", slices.Concat(rulesOf(unwritable, bySite, "id"), rulesOf(unwritable, byClock, "lastSaved"), rulesOf(mapped, "source", "issueSources"), rulesOf(mapped, kindUser, "leadAccountId"))},
		{kindPlanTeam, written, "how a team plans is not in the backup: it begins as a Scrum team", slices.Concat(rulesOf(mapped, kindPlanTeam, "id"))},
		{"automationRule", left, automation, nil},
		{"automationRuleSummary", left, automation, nil},
	}
}

func configurationRows() []kindRule {
	var all []kindRule
	for _, kind := range []string{"issueType", "status", "resolution", "priority", "issueLinkType", kindRole, "projectCategory", kindGroup, kindField, "customField",
		"fieldOption", "account", "securityLevel", "issueTypeScheme", "workflowScheme", "issueTypeScreenScheme", "permissionScheme", "notificationScheme", "securityScheme"} {
		all = append(all, kindRule{kind, mapped, configuration, nil})
	}
	for _, kind := range []string{"serverInfo", "configuration", "fieldContext", "fieldDefault", "fieldContextIssueType", "fieldContextProject", "trashedField",
		"groupMember", "issueTypeSchemeMapping", "workflow", "screen", "screenTab", "screenTabField", "screenScheme", "issueTypeScreenSchemeMapping", "fieldScheme", "fieldSchemeField",
		"priorityScheme", "prioritySchemePriority", "prioritySchemeProject", "notificationSchemeProject", "securityLevelMember", "securitySchemeProject"} {
		all = append(all, kindRule{kind, mapped, siteOwn, nil})
	}
	return all
}
