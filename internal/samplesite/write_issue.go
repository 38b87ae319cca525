package samplesite

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// issueWrites is the writes to issues themselves and what says which are possible.
func issueWrites() []write {
	const issue = Prefix + "/issue/{issueIdOrKey}"
	read, work := []string{readWork}, []string{writeWork}
	return []write{
		{method: http.MethodPost, template: Prefix + "/issue", scopes: work, answer: createIssue},
		{method: http.MethodPut, template: issue, scopes: work, permission: "EDIT_ISSUES", answer: editIssue},
		{method: http.MethodDelete, template: issue, scopes: work, permission: "DELETE_ISSUES", answer: deleteIssue},
		{method: http.MethodPut, template: issue + "/assignee", scopes: work, permission: "ASSIGN_ISSUES", answer: assignIssue},
		{method: http.MethodGet, template: issue + "/editmeta", scopes: read, free: true, answer: editMeta},
		{method: http.MethodGet, template: issue + "/transitions", scopes: read, free: true, answer: listTransitions},
		{method: http.MethodPost, template: issue + "/transitions", scopes: work, permission: "TRANSITION_ISSUES", answer: transitIssue},
		{method: http.MethodPut, template: issue + "/properties/{propertyKey}", scopes: work, permission: "EDIT_ISSUES", answer: setProperty},
		{method: http.MethodDelete, template: issue + "/properties/{propertyKey}", scopes: work, permission: "EDIT_ISSUES", answer: deleteProperty},
		{method: http.MethodGet, template: Prefix + "/issue/createmeta/{projectIdOrKey}/issuetypes", scopes: read, answer: createTypes},
		{method: http.MethodGet, template: Prefix + "/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", scopes: read, answer: createFields},
	}
}

func createIssue(c *call) reply {
	u, bad := c.update(nil)
	if bad != nil {
		return *bad
	}
	for _, id := range []string{"summary", "issuetype"} {
		if _, given := u.fields[id]; !given {
			u.fields[id] = rawjson.Raw("null")
		}
	}
	u.check(nil)
	kind := u.shown["issuetype"]
	if u.parent == nil && at(kind, "subtask") == "true" && u.errors["parent"] == "" {
		u.errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
	}
	if len(u.errors) > 0 {
		return fieldErrors(u.errors)
	}
	u.defaults()
	row := c.site.newRow(u.project)
	m := content.Made{Row: row, Properties: u.properties}
	m.Set("creator", c.site.me().Body)
	m.Set("status", c.site.firstStatus(u.project, kind))
	u.apply(&m)
	c.site.layer.AddIssue(m)
	c.site.enlist(row)
	for _, l := range u.links {
		c.link(l, row)
	}
	id := strconv.FormatInt(row.ID, 10)
	pairs := []any{"id", id, "key", row.Key, "self", content.Base + Prefix + "/issue/" + id}
	if u.transition != "" {
		pairs = append(pairs, "transition", nested(c.transit(row, u)))
	}
	return wrote(http.StatusCreated, rawjson.Object(pairs...))
}

// nested is the reply to a part of a request.
func nested(bad *reply) rawjson.Raw {
	if bad == nil {
		return rawjson.Object("status", http.StatusOK, "errorCollection", rawjson.Raw(`{"errorMessages":[],"errors":{}}`))
	}
	return rawjson.Object("status", bad.status, "errorCollection", rawjson.Raw(bad.body))
}

// newRow gives a new issue its id and key: numbers of issues that were deleted are not given again.
func (s *Site) newRow(project int) content.Row {
	key, now := s.src.Projects()[project].Key, s.cfg.Now().UnixMilli()
	s.world.mu.Lock()
	number := s.world.nextNumber(project)
	s.world.mu.Unlock()
	return content.Row{ID: s.layer.NextIssue(), Key: fmt.Sprintf("%s-%d", key, number), Project: project, Number: number, Created: now, Updated: now}
}

// nextNumber returns the number that the next issue of a project has; the caller holds mu.
func (w *world) nextNumber(project int) int {
	if _, known := w.numbers[project]; !known {
		for _, row := range w.rows {
			if row.Project == project {
				w.numbers[project] = max(w.numbers[project], row.Number)
			}
		}
	}
	w.numbers[project]++
	return w.numbers[project]
}

// enlist makes a new issue one that the site has.
func (s *Site) enlist(row content.Row) {
	s.change(func(w *world) {
		w.byKey[row.Key] = len(w.rows)
		w.rows = append(w.rows, row)
		if w.slow != 0 {
			w.lag[row.ID] = w.slow
		}
	})
}

// SlowIndex makes the next searches that would find an issue which is created from now on
// miss it so many times; negative: until IndexIssues. 0 ends it.
func (s *Site) SlowIndex(lag int) { s.change(func(w *world) { w.slow = lag }) }

