package samplesite

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

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
