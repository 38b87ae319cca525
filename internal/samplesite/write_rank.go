package samplesite

import (
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
)

// Scopes of Jira Software's API, which has no classic ones.
const (
	writeIssueRank  = "write:issue:jira-software"
	writeBoard      = "write:board-scope:jira-software"
	writeBoardAdmin = "write:board-scope.admin:jira-software"
	writeSprint     = "write:sprint:jira-software"
	deleteSprints   = "delete:sprint:jira-software"
	readSprints     = "read:sprint:jira-software"
	readBoards      = "read:board-scope:jira-software"
	agile           = "/rest/agile/1.0"
)

// rankWrites is what orders issues and moves them between sprints and backlogs.
func rankWrites() []write {
	return []write{
		{method: http.MethodPut, template: agile + "/issue/rank", scopes: []string{writeIssueRank}, answer: rankIssues},
		{method: http.MethodPost, template: agile + "/sprint/{sprintId}/issue", scopes: []string{writeSprint}, answer: moveToSprint},
		{method: http.MethodPost, template: agile + "/backlog/issue", scopes: []string{writeBoard}, answer: moveToBacklog},
		{method: http.MethodPost, template: agile + "/backlog/{boardId}/issue", scopes: []string{writeBoard}, answer: moveToBacklogOf},
	}
}

// ranking is the order that people put issues in. Until somebody does, it is that of
// the content; what is created comes last. Site.writing guards its changes, world.mu its reading.
type ranking struct {
	order []int64          // ids of the issues, once somebody ranked
	at    map[int64]uint64 // id → index in order
}

// rank is where an issue stands among all; equal ranks are in the order of their ids.
func (s *Site) rank(row content.Row) uint64 {
	s.world.mu.RLock()
	at, found := s.world.ranked.at[row.ID]
	begun := s.world.ranked.at != nil
	s.world.mu.RUnlock()
	switch {
	case found:
		return at
	case begun || s.layer.Created(row):
		return math.MaxUint64
	}
	return s.src.Setup().Rank(row)
}

