package samplesite

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Page sizes of lists below an issue.
const (
	commentPage   = 100
	worklogPage   = 5000
	changelogPage = 100
)

func listComments(c *call) reply {
	// The order is checked before the issue is looked for.
	order, given := c.query["orderBy"]
	if given && !slices.Contains([]string{"created", "+created", "-created", " created"}, order[0]) {
		return refuse(http.StatusBadRequest, "The orderBy parameter is invalid.")
	}
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	all := c.site.world.comments(row, c.site.src.Issue(row).Comments())
	if given && order[0] == "-created" {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	s, bad := c.page(len(all), commentPage, commentPage)
	if bad != nil {
		return *bad
	}
	return ok(rawjson.Object("startAt", s.startAt, "maxResults", s.size, "total", s.total, "comments", bodies(cutOut(s, all))))
}

func listWorklogs(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	if c.site.world.lacking().TimeTracking {
		return refuse(http.StatusNotFound, "Time tracking is disabled.")
	}
	after, bad := c.number("startedAfter", -1<<62)
	if bad != nil {
		return *bad
	}
	before, bad := c.number("startedBefore", 1<<62)
	if bad != nil {
		return *bad
	}
	var all []content.Item
	for _, w := range c.site.src.Issue(row).Worklogs() {
		if w.Time > after && w.Time < before {
			all = append(all, w)
		}
	}
	s, bad := c.page(len(all), worklogPage, worklogPage)
	if bad != nil {
		return *bad
	}
	page := []rawjson.Raw{}
	for _, item := range cutOut(s, all) {
		page = append(page, c.shownWorklog(item))
	}
	return ok(rawjson.Object("startAt", s.startAt, "maxResults", s.size, "total", s.total, "worklogs", page))
}

func listChangelog(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	all := c.site.src.Issue(row).Changelog()
	s, bad := c.page(len(all), changelogPage, changelogPage)
	if bad != nil {
		return *bad
	}
	return c.bean(s, bodies(cutOut(s, all)))
}

// Limits of changelog/bulkfetch.
const (
	bulkChangelogPage   = 1000
	maxBulkChangelog    = 10_000
	maxChangelogIssues  = 1000
	maxChangelogFilters = 10
)

// entry is a changelog entry of one of several issues.
type entry struct {
	issue int64
	content.Item
}

func bulkChangelog(c *call) reply {
	body, bad := c.object("issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken")
	if bad != nil {
		return *bad
	}
	ids, null, ok1 := texts(body["issueIdsOrKeys"])
	filters, _, ok2 := texts(body["fieldIds"])
	token, ok3 := textOf(body["nextPageToken"])
	size, ok4 := integer(body["maxResults"], bulkChangelogPage)
	switch {
	case null || !ok1 || !ok2 || !ok3 || !ok4:
		return refusePayload(payloadMessage)
	case len(ids) == 0 || len(ids) > maxChangelogIssues:
		return refuse(http.StatusBadRequest, "Between 1 and 1000 issue IDs or keys must be given.")
	case len(filters) > maxChangelogFilters:
		return refuse(http.StatusBadRequest, "The maximum number of field IDs is 10.")
	case size < 1 || size > maxBulkChangelog:
		return refuse(http.StatusBadRequest, "The maxResults value must be between 1 and 10000.")
	}
	start := 0
	if token != "" {
		k, valid := readCursor(token)
		if !valid {
			return refuse(http.StatusBadRequest, "The provided next page token is invalid.")
		}
		start = int(k.After)
	}
	all := c.entries(ids, filters)
	if c.site.cfg.ShortPages {
		size = shorten("changelog/bulkfetch", start, size)
	}
	s := span{startAt: start, size: size, total: len(all)}
	pairs := []any{"issueChangeLogs", grouped(cutOut(s, all))}
	if s.end() < s.total {
		pairs = append(pairs, "nextPageToken", cursor{After: int64(s.end()), Issued: c.site.cfg.Now().Truncate(time.Hour).Unix()}.String())
	}
	return ok(rawjson.Object(pairs...))
}

// entries returns the changelogs of issues that the account sees, by date and issue.
func (c *call) entries(ids, filters []string) []entry {
	var all []entry
	if !c.known {
		return nil
	}
	seen := map[int64]bool{}
	for _, id := range ids {
		row, found := c.site.world.find(id)
		if !found || seen[row.ID] {
			continue
		}
		seen[row.ID] = true
		for _, item := range c.site.src.Issue(row).Changelog() {
			if len(filters) == 0 || touches(item.Body, filters) {
				all = append(all, entry{row.ID, item})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.issue, b.issue))
	})
	return all
}

// touches reports whether a changelog entry changes one of the fields.
func touches(body rawjson.Raw, fields []string) bool {
	members, err := rawjson.Split(body)
	if err != nil {
		return false
	}
	items, err := rawjson.Items(rawjson.Get(members, "items"))
	if err != nil {
		return false
	}
	for _, item := range items {
		m, err := rawjson.Split(item)
		if err != nil {
			continue
		}
		if id, _ := textOf(rawjson.Get(m, "fieldId")); slices.Contains(fields, id) {
			return true
		}
	}
	return false
}

// grouped puts a page's entries together by issue, in the order in which issues first appear.
func grouped(page []entry) []rawjson.Raw {
	var order []int64
	byIssue := map[int64][]rawjson.Raw{}
	for _, e := range page {
		if byIssue[e.issue] == nil {
			order = append(order, e.issue)
		}
		byIssue[e.issue] = append(byIssue[e.issue], e.Body)
	}
	out := make([]rawjson.Raw, 0, len(order))
	for _, id := range order {
		out = append(out, rawjson.Object("issueId", strconv.FormatInt(id, 10), "changeHistories", byIssue[id]))
	}
	return out
}
