package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Classic OAuth scopes of Confluence, and granular ones where a route has no classic one.
const (
	readSpace      = "read:space:confluence"
	readPermission = "read:space.permission:confluence"
	readConf       = "read:configuration:confluence"
	readGroups     = "read:confluence-groups"
	readSummary    = "read:confluence-content.summary"
	readSpaceV1    = "read:confluence-space.summary"
	manageWiki     = "manage:confluence-configuration"
	readAll        = "read:confluence-content.all"
	searchWiki     = "search:confluence"
	readFiles      = "readonly:content.attachment:confluence"
	readWatchers   = "read:watcher:confluence"
	readWikiUser   = "read:confluence-user"
	readAccounts   = "read:user:confluence"
)

// wikiList is a kind of data of Confluence that is served as a list, or one by one of its owner.
type wikiList struct {
	listing
	// spaced names the kind that the route serves where its parameter spaceKey names a space.
	spaced string
	// shared says that another kind of the same route serves it so.
	shared bool
}

// What a space and a group are called in the table, as parents of kinds.
const (
	ofSpace = "space"
	ofGroup = "group"
)

// wikiLists is the kinds of the site, then those of spaces.
func wikiLists() []wikiList {
	body := map[string][]string{"body": {"body", "body.storage"}}
	v2 := func(kind, parent, path, scope string) wikiList {
		return wikiList{listing: listing{kind: kind, parent: parent, ofProject: parent == ofSpace, template: WikiV2 + path, scopes: []string{scope},
			answer: cursorPaged, size: 25, most: 250}}
	}
	v1 := func(kind, parent, path, scope string) wikiList {
		return wikiList{listing: listing{kind: kind, parent: parent, ofProject: parent == ofSpace, template: WikiV1 + path, scopes: []string{scope},
			answer: plainPaged, size: 25, most: plainMost}}
	}
	with := func(l wikiList, change func(*wikiList)) wikiList { change(&l); return l }
	one := func(l *wikiList) { l.answer = plainSingle }
	whole := func(l *wikiList) { l.answer = plainBare }
	const space = "/space/{spaceKey}"
	return []wikiList{
		with(v1("systemInfo", "", "/settings/systemInfo", manageWiki), one),
		with(v1("lookAndFeel", "", "/settings/lookandfeel", manageWiki), func(l *wikiList) { l.answer, l.spaced = plainSingle, "spaceLookAndFeel" }),
		with(v1("theme", "", "/settings/theme", manageWiki), func(l *wikiList) { l.size = 100 }),
		with(v1("selectedTheme", "", "/settings/theme/selected", manageWiki), one),
		with(v2("spaceRole", "", "/space-roles", readPermission), func(l *wikiList) { l.filters = map[string]string{"role-type": "type"} }),
		with(v2("spaceRoleMode", "", "/space-role-mode", readConf), one),
		v2("spacePermission", "", "/space-permissions", readPermission),
		with(v1("group", "", "/group", readGroups), func(l *wikiList) { l.size, l.entries = plainMost, groupsByName }),
		with(v1("groupMember", ofGroup, "/group/{groupId}/membersByGroupId", readGroups), func(l *wikiList) {
			l.size, l.answer = plainMost, strictly(plainPaged)
		}),
		with(v1("template", "", "/template/page", readSummary), func(l *wikiList) { l.optional, l.spaced = body, "spaceTemplate" }),
		with(v1("blueprint", "", "/template/blueprint", readSummary), func(l *wikiList) { l.optional = body }),
		with(v2("classificationLevel", "", "/classification-levels", readConf), whole),
		{listing: listing{kind: ofSpace, parent: ofSpace, ofProject: true, entries: spaceEntry}},
		with(v1("spaceLabel", ofSpace, space+"/label", readSpaceV1), func(l *wikiList) {
			l.size, l.filters, l.answer = plainMost, map[string]string{"prefix": "prefix"}, notZero(plainPaged)
		}),
		with(v2("spaceProperty", ofSpace, "/spaces/{space-id}/properties", readSpace), func(l *wikiList) { l.filters = map[string]string{"key": "key"} }),
		v2("spacePermissionAssignment", ofSpace, "/spaces/{id}/permissions", readSpace),
		with(v2("spaceRoleAssignment", ofSpace, "/spaces/{id}/role-assignments", readPermission), func(l *wikiList) {
			l.filters = map[string]string{"role-id": "roleId", "principal-id": "principal.principalId", "principal-type": "principal.principalType"}
		}),
		with(v1("spaceTheme", ofSpace, space+"/theme", readSpaceV1), one),
		with(v1("spaceSettings", ofSpace, space+"/settings", readSpaceV1), one),
		with(v1("spaceLookAndFeel", ofSpace, "/settings/lookandfeel", manageWiki), func(l *wikiList) { l.answer, l.shared = plainSingle, true }),
		with(v1("spaceTemplate", ofSpace, "/template/page", readSummary), func(l *wikiList) { l.optional, l.shared = body, true }),
		with(v1("spaceWatcher", ofSpace, space+"/watch", readWatchers), func(l *wikiList) {
			l.size, l.scopes = plainMost, append(l.scopes, readAccounts)
		}),
		with(v1("spaceState", ofSpace, space+"/state", readSpaceV1), whole),
		with(v2("spaceClassification", ofSpace, "/spaces/{id}/classification-level/default", readSpace), one),
		{listing: listing{kind: "task", parent: ofSpace, ofProject: true, entries: taskEntries}},
		{listing: listing{kind: "customContent", parent: ofSpace, ofProject: true}},
	}
}

