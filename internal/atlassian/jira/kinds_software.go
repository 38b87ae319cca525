package jira

import (
	"net/http"

	"holdfast/internal/atlassian"
)

// The scopes of Jira Software's own API, which has no classic ones.
const (
	readBoard      = "read:board-scope:jira-software, read:project:jira"
	readBoardAdmin = "read:board-scope.admin:jira-software, read:project:jira"
	readSprint     = "read:sprint:jira-software"
	readRank       = ", read:issue-details:jira, read:jql:jira"
)

// softwareKinds are what Jira Software, Plans and Automation add.
func softwareKinds() []kind {
	board := func(name, title, pager, route string) kind {
		return row(name, title, pager, route).under("board").needs("", readBoardAdmin)
	}
	// Without the parameter only boards of software projects are listed.
	boards := row("board", "boards", pagerOffset, "/rest/agile/1.0/board").in("values", 50).needs("", readBoard).
		ask("projectTypeLocation", "software,service_desk").note("the API gives only the boards that the account sees")
	sprint := board("sprint", "sprints", pagerOffset, "/rest/agile/1.0/board/{boardId}/sprint").in("values", 50).needs("", readSprint)
	// Sprints belong to the site: each board whose filter finds their issues lists
	// them. A board without sprints answers 400.
	sprint.once, sprint.none = true, http.StatusBadRequest
	rule := row("automationRuleSummary", "list of automation rules", pagerCursor, "/rest/v1/rule/summary").
		in("data", 0).by("uuid").ask("limit", "100").needs(administer, "")
	rule.api, rule.global = atlassian.Automation, true
	whole := row("automationRule", "automation rules", pagerOne, "/rest/v1/rule/{ruleUuid}").under(rule.Name).needs(administer, "")
	whole.api, whole.global = atlassian.Automation, true
	return []kind{
		boards,
		board("boardConfiguration", "configuration of boards", pagerOne, "/rest/agile/1.0/board/{boardId}/configuration"),
		board("quickFilter", "quick filters of boards", pagerOffset, "/rest/agile/1.0/board/{boardId}/quickfilter").in("values", 50),
		board("boardFeature", "features of boards", pagerList, "/rest/agile/1.0/board/{boardId}/features").in("features", 0).by("boardFeature"),
		board("boardProperty", "properties of boards", pagerKeys, "/rest/agile/1.0/board/{boardId}/properties"),
		sprint,
		row("sprintIssue", "issues of sprints, in their order", pagerToken, "/rest/software/1.0/sprint/{sprintId}/issue").under("sprint").
			in("issues", 5000).ask("fields", "id").needs("", readSprint+readRank),
		board("backlogIssue", "issues of backlogs, in their order", pagerToken, "/rest/software/1.0/board/{boardId}/backlog").
			in("issues", 5000).ask("fields", "id").needs("", readBoard+readRank),
		row("plan", "plans", pagerCursor, "/rest/api/3/plans/plan").in("values", 50).
			ask("includeTrashed", "true").ask("includeArchived", "true").admin(readWork),
		row("planDetail", "plans in detail", pagerOne, "/rest/api/3/plans/plan/{planId}").under("plan").admin(readWork),
		row("planTeam", "teams of plans", pagerCursor, "/rest/api/3/plans/plan/{planId}/team").under("plan").in("values", 50).admin(readWork),
		rule, whole,
	}
}
