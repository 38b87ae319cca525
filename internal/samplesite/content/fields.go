package content

import (
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// Custom fields that generated issues carry.
const (
	fieldSprint   = "customfield_10020"
	fieldStory    = "customfield_10016"
	fieldTeam     = "customfield_10101"
	fieldReviewer = "customfield_10102"
	fieldTarget   = "customfield_10103"
	fieldNotes    = "customfield_10104"
	fieldTags     = "customfield_10105"
	fieldOdd      = "customfield_10199"
)

type kindOf struct {
	name    string
	subtask bool
	level   int
}

var issueTypes = []kindOf{{"Story", false, 0}, {"Bug", false, 0}, {"Task", false, 0}, {"Epic", false, 1}, {"Sub-task", true, -1}}

func issueTypeBody(i int) raw {
	t := issueTypes[i]
	return rawjson.Object("self", Base+"/rest/api/3/issuetype/"+strconv.Itoa(10001+i), "id", strconv.Itoa(10001+i),
		"description", "Work of the type "+t.name+".", "iconUrl", Base+"/rest/api/3/universal_avatar/view/type/issuetype/avatar/10315?size=medium",
		"name", t.name, "subtask", t.subtask, "avatarId", 10315, "hierarchyLevel", t.level)
}

var statuses = []struct{ name, key string }{
	{"To Do", "new"}, {"In Progress", "indeterminate"}, {"In Review", "indeterminate"}, {"Erledigt", "done"}, {"已完成", "done"},
}

func statusBody(i int) raw {
	s := statuses[i]
	return rawjson.Object("self", Base+"/rest/api/3/status/"+strconv.Itoa(10000+i), "description", "", "iconUrl", Base+"/",
		"name", s.name, "id", strconv.Itoa(10000+i), "statusCategory", category(s.key))
}

// category is one of the three categories of statuses that every site has.
func category(key string) raw {
	id, color, name := 2, "blue-gray", "To Do"
	switch key {
	case "indeterminate":
		id, color, name = 4, "yellow", "In Progress"
	case "done":
		id, color, name = 3, "green", "Done"
	}
	return rawjson.Object("self", Base+"/rest/api/3/statuscategory/"+strconv.Itoa(id), "id", id, "key", key, "colorName", color, "name", name)
}

var priorities = list("Highest|High|Medium|Low|Lowest")

func priorityBody(i int) raw {
	return rawjson.Object("self", Base+"/rest/api/3/priority/"+strconv.Itoa(i+1), "iconUrl", Base+"/images/icons/priorities/medium.svg",
		"name", priorities[i], "id", strconv.Itoa(i+1))
}

var doneResolution = rawjson.Object("self", Base+"/rest/api/3/resolution/10000", "id", "10000", "description", "Work has been completed on this issue.", "name", "Done")

// fieldDefinitions is what GET /rest/api/3/field answers.
func fieldDefinitions() []raw {
	var out []raw
	system := []struct{ id, name, kind, items string }{
		{"summary", "Summary", "string", ""}, {"issuetype", "Issue Type", "issuetype", ""}, {"project", "Project", "project", ""},
		{"status", "Status", "status", ""}, {"priority", "Priority", "priority", ""}, {"resolution", "Resolution", "resolution", ""},
		{"created", "Created", "datetime", ""}, {"updated", "Updated", "datetime", ""}, {"resolutiondate", "Resolved", "datetime", ""},
		{"duedate", "Due date", "date", ""}, {"labels", "Labels", "array", "string"}, {"assignee", "Assignee", "user", ""},
		{"reporter", "Reporter", "user", ""}, {"creator", "Creator", "user", ""}, {"components", "Components", "array", "component"},
		{"versions", "Affects versions", "array", "version"}, {"fixVersions", "Fix versions", "array", "version"},
		{"description", "Description", "string", ""}, {"environment", "Environment", "string", ""},
		{"issuelinks", "Linked Issues", "array", "issuelinks"}, {"subtasks", "Sub-tasks", "array", "issuelinks"},
		{"attachment", "Attachment", "array", "attachment"}, {"watches", "Watchers", "watches", ""}, {"votes", "Votes", "votes", ""},
		{"worklog", "Log Work", "array", "worklog"}, {"comment", "Comment", "comments-page", ""}, {"security", "Security Level", "securitylevel", ""},
		{"timetracking", "Time tracking", "timetracking", ""},
	}
	for _, f := range system {
		schema := rawjson.Object("type", f.kind, "system", f.id)
		if f.items != "" {
			schema = rawjson.Object("type", f.kind, "items", f.items, "system", f.id)
		}
		out = append(out, rawjson.Object("id", f.id, "key", f.id, "name", f.name, "custom", false,
			"orderable", true, "navigable", true, "searchable", true, "clauseNames", []string{f.id}, "schema", schema))
	}
	// issuekey and parent are listed without a schema.
	out = append(out, rawjson.Object("id", "issuekey", "key", "issuekey", "name", "Key", "custom", false,
		"orderable", false, "navigable", true, "searchable", false, "clauseNames", list("id|issue|issuekey|key")))
	out = append(out, rawjson.Object("id", "parent", "key", "parent", "name", "Parent", "custom", false,
		"orderable", false, "navigable", true, "searchable", false, "clauseNames", list("parent")))
	custom := []struct {
		id           int
		name, custom string
		schema       []any
	}{
		{10016, "Story point estimate", "com.pyxis.greenhopper.jira:jsw-story-points", []any{"type", "number"}},
		{10020, "Sprint", "com.pyxis.greenhopper.jira:gh-sprint", []any{"type", "array", "items", "json"}},
		{10101, "Team <Größe>", "com.atlassian.jira.plugin.system.customfieldtypes:select", []any{"type", "option"}},
		{10102, "Reviewer", "com.atlassian.jira.plugin.system.customfieldtypes:userpicker", []any{"type", "user"}},
		{10103, "Target date", "com.atlassian.jira.plugin.system.customfieldtypes:datepicker", []any{"type", "date"}},
		{10104, "Release notes", "com.atlassian.jira.plugin.system.customfieldtypes:textarea", []any{"type", "string"}},
		{10105, "Tags", "com.atlassian.jira.plugin.system.customfieldtypes:multiselect", []any{"type", "array", "items", "option"}},
		{10199, "Imported data", "com.example.importer:blob", []any{"type", "any"}},
	}
	for _, f := range custom {
		id := "customfield_" + strconv.Itoa(f.id)
		schema := rawjson.Object(append(f.schema, "custom", f.custom, "customId", f.id)...)
		out = append(out, rawjson.Object("id", id, "key", id, "name", f.name, "custom", true, "orderable", true,
			"navigable", true, "searchable", true, "clauseNames", []string{"cf[" + strconv.Itoa(f.id) + "]", f.name}, "schema", schema))
	}
	return out
}
