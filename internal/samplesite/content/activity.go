package content

import (
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// when spreads n events of an issue between its creation and its last change, in order.
func (i *issue) when(k, n int) int64 {
	return i.row.Created + (i.row.Updated-i.row.Created)*int64(k+1)/int64(n+1) + int64(k)
}

// Comments implements Issue.
func (i *issue) Comments() []Item {
	r := i.rng(partComments)
	n := size(r, i.spec.Comments, 24)
	out := make([]Item, 0, n)
	files := i.Attachments()
	for k := range n {
		id := strconv.FormatInt(i.row.ID*10000+int64(k), 10)
		at := i.when(k, n)
		author := pick(r, i.g.people).Body
		pairs := []any{"self", i.self() + "/comment/" + id, "id", id, "author", author, "body", document(r, i.g.people, files, 4),
			"updateAuthor", author, "created", FormatTime(at), "updated", FormatTime(at + int64(r.longTail(86400))*1000)}
		if r.in(4) {
			pairs = append(pairs, "visibility", rawjson.Object("type", "role", "value", "Administrators", "identifier", "10002"))
		}
		pairs = append(pairs, "jsdPublic", true)
		out = append(out, Item{ID: id, Time: at, Body: rawjson.Object(pairs...)})
	}
	return out
}

// Worklogs implements Issue.
func (i *issue) Worklogs() []Item {
	r := i.rng(partWorklogs)
	times := i.logged(size(r, i.spec.Worklogs, 8))
	n := len(times)
	out := make([]Item, 0, n)
	for k, seconds := range times {
		id := strconv.FormatInt(i.row.ID*10000+int64(k), 10)
		at := i.when(k, n)
		author := pick(r, i.g.people).Body
		pairs := []any{"self", i.self() + "/worklog/" + id, "author", author, "updateAuthor", author}
		if r.in(60) {
			pairs = append(pairs, "comment", document(r, i.g.people, nil, 1))
		}
		pairs = append(pairs, "created", FormatTime(at), "updated", FormatTime(at), "started", FormatTime(at-seconds*1000),
			"timeSpent", Duration(seconds), "timeSpentSeconds", seconds, "id", id, "issueId", strconv.FormatInt(i.row.ID, 10))
		out = append(out, Item{ID: id, Time: at - seconds*1000, Body: rawjson.Object(pairs...)})
	}
	return out
}

// logged is the seconds of n worklogs, from a stream of their own: the field
// "timetracking" adds them up without making the worklogs.
func (i *issue) logged(n int) []int64 {
	r, out := i.rng(partTime), make([]int64, n)
	for k := range out {
		out[k] = int64(900 * (1 + r.below(32)))
	}
	return out
}

// timeTracked is the value of the field "timetracking".
func (i *issue) timeTracked() raw {
	var spent int64
	times := i.logged(size(i.rng(partWorklogs), i.spec.Worklogs, 8))
	for _, seconds := range times {
		spent += seconds
	}
	return TimeTracking(Estimate{Original: -1, Remaining: -1}, spent, len(times) > 0)
}

// Changelog implements Issue.
func (i *issue) Changelog() []Item {
	r := i.rng(partChangelog)
	n := size(r, i.spec.Changes, 30)
	out := make([]Item, 0, n)
	for k := range n {
		id := strconv.FormatInt(i.row.ID*10000+int64(k), 10)
		at := i.when(k, n)
		items := []raw{i.change(r)}
		for range r.longTail(3) {
			items = append(items, i.change(r))
		}
		out = append(out, Item{ID: id, Time: at, Body: rawjson.Object("id", id, "author", pick(r, i.g.people).Body, "created", FormatTime(at), "items", items)})
	}
	return out
}

func (i *issue) change(r *rng) raw {
	null := raw("null")
	switch r.below(4) {
	case 0:
		a, b := r.below(len(statuses)), r.below(len(statuses))
		return rawjson.Object("field", "status", "fieldtype", "jira", "fieldId", "status", "from", strconv.Itoa(10000+a), "fromString", statuses[a].name, "to", strconv.Itoa(10000+b), "toString", statuses[b].name)
	case 1:
		p := pick(r, i.g.people)
		return rawjson.Object("field", "assignee", "fieldtype", "jira", "fieldId", "assignee", "from", null, "fromString", null, "to", p.AccountID, "toString", p.Name)
	case 2:
		s := pickScript(r)
		return rawjson.Object("field", "summary", "fieldtype", "jira", "fieldId", "summary", "from", null, "fromString", title(r, s), "to", null, "toString", title(r, s))
	default:
		return rawjson.Object("field", "Team <Größe>", "fieldtype", "custom", "fieldId", fieldTeam, "from", null, "fromString", "", "to", "[10020]", "toString", "Alpha & Übersicht")
	}
}
