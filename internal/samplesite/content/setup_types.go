package content

import (
	"fmt"
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// typeLists is issue types, their schemes, and which types a scheme has.
func (b *builder) typeLists() {
	for i := range b.config.IssueTypes {
		id := number(11000 + i)
		b.types = append(b.types, rawjson.Object("self", api("issuetype/"+id), "id", id, "description", b.note("type", i),
			"iconUrl", api("universal_avatar/view/type/issuetype/avatar/10315?size=medium"), "name", b.name("Type", i), "subtask", i%4 == 3,
			"avatarId", 10315, "entityId", b.uuid("type", i), "hierarchyLevel", []int{0, 0, 1, -1}[i%4]))
	}
	for _, t := range b.types {
		b.typeIDs = append(b.typeIDs, member(t, "id"))
		b.add("issueType", "", member(t, "id"), t)
	}
	for i := range 1 + b.config.IssueTypes {
		id, name := number(10000+i), "Default Issue Type Scheme"
		if i > 0 {
			name = b.name("Issue type scheme", i)
		}
		some := b.typeIDs
		if first := i % 3; i > 0 && first < len(some) {
			some = some[first:min(len(some), first+1+i%6)]
		}
		if i > 0 { // issues of every project have any of the first types
			some = append(some[:len(some):len(some)], b.typeIDs[:len(b.typeIDs)-b.config.IssueTypes]...)
			slices.Sort(some)
			some = slices.Compact(some)
		}
		pairs := []any{"id", id, "name", name, "description", b.note("type scheme", i)}
		if i != 2 {
			pairs = append(pairs, "defaultIssueTypeId", some[0])
		}
		b.add("issueTypeScheme", "", id, rawjson.Object(append(pairs, "isDefault", i == 0)...))
		for _, t := range some {
			b.add("issueTypeSchemeMapping", "", id+"/"+t, rawjson.Object("issueTypeSchemeId", id, "issueTypeId", t))
		}
	}
}

// statusLists is statuses: those that issues have, others, and those of team-managed projects.
func (b *builder) statusLists() {
	category := map[string]string{"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE", "undefined": "TODO"}
	for _, s := range b.statuses {
		m, _ := rawjson.Split(s)
		b.add("status", "", textOf(m, "id"), rawjson.Object("id", textOf(m, "id"), "name", textOf(m, "name"),
			"statusCategory", category[member(rawjson.Get(m, "statusCategory"), "key")], "scope", rawjson.Object("type", "GLOBAL"), "description", textOf(m, "description")))
	}
	for i := range b.config.Statuses {
		id := number(12000 + i)
		b.add("status", "", id, rawjson.Object("id", id, "name", b.name("Status", i), "statusCategory", pickAt(list("TODO|IN_PROGRESS|DONE"), i),
			"scope", b.scope(i), "description", b.note("status", i)))
	}
}

// scope is GLOBAL, or for every seventh the project of a team-managed one, where there is such.
func (b *builder) scope(i int) raw {
	for k := range b.projects {
		p := b.projects[(i+k)%len(b.projects)]
		if i%7 == 6 && p.Simplified {
			return rawjson.Object("type", "PROJECT", "project", rawjson.Object("id", number(int(p.ID))))
		}
	}
	return rawjson.Object("type", "GLOBAL")
}

// workflowLists is workflows and their schemes.
func (b *builder) workflowLists() {
	total := 1 + b.config.Workflows
	for i := range total {
		id, name := b.uuid("workflow", i), "jira"
		if i > 0 {
			name = b.name("Workflow", i)
		}
		b.add("workflow", "", id, b.workflow(i, id, name, b.scope(i)))
	}
	// The default scheme is not listed: it has no id.
	b.open("workflowScheme", "")
	for i := range b.config.Workflows {
		id := 10000 + i
		types := []rawjson.Member{}
		for k, t := range b.typeIDs[:min(len(b.typeIDs), i%4)] {
			types = append(types, rawjson.Member{Name: t, Value: rawjson.String(b.workflowName(i + k))})
		}
		b.add("workflowScheme", "", number(id), rawjson.Object("id", id, "name", b.name("Workflow scheme", i), "description", b.note("workflow scheme", i),
			"defaultWorkflow", b.workflowName(i), "issueTypeMappings", types, "draft", false, "self", api("workflowscheme/"+number(id))))
	}
}

func (b *builder) workflowName(i int) string {
	all := b.List("workflow", "")
	return member(all[i%len(all)].Body, "name")
}

func (b *builder) workflow(i int, id, name string, scope raw) raw {
	all := b.List("status", "")
	r := b.rng("workflow", i)
	var own, transitions []raw
	var refs []string
	// Issues of every project have any of the first statuses.
	stock := len(b.statuses)
	for k := range min(len(all), stock+i%4) {
		ref := all[k].ID
		if k < stock {
			ref = all[(i+k)%stock].ID
		}
		refs = append(refs, ref)
		own = append(own, rawjson.Object("statusReference", ref, "deprecated", false, "properties", rawjson.Object("jira.issue.editable", "true", "note", "<&> "+oddities[k%len(oddities)]),
			"layout", rawjson.Object("x", raw(fmt.Sprintf("%d.000%d", 100*k, 1+r.below(9000))), "y", raw("-16.0"))))
	}
	null := raw("null")
	for k, ref := range refs {
		kind, links := "GLOBAL", []raw{}
		switch {
		case k == 0:
			kind = "INITIAL"
		case k%2 == 0:
			kind = "DIRECTED"
			links = []raw{rawjson.Object("fromPort", 0, "fromStatusReference", refs[k-1], "toPort", null)}
		}
		pairs := []any{"id", number(1 + 10*k), "name", b.name("To", k), "description", b.note("transition", k), "type", kind, "toStatusReference", ref, "links", links,
			"properties", raw("{}"), "triggers", []raw{}, "validators", []raw{rule("system:validate-field-value", "fieldsRequired", fieldTeam)}, "actions", []raw{rule("system:update-field", "field", "resolution")}}
		if k > 1 {
			pairs = append(pairs, "conditions", rawjson.Object("operation", "ALL", "conditions", []raw{rule("system:restrict-issue-transition", "roleIds", number(firstRole))}, "conditionGroups", []raw{}),
				"transitionScreen", rule("system:transition-screen", "screenId", "1"))
		}
		transitions = append(transitions, rawjson.Object(pairs...))
	}
	pairs := []any{"id", id, "name", name, "description", b.note("workflow", i), "scope", scope, "isEditable", i > 0,
		"version", rawjson.Object("versionNumber", i%5, "id", b.uuid("version", i)), "statuses", own,
		"startPointLayout", rawjson.Object("x", raw("-100.00030899047852"), "y", raw("-1.5300020599365234E2")), "transitions", transitions}
	if i > 0 {
		pairs = append(pairs, "created", FormatTime(firstCreated+int64(i)*86400_000), "updated", FormatTime(lastCreated))
	}
	return rawjson.Object(pairs...)
}

func rule(key, parameter, value string) raw {
	return rawjson.Object("ruleKey", key, "parameters", rawjson.Object(parameter, value, "mode", ""))
}
