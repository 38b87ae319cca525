package content

import (
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// Streams of random numbers of one issue: each part has its own, so that it can
// be made without the others.
const (
	partFields = 10 + iota
	partComments
	partWorklogs
	partChangelog
	partLinks
	partProperties
	partPeople
	partFiles
	partShape
	partTime
)

// issue is a generated issue: nothing but its row; each method makes its part anew.
type issue struct {
	g     *Generated
	row   Row
	seed  uint64
	spec  *IssueSpec
	added bool // made after the site began to serve
}

func (i *issue) rng(part uint64) *rng {
	return newRNG(i.seed, part, uint64(i.row.Project), uint64(i.row.Number))
}

// size is what the spec says, or a number from the long tail up to most.
func size(r *rng, want, most int) int {
	n := r.longTail(most)
	switch {
	case want > 0:
		return want
	case want < 0:
		return 0
	}
	return n
}

func (i *issue) self() string { return Base + "/rest/api/3/issue/" + strconv.FormatInt(i.row.ID, 10) }

// Top implements Issue.
func (i *issue) Top() []rawjson.Member {
	return []rawjson.Member{
		{Name: "expand", Value: rawjson.String("renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations")},
		{Name: "id", Value: rawjson.String(strconv.FormatInt(i.row.ID, 10))},
		{Name: "self", Value: rawjson.String(i.self())},
		{Name: "key", Value: rawjson.String(i.row.Key)},
	}
}

// Recorded implements Issue: generated issues are composed.
func (i *issue) Recorded() raw { return nil }

// Fields implements Issue.
func (i *issue) Fields() []rawjson.Member {
	r := i.rng(partFields)
	g, p := i.g, i.g.projects[i.row.Project]
	summary, done := outline(r)
	status, resolution, resolved := r.below(3), raw("null"), raw("null")
	if done {
		status = 3 + r.below(2)
		resolution = doneResolution
		resolved = rawjson.String(FormatTime(i.row.Updated))
	}
	null := raw("null")
	m := []rawjson.Member{
		{Name: "summary", Value: rawjson.String(summary)},
		{Name: "issuetype", Value: issueTypeBody(i.kind())},
		{Name: "project", Value: rawjson.Object("self", Base+"/rest/api/3/project/"+strconv.FormatInt(p.ID, 10), "id", strconv.FormatInt(p.ID, 10), "key", p.Key, "name", p.Name, "projectTypeKey", p.Type, "simplified", p.Simplified)},
		{Name: "status", Value: statusBody(status)},
		{Name: "priority", Value: priorityBody(r.below(5))},
		{Name: "resolution", Value: resolution},
		{Name: "resolutiondate", Value: resolved},
		{Name: "created", Value: rawjson.String(FormatTime(i.row.Created))},
		{Name: "updated", Value: rawjson.String(FormatTime(i.row.Updated))},
		{Name: "creator", Value: pick(r, g.people).Body},
		{Name: "reporter", Value: pick(r, g.people).Body},
		{Name: "assignee", Value: null},
		{Name: "labels", Value: rawjson.Object("x", labels(r))},
		{Name: "duedate", Value: null},
		{Name: "environment", Value: null},
		{Name: "description", Value: document(r, g.people, i.Attachments(), 22)},
		{Name: "components", Value: some(r, p.Components)},
		{Name: "versions", Value: some(r, p.Versions)},
		{Name: "fixVersions", Value: some(r, p.Versions)},
		{Name: "security", Value: null},
		{Name: "timetracking", Value: i.timeTracked()},
	}
	set := func(name string, v raw) {
		for k := range m {
			if m[k].Name == name {
				m[k].Value = v
				return
			}
		}
		m = append(m, rawjson.Member{Name: name, Value: v})
	}
	set("labels", stringArray(labels(r)))
	if r.in(70) {
		set("assignee", pick(r, g.people).Body)
	}
	if r.in(20) {
		set("duedate", rawjson.String(FormatTime(i.row.Created + int64(r.below(90))*24*3600*1000)[:10]))
	}
	if parent, ok := i.parent(); ok {
		set("parent", g.brief(parent))
	}
	subtasks := []raw{}
	for _, row := range i.children() {
		subtasks = append(subtasks, g.brief(row))
	}
	set("subtasks", rawjson.Array(subtasks))
	set("issuelinks", rawjson.Array(i.links()))
	i.customFields(r, set)
	for _, name := range []string{"attachment", "watches", "votes", "worklog", "comment"} {
		m = append(m, rawjson.Member{Name: name})
	}
	return m
}

// outline is what is drawn first of an issue: its summary and whether it is done.
func outline(r *rng) (summary string, done bool) {
	summary = title(r, pickScript(r))
	return summary, r.in(55)
}

func stringArray(s []string) raw {
	out := make([]raw, len(s))
	for i := range s {
		out[i] = rawjson.String(s[i])
	}
	return rawjson.Array(out)
}

func labels(r *rng) []string {
	all := list("backend|frontend|größe|緊急|tech-debt|customer:acme|a&b|🔥|безопасность|q4-2024")
	var out []string
	for range r.longTail(5) {
		if l := pick(r, all); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func some(r *rng, from []raw) raw {
	if len(from) == 0 || r.in(60) {
		return raw("[]")
	}
	return rawjson.Array([]raw{pick(r, from)})
}

func (i *issue) customFields(r *rng, set func(string, raw)) {
	for _, name := range []string{fieldSprint, fieldStory, fieldTeam, fieldReviewer, fieldTarget, fieldNotes, fieldTags, fieldOdd} {
		set(name, raw("null"))
	}
	if r.in(40) {
		n := 1 + r.below(30)
		set(fieldSprint, rawjson.Array([]raw{rawjson.Object("id", n, "name", fmt.Sprintf("Sprint %d", n), "state", "closed", "boardId", 8, "goal", "",
			"startDate", FormatTime(i.row.Created)[:19]+".000Z", "endDate", FormatTime(i.row.Created + 14*24*3600*1000)[:19]+".000Z")}))
	}
	if i.g.setup != nil && i.g.setup.Boards() > 0 {
		set(fieldSprint, i.g.setup.sprintField(i.row))
	}
	if r.in(40) {
		set(fieldStory, raw(pick(r, list("1.0|2.0|3.0|5.0|8.0|0.5|13.0"))))
	}
	option := func(n int, v string) raw {
		return rawjson.Object("self", Base+"/rest/api/3/customFieldOption/"+strconv.Itoa(n), "value", v, "id", strconv.Itoa(n))
	}
	if r.in(50) {
		n := r.below(4)
		set(fieldTeam, option(10020+n, pickAt(list("Alpha|Übersicht|チーム甲|<core>"), n)))
	}
	if r.in(20) {
		set(fieldReviewer, pick(r, i.g.people).Body)
	}
	if r.in(20) {
		set(fieldTarget, rawjson.String(FormatTime(i.row.Updated)[:10]))
	}
	if r.in(10) {
		set(fieldNotes, document(r, i.g.people, nil, 3))
	}
	if r.in(10) {
		set(fieldTags, rawjson.Array([]raw{option(10030, "one"), option(10031, "zwei & drei")}))
	}
	if i.spec.Odd {
		set(fieldOdd, oddValue)
	}
}

// oddValue is JSON that is easily changed on its way: each member is a trap
// that a decoder or an encoder of some language falls into.
var oddValue = raw("{\"html\":\"<&>\",\"escaped\":\"\\u003c\\u0026\\u003e\",\"separator\":\"a\u2028b\u2029c\",\"exponent\":1.0E+2," +
	"\"huge\":1e400,\"integer\":12345678901234567890123,\"negative\":-0,\"zero\":0.0,\"slash\":\"a\\/b\",\"nul\":\"\\u0000\",\"lone\":\"\\ud83d\"," +
	"\"twice\":1,\"twice\":2,\"\":\"no name\",\"empty\":{},\"nested\":[[],[[]],{\"a\":[1,1.0,1.00]}]}")
