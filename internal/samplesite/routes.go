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
	routes := []route{
		{method: get, template: "/_edge/tenant_info", answer: tenantInfo},
		{method: get, template: Prefix + "/serverInfo", answer: serverInfo},
		{method: get, template: Prefix + "/myself", answer: myself},
		{method: get, template: Prefix + "/mypermissions", answer: myPermissions},
		{method: post, template: Prefix + "/permissions/check", answer: checkPermissions},
		{method: get, template: Prefix + "/field", answer: listFields},
		{method: get, template: Prefix + "/project/search", answer: searchProjects},
		{method: get, template: Prefix + "/project/{projectIdOrKey}", answer: getProject},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/version", answer: pageVersions},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/versions", answer: listVersions},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/component", answer: pageComponents},
		{method: get, template: Prefix + "/project/{projectIdOrKey}/components", answer: listComponents},
		{method: get, template: Prefix + "/search/jql", answer: searchByQuery},
		{method: post, template: Prefix + "/search/jql", answer: searchByBody},
		{method: get, template: Prefix + "/search", answer: removedSearch},
		{method: post, template: Prefix + "/search", answer: removedSearch},
		{method: post, template: Prefix + "/issue/bulkfetch", answer: bulkFetch},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}", answer: getIssue},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/comment", answer: listComments},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/worklog", answer: listWorklogs},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/changelog", answer: listChangelog},
		{method: post, template: Prefix + "/changelog/bulkfetch", answer: bulkChangelog},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/remotelink", answer: listRemoteLinks},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/properties", answer: listProperties},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/properties/{propertyKey}", answer: getProperty},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/watchers", answer: getWatchers},
		{method: get, template: Prefix + "/issue/{issueIdOrKey}/votes", answer: getVotes},
		{method: get, template: Prefix + "/attachment/{id}", answer: getAttachment},
		{method: get, template: Prefix + "/attachment/content/{id}", answer: getAttachmentContent},
	}
	for i := range s.lists {
		l := &s.lists[i]
		if l.template != "" {
			routes = append(routes, route{method: get, template: l.template, scopes: l.scopes, answer: l.serve})
		}
	}
	for i := range routes {
		routes[i].segments = splitPath(routes[i].template)
	}
	return routes
}

func splitPath(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
