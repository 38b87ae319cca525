package jira

import (
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	issueKind         = "issue"
	projectKind       = "project"
	userKind          = "user"
	configurationKind = "configuration"
)

// table is the table of kinds, parents before children. The next kind of data is a row
// of one of its parts.
func table() []kinds.Row {
	return slices.Concat(siteKinds(), schemeKinds(), softwareKinds(), projectKinds(), issueKinds(), withoutData())
}

// The permissions and token scopes that rows need, as Atlassian's documents name them.
const (
	administer    = "Administer Jira"
	administerOne = "Administer Projects of the project, or Administer Jira"
	browseUsers   = "Browse users and groups"

	readWork  = "read:jira-work"
	readUser  = "read:jira-user"
	configure = "manage:jira-configuration"
	manage    = "manage:jira-project"
)

// row begins the row of a kind of the site.
func row(name, title, pager, route string) kinds.Row {
	return kinds.Row{Kind: atlassian.Kind{Name: name, Title: title, Scope: atlassian.ScopeSite, Route: "GET " + route, Pager: pager, TokenScope: readWork}}
}

// ofProject begins the row of a kind of a project.
func ofProject(name, title, pager, route string) kinds.Row {
	k := row(name, title, pager, route)
	k.Scope, k.Parent = atlassian.ScopeContainer, projectKind
	return k
}