// listRoutes is where the lists are served, those of one API or of the other.
func (s *Site) listRoutes(api string) []route {
	var out []route
	for i := range s.wikiLists {
		l := &s.wikiLists[i]
		if !l.shared && strings.HasPrefix(l.template, api+"/") {
			out = append(out, route{method: http.MethodGet, template: l.template, scopes: l.scopes, answer: l.serve})
		}
	}
	return out
}

// serve answers a request for a list.
func (l *wikiList) serve(c *call) reply {
	if l.spaced != "" && c.query.Get("spaceKey") != "" {
		return c.site.wikiListOf(l.spaced).serve(c)
	}
	owner, bad := l.asked(c)
	if bad != nil {
		return *bad
	}
	all, bad := c.chosen(&l.listing, c.site.wikiList(l, owner))
	if bad != nil {
		return *bad
	}
	return l.answer(c, &l.listing, owner, all)
}

// asked is the owner of the list that is asked for; a reply where the account sees none of that name.
func (l *wikiList) asked(c *call) (string, *reply) {
	switch l.parent {
	case ofSpace:
		i, bad := c.spaceAsked()
		if bad != nil {
			return "", bad
		}
		return strconv.FormatInt(c.site.wiki.src.Spaces()[i].ID, 10), nil
	case ofGroup:
		id := c.params["groupId"]
		if _, found := c.site.wiki.src.Setup().Find(ofGroup, "", id); !found {
			p := plainRefuse(http.StatusNotFound, "There is no group with the id "+id)
			return "", &p
		}
		return id, nil
	}
	return "", nil
}

// spaceAsked is the space that a request names by id or key, as an index in Spaces.
func (c *call) spaceAsked() (int, *reply) {
	match := func(s content.Space) bool { return s.Key == c.params["spaceKey"] }
	for _, name := range []string{"id", "space-id"} {
		if c.params[name] == "" {
			continue
		}
		id, bad := c.pathID(name)
		if bad != nil {
			return 0, bad
		}
		match = func(s content.Space) bool { return s.ID == id }
	}
	if key := c.query.Get("spaceKey"); c.params["spaceKey"] == "" && key != "" {
		match = func(s content.Space) bool { return s.Key == key }
	}
	i, found := c.site.wiki.space(match)
	if !found {
		p := c.nothingSet()
		return 0, &p
	}
	return i, nil
}

// nothingSet is the answer of either API where there is nothing, or nothing that the account sees.
func (c *call) nothingSet() reply {
	if strings.HasPrefix(c.route.template, WikiV2+"/") {
		return wikiAbsent()
	}
	return plainRefuse(http.StatusNotFound, "There is nothing here, or you do not have permission to view it")
}

func (s *Site) wikiListOf(kind string) *wikiList {
	i := slices.IndexFunc(s.wikiLists, func(l wikiList) bool { return l.kind == kind })
	if i < 0 {
		return nil
	}
	return &s.wikiLists[i]
}

// wikiList returns the entries of an owner, whoever asks.
func (s *Site) wikiList(l *wikiList, owner string) []content.Entry {
	if l.entries != nil {
		return l.entries(s, owner)
	}
	return s.wiki.src.Setup().List(l.kind, owner)
}

// spaceEntry returns the space of that id as a list of one.
func spaceEntry(s *Site, owner string) []content.Entry {
	i := s.spaceOf(owner)
	if i < 0 {
		return nil
	}
	one := s.wiki.src.Spaces()[i]
	return []content.Entry{{ID: owner, Body: spaceBody(one, spaceShape{format: "plain", icon: true, single: true}), Project: -1}}
}

// spaceOf is the index of the space of that id, negative where there is none.
func (s *Site) spaceOf(id string) int {
	return slices.IndexFunc(s.wiki.src.Spaces(), func(one content.Space) bool { return strconv.FormatInt(one.ID, 10) == id })
}

// groupsByName is the groups in the order of their names.
func groupsByName(s *Site, _ string) []content.Entry {
	all := slices.Clone(s.wiki.src.Setup().List(ofGroup, ""))
	slices.SortStableFunc(all, func(a, b content.Entry) int { return strings.Compare(at(a.Body, "name"), at(b.Body, "name")) })
	return all
}

// taskEntries is the tasks of a space.
func taskEntries(s *Site, owner string) []content.Entry {
	i := s.spaceOf(owner)
	if i < 0 {
		return nil
	}
	var out []content.Entry
	for _, t := range s.wiki.src.Tasks(i) {
		out = append(out, content.Entry{ID: strconv.FormatInt(t.ID, 10), Body: taskBody(t, "storage"), Project: -1})
	}
	return out
}

// cursorPaged answers a page of REST v2. The lists of this table that declare no Link header have none.
func cursorPaged(c *call, l *listing, _ string, all []content.Entry) reply {
	return cursorList[content.Entry]{usual: l.size, most: l.most, noHeader: l.kind != "spaceProperty",
		body: func(e content.Entry) rawjson.Raw { return l.shown(c, e.Body) }}.page(c, all)
}
