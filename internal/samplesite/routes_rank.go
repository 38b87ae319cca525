package samplesite

import (
	"cmp"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// onBoard returns the issues that belong to a list of a board, in the order of
// their rank; those that the account does not see are private.
func (s *Site) onBoard(belongs func(content.Row) bool) []content.Entry {
	s.world.mu.RLock()
	rows := slices.Clone(s.world.rows)
	s.world.mu.RUnlock()
	type place struct {
		rank uint64
		row  content.Row
	}
	var found []place
	for _, row := range rows {
		if belongs(row) {
			found = append(found, place{s.rank(row), row})
		}
	}
	slices.SortFunc(found, func(a, b place) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.row.ID, b.row.ID)) })
	out := make([]content.Entry, 0, len(found))
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	for _, p := range found {
		f := s.world.issues[p.row.ID]
		if f != nil && f.deleted {
			continue
		}
		id := strconv.FormatInt(p.row.ID, 10)
		out = append(out, content.Entry{ID: id, Body: rawjson.Object("id", id), Private: !s.world.visible(p.row), Project: p.row.Project})
	}
	return out
}

func sprintIssues(s *Site, owner string) []content.Entry {
	setup := s.src.Setup()
	id, err := strconv.ParseInt(owner, 10, 64)
	e, found := setup.SprintByID(owner)
	if err != nil || !found {
		return nil
	}
	project := setup.ProjectOfBoard(at(e.Body, "originBoardId"))
	return s.onBoard(func(row content.Row) bool { return s.layer.InSprint(row, id, project) })
}

func backlogIssues(s *Site, owner string) []content.Entry {
	shown, found := s.onFilter(owner)
	if !found {
		return nil
	}
	setup := s.src.Setup()
	open := map[int64]bool{}
	return s.onBoard(func(row content.Row) bool {
		if !shown(row) || s.layer.Done(row) {
			return false
		}
		return !slices.ContainsFunc(s.layer.Sprints(row), func(id int64) bool {
			taken, known := open[id]
			if !known {
				e, found := setup.SprintByID(strconv.FormatInt(id, 10))
				taken = found && at(e.Body, "state") != "closed"
				open[id] = taken
			}
			return taken
		})
	})
}

func boardIDs(s *Site) []string {
	var out []string
	for _, e := range s.src.Setup().List("board", "") {
		out = append(out, e.ID)
	}
	return out
}

// sprintIDs is every sprint once, whichever boards list it.
func sprintIDs(s *Site) []string {
	var out []string
	for _, board := range s.src.Setup().Owners("sprint") {
		for _, e := range s.src.Setup().List("sprint", board) {
			if !slices.Contains(out, e.ID) {
				out = append(out, e.ID)
			}
		}
	}
	return out
}

// sprintWithheld reports whether no board that the account sees lists the sprint.
func sprintWithheld(s *Site, id string) bool {
	setup := s.src.Setup()
	for _, board := range setup.Owners("sprint") {
		if _, found := setup.Find("sprint", board, id); found && !s.withheld(s.listings["sprint"], board) {
			return false
		}
	}
	return true
}

// pastRank returns the index of the first entry that is ranked below an issue, which may itself be gone.
func (s *Site) pastRank(all []content.Entry, id int64) int {
	rank := func(id string) (uint64, int64) {
		s.world.mu.RLock()
		var row content.Row
		i, found := s.world.position(id)
		if found {
			row = s.world.rows[i]
		}
		s.world.mu.RUnlock()
		if !found {
			return 0, 0
		}
		return s.rank(row), row.ID
	}
	last, lastID := rank(strconv.FormatInt(id, 10))
	return sort.Search(len(all), func(i int) bool {
		r, id := rank(all[i].ID)
		return r > last || r == last && id > lastID
	})
}

// ranked answers a page of the issues of a sprint or a backlog, which are paged by token.
func ranked(c *call, l *listing, owner string, all []content.Entry) reply {
	size, bad := c.number("maxResults", int64(l.size))
	if bad != nil {
		return *bad
	}
	if size < 1 || size > int64(l.most) {
		return refuse(http.StatusBadRequest, "The maxResults value must be between 1 and 5000.")
	}
	if c.query.Get("jql") != "" {
		return refuse(http.StatusBadRequest, "The sample site does not narrow the issues of boards by JQL.")
	}
	now, query := c.site.cfg.Now(), hashOf(l.kind+" "+owner)
	if token := c.query.Get("nextPageToken"); token != "" {
		k, valid := readCursor(token)
		if !valid || k.Query != query || now.Sub(time.Unix(k.Issued, 0)) > tokenLife {
			return refuse(http.StatusBadRequest, "The provided next page token is invalid.")
		}
		all = all[c.site.pastRank(all, k.After):]
	}
	f := shape{fields: selected(c.query["fields"], "*navigable"), expand: splitList(c.query["expand"]...)}
	if !f.fields.plain() || len(f.expand) > 0 {
		size = min(size, fullPage)
	}
	full := size
	if c.site.cfg.ShortPages && len(all) > 0 {
		size = int64(shorten(c.r.URL.Path+all[0].ID, 0, int(size)))
	}
	page := all[:min(int(size), len(all))]
	issues := []rawjson.Raw{}
	for _, e := range page {
		if row, found := c.site.world.find(e.ID); found {
			issues = append(issues, c.site.body(row, f))
		}
	}
	if len(page) == len(all) {
		return ok(rawjson.Object("issues", issues, "isLast", true))
	}
	after, _ := strconv.ParseInt(page[len(page)-1].ID, 10, 64)
	next := cursor{Query: query, After: after, Issued: now.Truncate(time.Hour).Unix(), Short: size < full}
	return ok(rawjson.Object("issues", issues, "isLast", false, "nextPageToken", next.String()))
}
