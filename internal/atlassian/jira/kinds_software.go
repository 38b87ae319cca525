package jira

import (
	"net/http"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// The scopes of Jira Software's own API, which has no classic ones.
const (
	readBoard      = "read:board-scope:jira-software, read:project:jira"
	readBoardAdmin = "read:board-scope.admin:jira-software, read:project:jira"
	readSprint     = "read:sprint:jira-software"
	readRank       = ", read:issue-details:jira, read:jql:jira"
)

// softwareKinds are what Jira Software, Plans and Automation add.
func softwareKinds() []kinds.Row {
	board := func(name, title, pager, route string) kinds.Row {
		return row(name, title, pager, route).Under("board").Needs("", readBoardAdmin)
	}
	// Without the parameter only boards of software projects are listed.
	boards := row("board", "boards", kinds.Offset, "/rest/agile/1.0/board").In("values", 50).Needs("", readBoard).
		Ask("projectTypeLocation", "software,service_desk").Noted("the API gives only the boards that the account sees")
	sprint := board("sprint", "sprints", kinds.Offset, "/rest/agile/1.0/board/{boardId}/sprint").In("values", 50).Needs("", readSprint)
	// Sprints belong to the site: each board whose filter finds their issues lists
	// them. A board without sprints answers 400.
	sprint.Once, sprint.None = true, http.StatusBadRequest
	rule := row("automationRuleSummary", "list of automation rules", kinds.Cursor, "/rest/v1/rule/summary").
		In("data", 0).By("uuid").Ask("limit", "100").Needs(administer, "")
	rule.API, rule.Global = atlassian.Automation, true
	whole := row("automationRule", "automation rules", kinds.One, "/rest/v1/rule/{ruleUuid}").Under(rule.Name).Needs(administer, "")
	whole.API, whole.Global = atlassian.Automation, true
	return []kinds.Row{
		boards,
		board("boardConfiguration", "configuration of boards", kinds.One, "/rest/agile/1.0/board/{boardId}/configuration"),
		board("quickFilter", "quick filters of boards", kinds.Offset, "/rest/agile/1.0/board/{boardId}/quickfilter").In("values", 50),
		board("boardFeature", "features of boards", kinds.List, "/rest/agile/1.0/board/{boardId}/features").In("features", 0).By("boardFeature"),
		board("boardProperty", "properties of boards", kinds.Keys, "/rest/agile/1.0/board/{boardId}/properties"),
		sprint,
		row("sprintIssue", "issues of sprints, in their order", kinds.Token, "/rest/software/1.0/sprint/{sprintId}/issue").Under("sprint").
			In("issues", 5000).Ask("fields", "id").Needs("", readSprint+readRank),
		board("backlogIssue", "issues of backlogs, in their order", kinds.Token, "/rest/software/1.0/board/{boardId}/backlog").
			In("issues", 5000).Ask("fields", "id").Needs("", readBoard+readRank),
		row("plan", "plans", kinds.Cursor, "/rest/api/3/plans/plan").In("values", 0).Ask("maxResults", "50").
			Ask("includeTrashed", "true").Ask("includeArchived", "true").NeedsEverywhere(administer, readWork),
		row("planDetail", "plans in detail", kinds.One, "/rest/api/3/plans/plan/{planId}").Under("plan").NeedsEverywhere(administer, readWork),
		row("planTeam", "teams of plans", kinds.Cursor, "/rest/api/3/plans/plan/{planId}/team").Under("plan").In("values", 0).Ask("maxResults", "50").NeedsEverywhere(administer, readWork),
		rule, whole,
	}
}
