package jira

import (
	"context"
	"encoding/json"
	"strings"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// planBody translates the details of a plan.
type planBody struct {
	*applying
	ctx   context.Context
	from  json.RawMessage
	flaws []flaw
}

// make is the plan as the call that creates it takes it.
func (b *planBody) make() (map[string]any, error) {
	body := map[string]any{"name": textOf(b.from, "name")}
	if lead := textOf(b.from, "leadAccountId"); lead != "" {
		if to := b.active(lead); to != "" {
			body["leadAccountId"] = to
		}
		if to := b.active(lead); to == "" || to != b.user(lead) {
			b.flaws = append(b.flaws, flawed("its lead is not in the destination, or not active there", "leadAccountId"))
		}
	}
	sources, err := b.sources()
	if err != nil {
		return nil, err
	}
	body["issueSources"] = sources
	body["scheduling"] = b.scheduling(atlassian.Member(b.from, "scheduling"))
	if body["exclusionRules"], err = b.rules(atlassian.Member(b.from, "exclusionRules")); err != nil {
		return nil, err
	}
	if body["crossProjectReleases"], err = b.releases(); err != nil {
		return nil, err
	}
	body["customFields"] = b.fields()
	if b.job.Plan.Spec.Options.Permissions {
		body["permissions"] = b.permissions()
	}
	return body, nil
}

// sources are what the plan takes its issues from.
func (b *planBody) sources() ([]any, error) {
	all := []any{}
	for one := range atlassian.Elements(atlassian.Member(b.from, "issueSources")) {
		kind := sourceKind(textOf(one, "type"))
		ref, ok, err := b.job.IDs.Get(b.ctx, kind, textOf(one, "value"))
		if err != nil {
			return nil, err
		}
		if kind == "" || !ok {
			b.flaws = append(b.flaws, flawed("something that it takes its issues from is not restored", "issueSources"))
			continue
		}
		all = append(all, map[string]any{"type": textOf(one, "type"), "value": asNumber(ref.ID)})
	}
	return all, nil
}

// sourceKind is the kind of the records that sources of a type are; "" where calls do not take it.
func sourceKind(source string) string {
	return map[string]string{"Project": kindProject, "Board": kindBoard, "Filter": kindFilter}[source]
}

// scheduling has custom fields as dates where the destination has them.
func (b *planBody) scheduling(v json.RawMessage) map[string]any {
	out := map[string]any{}
	for name, value := range members(v) {
		out[name] = value
		if name != "startDate" && name != "endDate" || textOf(value, "type") != "DateCustomField" {
			continue
		}
		to, ok := b.field(textOf(value, "dateCustomFieldId"))
		if !ok {
			delete(out, name)
			b.flaws = append(b.flaws, flawed("the destination does not have the field that it takes a date from", "scheduling."+name))
			continue
		}
		out[name] = map[string]any{"type": "DateCustomField", "dateCustomFieldId": to}
	}
	return out
}

// field is the number of a custom field.
func (b *planBody) field(number string) (json.RawMessage, bool) {
	to, ok := b.job.Mapping.To(kindField, "customfield_"+number)
	return fieldNumber(to), ok
}

// rules are which issues the plan leaves out.
func (b *planBody) rules(v json.RawMessage) (any, error) {
	out := map[string]any{}
	for name, value := range members(v) {
		kind := ruleKind(name)
		if kind == "" {
			out[name] = value
			continue
		}
		ids, err := b.ids(kind, value, "exclusionRules."+name)
		if err != nil {
			return nil, err
		}
		out[name] = ids
	}
	return out, nil
}

// ruleKind is the kind of the records whose ids a member of the exclusion rules has. Categories of
// statuses are the same on each site.
func ruleKind(member string) string {
	return map[string]string{"issueIds": kindIssue, "workStatusIds": "status", "issueTypeIds": "issueType", "releaseIds": kindVersion}[member]
}

// ids are those of the destination.
func (b *planBody) ids(kind string, list json.RawMessage, path string) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	for one := range atlassian.Elements(list) {
		to, ok := b.job.Mapping.To(kind, string(one))
		if kind == kindIssue || kind == kindVersion {
			ref, found, err := b.job.IDs.Get(b.ctx, kind, string(one))
			if err != nil {
				return nil, err
			}
			to, ok = ref.ID, found
		}
		if !ok {
			b.flaws = append(b.flaws, flawed("some of what it names is not in the destination", path))
			continue
		}
		all = append(all, asNumber(to))
	}
	return all, nil
}

func (b *planBody) releases() ([]any, error) {
	all := []any{}
	for one := range atlassian.Elements(atlassian.Member(b.from, "crossProjectReleases")) {
		ids, err := b.ids(kindVersion, atlassian.Member(one, "releaseIds"), "crossProjectReleases[].releaseIds")
		if err != nil {
			return nil, err
		}
		all = append(all, map[string]any{"name": textOf(one, "name"), "releaseIds": ids})
	}
	return all, nil
}

func (b *planBody) fields() []any {
	all := []any{}
	for one := range atlassian.Elements(atlassian.Member(b.from, "customFields")) {
		to, ok := b.field(textOf(one, "customFieldId"))
		if !ok {
			b.flaws = append(b.flaws, flawed("the destination does not have a field that it shows", "customFields"))
			continue
		}
		all = append(all, map[string]any{"customFieldId": to, "filter": string(atlassian.Member(one, "filter")) == "true"})
	}
	return all
}

// permissions name groups by their ids. The backup has their names.
func (b *planBody) permissions() []any {
	all := []any{}
	for one := range atlassian.Elements(atlassian.Member(b.from, "permissions")) {
		holder := atlassian.Member(one, "holder")
		kind, to := textOf(holder, "type"), ""
		if kind == "Group" {
			row, _ := b.job.Mapping.Row(kindGroup, groupNamed(b.job.Mapping, textOf(holder, "value")))
			to = row.To
		} else {
			to = b.active(textOf(holder, "value"))
		}
		if to == "" {
			b.flaws = append(b.flaws, flawed("some of those who may see or edit it are not in the destination", "permissions"))
			continue
		}
		all = append(all, map[string]any{"type": textOf(one, "type"), "holder": map[string]string{"type": kind, "value": to}})
	}
	return all
}

// groupNamed is the id in the backup of a group of that name; the name itself where there is none.
func groupNamed(m *restore.Mapping, name string) string {
	for row := range m.All(kindGroup) {
		if row.Name == name {
			return row.ID
		}
	}
	return name
}

// fieldNumber is the number of a custom field by its id.
func fieldNumber(id string) json.RawMessage {
	return json.RawMessage(strings.TrimPrefix(id, "customfield_"))
}
