package samplesite

import (
	"net/http"
	"strings"
)

// table lists what the site serves, with the templates of Atlassian's OpenAPI document.
func (s *Site) table() []route {
	const (
		get  = http.MethodGet
		post = http.MethodPost
	)
	work, user := []string{readWork}, []string{readUser}
	routes := []route{
		{method: get, template: "/_edge/tenant_info", answer: tenantInfo},
		{method: get, template: Prefix + "/serverInfo", answer: serverInfo},
		{method: get, template: Prefix + "/myself", scopes: user, answer: myself},
		{method: get, template: Prefix + "/mypermissions", scopes: work, answer: myPermissions},
		{method: post, template: Prefix + "/permissions/check", scopes: work, answer: checkPermissions},
		{method: get, template: Prefix + "/field", scopes: work, answer: listFields},
		{method: get, template: Prefix + "/project/search", scopes: work, answer: searchProjects},
		{method: get, template: Prefix + "/project/{projectIdOrKey}", scopes: work, answer: getProject},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/version", scopes: work, answer: pageVersions},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/versions", scopes: work, answer: listVersions},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/component", scopes: work, answer: pageComponents},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/components", scopes: work, answer: listComponents},
		{method: get, template: Prefix + "/search/jql", scopes: work, answer: searchByQuery},
		{method: post, template: Prefix + "/search/jql", scopes: work, answer: searchByBody},
		{method: get, template: Prefix + "/search", scopes: work, answer: removedSearch},
		{method: post, template: Prefix + "/search", scopes: work, answer: removedSearch},
		{method: post, template: Prefix + "/issue/bulkfetch", scopes: work, answer: bulkFetch},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}", scopes: work, answer: getIssue},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/comment", scopes: work, answer: listComments},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/worklog", scopes: work, answer: listWorklogs},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/changelog", scopes: work, answer: listChangelog},
		{method: post, template: Prefix + "/changelog/bulkfetch", scopes: work, answer: bulkChangelog},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/remotelink", scopes: work, answer: listRemoteLinks},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/properties", scopes: work, answer: listProperties},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/properties/{propertyKey}", scopes: work, answer: getProperty},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/watchers", scopes: work, answer: getWatchers},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/votes", scopes: work, answer: getVotes},
		{method: get, template: Prefix + "/attachment/{id}", scopes: work, answer: getAttachment},
		{method: get, template: Prefix + "/attachment/content/{id}", scopes: work, answer: getAttachmentContent},
	}
	for i := range s.lists {
		routes = append(routes, s.lists[i].routes()...)
	}
	routes = append(routes, s.writeRoutes()...)
	routes = append(routes, partReads()...)
	routes = append(routes, s.wikiRoutes()...)
	for i := range routes {
		routes[i].segments = splitPath(routes[i].template)
	}
	return routes
}

// routes is where a kind is served.
func (l *listing) routes() []route {
	if l.template == "" {
		return nil
	}
	out := []route{{method: http.MethodGet, template: l.template, scopes: l.scopes, answer: l.serve}}
	if l.keys {
		out = append(out, route{method: http.MethodGet, template: l.template + "/{propertyKey}", scopes: l.scopes, answer: l.serve})
	}
	for _, prefix := range l.aliases {
		out = append(out, route{method: http.MethodGet, template: prefix + l.template, scopes: l.scopes, answer: l.serve})
	}
	return out
}

func splitPath(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
