package samplesite

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// issueLinkWrites is the writes to links between issues, and the reads of single ones.
func issueLinkWrites() []write {
	read, work := []string{readWork}, []string{writeWork}
	return []write{
		{method: http.MethodPost, template: Prefix + "/issueLink", scopes: work, answer: createIssueLink},
		{method: http.MethodGet, template: Prefix + "/issueLink/{linkId}", scopes: read, answer: getIssueLink},
		{method: http.MethodDelete, template: Prefix + "/issueLink/{linkId}", scopes: work, answer: deleteIssueLink},
		{method: http.MethodGet, template: Prefix + "/issueLinkType/{issueLinkTypeId}", scopes: read, answer: getLinkType},
	}
}

// linkAsked is a link that an update of an issue adds.
type linkAsked struct {
	kind   rawjson.Raw
	other  content.Row
	inward bool // the other is the inward issue
}

// linkType finds a type of links by id or name.
func (c *call) linkType(v rawjson.Raw) (rawjson.Raw, *reply) {
	for _, e := range c.site.src.Setup().List("issueLinkType", "") {
		if id := at(v, "id"); id != "" && id == e.ID || id == "" && at(e.Body, "name") == at(v, "name") {
			return e.Body, nil
		}
	}
	return nil, refused(http.StatusNotFound, "No issue link type with name '"+at(v, "name")+"' found.")
}

// linked finds the issue that a link names, which must be one that the account may link.
func (c *call) linked(v rawjson.Raw) (content.Row, *reply) {
	row, found := c.site.world.find(cmp.Or(at(v, "id"), at(v, "key")))
	if !found {
		p := noIssue()
		return row, &p
	}
	if !c.may("LINK_ISSUES", row.Project) {
		return row, refused(http.StatusUnauthorized, "No Link Issue Permission for issue '"+row.Key+"'")
	}
	return row, nil
}

func createIssueLink(c *call) reply {
	body, bad := c.object("type", "inwardIssue", "outwardIssue", "comment")
	if bad != nil {
		return *bad
	}
	if bad := c.linksIssues(); bad != nil {
		return *bad
	}
	if !absent(body["comment"]) {
		return refuse(http.StatusBadRequest, "The sample site does not take comments on links.")
	}
	kind, bad := c.linkType(body["type"])
	if bad != nil {
		return *bad
	}
	from, bad := c.linked(body["inwardIssue"])
	if bad != nil {
		return *bad
	}
	to, bad := c.linked(body["outwardIssue"])
	if bad != nil {
		return *bad
	}
	if from.ID == to.ID {
		return refuse(http.StatusBadRequest, "You cannot link an issue to itself.")
	}
	for _, row := range []content.Row{from, to} {
		if limited := c.site.limits.take(row.ID, c.site.cfg); limited != nil {
			return *limited
		}
	}
	c.link(linkAsked{kind: kind, other: to}, from)
	return reply{status: http.StatusCreated}
}

// link links two issues; a link that is there already stays the only one.
func (c *call) link(l linkAsked, row content.Row) {
	for _, one := range c.site.layer.Made(row).Links {
		if one.Other == l.other.ID && one.Inward == l.inward && at(one.Type, "id") == at(l.kind, "id") {
			return
		}
	}
	id := strconv.FormatInt(c.site.layer.NextID(), 10)
	c.site.layer.Edit(row, func(m *content.Made) {
		m.Links = append(m.Links, content.Link{ID: id, Type: l.kind, Other: l.other.ID, Inward: l.inward})
	})
	c.site.layer.Edit(l.other, func(m *content.Made) {
		m.Links = append(m.Links, content.Link{ID: id, Type: l.kind, Other: row.ID, Inward: !l.inward})
	})
	c.site.touch(row)
	c.site.touch(l.other)
}

// linkByID finds a link from the issue that it goes out from.
func (c *call) linkByID() (from, to content.Row, l content.Link, found bool) {
	id := c.params["linkId"]
	w := c.site.world
	w.mu.RLock()
	rows := slices.Clone(w.rows)
	w.mu.RUnlock()
	for _, row := range rows {
		for _, one := range c.site.layer.LinksOf(row) {
			if one.ID != id || one.Inward {
				continue
			}
			from, seen := w.find(row.Key)
			to, seenToo := w.find(strconv.FormatInt(one.Other, 10))
			return from, to, one, seen && seenToo
		}
	}
	return from, to, l, false
}

func noLink(id string) reply {
	return refuse(http.StatusNotFound, "No issue link with id '"+id+"' exists.")
}

func getIssueLink(c *call) reply {
	from, to, l, found := c.linkByID()
	if !found {
		return noLink(c.params["linkId"])
	}
	return ok(rawjson.Object("id", l.ID, "self", content.Base+Prefix+"/issueLink/"+l.ID, "type", l.Type,
		"inwardIssue", c.site.layer.Brief(from.ID), "outwardIssue", c.site.layer.Brief(to.ID)))
}

func deleteIssueLink(c *call) reply {
	from, to, l, found := c.linkByID()
	if !found {
		return noLink(c.params["linkId"])
	}
	if !c.may("LINK_ISSUES", from.Project) {
		return refuse(http.StatusUnauthorized, "You do not have permission to delete links of this issue.")
	}
	for _, row := range []content.Row{from, to} {
		c.site.layer.Edit(row, func(m *content.Made) {
			m.Links = slices.DeleteFunc(m.Links, func(one content.Link) bool { return one.ID == l.ID })
		})
		c.site.touch(row)
	}
	return wrote(http.StatusNoContent, nil)
}

func getLinkType(c *call) reply {
	e, found := c.site.src.Setup().Find("issueLinkType", "", c.params["issueLinkTypeId"])
	if !found {
		return refuse(http.StatusNotFound, "No issue link type with id '"+c.params["issueLinkTypeId"]+"' found.")
	}
	return ok(e.Body)
}
