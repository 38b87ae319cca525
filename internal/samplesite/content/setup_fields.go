package content

import (
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// customTypes is the types that custom fields are made of, by what follows the
// colon of the type's key, with the "type" and "items" of their schema.
var customTypes = []struct{ key, kind, items string }{
	{"select", "option", ""}, {"multiselect", "array", "option"}, {"radiobuttons", "option", ""}, {"multicheckboxes", "array", "option"},
	{"cascadingselect", "option-with-child", ""}, {"textfield", "string", ""}, {"textarea", "string", ""}, {"float", "number", ""},
	{"datepicker", "date", ""}, {"datetime", "datetime", ""}, {"url", "string", ""}, {"userpicker", "user", ""}, {"multiuserpicker", "array", "user"},
	{"grouppicker", "group", ""}, {"multigrouppicker", "array", "group"}, {"project", "project", ""}, {"labels", "array", "string"}, {"readonlyfield", "string", ""},
}

const typePrefix = "com.atlassian.jira.plugin.system.customfieldtypes:"

// firstExtraField is the number of the first custom field that no issue carries.
const firstExtraField = 10300

// extraFields is definitions of custom fields beside those that issues carry.
func extraFields(config Config) []raw {
	var out []raw
	b := &builder{config: config}
	for i := range config.Fields {
		out = append(out, b.definition(firstExtraField+i, b.name("Field", i), i))
	}
	return out
}

func (b *builder) definition(n int, name string, kind int) raw {
	t := customTypes[kind%len(customTypes)]
	id := "customfield_" + number(n)
	schema := []any{"type", t.kind}
	if t.items != "" {
		schema = append(schema, "items", t.items)
	}
	return rawjson.Object("id", id, "key", id, "name", name, "custom", true, "orderable", true, "navigable", true, "searchable", true,
		"clauseNames", []string{"cf[" + number(n) + "]", name}, "schema", rawjson.Object(append(schema, "custom", typePrefix+t.key, "customId", n)...))
}

// customFields lists the custom fields, their contexts and what these hold.
func (b *builder) customFields() {
	b.open("customField", "")
	n := 0
	for _, f := range b.fields {
		m, _ := rawjson.Split(f)
		id := textOf(m, "id")
		b.fieldIDs = append(b.fieldIDs, id)
		if string(rawjson.Get(m, "custom")) != "true" {
			continue
		}
		schema := rawjson.Get(m, "schema")
		contexts := b.contexts(n, id, strings.TrimPrefix(member(schema, "custom"), typePrefix))
		b.add("customField", "", id, b.field(n, m, contexts))
		n++
	}
	b.open("trashedField", "")
	for i := range b.config.TrashedFields {
		id := firstExtraField + b.config.Fields + i
		m, _ := rawjson.Split(b.definition(id, b.name("Trashed", i), i))
		b.add("trashedField", "", "customfield_"+number(id), b.field(i, m, -1))
	}
}

// field is a custom field as field/search shows it, with the number of its
// contexts; of a trashed one that is not told.
func (b *builder) field(n int, m []rawjson.Member, contexts int) raw {
	pairs := []any{"id", rawjson.Get(m, "id"), "name", rawjson.Get(m, "name"), "schema", rawjson.Get(m, "schema"), "description", b.note("field", n)}
	if contexts >= 0 {
		used := rawjson.Object("type", "NOT_TRACKED")
		if n%3 == 0 {
			used = rawjson.Object("type", "TRACKED", "value", FormatTime(lastCreated+int64(n)*1000))
		}
		pairs = append(pairs, "key", rawjson.Get(m, "id"), "stableId", "sId___"+textOf(m, "id"), "isLocked", n%9 == 1, "isUnscreenable", false,
			"searcherKey", typePrefix+"exacttextsearcher", "screensCount", n%4, "contextsCount", contexts, "lastUsed", used)
	}
	return rawjson.Object(pairs...)
}

// contexts lists the contexts of a field: the first is global, the others
// belong to projects, issue types, or both. It returns how many there are.
func (b *builder) contexts(n int, field, kind string) int {
	count := 1
	if b.config.Fields > 0 {
		count = 1 + n%3
	}
	if field == fieldTeam {
		count = max(count, b.config.deep(0))
	}
	for _, kind := range []string{"fieldContext", "fieldDefault", "fieldContextIssueType", "fieldContextProject"} {
		b.open(kind, field)
	}
	for k := range count {
		id := 30000 + n*200 + k
		global, anyType := k == 0 || len(b.projects) == 0, k%3 != 2
		b.add("fieldContext", field, number(id), rawjson.Object("id", number(id), "name", b.name("Context", k), "description", b.note("context", k),
			"isGlobalContext", global, "isAnyIssueType", anyType))
		if anyType {
			b.add("fieldContextIssueType", field, number(id), rawjson.Object("contextId", number(id), "isAnyIssueType", true))
		} else {
			for _, t := range b.typeIDs[:min(len(b.typeIDs), 1+k%3)] {
				b.add("fieldContextIssueType", field, number(id)+"/"+t, rawjson.Object("contextId", number(id), "issueTypeId", t))
			}
		}
		if global {
			b.add("fieldContextProject", field, number(id), rawjson.Object("contextId", number(id), "isGlobalContext", true))
		} else {
			project := number(int(b.projects[k%len(b.projects)].ID))
			b.add("fieldContextProject", field, number(id)+"/"+project, rawjson.Object("contextId", number(id), "projectId", project))
		}
		options := b.options(field, kind, id, k)
		if v := b.fallback(kind, id, k, options); v != nil {
			one := rawjson.Object("isAnyIssueType", true, "value", v)
			if !anyType {
				one = rawjson.Object("issueTypeId", b.typeIDs[0], "value", v)
			}
			b.add("fieldDefault", field, number(id), rawjson.Object("contextId", id, "defaultValues", []raw{one}))
		}
	}
	return count
}

// options lists the options of a context and returns their ids: those that
// issues carry first, cascading ones after those that they belong to.
func (b *builder) options(field, kind string, context, k int) []string {
	switch kind {
	case "select", "multiselect", "radiobuttons", "multicheckboxes", "cascadingselect":
	default:
		return nil
	}
	owner := field + "/" + number(context)
	b.open("fieldOption", owner)
	names, first := []string(nil), context*1000
	switch {
	case field == fieldTeam && k == 0:
		names, first = list("Alpha|Übersicht|チーム甲|<core>"), 10020
	case field == fieldTags && k == 0:
		names, first = list("one|zwei & drei"), 10030
	}
	count := 3 + context%3
	if field == fieldTeam && k == 0 {
		count = len(names) + 2*b.config.deep(0)
	}
	var ids []string
	for i := range count {
		id, value := number(first+i), ""
		if i < len(names) {
			value = names[i]
		} else {
			id, value = number(context*1000+i), b.name("Option", i)
		}
		ids = append(ids, id)
		b.add("fieldOption", owner, id, rawjson.Object("id", id, "value", value, "disabled", i%5 == 4))
	}
	if kind == "cascadingselect" {
		for i := range count * 2 {
			id := number(context*1000 + 500 + i)
			b.add("fieldOption", owner, id, rawjson.Object("id", id, "value", b.name("Child", i), "optionId", ids[i/2], "disabled", false))
		}
	}
	return ids
}

// fallback is the default value of a context, nil where it has none.
func (b *builder) fallback(kind string, context, k int, options []string) raw {
	id := number(context)
	someone := b.people[(context+k)%len(b.people)].AccountID
	group, _ := b.groupAt(context)
	filter := rawjson.Object("enabled", k%2 == 1, "groups", []string{group}, "roleIds", raw("[10002]"))
	switch kind {
	case "select", "radiobuttons":
		return rawjson.Object("type", "option.single", "contextId", id, "optionId", options[0])
	case "multiselect", "multicheckboxes":
		return rawjson.Object("type", "option.multiple", "contextId", id, "optionIds", options[:2])
	case "cascadingselect":
		return rawjson.Object("type", "option.cascading", "contextId", id, "optionId", options[0], "cascadingOptionId", number(context*1000+500))
	case "textfield":
		return rawjson.Object("type", "textfield", "contextId", id, "text", "n/a & <none>")
	case "textarea":
		return rawjson.Object("type", "textarea", "contextId", id, "text", b.note("default", context))
	case "float":
		return rawjson.Object("type", "float", "contextId", id, "number", raw(pickAt(list("1.50|2E+1|-0.0|42"), k)))
	case "datepicker":
		return rawjson.Object("type", "datepicker", "contextId", id, "useCurrent", true)
	case "datetime":
		return rawjson.Object("type", "datetimepicker", "contextId", id, "dateTime", "2024-02-29T12:00:00.000+0000", "useCurrent", false)
	case "url":
		return rawjson.Object("type", "url", "contextId", id, "url", "https://wiki.example.com/?a=1&b=<2>")
	case "userpicker":
		return rawjson.Object("type", "single.user.select", "contextId", id, "accountId", someone, "userFilter", filter)
	case "multiuserpicker":
		return rawjson.Object("type", "multi.user.select", "contextId", id, "accountIds", []string{someone})
	case "grouppicker":
		return rawjson.Object("type", "grouppicker.single", "contextId", id, "groupId", group)
	case "multigrouppicker":
		return rawjson.Object("type", "grouppicker.multiple", "contextId", id, "groupIds", []string{group})
	case "labels":
		return rawjson.Object("type", "labels", "contextId", id, "labels", list("größe|a&b"))
	}
	return nil
}
