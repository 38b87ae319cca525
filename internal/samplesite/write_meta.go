package samplesite

import (
	"net/http"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// createTypes answers the issue types that a project's new issues can have.
func createTypes(c *call) reply {
	var types []rawjson.Raw
	if c.may("CREATE_ISSUES", c.onProject) {
		for _, e := range c.site.typesOf(c.onProject) {
			m, err := rawjson.Split(e.Body)
			if err != nil {
				continue // bodies are our own
			}
			types = append(types, rawjson.Members(slices.DeleteFunc(m, func(one rawjson.Member) bool {
				return !slices.Contains([]string{"self", "id", "description", "iconUrl", "name", "subtask", "hierarchyLevel", "avatarId", "entityId"}, one.Name)
			})))
		}
	}
	s, bad := c.page(len(types), usualPage, 200)
	if bad != nil {
		return *bad
	}
	return ok(rawjson.Object("maxResults", s.size, "startAt", s.startAt, "total", s.total, "issueTypes", cutOut(s, types)))
}

// createFields answers the fields that a new issue of a type can be given.
func createFields(c *call) reply {
	kind := c.params["issueTypeId"]
	all := c.site.typesOf(c.onProject)
	i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == kind })
	if i < 0 || !c.may("CREATE_ISSUES", c.onProject) {
		return refuse(http.StatusBadRequest, "The issue type with the id '"+kind+"' is not one of the project.")
	}
	var fields []rawjson.Raw
	for _, m := range c.metaOf(c.onProject, true) {
		fields = append(fields, m.Value)
	}
	s, bad := c.page(len(fields), usualPage, 200)
	if bad != nil {
		return *bad
	}
	return ok(rawjson.Object("maxResults", s.size, "startAt", s.startAt, "total", s.total, "fields", cutOut(s, fields)))
}

func editMeta(c *call) reply {
	if !c.may("EDIT_ISSUES", c.row.Project) {
		return ok(rawjson.Object("fields", rawjson.Raw("{}")))
	}
	return ok(rawjson.Object("fields", c.metaOf(c.row.Project, false)))
}

// metaOf describes the fields on the screens of a project by their ids; those for
// new issues name their field themselves.
func (c *call) metaOf(project int, create bool) []rawjson.Member {
	out := []rawjson.Member{}
	for _, f := range c.site.fieldsOf() {
		onScreen := c.site.writable(f, project) || (f.id == "attachment" || f.id == "issuelinks")
		if !onScreen || f.id == "project" && !create || f.schema == nil {
			continue
		}
		operations := []string{"set"}
		switch {
		case f.id == "attachment":
			operations = []string{"set", "copy"}
		case f.id == "issuelinks":
			operations = []string{"add", "copy"}
		case f.kind == "array" && f.custom != sprintType:
			operations = []string{"add", "set", "remove"}
		}
		required := slices.Contains([]string{"summary", "issuetype", "project", "reporter"}, f.id)
		pairs := []any{"required", required, "schema", f.schema, "name", f.name, "key", f.id, "hasDefaultValue", create && (f.id == "priority" || f.id == "reporter"), "operations", operations}
		if create {
			pairs = append(pairs, "fieldId", f.id)
		}
		if all := c.choices(f, project); all != nil {
			pairs = append(pairs, "allowedValues", all)
		}
		out = append(out, rawjson.Member{Name: f.id, Value: rawjson.Object(pairs...)})
	}
	return out
}

// choices is the values that a field can have, nil where they are not listed.
func (c *call) choices(f field, project int) []rawjson.Raw {
	p := c.site.src.Projects()[project]
	bodies := func(all []content.Entry) []rawjson.Raw {
		out := []rawjson.Raw{}
		for _, e := range all {
			out = append(out, e.Body)
		}
		return out
	}
	kind := f.kind
	if kind == "array" {
		kind = f.items
	}
	switch {
	case kind == "component":
		return append([]rawjson.Raw{}, p.Components...)
	case kind == "version":
		return append([]rawjson.Raw{}, p.Versions...)
	case f.id == "issuetype":
		return bodies(c.site.typesOf(project))
	case f.id == "priority":
		out := []rawjson.Raw{}
		for _, e := range c.site.src.Setup().List("priority", "") {
			out = append(out, priorityShown(e))
		}
		return out
	case f.id == "security":
		return bodies(c.site.levelsOf(project))
	case kind == "option" || kind == "option-with-child":
		out := []rawjson.Raw{}
		for _, context := range c.contexts(f.id, project) {
			for _, e := range c.site.src.Setup().List("fieldOption", f.id+"/"+context) {
				if at(e.Body, "disabled") != "true" && at(e.Body, "optionId") == "" {
					out = append(out, rawjson.Object(optionPairs(e)...))
				}
			}
		}
		return out
	}
	return nil
}
