package content

import (
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// board is a board of a project.
type board struct {
	id, project int
}

// firstSprint is the id of the first sprint of a board, in steps of a thousand.
const firstSprint = 1000

// Boards returns how many boards the site has.
func (s *Setup) Boards() int { return len(s.boards) }

// Done reports whether an issue is resolved.
func (s *Setup) Done(row Row) bool {
	_, done := outline(newRNG(s.seed, partFields, uint64(row.Project), uint64(row.Number)))
	return done
}

// Rank orders issues as people put them on boards.
func (s *Setup) Rank(row Row) uint64 {
	return newRNG(s.seed, 7, uint64(row.Project), uint64(row.Number)).next()
}

// Sprint returns the id of the sprint that an issue is in, 0 where it is in none.
func (s *Setup) Sprint(row Row) int {
	all := s.sprints[row.Project]
	r := newRNG(s.seed, 8, uint64(row.Project), uint64(row.Number))
	if len(all) == 0 || r.in(45) {
		return 0
	}
	return pick(r, all)
}

// Open reports whether a sprint is active or yet to come.
func (s *Setup) Open(sprint int) bool {
	state := member(s.sprint(sprint).Body, "state")
	return state == "active" || state == "future"
}

// sprint finds a sprint by the board that it was made on.
func (s *Setup) sprint(id int) Entry {
	e, _ := s.Find("sprint", number(id/1000), number(id))
	return e
}

// ProjectOfBoard returns the project (index in Projects) whose issues a board shows, negative where there is no such board.
func (s *Setup) ProjectOfBoard(id string) int {
	i := slices.IndexFunc(s.boards, func(b board) bool { return number(b.id) == id })
	if i < 0 {
		return -1
	}
	return s.boards[i].project
}

// sprintField is the value of the field Sprint of an issue.
func (s *Setup) sprintField(row Row) raw {
	id := s.Sprint(row)
	if id == 0 {
		return raw("null")
	}
	m, err := rawjson.Split(s.sprint(id).Body)
	if err != nil {
		return raw("null") // a sprint is our own
	}
	pairs := []any{"id", id, "name", rawjson.Get(m, "name"), "state", rawjson.Get(m, "state"), "boardId", id / 1000, "goal", rawjson.Get(m, "goal")}
	for _, name := range []string{"startDate", "endDate", "completeDate"} {
		if v := rawjson.Get(m, name); v != nil {
			pairs = append(pairs, name, v)
		}
	}
	return rawjson.Array([]raw{rawjson.Object(pairs...)})
}

// boardLists is boards with all that belongs to them. Every eighth is one that
// the account does not see; every third is a kanban board, and every other one of
// these belongs to a service project where there is one.
func (b *builder) boardLists() {
	b.open("board", "")
	var software, service []int // projects that have boards
	for i, p := range b.projects {
		switch p.Type {
		case "software":
			software = append(software, i)
		case "service_desk":
			service = append(service, i)
		}
	}
	if len(software) == 0 {
		return
	}
	last := "" // id of the board before this one that has sprints
	for i := range b.config.Boards {
		id, project := 1+i, software[i%len(software)]
		if i%6 == 5 && len(service) > 0 {
			project = service[i%len(service)]
		}
		p := b.projects[project]
		kind := "scrum"
		switch {
		case p.Simplified:
			kind = "simple"
		case i%3 == 2:
			kind = "kanban"
		}
		filter, private := b.config.Filters+i, i%8 == 7
		shares := []raw{rawjson.Object("id", 90000+i, "type", "project", "project", rawjson.Members(p.Summary))}
		owner := b.people[0]
		if private {
			shares, owner = []raw{}, b.people[(i+1)%len(b.people)]
		}
		b.filter(filter, b.name("Filter of board", i), "project = "+p.Key+" ORDER BY Rank ASC", owner, shares, []raw{}, private, project)
		b.boards = append(b.boards, board{id, project})
		b.put("board", "", Entry{ID: number(id), Private: private, Project: project, Body: rawjson.Object("id", id, "self", Base+"/rest/agile/1.0/board/"+number(id), "name", b.name("Board", i), "type", kind,
			"location", rawjson.Object("projectId", p.ID, "displayName", p.Name+" ("+p.Key+")", "projectName", p.Name, "projectKey", p.Key, "projectTypeKey", p.Type,
				"avatarURI", api("universal_avatar/view/type/project/avatar/10400?size=small"), "name", p.Name+" ("+p.Key+")"), "isPrivate", private)})
		b.configureBoard(i, project, kind, firstFilter+filter)
		if kind == "scrum" || kind == "simple" && i%2 == 0 {
			b.boardSprints(i, project, last)
			last = number(id)
		}
	}
}

func (b *builder) configureBoard(i, project int, kind string, filter int) {
	id, p := number(1+i), b.projects[project]
	columns := []raw{}
	for k, status := range b.List("status", "")[:3] {
		column := []any{"name", b.name("Column", k), "statuses", []raw{rawjson.Object("id", status.ID, "self", api("status/"+status.ID))}}
		if k == 1 {
			column = append(column, "min", 1, "max", 7)
		}
		columns = append(columns, rawjson.Object(column...))
	}
	pairs := []any{"id", 1 + i, "name", b.name("Board", i), "type", kind, "self", Base + "/rest/agile/1.0/board/" + id + "/configuration",
		"location", rawjson.Object("type", "project", "projectKeyOrId", p.Key), "filter", rawjson.Object("id", number(filter), "self", api("filter/"+number(filter))),
		"columnConfig", rawjson.Object("columns", columns, "constraintType", pickAt(list("none|issueCount"), i)), "ranking", rawjson.Object("rankCustomFieldId", 10019)}
	if kind == "kanban" {
		pairs = append(pairs, "subQuery", rawjson.Object("query", "fixVersion in unreleasedVersions() OR fixVersion is EMPTY & <none>"))
	} else {
		pairs = append(pairs, "estimation", rawjson.Object("type", "field", "field", rawjson.Object("fieldId", fieldStory, "displayName", "Story point estimate")))
	}
	b.add("boardConfiguration", id, id, rawjson.Object(pairs...))
	b.open("quickFilter", id)
	for k := range b.config.deep(i) {
		b.add("quickFilter", id, number((1+i)*1000+k), rawjson.Object("id", (1+i)*1000+k, "boardId", 1+i, "name", b.name("Quick", k), "jql", "assignee = currentUser() AND labels in (\"a&b\")",
			"description", b.note("quick", k), "position", k))
	}
	b.open("boardFeature", id)
	if kind == "simple" {
		for k, name := range list("SIMPLE_ROADMAP|BACKLOG|SPRINTS|REPORTS|ESTIMATION") {
			state, sort := "ENABLED", "BASIC"
			if name == "SPRINTS" && i%2 == 1 {
				state = "DISABLED"
			}
			f := []any{"boardFeature", name, "boardId", 1 + i, "state", state, "localisedName", b.name("Feature", k), "localisedDescription", b.note("feature", k), "imageUri", Base + "/s/f.svg",
				"featureId", "jsw.agility." + name, "toggleLocked", k == 1}
			if name == "ESTIMATION" {
				sort = name
				f = append(f, "permissibleEstimationTypes", []raw{rawjson.Object("value", "STORY_POINTS", "localisedName", "Punkte", "localisedDescription", "")})
			}
			b.add("boardFeature", id, name, rawjson.Object(append(f, "featureType", sort)...))
		}
	}
	b.open("boardProperty", id)
	for k := range i % 3 {
		key := "com.example.board." + number(k)
		b.add("boardProperty", id, key, rawjson.Object("key", key, "value", rawjson.Object("columns", k, "ratio", raw("0.10"), "note", oddities[(i+k)%len(oddities)])))
	}
}

// boardSprints gives a board sprints: closed ones first, then the active one, then one
// to come. Every other board also lists the active sprint of the board before it.
func (b *builder) boardSprints(i, project int, before string) {
	owner := number(1 + i)
	b.open("sprint", owner)
	n := b.config.deep(i)
	for k := range n {
		id := (1+i)*firstSprint + k
		at := firstCreated + int64(k)*14*86400_000
		state := "closed"
		switch {
		case n == 1 || k == n-2:
			state = "active"
		case k == n-1:
			state = "future"
		}
		pairs := []any{"id", id, "self", Base + "/rest/agile/1.0/sprint/" + number(id), "state", state, "name", b.name("Sprint", k)}
		if state != "future" {
			pairs = append(pairs, "startDate", FormatTime(at)[:19]+".000Z", "endDate", FormatTime(at + 14*86400_000)[:19]+".000Z")
		}
		if state == "closed" {
			pairs = append(pairs, "completeDate", FormatTime(at + 15*86400_000)[:19]+".000Z")
		}
		if state == "active" && before != "" && i%2 == 1 {
			for _, e := range b.List("sprint", before) {
				if member(e.Body, "state") == "active" && member(e.Body, "originBoardId") == before {
					b.put("sprint", owner, e)
				}
			}
		}
		b.add("sprint", owner, number(id), rawjson.Object(append(pairs, "createdDate", FormatTime(at)[:19]+".000Z", "originBoardId", 1+i, "goal", b.note("sprint", k))...))
		b.sprints[project] = append(b.sprints[project], id)
	}
}