// move puts issues, in their order, before or after another one.
func (s *Site) move(issues []content.Row, beside content.Row, after bool) {
	s.world.mu.RLock()
	rows := slices.Clone(s.world.rows)
	s.world.mu.RUnlock()
	ranks := make(map[int64]uint64, len(rows))
	for _, row := range rows {
		ranks[row.ID] = s.rank(row)
	}
	slices.SortStableFunc(rows, func(a, b content.Row) int {
		return cmp.Or(cmp.Compare(ranks[a.ID], ranks[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	order, moved := make([]int64, 0, len(rows)), make([]int64, len(issues))
	for i, row := range issues {
		moved[i] = row.ID
	}
	for _, row := range rows {
		if !slices.Contains(moved, row.ID) {
			order = append(order, row.ID)
		}
	}
	i := slices.Index(order, beside.ID)
	if after {
		i++
	}
	order = slices.Insert(order, i, moved...)
	at := make(map[int64]uint64, len(order))
	for i, id := range order {
		at[id] = uint64(i)
	}
	s.change(func(w *world) { w.ranked = ranking{order: order, at: at} })
}

// maxMoved is how many issues are ranked or moved at once.
const maxMoved = 50

// moving is what a request says of issues that it ranks or moves.
type moving struct {
	issues []content.Row
	beside *content.Row // nil: their rank stays
	after  bool
}

// moved reads which issues a request ranks or moves; ranks says that it may rank them.
func (c *call) moved(ranks bool) (m moving, bad *reply) {
	if bad := c.noSoftware(); bad != nil {
		return m, bad
	}
	names := []string{"issues"}
	if ranks {
		names = append(names, "rankBeforeIssue", "rankAfterIssue", "rankCustomFieldId")
	}
	in, bad := c.object(names...)
	if bad != nil {
		return m, bad
	}
	var keys []string
	if err := json.Unmarshal(in["issues"], &keys); in["issues"] == nil || err != nil || len(keys) == 0 {
		return m, wrong("issues", "At least one issue is required.")
	}
	if len(keys) > maxMoved {
		return m, wrong("issues", "The number of issues must not be larger than "+strconv.Itoa(maxMoved)+".")
	}
	for _, key := range keys {
		row, bad := c.movable(key)
		if bad != nil {
			return m, bad
		}
		if slices.ContainsFunc(m.issues, func(o content.Row) bool { return o.ID == row.ID }) {
			return m, wrong("issues", "An issue is named twice.")
		}
		m.issues = append(m.issues, row)
	}
	before, ok1 := textOf(in["rankBeforeIssue"])
	after, ok2 := textOf(in["rankAfterIssue"])
	if !ok1 || !ok2 || before != "" && after != "" {
		return m, wrong("rankBeforeIssue", "At most one of rankBeforeIssue and rankAfterIssue can be given.")
	}
	if key := before + after; key != "" {
		row, bad := c.movable(key)
		if bad != nil {
			return m, bad
		}
		if slices.ContainsFunc(m.issues, func(o content.Row) bool { return o.ID == row.ID }) {
			return m, wrong("issues", "An issue can not be ranked relative to itself.")
		}
		m.beside, m.after = &row, after != ""
	}
	return m, nil
}

// movable finds an issue that the account may rank and put into sprints.
func (c *call) movable(idOrKey string) (content.Row, *reply) {
	row, found := c.site.world.find(idOrKey)
	if !found {
		return row, refused(http.StatusBadRequest, "Issue '"+idOrKey+"' does not exist or you do not have permission to see it.")
	}
	if !c.may("SCHEDULE_ISSUES", row.Project) {
		return row, refused(http.StatusForbidden, "You do not have the permission to schedule issues.")
	}
	return row, nil
}

func (c *call) reorder(m moving) {
	if m.beside != nil {
		c.site.move(m.issues, *m.beside, m.after)
	}
}

func rankIssues(c *call) reply {
	m, bad := c.moved(true)
	if bad != nil {
		return *bad
	}
	if m.beside == nil {
		return *wrong("rankBeforeIssue", "Either rankBeforeIssue or rankAfterIssue is required.")
	}
	c.reorder(m)
	return wrote(http.StatusNoContent, nil)
}

func moveToSprint(c *call) reply {
	e, bad := c.sprintAsked()
	if bad != nil {
		return *bad
	}
	m, bad := c.moved(true)
	if bad != nil {
		return *bad
	}
	if at(e.Body, "state") == "closed" {
		return *wrong("sprint", "Issues can only be moved to open or active sprints.")
	}
	id, _ := strconv.ParseInt(e.ID, 10, 64)
	for _, row := range m.issues {
		c.site.layer.MoveToSprint(row, id)
		c.site.touch(row)
	}
	c.reorder(m)
	return wrote(http.StatusNoContent, nil)
}

func moveToBacklog(c *call) reply { return c.backlog(false) }

func moveToBacklogOf(c *call) reply {
	if _, bad := c.boardAsked(); bad != nil {
		return *bad
	}
	return c.backlog(true)
}

func (c *call) backlog(ranks bool) reply {
	m, bad := c.moved(ranks)
	if bad != nil {
		return *bad
	}
	for _, row := range m.issues {
		c.site.layer.MoveToSprint(row, 0)
		c.site.touch(row)
	}
	c.reorder(m)
	return wrote(http.StatusNoContent, nil)
}

// noSoftware is the answer of a site without Jira Software.
func (c *call) noSoftware() *reply {
	if !c.site.world.lacking().Software {
		return nil
	}
	p := problem(http.StatusNotFound, "No endpoint "+c.r.Method+" "+c.r.URL.Path+".", c.r)
	return &p
}

// onFilter returns which issues a board shows: those that its filter finds. Where the
// site can not read the filter it is those of the board's project; false where there is neither.
func (s *Site) onFilter(board string) (func(content.Row) bool, bool) {
	setup := s.src.Setup()
	if project := setup.ProjectOfBoard(board); project >= 0 {
		return func(row content.Row) bool { return row.Project == project }, true
	}
	config, found := setup.Find("boardConfiguration", board, board)
	if !found {
		return nil, false
	}
	filter, _ := setup.Find("filter", "", at(config.Body, "filter.id"))
	if q, err := parseJQL(at(filter.Body, "jql")); err == nil && q.where != nil {
		if matches, err := (compiler{site: s, now: s.cfg.Now()}).compile(q.where); err == nil {
			return matches, true
		}
	}
	e, _ := setup.Find("board", "", board)
	return func(row content.Row) bool { return e.Project >= 0 && row.Project == e.Project }, true
}