// editedBy refuses the flags of an edit that only apps may set.
func (c *call) editedBy() *reply {
	for _, name := range []string{"overrideScreenSecurity", "overrideEditableFlag"} {
		set, bad := c.flag(name, false)
		if bad != nil {
			return bad
		}
		if set {
			return refused(http.StatusForbidden, "Only apps with the permission Administer Jira can use "+name+".")
		}
	}
	return nil
}

func editIssue(c *call) reply {
	if bad := c.editedBy(); bad != nil {
		return *bad
	}
	u, bad := c.update(&c.row)
	if bad != nil {
		return *bad
	}
	before := c.site.layer.Made(c.row)
	if _, given := u.fields["project"]; given {
		u.errors["project"] = "The sample site does not move issues."
		delete(u.fields, "project")
	}
	u.check(before.Value("issuetype"))
	if len(u.errors) > 0 {
		return fieldErrors(u.errors)
	}
	if u.transition != "" {
		if bad := c.transit(c.row, u); bad != nil {
			return *bad
		}
	} else {
		c.record(c.row, u.metadata, u.apply)
	}
	for _, l := range u.links {
		c.link(l, c.row)
	}
	if give, _ := c.flag("returnIssue", false); give {
		row, _ := c.site.world.find(c.row.Key)
		return ok(c.site.body(row, shape{fields: selected(nil, "*all"), expand: splitList(c.query["expand"]...)}))
	}
	return wrote(http.StatusNoContent, nil)
}

func assignIssue(c *call) reply {
	body, bad := c.object("accountId", "name", "key", "self", "id")
	if bad != nil {
		return *bad
	}
	u := &issueUpdate{c: c, project: c.row.Project, fields: map[string]rawjson.Raw{}, errors: map[string]string{}, shown: map[string]rawjson.Raw{}}
	u.fields["assignee"] = rawjson.Raw("null")
	if !absent(body["accountId"]) {
		u.fields["assignee"] = rawjson.Object("accountId", body["accountId"])
	}
	before := c.site.layer.Made(c.row)
	u.check(before.Value("issuetype"))
	if len(u.errors) > 0 {
		return fieldErrors(u.errors)
	}
	c.record(c.row, nil, u.apply)
	return wrote(http.StatusNoContent, nil)
}

func deleteIssue(c *call) reply {
	all, bad := c.flag("deleteSubtasks", false)
	if bad != nil {
		return *bad
	}
	var subtasks []content.Row
	items, _ := rawjson.Items(rawjson.Get(c.site.src.Issue(c.row).Fields(), "subtasks"))
	for _, item := range items {
		if row, found := c.site.world.find(at(item, "id")); found {
			subtasks = append(subtasks, row)
		}
	}
	if len(subtasks) > 0 && !all {
		return refuse(http.StatusBadRequest, "The issue '"+c.row.Key+"' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.")
	}
	for _, row := range append(subtasks, c.row) {
		c.forget(row)
	}
	return wrote(http.StatusNoContent, nil)
}

// forget deletes an issue: others name it no more.
func (c *call) forget(row content.Row) {
	for _, l := range c.site.layer.Made(row).Links {
		if other, found := c.site.world.find(strconv.FormatInt(l.Other, 10)); found {
			c.site.layer.Edit(other, func(m *content.Made) {
				m.Links = slices.DeleteFunc(m.Links, func(one content.Link) bool { return one.ID == l.ID })
			})
		}
	}
	for _, id := range c.site.layer.Children(row.ID) {
		if child, found := c.site.world.find(strconv.FormatInt(id, 10)); found {
			c.site.layer.Edit(child, func(m *content.Made) { m.Parent = 0 })
		}
	}
	c.site.layer.Edit(row, func(m *content.Made) { m.Parent = 0 })
	c.site.DeleteIssue(strconv.FormatInt(row.ID, 10))
}

func setProperty(c *call) reply {
	key := c.params["propertyKey"]
	value, bad := c.propertyValue()
	if bad != nil {
		return *bad
	}
	known := false
	c.site.layer.Edit(c.row, func(m *content.Made) {
		var fresh bool
		m.Properties, fresh = content.SetMember(m.Properties, key, value)
		known = !fresh
	})
	if known {
		return reply{status: http.StatusOK}
	}
	return reply{status: http.StatusCreated}
}

func deleteProperty(c *call) reply {
	key, found := c.params["propertyKey"], false
	c.site.layer.Edit(c.row, func(m *content.Made) {
		before := len(m.Properties)
		m.Properties = slices.DeleteFunc(m.Properties, func(p rawjson.Member) bool { return p.Name == key })
		found = len(m.Properties) < before
	})
	if !found {
		return noProperty(key)
	}
	return wrote(http.StatusNoContent, nil)
}
