package content

import (
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// kind is the index in issueTypes. Sub-tasks follow the issue that they belong
// to, so that parent and children are found without a table.
func (i *issue) kind() int { return i.g.kind(i.row.Project, i.row.Number, i.seed) }

// kind never makes an epic of an issue that a sub-task follows: sub-tasks belong to
// what is one level above them.
func (g *Generated) kind(project, number int, seed uint64) int {
	kind := drawnKind(project, number, seed)
	if kind == 3 && drawnKind(project, number+1, seed) == 4 {
		return 0
	}
	return kind
}

func drawnKind(project, number int, seed uint64) int {
	r := newRNG(seed, partShape, uint64(project), uint64(number))
	if number > 1 && r.in(15) {
		return 4
	}
	return r.below(4)
}

func (i *issue) parent() (Row, bool) {
	if i.added || i.kind() != 4 {
		return Row{}, false
	}
	for n := i.row.Number - 1; n >= 1; n-- {
		if i.g.kind(i.row.Project, n, i.seed) != 4 {
			return i.g.rowOf(i.row.Project, n)
		}
	}
	return Row{}, false
}

func (i *issue) children() []Row {
	if i.added || i.kind() == 4 {
		return nil
	}
	var out []Row
	for n := i.row.Number + 1; ; n++ {
		row, ok := i.g.rowOf(i.row.Project, n)
		if !ok || i.g.kind(i.row.Project, n, i.seed) != 4 {
			return out
		}
		out = append(out, row)
	}
}

// brief is an issue as others show it: parent, sub-task, linked issue.
func (g *Generated) brief(row Row) raw {
	r := newRNG(g.spec.Seed, partFields, uint64(row.Project), uint64(row.Number))
	summary := title(r, pickScript(r))
	return rawjson.Object("id", strconv.FormatInt(row.ID, 10), "key", row.Key,
		"self", Base+"/rest/api/3/issue/"+strconv.FormatInt(row.ID, 10),
		"fields", rawjson.Object("summary", summary, "issuetype", issueTypeBody(g.kind(row.Project, row.Number, g.spec.Seed))))
}

var blocksType = rawjson.Object("id", "10000", "name", "Blocks", "inward", "is blocked by", "outward", "blocks", "self", Base+"/rest/api/3/issueLinkType/10000")

// links pairs issues within groups of eight, by an involution: what the one
// shows as outward the other shows as inward.
func (i *issue) links() []raw {
	if i.added {
		return nil
	}
	n := i.row.Number - 1
	r := newRNG(i.seed, partLinks, uint64(i.row.Project), uint64(n/8))
	if !r.in(35) {
		return nil
	}
	other, ok := i.g.rowOf(i.row.Project, (n^(1+r.below(7)))+1)
	if !ok {
		return nil
	}
	low := min(i.row.ID, other.ID)
	id := strconv.FormatInt(low*10+1, 10)
	side := "inwardIssue"
	if i.row.ID == low {
		side = "outwardIssue"
	}
	return []raw{rawjson.Object("id", id, "self", Base+"/rest/api/3/issueLink/"+id, "type", blocksType, side, i.g.brief(other))}
}

// RemoteLinks implements Issue.
func (i *issue) RemoteLinks() []Item {
	r := i.rng(partLinks + 100)
	n := size(r, i.spec.RemoteLinks, 6)
	out := make([]Item, 0, n)
	for k := range n {
		id := i.row.ID*1000 + int64(k)
		url := "https://git.example.com/app/-/commit/" + strconv.FormatUint(r.next(), 16)
		out = append(out, Item{ID: strconv.FormatInt(id, 10), Body: rawjson.Object(
			"id", id, "self", i.self()+"/remotelink/"+strconv.FormatInt(id, 10), "globalId", "commit="+url,
			"application", rawjson.Object("type", "com.example.git", "name", "Git"), "relationship", "mentioned in",
			"object", rawjson.Object("url", url, "title", title(r, pickScript(r)), "summary", sentence(r, pickScript(r)),
				"icon", rawjson.Object("url16x16", "https://git.example.com/favicon.png", "title", "Git"),
				"status", rawjson.Object("resolved", r.in(50), "icon", raw("{}"))))})
	}
	return out
}

// Properties implements Issue.
func (i *issue) Properties() []rawjson.Member {
	r := i.rng(partProperties)
	n := size(r, i.spec.Properties, 3)
	out := make([]rawjson.Member, 0, n)
	for k := range n {
		out = append(out, rawjson.Member{Name: "com.example.app." + strconv.Itoa(k), Value: rawjson.Object(
			"version", k+1, "note", sentence(r, pickScript(r)), "score", r.below(1000))})
	}
	if i.spec.Odd {
		out = append(out, rawjson.Member{Name: "odd", Value: oddValue})
	}
	return out
}

func (i *issue) crowd(stream uint64, want, most int) []Person {
	r := newRNG(i.seed, partPeople, stream, uint64(i.row.Project), uint64(i.row.Number))
	n := min(size(r, want, most), len(i.g.people))
	start, out := r.below(len(i.g.people)), make([]Person, 0, n)
	for k := range n {
		out = append(out, i.g.people[(start+k)%len(i.g.people)])
	}
	return out
}

// Watchers implements Issue.
func (i *issue) Watchers() []Person { return i.crowd(1, i.spec.Watchers, 6) }

// Voters implements Issue.
func (i *issue) Voters() []Person { return i.crowd(2, i.spec.Voters, 3) }
