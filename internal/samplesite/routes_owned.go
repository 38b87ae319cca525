package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// projectsAsked is the projects that a query names by their ids, joined with
// "/". Those that the account does not see are left out.
func projectsAsked(c *call) (string, *reply) {
	asked := splitList(c.query["projectId"]...)
	if len(asked) == 0 {
		p := refuse(http.StatusBadRequest, "The projectId query parameter is required.")
		return "", &p
	}
	var ids []string
	for _, id := range asked {
		if _, err := strconv.ParseInt(id, 10, 64); err != nil {
			p := problem(http.StatusBadRequest, "Failed to convert 'projectId' with value: '"+id+"'", c.r)
			return "", &p
		}
		if i, found := c.site.world.project(id); found && id == strconv.FormatInt(c.site.src.Projects()[i].ID, 10) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return strings.Join(ids, "/"), nil
}

// ofProjects answers which schemes some projects have: each scheme once, with
// the projects that were asked for and have it. Where of is "" there is an
// entry for each project. Lists without page size are not paged.
func ofProjects(of string) func(*call, *listing, string, []content.Entry) reply {
	return func(c *call, l *listing, owner string, _ []content.Entry) reply {
		var schemes []content.Entry
		projects := map[string][]string{}
		for id := range strings.SplitSeq(owner, "/") {
			for _, e := range c.site.list(l, id) {
				key := e.ID
				if of == "" {
					key = id
				}
				if projects[key] == nil {
					schemes = append(schemes, e)
				}
				projects[key] = append(projects[key], id)
			}
		}
		for i, e := range schemes {
			if of == "" || len(projects[e.ID]) == 1 {
				continue
			}
			m, err := rawjson.Split(e.Body)
			if err != nil {
				continue // bodies are our own
			}
			for k := range m {
				if m[k].Name == "projectIds" {
					m[k].Value = textArray(projects[e.ID])
				}
			}
			schemes[i].Body = rawjson.Members(m)
		}
		if l.size == 0 {
			return under("values")(c, l, owner, schemes)
		}
		return paged(c, l, owner, schemes)
	}
}

// deskAsked is the project of the service desk that the path names: by the
// desk's own number, or as "projectId:10001" or "projectKey:EE".
func deskAsked(c *call) (string, *reply) {
	desk := c.params["serviceDeskId"]
	refused := serviceError(http.StatusNotFound, "The service desk with id "+desk+" does not exist.")
	var key string
	switch name, value, named := strings.Cut(desk, ":"); {
	case named && (name == "projectId" || name == "projectKey"):
		key = value
	default:
		e, found := c.site.src.Setup().Find("serviceDesk", "", desk)
		if !found {
			return "", &refused
		}
		key = at(e.Body, "projectId")
	}
	i, found := c.site.world.project(key)
	if !found || c.site.src.Projects()[i].Type != "service_desk" {
		return "", &refused
	}
	return strconv.FormatInt(c.site.src.Projects()[i].ID, 10), nil
}

func textArray(list []string) rawjson.Raw {
	out := make([]rawjson.Raw, len(list))
	for i := range list {
		out[i] = rawjson.String(list[i])
	}
	return rawjson.Array(out)
}
