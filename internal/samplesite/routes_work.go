package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// searchFilters refuses an account that may not look past what is shared with it, and sorts by name.
func searchFilters(c *call, l *listing, owner string, all []content.Entry) reply {
	override, bad := c.flag("overrideSharePermissions", false)
	if bad != nil {
		return *bad
	}
	if override && !c.holdsGlobal("ADMINISTER") {
		return refuse(http.StatusForbidden, "Only Jira administrators can override share permissions.")
	}
	return searchShared(c, l, owner, all)
}

func searchDashboards(c *call, l *listing, owner string, all []content.Entry) reply {
	if status := c.query.Get("status"); status != "" && status != "active" {
		if status != "archived" && status != "deleted" {
			return refuse(http.StatusBadRequest, "The status '"+status+"' is not supported.")
		}
		all = nil
	}
	return searchShared(c, l, owner, all)
}

// searchShared checks what the searches of filters and dashboards have in common.
func searchShared(c *call, l *listing, owner string, all []content.Entry) reply {
	for _, e := range splitList(c.query["expand"]...) {
		if !slices.ContainsFunc(slices.Collect(valuesOf(l.optional)), func(by []string) bool { return slices.Contains(by, e) }) {
			return refuse(http.StatusBadRequest, "The expand value '"+e+"' is not supported.")
		}
	}
	if c.query.Get("owner") != "" && c.query.Get("accountId") != "" {
		return refuse(http.StatusBadRequest, "The parameters owner and accountId can't be used together.")
	}
	if c.query.Get("orderBy") == "" {
		all = slices.Clone(all)
		slices.SortStableFunc(all, func(a, b content.Entry) int { return strings.Compare(at(a.Body, "name"), at(b.Body, "name")) })
	}
	return paged(c, l, owner, all)
}

func valuesOf(m map[string][]string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func searchBoards(c *call, l *listing, owner string, all []content.Entry) reply {
	if key := c.query.Get("projectKeyOrId"); key != "" {
		if _, found := c.site.world.project(key); !found {
			return refuse(http.StatusBadRequest, "No project could be found with key '"+key+"'.")
		}
		all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool {
			return at(e.Body, "location.projectKey") != key && at(e.Body, "location.projectId") != key
		})
	}
	types := splitList(c.query["projectTypeLocation"]...)
	if len(types) == 0 {
		types = []string{"software"}
	}
	all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool {
		return !slices.Contains(types, at(e.Body, "location.projectTypeKey"))
	})
	return pagedPlainly(c, l, owner, all)
}

// sprintsOf returns the sprints of a board, none where it has no sprints.
func sprintsOf(s *Site, owner string) []content.Entry { return s.src.Setup().List("sprint", owner) }

// searchSprints refuses boards that have no sprints, as live sites do.
func searchSprints(c *call, l *listing, owner string, all []content.Entry) reply {
	if !c.site.src.Setup().Has("sprint", owner) {
		return refuse(http.StatusBadRequest, "The board does not support sprints")
	}
	states := splitList(c.query["state"]...)
	for _, state := range states {
		if !slices.Contains([]string{"future", "active", "closed"}, state) {
			return refuse(http.StatusBadRequest, "The state '"+state+"' is not supported.")
		}
	}
	if len(states) > 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool { return !slices.Contains(states, at(e.Body, "state")) })
	}
	return pagedPlainly(c, l, owner, all)
}

// searchPlans leaves archived plans and those in the trash out unless they are asked for.
func searchPlans(c *call, l *listing, owner string, all []content.Entry) reply {
	trashed, bad := c.flag("includeTrashed", false)
	if bad != nil {
		return *bad
	}
	archived, bad := c.flag("includeArchived", false)
	if bad != nil {
		return *bad
	}
	all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool {
		status := at(e.Body, "status")
		return status == "Trashed" && !trashed || status == "Archived" && !archived
	})
	return byCursor(c, l, owner, all)
}

func lacksAutomation(l Lacks) bool { return l.Automation }

// pageOfRules pages as the automation API does: "links" holds query strings, not addresses.
func pageOfRules(c *call, l *listing, _ string, all []content.Entry) reply {
	limit, bad := c.number("limit", int64(l.size))
	if bad != nil {
		return *bad
	}
	size, start, token := int(min(max(limit, 1), int64(l.most))), 0, c.query.Get("cursor")
	if token != "" {
		k, valid := readCursor(token)
		if !valid || k.Query != hashOf(l.kind) {
			return typed(http.StatusBadRequest, "application/json", rawjson.Object("code", 400, "message", "The cursor is invalid"))
		}
		start = int(k.After)
	}
	full := size
	if c.site.cfg.ShortPages {
		size = shorten(c.r.URL.Path, start, size)
	}
	s := span{startAt: start, size: size, total: len(all)}
	links := []any{"self", "?" + c.r.URL.RawQuery, "next", nil, "prev", nil}
	if s.end() < s.total {
		links[3] = "?cursor=" + cursor{Query: hashOf(l.kind), After: int64(s.end()), Short: size < full}.String() + "&limit=" + strconv.Itoa(full)
	}
	return typed(http.StatusOK, "application/json", rawjson.Object("links", rawjson.Object(links...), "data", l.bodies(c, cutOut(s, all))))
}
