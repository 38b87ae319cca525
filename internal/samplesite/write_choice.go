package samplesite

import (
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// amongAll finds a version or component by id or name.
func amongAll(all []rawjson.Raw, v rawjson.Raw, what string) (rawjson.Raw, string) {
	id, name := at(v, "id"), at(v, "name")
	for _, one := range all {
		if id != "" && at(one, "id") == id || id == "" && name != "" && at(one, "name") == name {
			return one, ""
		}
	}
	if id != "" {
		return nil, what + " id '" + id + "' is not valid"
	}
	return nil, what + " name '" + name + "' is not valid"
}

// option finds an option of a field in the contexts that a project has, the child of one where parent is not "".
func (c *call) option(field string, project int, v rawjson.Raw, parent string) (content.Entry, bool) {
	setup, id, value := c.site.src.Setup(), at(v, "id"), at(v, "value")
	for _, context := range c.contexts(field, project) {
		for _, e := range setup.List("fieldOption", field+"/"+context) {
			same := id != "" && e.ID == id || id == "" && value != "" && at(e.Body, "value") == value
			if same && at(e.Body, "optionId") == parent && at(e.Body, "disabled") != "true" {
				return e, true
			}
		}
	}
	return content.Entry{}, false
}

// contexts is the contexts of a field that a project has.
func (c *call) contexts(field string, project int) []string {
	id := strconv.FormatInt(c.site.src.Projects()[project].ID, 10)
	var out []string
	for _, e := range c.site.src.Setup().List("fieldContextProject", field) {
		if at(e.Body, "isGlobalContext") == "true" || at(e.Body, "projectId") == id {
			out = append(out, at(e.Body, "contextId"))
		}
	}
	return out
}

func optionPairs(e content.Entry) []any {
	return []any{"self", content.Base + Prefix + "/customFieldOption/" + e.ID, "value", at(e.Body, "value"), "id", e.ID}
}

func (c *call) cascade(f field, project int, v rawjson.Raw) (rawjson.Raw, string) {
	e, found := c.option(f.id, project, v, "")
	if !found {
		return nil, "Specify a valid 'id' or 'value' for " + f.name
	}
	pairs := optionPairs(e)
	m, err := rawjson.Split(v)
	if err != nil {
		return nil, "data was not an object"
	}
	if child := rawjson.Get(m, "child"); !absent(child) {
		below, found := c.option(f.id, project, child, e.ID)
		if !found {
			return nil, "Specify a valid 'id' or 'value' for the child of " + f.name
		}
		pairs = append(pairs, "child", rawjson.Object(optionPairs(below)...))
	}
	return rawjson.Object(pairs...), ""
}

// configured finds a priority, resolution, issue type or security level by id or name.
func (c *call) configured(kind string, project int, v rawjson.Raw) (rawjson.Raw, string) {
	setup, id, name := c.site.src.Setup(), at(v, "id"), at(v, "name")
	pick := func(all []content.Entry) (content.Entry, bool) {
		i := slices.IndexFunc(all, func(e content.Entry) bool {
			return id != "" && e.ID == id || id == "" && name != "" && at(e.Body, "name") == name
		})
		if i < 0 {
			return content.Entry{}, false
		}
		return all[i], true
	}
	switch kind {
	case "priority":
		if e, found := pick(setup.List("priority", "")); found {
			return priorityShown(e), ""
		}
		return nil, "The priority selected is invalid."
	case "resolution":
		if e, found := pick(setup.List("resolution", "")); found {
			return e.Body, ""
		}
		return nil, "The resolution selected is invalid."
	case "issuetype":
		if e, found := pick(c.site.typesOf(project)); found {
			return e.Body, ""
		}
		return nil, "Specify a valid issue type"
	}
	if !c.may("SET_ISSUE_SECURITY", project) {
		return nil, notOnScreen("security")
	}
	if e, found := pick(c.site.levelsOf(project)); found {
		return rawjson.Object("self", content.Base+Prefix+"/securitylevel/"+e.ID, "id", e.ID, "description", at(e.Body, "description"), "name", at(e.Body, "name")), ""
	}
	return nil, "The security level selected is invalid."
}

func priorityShown(e content.Entry) rawjson.Raw {
	m, err := rawjson.Split(e.Body)
	if err != nil {
		return e.Body // bodies are our own
	}
	return rawjson.Object("self", rawjson.Get(m, "self"), "iconUrl", rawjson.Get(m, "iconUrl"), "name", rawjson.Get(m, "name"), "id", rawjson.Get(m, "id"))
}

// typesOf is the issue types of a project.
func (s *Site) typesOf(project int) []content.Entry {
	setup := s.src.Setup()
	id := strconv.FormatInt(s.src.Projects()[project].ID, 10)
	for _, e := range setup.List("projectIssueTypeScheme", id) {
		return setup.TypesOf(e.ID)
	}
	return setup.List("issueType", "")
}

// levelsOf is the security levels of a project.
func (s *Site) levelsOf(project int) []content.Entry {
	setup := s.src.Setup()
	id := strconv.FormatInt(s.src.Projects()[project].ID, 10)
	var out []content.Entry
	for _, e := range setup.List("securitySchemeProject", "") {
		if at(e.Body, "projectId") != id {
			continue
		}
		for _, level := range setup.List("securityLevel", "") {
			if at(level.Body, "issueSecuritySchemeId") == at(e.Body, "issueSecuritySchemeId") {
				out = append(out, level)
			}
		}
	}
	return out
}
