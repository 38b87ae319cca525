package content

import (
	"slices"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// made is an issue as it was when it was asked for; it implements Issue.
type made struct {
	w   *Layer
	m   *Made
	row Row
}

// shownFirst is the fields that every issue has, in the order in which issues show them.
var shownFirst = list("summary|issuetype|project|status|priority|resolution|resolutiondate|created|updated|creator|reporter|assignee|labels|duedate|environment|description|components|versions|fixVersions|security|timetracking")

// Top implements Issue.
func (i made) Top() []rawjson.Member {
	id := strconv.FormatInt(i.row.ID, 10)
	return []rawjson.Member{
		{Name: "expand", Value: rawjson.String("renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations")},
		{Name: "id", Value: rawjson.String(id)},
		{Name: "self", Value: rawjson.String(api("issue/" + id))},
		{Name: "key", Value: rawjson.String(i.row.Key)},
	}
}

// Fields implements Issue. Fields without a value are null, as issues show all that their project has.
func (i made) Fields() []rawjson.Member {
	null := raw("null")
	p := i.w.Projects()[i.row.Project]
	var out []rawjson.Member
	add := func(name string, v raw) { out = append(out, rawjson.Member{Name: name, Value: v}) }
	for _, name := range shownFirst {
		v := i.m.Value(name)
		switch {
		case name == "project":
			id := strconv.FormatInt(p.ID, 10)
			v = rawjson.Object("self", api("project/"+id), "id", id, "key", p.Key, "name", p.Name, "projectTypeKey", p.Type, "simplified", p.Simplified)
		case name == "created":
			v = rawjson.String(FormatTime(i.row.Created))
		case name == "updated":
			v = rawjson.String(FormatTime(i.row.Updated))
		case name == "components":
			v = current(v, p.Components)
		case name == "versions" || name == "fixVersions":
			v = current(v, p.Versions)
		case v != nil:
		case name == "labels":
			v = raw("[]")
		case name == "timetracking":
			v = raw("{}")
		default:
			v = null
		}
		add(name, v)
	}
	if i.m.Parent != 0 {
		if b := i.w.Brief(i.m.Parent); b != nil {
			add("parent", b)
		}
	}
	subtasks := []raw{}
	if member(i.m.Value("issuetype"), "hierarchyLevel") == "0" {
		for _, id := range i.w.Children(i.row.ID) {
			subtasks = append(subtasks, i.w.Brief(id))
		}
	}
	add("subtasks", rawjson.Array(subtasks))
	add("issuelinks", i.links())
	for _, f := range i.w.custom {
		v := null
		if set := i.m.Value(f.id); set != nil {
			v = set
		}
		if f.sprints {
			v = i.sprints()
		}
		add(f.id, v)
	}
	for _, m := range i.m.Values {
		if !slices.ContainsFunc(out, func(o rawjson.Member) bool { return o.Name == m.Name }) {
			out = append(out, m)
		}
	}
	for _, name := range []string{"attachment", "watches", "votes", "worklog", "comment"} {
		add(name, nil)
	}
	return out
}

// customField is a custom field that every issue shows.
type customField struct {
	id      string
	sprints bool // it shows the sprints of an issue
}

func customFieldsOf(definitions []raw) []customField {
	var out []customField
	for _, f := range definitions {
		m, err := rawjson.Split(f)
		if err == nil && string(rawjson.Get(m, "custom")) == "true" {
			out = append(out, customField{id: textOf(m, "id"), sprints: member(rawjson.Get(m, "schema"), "custom") == sprintType})
		}
	}
	return out
}

// sprintType is the type of the field that shows the sprints of an issue.
const sprintType = "com.pyxis.greenhopper.jira:gh-sprint"

// current is a list of components or versions as they are now; those that were deleted are left out.
func current(list raw, all []raw) raw {
	items, err := rawjson.Items(list)
	if err != nil {
		return raw("[]") // without a value
	}
	out := []raw{}
	for _, item := range items {
		id := member(item, "id")
		if k := slices.IndexFunc(all, func(one raw) bool { return member(one, "id") == id }); k >= 0 {
			out = append(out, all[k])
		}
	}
	return rawjson.Array(out)
}

// Brief is an issue as others show it, nil where there is none.
func (w *Layer) Brief(id int64) raw {
	row, found := w.rowOf(id)
	if !found {
		return nil
	}
	var shown []any
	m := w.Made(row)
	for _, name := range []string{"summary", "status", "priority", "issuetype"} {
		if v := m.Value(name); v != nil {
			shown = append(shown, name, v)
		}
	}
	text := strconv.FormatInt(id, 10)
	return rawjson.Object("id", text, "key", row.Key, "self", api("issue/"+text), "fields", rawjson.Object(shown...))
}

func (i made) links() raw {
	out := []raw{}
	for _, l := range i.m.Links {
		side := "outwardIssue"
		if l.Inward {
			side = "inwardIssue"
		}
		if other := i.w.Brief(l.Other); other != nil {
			out = append(out, rawjson.Object("id", l.ID, "self", api("issueLink/"+l.ID), "type", l.Type, side, other))
		}
	}
	return rawjson.Array(out)
}

// sprints is the value of the field Sprint.
func (i made) sprints() raw {
	out := []raw{}
	for _, id := range i.m.Sprints {
		if s := i.w.Setup().sprintInIssue(strconv.FormatInt(id, 10)); s != nil {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return raw("null")
	}
	return rawjson.Array(out)
}

// beneath is the issue of the content below, nil where that has none.
func (i made) beneath() Issue {
	if i.m.created {
		return nil
	}
	return i.w.Source.Issue(i.row)
}

func fromBelow[T any](i made, list func(Issue) []T) []T {
	if b := i.beneath(); b != nil {
		return list(b)
	}
	return nil
}

// Comments implements Issue.
func (i made) Comments() []Item { return fromBelow(i, Issue.Comments) }

// Worklogs implements Issue.
func (i made) Worklogs() []Item { return fromBelow(i, Issue.Worklogs) }

// RemoteLinks implements Issue.
func (i made) RemoteLinks() []Item { return fromBelow(i, Issue.RemoteLinks) }

// Watchers implements Issue.
func (i made) Watchers() []Person { return fromBelow(i, Issue.Watchers) }

// Voters implements Issue.
func (i made) Voters() []Person { return fromBelow(i, Issue.Voters) }

// Attachments implements Issue.
func (i made) Attachments() []Attachment { return fromBelow(i, Issue.Attachments) }

// Changelog implements Issue.
func (i made) Changelog() []Item { return i.m.Changelog }

// Properties implements Issue.
func (i made) Properties() []rawjson.Member { return i.m.Properties }

// Recorded implements Issue: what is written is composed.
func (i made) Recorded() rawjson.Raw { return nil }
