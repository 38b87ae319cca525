package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// numeric is the path parameters that Atlassian's documents declare as integers.
var numeric = []string{"screenId", "tabId", "contextId", "boardId", "planId", "sprintId", "id", "projectId"}

// projectParam is the project that the path names, under one of the names that the document has for it.
func (c *call) projectParam() string {
	for _, name := range []string{"projectIdOrKey", "projectKeyOrId", "projectId"} {
		if v := c.params[name]; v != "" {
			return v
		}
	}
	return ""
}

// projectOf returns the index of the project whose id begins an owner, negative where there is none.
func (s *Site) projectOf(owner string) int {
	id, _, _ := strings.Cut(owner, "/")
	return slices.IndexFunc(s.src.Projects(), func(p content.Project) bool { return strconv.FormatInt(p.ID, 10) == id })
}

// ownerOf returns the owner of the list that is asked for; a reply where there is none that the account sees.
func (c *call) ownerOf(l *listing) (string, *reply) {
	if l.owner != nil {
		return l.owner(c)
	}
	var ids []string
	for _, segment := range c.route.segments {
		if !strings.HasPrefix(segment, "{") || segment == "{propertyKey}" || segment == "{cloudid}" {
			continue
		}
		name := strings.Trim(segment, "{}")
		value := c.params[name]
		switch {
		case strings.HasPrefix(name, "project"):
			i, found := c.site.world.project(value)
			if !found || name == "projectId" && value != strconv.FormatInt(c.site.src.Projects()[i].ID, 10) {
				p := noProject(value)
				return "", &p
			}
			value = strconv.FormatInt(c.site.src.Projects()[i].ID, 10)
		case slices.Contains(numeric, name):
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				p := problem(http.StatusBadRequest, "Failed to convert '"+name+"' with value: '"+value+"'", c.r)
				return "", &p
			}
		}
		ids = append(ids, value)
	}
	owner := strings.Join(ids, "/")
	if owner != "" && (c.site.withheld(l, owner) || l.entries == nil && !c.site.src.Setup().Has(l.kind, owner)) {
		p := refuse(http.StatusNotFound, "Nothing was found with the id '"+ids[len(ids)-1]+"'.")
		return "", &p
	}
	return owner, nil
}

// chosen applies the filters and the order that a request asks for.
func (c *call) chosen(l *listing, all []content.Entry) ([]content.Entry, *reply) {
	for name, path := range l.filters {
		wanted := splitList(c.query[name]...)
		if len(wanted) == 0 {
			continue
		}
		part, isPart := strings.CutPrefix(path, "~")
		all = slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool {
			v := at(e.Body, part)
			if isPart {
				return !strings.Contains(strings.ToLower(v), strings.ToLower(c.query.Get(name)))
			}
			return !slices.Contains(wanted, v)
		})
	}
	order := c.query.Get("orderBy")
	if l.orders == nil || order == "" {
		return all, nil
	}
	by, known := l.orders[strings.TrimLeft(order, "+- ")]
	if !known {
		p := refuse(http.StatusBadRequest, "The orderBy value '"+order+"' is not supported.")
		return nil, &p
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b content.Entry) int { return compared(at(a.Body, by), at(b.Body, by)) })
	if strings.HasPrefix(order, "-") {
		slices.Reverse(all)
	}
	return all, nil
}

// compared orders numbers as numbers and everything else as text.
func compared(a, b string) int {
	x, err1 := strconv.ParseInt(a, 10, 64)
	y, err2 := strconv.ParseInt(b, 10, 64)
	if err1 == nil && err2 == nil {
		return int(max(-1, min(1, x-y)))
	}
	return strings.Compare(a, b)
}

// at is the text of a member of a body, or of a member of a member.
func at(body rawjson.Raw, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		members, err := rawjson.Split(body)
		if err != nil {
			return ""
		}
		body = rawjson.Get(members, name)
	}
	if text, isText := textOf(body); isText {
		return text
	}
	return string(body)
}
