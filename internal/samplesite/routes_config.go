package samplesite

import (
	"net/http"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// configuration is the settings of the site as they are now.
func configuration(s *Site, _ string) []content.Entry {
	all := s.src.Setup().List("configuration", "")
	if len(all) == 0 {
		return all
	}
	lacks := s.world.lacking()
	off := map[string]bool{"votingEnabled": lacks.Voting, "watchingEnabled": lacks.Watching, "timeTrackingEnabled": lacks.TimeTracking, "issueLinkingEnabled": lacks.IssueLinking}
	members, err := rawjson.Split(all[0].Body)
	if err != nil {
		return all // bodies are our own
	}
	var kept []rawjson.Member
	for _, m := range members {
		if m.Name == "timeTrackingConfiguration" && lacks.TimeTracking {
			continue
		}
		if off[m.Name] {
			m.Value = rawjson.Raw("false")
		}
		kept = append(kept, m)
	}
	e := all[0]
	e.Body = rawjson.Members(kept)
	return []content.Entry{e}
}

// searchFields pages fields: the custom ones, the system's, or both.
func searchFields(c *call, l *listing, owner string, all []content.Entry) reply {
	types := splitList(c.query["type"]...)
	for _, t := range types {
		if t != "custom" && t != "system" {
			return refuse(http.StatusBadRequest, "The type '"+t+"' is not supported.")
		}
	}
	if len(types) == 0 || slices.Contains(types, "system") {
		if len(types) > 0 && !slices.Contains(types, "custom") {
			all = nil
		}
		var system []content.Entry
		for _, f := range c.site.src.Fields() {
			if at(f, "custom") == "false" && at(f, "schema") != "" {
				m, _ := rawjson.Split(f)
				system = append(system, content.Entry{Body: rawjson.Object("id", at(f, "id"), "name", at(f, "name"), "schema", rawjson.Get(m, "schema"), "description", "")})
			}
		}
		all = append(system, all...)
	}
	return paged(c, l, owner, all)
}

// optionsOf returns the options of a context, none where its field is not one to choose from.
func optionsOf(s *Site, owner string) []content.Entry {
	return s.src.Setup().List("fieldOption", owner)
}

// pagedOptions pages the options of a context: onlyOptions leaves cascading ones out.
func pagedOptions(c *call, l *listing, owner string, all []content.Entry) reply {
	if !c.site.src.Setup().Has("fieldOption", owner) {
		return refuse(http.StatusBadRequest, "The custom field does not have options.")
	}
	only, bad := c.flag("onlyOptions", false)
	if bad != nil {
		return *bad
	}
	if only {
		all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool { return at(e.Body, "optionId") != "" })
	}
	return paged(c, l, owner, all)
}

// pagedStrictly refuses what other lists mend: negative positions and pages that are too large.
func pagedStrictly(c *call, l *listing, owner string, all []content.Entry) reply {
	start, bad := c.number("startAt", 0)
	if bad != nil {
		return *bad
	}
	size, bad := c.number("maxResults", int64(l.size))
	if bad != nil {
		return *bad
	}
	if start < 0 || size < 1 || size > int64(l.most) {
		return typed(http.StatusBadRequest, jsonType, rawjson.Raw("{}"))
	}
	return paged(c, l, owner, all)
}

// pagedWorkflows adds the statuses that the page's workflows refer to.
func pagedWorkflows(c *call, l *listing, _ string, all []content.Entry) reply {
	s, bad := c.page(len(all), l.size, l.most)
	if bad != nil {
		return *bad
	}
	page := cutOut(s, all)
	used := []rawjson.Raw{}
	for _, e := range c.site.src.Setup().List("status", "") {
		reference := `"statusReference":` + string(rawjson.String(e.ID))
		if !slices.ContainsFunc(page, func(w content.Entry) bool { return strings.Contains(string(w.Body), reference) }) {
			continue
		}
		m, err := rawjson.Split(e.Body)
		if err != nil {
			continue
		}
		used = append(used, rawjson.Members(append(m, rawjson.Member{Name: "statusReference", Value: rawjson.String(e.ID)})))
	}
	r := c.bean(s, l.bodies(c, page))
	m, err := rawjson.Split(r.body)
	if err != nil {
		return r
	}
	return ok(rawjson.Members(append(m, rawjson.Member{Name: "statuses", Value: rawjson.Array(used)})))
}

// groupAsked is the group that a query names by id or by name.
func groupAsked(c *call) (string, *reply) {
	id, name := c.query.Get("groupId"), c.query.Get("groupname")
	if id == "" && name == "" || id != "" && name != "" {
		p := refuse(http.StatusBadRequest, "Exactly one of groupId and groupname must be given.")
		return "", &p
	}
	if name != "" {
		id = c.site.src.Setup().GroupID(name)
	}
	if !c.site.src.Setup().Has("groupMember", id) {
		p := refuse(http.StatusNotFound, "The group with id '"+id+"' does not exist.")
		return "", &p
	}
	return id, nil
}

// pagedMembers leaves inactive accounts out unless they are asked for.
func pagedMembers(c *call, l *listing, owner string, all []content.Entry) reply {
	inactive, bad := c.flag("includeInactiveUsers", false)
	if bad != nil {
		return *bad
	}
	if !inactive {
		all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool { return at(e.Body, "active") != "true" })
	}
	return paged(c, l, owner, all)
}
