package jira

import (
	"net/url"

	"holdfast/internal/atlassian"
)

// The paging styles, as the table of kinds names them.
const (
	pagerOne      = "one"           // the reply is the record
	pagerArray    = "array"         // the reply is the list
	pagerOffset   = "startAt"       // pages with startAt and total
	pagerToken    = "nextPageToken" // pages with a token
	pagerBulk     = "bulk"          // asked for by ids, 100 at a time
	pagerMembers  = "members"       // the members of an object in the reply are the records
	pagerEmbedded = "embedded"      // comes with its parent
	pagerSeen     = "as they appear"
)

// kind is a row of the table: what a kind of data is, and how it is read.
type kind struct {
	atlassian.Kind
	// items is the path of the list (pagerOffset: its name in the page) or
	// object that holds the records.
	items string
	// pageSize is the maxResults to ask for.
	pageSize int
	query    url.Values
	// embedded is the path in the parent's body of what came with it, list the
	// name of the array in there. An embedded list is whole where it holds as
	// many ids as its total says; otherwise Route is asked.
	embedded []string
	list     string
	// count is the path in the parent's body of a number; Route is asked only where it
	// is not 0. people is the name of the reply's list that goes with it.
	count  []string
	people string
	// each is the route that reads one issue's list in pages with a total, where Route reads
	// many issues' at once and tells no total.
	each string
	// bytes says that each record is the metadata of an attachment.
	bytes bool
}

const (
	issueKind   = "issue"
	projectKind = "project"
	userKind    = "user"
)

// kinds is the table. The next kind of data is a row here.
func kinds() []kind {
	site := func(name, title, pager, route string, content bool) atlassian.Kind {
		return atlassian.Kind{Name: name, Title: title, Scope: atlassian.ScopeSite, Route: route, Pager: pager, Content: content}
	}
	project := func(name, title, pager, route string) atlassian.Kind {
		k := atlassian.Kind{Name: name, Title: title, Scope: atlassian.ScopeContainer, Route: route, Pager: pager, Content: true}
		if name != projectKind {
			k.Parent = projectKind
		}
		return k
	}
	item := func(name, title, pager, route string) atlassian.Kind {
		return atlassian.Kind{Name: name, Title: title, Scope: atlassian.ScopeItem, Route: route, Pager: pager, Parent: issueKind, Content: true}
	}
	issue := item(issueKind, "issues", pagerBulk, "POST /rest/api/3/issue/bulkfetch")
	issue.Parent = projectKind
	user := item(userKind, "users as they appear", pagerSeen, "")
	user.Parent, user.Content = "", false
	return []kind{
		{Kind: site("serverInfo", "description of the site", pagerOne, "GET /rest/api/3/serverInfo", false)},
		{Kind: site("field", "fields", pagerArray, "GET /rest/api/3/field", true)},
		{Kind: project(projectKind, "projects", pagerOne, projectRoute)},
		{Kind: project("version", "versions of projects", pagerOffset, projectRoute+"/version"), items: "values", pageSize: 50},
		{Kind: project("component", "components of projects", pagerOffset, projectRoute+"/component"), items: "values", pageSize: 50},
		{Kind: issue},
		{Kind: item("comment", "comments", pagerOffset, issueRoute+"/comment"), items: "comments", pageSize: 100,
			embedded: []string{"fields", "comment"}, list: "comments"},
		{Kind: item("worklog", "work logs", pagerOffset, issueRoute+"/worklog"), items: "worklogs", pageSize: 5000,
			embedded: []string{"fields", "worklog"}, list: "worklogs"},
		{Kind: item("changelog", "history of issues", pagerToken, "POST /rest/api/3/changelog/bulkfetch"), items: "values", pageSize: 100,
			embedded: []string{"changelog"}, list: "histories", each: issueRoute + "/changelog"},
		{Kind: item("remotelink", "remote links", pagerArray, issueRoute+"/remotelink")},
		{Kind: item("property", "properties of issues", pagerMembers, issueRoute), items: "properties",
			query: url.Values{"fields": {"id"}, "properties": {"*all"}}},
		{Kind: item("watchers", "watchers of issues", pagerOne, issueRoute+"/watchers"), count: []string{"fields", "watches", "watchCount"}, people: "watchers"},
		{Kind: item("votes", "votes for issues", pagerOne, issueRoute+"/votes"), count: []string{"fields", "votes", "votes"}, people: "voters"},
		{Kind: item("attachment", "descriptions of attachments", pagerEmbedded, ""), embedded: []string{"fields", "attachment"}, bytes: true},
		{Kind: user},
	}
}

const projectRoute = "GET /rest/api/3/project/{projectIdOrKey}"
