package samplesite

import (
	"net/http"
	"slices"
)

// wikiPlainRoutes serves what REST v2 does not have (REST v1).
func (s *Site) wikiPlainRoutes() []route {
	const get, item = http.MethodGet, WikiV1 + "/content/{id}"
	all := []string{readAll}
	return slices.Concat(s.listRoutes(WikiV1), []route{
		{method: get, template: WikiV1 + "/user/current", scopes: []string{readWikiUser}, answer: currentUser},
		{method: get, template: item + "/restriction", scopes: all, answer: listRestrictions},
		{method: get, template: item + "/restriction/byOperation", scopes: all, answer: restrictionsByOperation},
		{method: get, template: item + "/restriction/byOperation/{operationKey}", scopes: all, answer: restrictionsOf},
		{method: get, template: item + "/child/attachment/{attachmentId}/download", scopes: []string{readFiles}, answer: downloadFile},
		{method: get, template: WikiV1 + "/search", scopes: []string{searchWiki}, answer: searchContent},
	})
}
