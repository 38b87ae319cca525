package samplesite

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// restrictionWriteRoutes serves who alone may view or change a page (REST v1).
func restrictionWriteRoutes() []route {
	scopes := []string{writeContentV1}
	at := WikiV1 + "/content/{id}/restriction"
	user, group := at+"/byOperation/{operationKey}/user", at+"/byOperation/{operationKey}/byGroupId/{groupId}"
	return []route{
		{method: http.MethodPut, template: at, scopes: scopes, answer: func(c *call) reply { return writeRestrictions(c, true) }},
		{method: http.MethodPost, template: at, scopes: scopes, answer: func(c *call) reply { return writeRestrictions(c, false) }},
		{method: http.MethodDelete, template: at, scopes: scopes, answer: deleteRestrictions},
		{method: http.MethodPut, template: user, scopes: scopes, answer: func(c *call) reply { return restrictTo(c, true) }},
		{method: http.MethodDelete, template: user, scopes: scopes, answer: func(c *call) reply { return restrictTo(c, false) }},
		{method: http.MethodPut, template: group, scopes: scopes, answer: func(c *call) reply { return restrictTo(c, true) }},
		{method: http.MethodDelete, template: group, scopes: scopes, answer: func(c *call) reply { return restrictTo(c, false) }},
	}
}

// writtenRestriction is what a request says of an operation. Users and groups stand in
// a list, or in an object that has one.
type writtenRestriction struct {
	Operation    string `json:"operation"`
	Restrictions struct {
		User  rawjson.Raw `json:"user"`
		Group rawjson.Raw `json:"group"`
	} `json:"restrictions"`
	Content    rawjson.Raw `json:"content"`
	Expandable rawjson.Raw `json:"_expandable"`
	Links      rawjson.Raw `json:"_links"`
}

// restrictionsGiven reads a list of them, which may stand in an object.
func (c *call) restrictionsGiven() ([]writtenRestriction, *reply) {
	var in []writtenRestriction
	if !bytes.HasPrefix(bytes.TrimSpace(c.body), []byte("{")) {
		bad := c.wikiBody(&in)
		return in, bad
	}
	var list struct {
		Results []writtenRestriction `json:"results"`
		Start   rawjson.Raw          `json:"start"`
		Limit   rawjson.Raw          `json:"limit"`
		Size    rawjson.Raw          `json:"size"`
		Hash    rawjson.Raw          `json:"restrictionsHash"`
		Links   rawjson.Raw          `json:"_links"`
	}
	bad := c.wikiBody(&list)
	return list.Results, bad
}

// listed is the elements of a list, or of the one in an object.
func listed(body rawjson.Raw) []rawjson.Raw {
	if strings.HasPrefix(string(body), "[") {
		items, _ := rawjson.Items(body)
		return items
	}
	return itemsAt(body, "results")
}

// restrictedUsers and restrictedGroups are who a request names; false where there is none of a name.
func (c *call) restrictedUsers(all []rawjson.Raw) ([]content.Entry, bool) {
	var out []content.Entry
	for _, one := range all {
		id := at(one, "accountId")
		if _, known := c.site.wikiUser(id); !known {
			return nil, false
		}
		out = append(out, c.site.userEntry(id))
	}
	return out, true
}

func (c *call) restrictedGroups(all []rawjson.Raw) ([]content.Entry, bool) {
	var out []content.Entry
	for _, one := range all {
		g, found := c.site.groupNamed(at(one, "id"), at(one, "name"))
		if !found {
			return nil, false
		}
		out = append(out, g)
	}
	return out, true
}

// groupNamed finds a group by its id or, where that is not given, by its name.
func (s *Site) groupNamed(id, name string) (content.Entry, bool) {
	all := s.wiki.src.Setup().List(ofGroup, "")
	i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == id || id == "" && name != "" && at(e.Body, "name") == name })
	if i < 0 {
		return content.Entry{}, false
	}
	return all[i], true
}

// together is entries and others that are not among them.
func together(all, more []content.Entry) []content.Entry {
	out := slices.Clone(all)
	for _, e := range more {
		if !slices.ContainsFunc(out, func(o content.Entry) bool { return o.ID == e.ID }) {
			out = append(out, e)
		}
	}
	return out
}

func writeRestrictions(c *call, instead bool) reply {
	n, bad := c.restrictedNode()
	if bad != nil {
		return *bad
	}
	in, bad := c.restrictionsGiven()
	if bad != nil {
		return *bad
	}
	of := c.site.own(n)
	if instead {
		of.Users, of.Groups = map[string][]content.Entry{}, map[string][]content.Entry{}
	}
	for _, one := range in {
		if !slices.Contains(restrictable, one.Operation) {
			return plainRefuse(http.StatusBadRequest, "Restrictions are of the operations read and update, not of "+one.Operation)
		}
		users, known1 := c.restrictedUsers(listed(one.Restrictions.User))
		groups, known2 := c.restrictedGroups(listed(one.Restrictions.Group))
		if !known1 || !known2 {
			return plainRefuse(http.StatusBadRequest, "There is no such user or group")
		}
		of.Users[one.Operation] = together(of.Users[one.Operation], users)
		of.Groups[one.Operation] = together(of.Groups[one.Operation], groups)
	}
	c.site.wiki.save(of)
	return listRestrictions(c)
}

func deleteRestrictions(c *call) reply {
	n, bad := c.restrictedNode()
	if bad != nil {
		return *bad
	}
	of := c.site.own(n)
	of.Users, of.Groups = map[string][]content.Entry{}, map[string][]content.Entry{}
	c.site.wiki.save(of)
	return listRestrictions(c)
}

// restrictTo adds a user or group to an operation, or takes one away.
func restrictTo(c *call, add bool) reply {
	n, bad := c.restrictedNode()
	if bad != nil {
		return *bad
	}
	operation := c.params["operationKey"]
	if !slices.Contains(restrictable, operation) {
		return plainRefuse(http.StatusBadRequest, "Restrictions are of the operations read and update, not of "+operation)
	}
	of := c.site.own(n)
	lists, id := of.Users, c.query.Get("accountId")
	one := c.site.userEntry(id)
	_, known := c.site.wikiUser(id)
	if g := c.params["groupId"]; g != "" {
		lists = of.Groups
		one, known = c.site.groupNamed(g, "")
	}
	if !known {
		return plainRefuse(http.StatusNotFound, "There is no such user or group")
	}
	if add {
		lists[operation] = together(lists[operation], []content.Entry{one})
	} else {
		lists[operation] = slices.DeleteFunc(slices.Clone(lists[operation]), func(e content.Entry) bool { return e.ID == one.ID })
	}
	c.site.wiki.save(of)
	return wikiOK(nil)
}
