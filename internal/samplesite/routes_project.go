package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Page sizes of lists below a project.
const (
	projectPage    = 50
	maxProjectPage = 100
)

func searchProjects(c *call) reply {
	if status := splitList(c.query["status"]...); len(status) > 0 && !slices.Contains(status, "live") {
		return c.goneProjects(status)
	}
	var found []int
	if c.known {
		c.site.world.mu.RLock()
		for i, p := range c.site.src.Projects() {
			if c.site.world.listed(i) && c.wantsProject(p) {
				found = append(found, i)
			}
		}
		c.site.world.mu.RUnlock()
	}
	order := c.query.Get("orderBy")
	projects := c.site.src.Projects()
	var by func(a, b int) int
	switch strings.TrimLeft(order, "+-") {
	case "", "key":
		by = func(a, b int) int { return strings.Compare(projects[a].Key, projects[b].Key) }
	case "name":
		by = func(a, b int) int { return strings.Compare(projects[a].Name, projects[b].Name) }
	case "issueCount", "lastIssueUpdatedTime", "category", "owner", "archivedDate", "deletedDate":
		by = func(a, b int) int { return a - b }
	default:
		return refuse(http.StatusBadRequest, "The orderBy value '"+order+"' is not supported.")
	}
	slices.SortStableFunc(found, by)
	if strings.HasPrefix(order, "-") {
		slices.Reverse(found)
	}
	s, bad := c.page(len(found), projectPage, maxProjectPage)
	if bad != nil {
		return *bad
	}
	expand := splitList(c.query["expand"]...)
	insights := map[int]rawjson.Raw{}
	if slices.Contains(expand, "insight") {
		insights = c.site.insights()
	}
	values := []rawjson.Raw{}
	for _, i := range cutOut(s, found) {
		values = append(values, projects[i].Searched(expand, insights[i]))
	}
	return c.bean(s, values)
}

// goneProjects answers a search for projects that were archived or deleted.
func (c *call) goneProjects(status []string) reply {
	var all []content.Entry
	for _, one := range []struct{ status, kind string }{{"archived", "archivedProject"}, {"deleted", "trashedProject"}} {
		l := c.site.listings[one.kind]
		if c.known && slices.Contains(status, one.status) && !c.site.world.isEmpty() {
			all = append(all, c.site.list(l, "")...)
		}
	}
	for _, one := range status {
		if one != "archived" && one != "deleted" {
			return refuse(http.StatusBadRequest, "The status '"+one+"' is not supported.")
		}
	}
	s, bad := c.page(len(all), projectPage, maxProjectPage)
	if bad != nil {
		return *bad
	}
	l := &listing{optional: named("description", "lead", "issueTypes", "url", "projectKeys", "insight")}
	return c.bean(s, l.bodies(c, cutOut(s, all)))
}

// wantsProject applies the filters of project/search.
func (c *call) wantsProject(p content.Project) bool {
	has := func(name, v string) bool {
		list := splitList(c.query[name]...)
		return len(list) == 0 || slices.Contains(list, v)
	}
	q := strings.ToLower(c.query.Get("query"))
	if q != "" && !strings.Contains(strings.ToLower(p.Name), q) && !strings.Contains(strings.ToLower(p.Key), q) {
		return false
	}
	return has("keys", p.Key) && has("id", strconv.FormatInt(p.ID, 10)) && has("typeKey", p.Type)
}

// insights counts each project's issues that can be found.
func (s *Site) insights() map[int]rawjson.Raw {
	counts, updated := map[int]int{}, map[int]int64{}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	for _, row := range s.world.rows {
		if s.world.visible(row) {
			counts[row.Project]++
			updated[row.Project] = max(updated[row.Project], row.Updated)
		}
	}
	out := map[int]rawjson.Raw{}
	for i := range s.src.Projects() {
		pairs := []any{"totalIssueCount", counts[i]}
		if counts[i] > 0 {
			pairs = append(pairs, "lastIssueUpdateTime", content.FormatTime(updated[i]))
		}
		out[i] = rawjson.Object(pairs...)
	}
	return out
}

func (c *call) project() (content.Project, bool) {
	if !c.known {
		return content.Project{}, false
	}
	i, found := c.site.world.project(c.params["projectIdOrKey"])
	if !found {
		return content.Project{}, false
	}
	return c.site.src.Projects()[i], true
}

func getProject(c *call) reply {
	p, found := c.project()
	if !found {
		return noProject(c.params["projectIdOrKey"])
	}
	details := p.Details
	if slices.Contains(splitList(c.query["expand"]...), "insight") {
		i, _ := c.site.world.project(p.Key)
		details = append(slices.Clone(details), rawjson.Member{Name: "insight", Value: c.site.insights()[i]})
	}
	return ok(rawjson.Members(details))
}

func listVersions(c *call) reply {
	p, found := c.project()
	if !found {
		return noProject(c.params["projectIdOrKey"])
	}
	return ok(rawjson.Array(p.Versions))
}

func pageVersions(c *call) reply {
	p, found := c.project()
	if !found {
		return noProject(c.params["projectIdOrKey"])
	}
	s, bad := c.page(len(p.Versions), projectPage, maxProjectPage)
	if bad != nil {
		return *bad
	}
	return c.bean(s, cutOut(s, p.Versions))
}

func listComponents(c *call) reply {
	p, found := c.project()
	if !found {
		return noProject(c.params["projectIdOrKey"])
	}
	return ok(rawjson.Array(p.Components))
}

func pageComponents(c *call) reply {
	p, found := c.project()
	if !found {
		return noProject(c.params["projectIdOrKey"])
	}
	s, bad := c.page(len(p.Components), projectPage, maxProjectPage)
	if bad != nil {
		return *bad
	}
	return c.bean(s, cutOut(s, p.Components))
}
