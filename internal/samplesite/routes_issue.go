package samplesite

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// maxBulk is how many issues bulkfetch takes.
const maxBulk = 100

func bulkFetch(c *call) reply {
	body, bad := c.object("issueIdsOrKeys", "fields", "fieldsByKeys", "expand", "properties")
	if bad != nil {
		return *bad
	}
	ids, null, ok1 := texts(body["issueIdsOrKeys"])
	fields, _, ok2 := texts(body["fields"])
	expand, _, ok3 := texts(body["expand"])
	properties, null2, ok4 := texts(body["properties"])
	switch {
	case null || null2 || !ok1 || !ok2 || !ok3 || !ok4:
		return refusePayload(payloadMessage)
	case len(ids) == 0:
		return refuse(http.StatusBadRequest, "At least one issue ID or key is required.")
	case len(ids) > maxBulk:
		return refuse(http.StatusBadRequest, "The maximum number of issues that can be fetched is 100.")
	case len(properties) > maxProperties:
		return refuse(http.StatusBadRequest, "The maximum number of properties is 5.")
	}
	f := shape{fields: selected(fields, "*navigable"), expand: splitList(expand...), properties: properties}
	rows, failed := c.bulk(ids)
	issues := make([]rawjson.Raw, len(rows))
	for i, row := range rows {
		issues[i] = c.site.body(row, f)
	}
	errors := []rawjson.Raw{}
	for _, id := range failed {
		errors = append(errors, rawjson.Object("id", strconv.FormatInt(id, 10), "errorMessage", "The issue could not be fetched. Try again."))
	}
	return ok(rawjson.Object("issueErrors", errors, "issues", issues))
}

// bulk finds issues by ascending id, each once. Those that the account does not
// see are left out without a word; failed are those that may be tried again.
func (c *call) bulk(ids []string) (rows []content.Row, failed []int64) {
	if !c.known {
		return nil, nil
	}
	w := c.site.world
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		i, found := w.position(id)
		if !found {
			continue
		}
		row := w.rows[i]
		if !w.visible(row) {
			if w.issues[row.ID] == nil {
				w.issues[row.ID] = &fate{}
			}
			w.issues[row.ID].missed = true
			continue
		}
		if f := w.issues[row.ID]; f != nil && f.failing > 0 {
			f.failing--
			f.missed = true
			failed = append(failed, row.ID)
			continue
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b content.Row) int { return int(a.ID - b.ID) })
	return slices.CompactFunc(rows, func(a, b content.Row) bool { return a.ID == b.ID }), failed
}

func getIssue(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	return ok(c.site.body(row, shape{fields: selected(c.query["fields"], "*all"), expand: splitList(c.query["expand"]...), properties: splitList(c.query["properties"]...)}))
}

func (c *call) issueRow() (content.Row, bool) {
	if !c.known {
		return content.Row{}, false
	}
	return c.site.world.find(c.params["issueIdOrKey"])
}

// provoked reports whether the request is one that the site's own changes and
// short pages caused.
func (c *call) provoked() bool {
	if k, valid := c.continued(); valid {
		return k.Short
	}
	switch c.route.template {
	case Prefix + "/issue/bulkfetch":
		return c.asksAgain()
	case Prefix + "/issue/{issueIdOrKey}":
		w := c.site.world
		w.mu.RLock()
		defer w.mu.RUnlock()
		i, found := w.position(c.params["issueIdOrKey"])
		return found && w.issues[w.rows[i].ID] != nil && w.issues[w.rows[i].ID].missed
	}
	if !c.site.cfg.ShortPages {
		return false
	}
	var start, size int
	_, _ = fmt.Sscan(c.query.Get("startAt")+c.query.Get("start"), &start)
	_, _ = fmt.Sscan(c.query.Get("maxResults")+c.query.Get("limit"), &size)
	return start > 0 && (size < 1 || start%size != 0)
}

// asksAgain reports whether all issues of a bulkfetch were absent or failing in an earlier one.
func (c *call) asksAgain() bool {
	body, bad := c.object("issueIdsOrKeys", "fields", "fieldsByKeys", "expand", "properties")
	if bad != nil {
		return false
	}
	ids, _, _ := texts(body["issueIdsOrKeys"])
	w := c.site.world
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, id := range ids {
		i, found := w.position(id)
		if !found || w.issues[w.rows[i].ID] == nil || !w.issues[w.rows[i].ID].missed {
			return false
		}
	}
	return len(ids) > 0
}
