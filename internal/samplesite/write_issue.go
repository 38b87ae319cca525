package samplesite

import (
	"cmp"
	"fmt"
	"maps"
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

// issueUpdate is the body that creates, edits or moves an issue: Atlassian's IssueUpdateDetails.
type issueUpdate struct {
	c          *call
	project    int
	fields     map[string]rawjson.Raw // what fields are set to, as they were sent
	links      []linkAsked            // of "update"
	properties []rawjson.Member
	transition string
	metadata   rawjson.Raw
	errors     map[string]string
	shown      map[string]rawjson.Raw // what fields are set to, as issues show it
	parent     *int64
	sprints    *[]int64
}

// update reads the body; row is the issue that it changes, nil for a new one.
func (c *call) update(row *content.Row) (*issueUpdate, *reply) {
	body, bad := c.object("fields", "update", "properties", "transition", "historyMetadata")
	if bad != nil {
		return nil, bad
	}
	u := &issueUpdate{c: c, fields: map[string]rawjson.Raw{}, errors: map[string]string{}, shown: map[string]rawjson.Raw{}, metadata: body["historyMetadata"]}
	if !absent(body["fields"]) {
		m, err := rawjson.Split(body["fields"])
		if err != nil {
			p := refusePayload(payloadMessage)
			return nil, &p
		}
		for _, one := range m {
			u.fields[one.Name] = one.Value
		}
	}
	if !absent(body["transition"]) {
		if u.transition = at(body["transition"], "id"); u.transition == "" {
			return nil, refused(http.StatusBadRequest, "Missing 'transition' identifier")
		}
	}
	if u.properties, bad = propertyList(body["properties"]); bad != nil {
		return nil, bad
	}
	if row != nil {
		u.project = row.Project
	} else if bad := u.chooseProject(); bad != nil {
		return nil, bad
	}
	return u, u.operations(body["update"], row)
}

// chooseProject finds the project of a new issue.
func (u *issueUpdate) chooseProject() *reply {
	v := u.fields["project"]
	i, found := -1, false
	for _, name := range []string{"id", "key"} {
		if key := at(v, name); isObject(v) && key != "" && !found {
			i, found = u.c.site.world.project(key)
		}
	}
	if !found {
		return wrong("project", "Specify a valid project ID or key")
	}
	if !u.c.may("CREATE_ISSUES", i) {
		return refused(http.StatusForbidden, "You do not have permission to create issues in this project.")
	}
	u.project = i
	delete(u.fields, "project")
	return nil
}

// check turns what fields are set to into what issues show. kind is the issue type that holds otherwise.
func (u *issueUpdate) check(kind rawjson.Raw) {
	s := u.c.site
	known := map[string]field{}
	for _, f := range s.fieldsOf() {
		known[f.id] = f
	}
	for _, id := range slices.Sorted(maps.Keys(u.fields)) {
		f, found := known[id]
		if !found || !s.writable(f, u.project) || id == "reporter" && !u.c.may("MODIFY_REPORTER", u.project) || id == "assignee" && !u.c.may("ASSIGN_ISSUES", u.project) {
			u.errors[id] = notOnScreen(id)
			continue
		}
		if id == "parent" || f.custom == sprintType {
			continue
		}
		v, wrong := u.c.value(f, u.project, u.fields[id])
		if wrong != "" {
			u.errors[id] = wrong
			continue
		}
		u.shown[id] = v
	}
	for id, what := range map[string]string{"summary": "You must specify a summary of the issue.", "issuetype": "Specify a valid issue type", "reporter": "Reporter is required.", "priority": "Priority is required."} {
		if v, set := u.shown[id]; set && (string(v) == "null" || string(v) == `""`) {
			u.errors[id] = what
		}
	}
	if v, set := u.shown["issuetype"]; set {
		kind = v
	}
	u.checkParent(kind)
	u.checkSprint(known)
}

// sprintType is the type of the field that shows the sprints of an issue.
const sprintType = "com.pyxis.greenhopper.jira:gh-sprint"

// checkParent holds the parent against the issue type: one level above, and of a sub-task in the same project.
func (u *issueUpdate) checkParent(kind rawjson.Raw) {
	level, _ := strconv.Atoi(at(kind, "hierarchyLevel"))
	v, set := u.fields["parent"]
	if !set || u.errors["parent"] != "" {
		return
	}
	if absent(v) {
		none := int64(0)
		if u.parent = &none; level < 0 {
			u.errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
		}
		return
	}
	row, found := u.c.site.world.find(cmp.Or(at(v, "id"), at(v, "key")))
	if !found {
		u.errors["parent"] = "Could not find issue by id or key."
		return
	}
	above := rawjson.Get(u.c.site.src.Issue(row).Fields(), "issuetype")
	if parentLevel, _ := strconv.Atoi(at(above, "hierarchyLevel")); parentLevel != level+1 || level < 0 && row.Project != u.project {
		u.errors["parent"] = "Given parent issue does not belong to appropriate hierarchy."
		return
	}
	u.parent = &row.ID
}

// checkSprint reads the number of the sprint that the issue is to be in; those that ended are not for it.
func (u *issueUpdate) checkSprint(known map[string]field) {
	for id, v := range u.fields {
		if known[id].custom != sprintType || u.errors[id] != "" {
			continue
		}
		if absent(v) {
			u.sprints = &[]int64{}
			continue
		}
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			u.errors[id] = "Number value expected as the Sprint id."
			continue
		}
		e, found := u.c.site.sprint(n)
		if !found || at(e.Body, "state") == "closed" {
			u.errors[id] = "Issue can be assigned only active or future sprints."
			continue
		}
		u.sprints = &[]int64{n}
	}
}

// sprint finds a sprint by its id, whichever board has it.
func (s *Site) sprint(id int64) (content.Entry, bool) {
	setup := s.src.Setup()
	for _, board := range setup.Owners("sprint") {
		if e, found := setup.Find("sprint", board, strconv.FormatInt(id, 10)); found {
			return e, true
		}
	}
	return content.Entry{}, false
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

// defaults sets what a new issue has where nothing is said of it.
func (u *issueUpdate) defaults() {
	s := u.c.site
	if _, given := u.shown["reporter"]; !given {
		u.shown["reporter"] = s.me().Body
	}
	if _, given := u.shown["assignee"]; !given {
		p := s.src.Projects()[u.project]
		if kind, _ := textOf(rawjson.Get(p.Details, "assigneeType")); kind == "PROJECT_LEAD" {
			u.shown["assignee"] = rawjson.Get(p.Details, "lead")
		}
	}
	if _, given := u.shown["priority"]; !given {
		for _, e := range s.src.Setup().List("priority", "") {
			if at(e.Body, "isDefault") == "true" {
				u.shown["priority"] = priorityShown(e)
			}
		}
	}
}

// apply puts what was asked for into an issue.
func (u *issueUpdate) apply(m *content.Made) {
	for id, v := range u.shown {
		if string(v) == "null" {
			v = nil
		}
		m.Set(id, v)
	}
	if u.parent != nil {
		m.Parent = *u.parent
	}
	if u.sprints != nil {
		ended := slices.DeleteFunc(slices.Clone(m.Sprints), func(id int64) bool {
			e, found := u.c.site.sprint(id)
			return !found || at(e.Body, "state") != "closed"
		})
		m.Sprints = append(ended, *u.sprints...)
	}
	for _, p := range u.properties {
		m.Properties, _ = content.SetMember(m.Properties, p.Name, p.Value)
	}
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
