package samplesite

import (
	"slices"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// planDraft reads the members of a plan that is to be made; what is wrong is noted in the draft.
type planDraft struct {
	*draft
	call *call
	byID bool // groups are named by their ids
}

// members takes an object apart, whose members must be among names.
func (p planDraft) members(field string, v rawjson.Raw, names ...string) map[string]rawjson.Raw {
	out := map[string]rawjson.Raw{}
	if absent(v) {
		return out
	}
	m, err := rawjson.Split(v)
	if err != nil {
		p.wrong(field, "data was not an Object")
	}
	for _, one := range m {
		if !slices.Contains(names, one.Name) {
			p.wrong(field, "'%s' is not known.", one.Name)
		}
		out[one.Name] = one.Value
	}
	return out
}

// items takes an array apart, whose entries must differ.
func (p planDraft) items(field string, v rawjson.Raw) []rawjson.Raw {
	if absent(v) {
		return []rawjson.Raw{}
	}
	all, err := rawjson.Items(v)
	if err != nil {
		p.wrong(field, "data was not an Array")
	}
	for i, one := range all {
		if slices.ContainsFunc(all[:i], func(o rawjson.Raw) bool { return string(o) == string(one) }) {
			p.wrong(field, "An entry is there twice.")
		}
	}
	return append([]rawjson.Raw{}, all...)
}

// one reads a string that must be one of some.
func (p planDraft) one(field string, v rawjson.Raw, otherwise string, some ...string) rawjson.Raw {
	if absent(v) && otherwise != "" {
		return rawjson.String(otherwise)
	}
	if s, isText := textOf(v); !isText || !slices.Contains(some, s) {
		p.wrong(field, "The value is not one of %v.", some)
	}
	return v
}

// numbers reads ids; exists says whether there is such a thing, and may be nil.
func (p planDraft) numbers(field string, v rawjson.Raw, exists func(id string) bool) []rawjson.Raw {
	all := p.items(field, v)
	for _, one := range all {
		if _, err := strconv.ParseInt(string(one), 10, 64); err != nil {
			p.wrong(field, "data was not a number")
		} else if exists != nil && !exists(string(one)) {
			p.wrong(field, "There is nothing with the id %s.", one)
		}
	}
	return all
}

// there reports whether a record of the site's configuration is there.
func (p planDraft) there(kind, prefix string) func(id string) bool {
	return func(id string) bool {
		if kind == "customField" {
			return slices.ContainsFunc(p.site.src.Fields(), func(f rawjson.Raw) bool { return at(f, "id") == prefix+id })
		}
		_, found := p.site.src.Setup().Find(kind, "", prefix+id)
		return found
	}
}

func (p planDraft) sources() []rawjson.Raw {
	const field = "issueSources"
	if !p.has(field) {
		p.wrong(field, "The issue sources are required.")
	}
	all := p.items(field, p.values[field])
	for i, one := range all {
		m := p.members(field, one, "type", "value")
		kind, _ := textOf(p.one(field, m["type"], "", "Board", "Project", "Filter"))
		value := string(m["value"])
		found := false
		switch kind {
		case "Project":
			_, found = p.site.world.project(value)
		case "Board":
			found = p.there("board", "")(value)
		case "Filter":
			found = p.there("filter", "")(value)
		}
		if !found {
			p.wrong(field, "The issue source %s does not exist.", value)
		}
		all[i] = rawjson.Object("type", kind, "value", rawjson.Raw(value))
	}
	return all
}

func (p planDraft) scheduling() rawjson.Raw {
	const field = "scheduling"
	if !p.has(field) {
		p.wrong(field, "The scheduling is required.")
		return nil
	}
	m := p.members(field, p.values[field], "estimation", "startDate", "endDate", "inferredDates", "dependencies")
	return rawjson.Object("estimation", p.one(field+".estimation", m["estimation"], "", "StoryPoints", "Days", "Hours"),
		"startDate", p.date(field+".startDate", m["startDate"], "TargetStartDate"), "endDate", p.date(field+".endDate", m["endDate"], "TargetEndDate"),
		"inferredDates", p.one(field+".inferredDates", m["inferredDates"], "None", "None", "SprintDates", "ReleaseDates"),
		"dependencies", p.one(field+".dependencies", m["dependencies"], "Sequential", "Sequential", "Concurrent"))
}

func (p planDraft) date(field string, v rawjson.Raw, otherwise string) rawjson.Raw {
	if absent(v) {
		return rawjson.Object("type", otherwise)
	}
	m := p.members(field, v, "type", "dateCustomFieldId")
	kind, _ := textOf(p.one(field, m["type"], "", "DueDate", "TargetStartDate", "TargetEndDate", "DateCustomField"))
	if kind != "DateCustomField" {
		return rawjson.Object("type", kind)
	}
	if !p.there("customField", "customfield_")(string(m["dateCustomFieldId"])) {
		p.wrong(field, "The field does not exist.")
	}
	return rawjson.Object("type", kind, "dateCustomFieldId", m["dateCustomFieldId"])
}

func (p planDraft) rules() rawjson.Raw {
	const field = "exclusionRules"
	names := []string{"issueIds", "workStatusIds", "workStatusCategoryIds", "issueTypeIds", "releaseIds"}
	m := p.members(field, p.values[field], append(names, "numberOfDaysToShowCompletedIssues")...)
	days := rawjson.Raw("30")
	if v := m["numberOfDaysToShowCompletedIssues"]; !absent(v) {
		days = v
	}
	if _, err := strconv.ParseInt(string(days), 10, 32); err != nil {
		p.wrong(field, "data was not a number")
	}
	exists := map[string]func(string) bool{"workStatusIds": p.there("status", ""), "issueTypeIds": p.there("issueType", ""), "releaseIds": p.release,
		"issueIds": func(id string) bool { _, found := p.site.world.find(id); return found }}
	pairs := []any{"numberOfDaysToShowCompletedIssues", days}
	for _, name := range names {
		pairs = append(pairs, name, p.numbers(field+"."+name, m[name], exists[name]))
	}
	return rawjson.Object(pairs...)
}

// release reports whether a project has a version.
func (p planDraft) release(id string) bool {
	for _, project := range p.site.src.Projects() {
		if slices.ContainsFunc(project.Versions, func(v rawjson.Raw) bool { return at(v, "id") == id }) {
			return true
		}
	}
	return false
}

func (p planDraft) releases() []rawjson.Raw {
	const field = "crossProjectReleases"
	all := p.items(field, p.values[field])
	for i, one := range all {
		m := p.members(field, one, "name", "releaseIds")
		if name, isText := textOf(m["name"]); !isText || name == "" {
			p.wrong(field, "The name is required.")
		}
		all[i] = rawjson.Object("name", m["name"], "releaseIds", p.numbers(field, m["releaseIds"], p.release))
	}
	return all
}

func (p planDraft) fields() []rawjson.Raw {
	const field = "customFields"
	all := p.items(field, p.values[field])
	for i, one := range all {
		m := p.members(field, one, "customFieldId", "filter")
		if !p.there("customField", "customfield_")(string(m["customFieldId"])) {
			p.wrong(field, "The field does not exist.")
		}
		all[i] = rawjson.Object("customFieldId", m["customFieldId"], "filter", string(m["filter"]) == "true")
	}
	return all
}

func (p planDraft) permissions() []rawjson.Raw {
	const field = "permissions"
	all := p.items(field, p.values[field])
	for i, one := range all {
		m := p.members(field, one, "type", "holder")
		holder := p.members(field, m["holder"], "type", "value")
		kind, _ := textOf(p.one(field, holder["type"], "", "Group", "AccountId"))
		value, _ := textOf(holder["value"])
		found := false
		if kind == "Group" {
			value, found = p.group(value)
		} else {
			_, found = p.site.person(value)
		}
		if !found {
			p.wrong(field, "The holder does not exist.")
		}
		all[i] = rawjson.Object("type", p.one(field, m["type"], "", "View", "Edit"), "holder", rawjson.Object("type", kind, "value", value))
	}
	return all
}

// group returns the name of a group that a request names by it, or by its id.
func (p planDraft) group(named string) (string, bool) {
	setup := p.site.src.Setup()
	if !p.byID {
		return named, setup.GroupID(named) != ""
	}
	e, found := setup.Find("group", "", named)
	return at(e.Body, "name"), found
}
