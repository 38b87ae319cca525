package samplesite

import (
	"encoding/json"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// mostUsers is how many accounts users-bulk is asked for at most.
const mostUsers = 250

// bulkUsers gives the accounts that there are, and of others nothing.
func bulkUsers(c *call) reply {
	var in struct{ AccountIDs []string }
	if err := json.Unmarshal(c.body, &in); err != nil {
		return *wikiInvalid("The request body cannot be read")
	}
	if n := len(in.AccountIDs); n == 0 || n > mostUsers {
		return *wikiInvalid("accountIds must have between 1 and %d items, not %d", mostUsers, n)
	}
	items := []rawjson.Raw{}
	for i, id := range in.AccountIDs {
		if body, found := c.site.wikiUser(id); found && !slices.Contains(in.AccountIDs[:i], id) {
			items = append(items, body)
		}
	}
	return c.cursorPage(items, "", true)
}

// wikiUser is an account as users-bulk gives it.
func (s *Site) wikiUser(id string) (rawjson.Raw, bool) {
	people := s.wiki.src.People()
	i := slices.IndexFunc(people, func(p content.Person) bool { return p.AccountID == id })
	if i < 0 {
		return nil, false
	}
	p := people[i]
	status, kind := "active", "atlassian"
	if !p.Active {
		status = "inactive"
	}
	if at(p.Body, "accountType") == "app" {
		kind = "app"
	}
	pairs := []any{"displayName", p.Name, "isExternalCollaborator", false, "accountStatus", status, "accountId", id, "email", "",
		"accountType", kind, "publicName", p.Name, "profilePicture", rawjson.Object("path", "/wiki/aa-avatar/"+id, "isDefault", false)}
	if i := s.personalSpace(id); i >= 0 {
		pairs = append(pairs, "personalSpaceId", strconv.FormatInt(s.wiki.src.Spaces()[i].ID, 10))
	}
	return rawjson.Object(pairs...), true
}

// personalSpace is the index of an account's personal space, negative where it has none.
func (s *Site) personalSpace(id string) int {
	return slices.IndexFunc(s.wiki.src.Spaces(), func(one content.Space) bool { return one.Type == "personal" && one.Owner == id })
}

// currentUser is who asks: always an account, since others are refused before.
func currentUser(c *call) reply {
	s := c.site
	id, name := s.AccountID(), ""
	if people := s.src.People(); len(people) > 0 {
		name = people[0].Name
	}
	expand := splitList(c.query["expand"]...)
	pairs := []any{"type", "known", "accountId", id, "accountType", "atlassian", "email", s.Email(), "publicName", name,
		"profilePicture", rawjson.Object("path", "/wiki/aa-avatar/"+id, "width", 48, "height", 48, "isDefault", false),
		"displayName", name, "timeZone", s.cfg.TimeZone, "isExternalCollaborator", false, "isGuest", false}
	left := []any{}
	if slices.Contains(expand, "operations") {
		pairs = append(pairs, "operations", s.operations())
	} else {
		left = append(left, "operations", "")
	}
	if slices.Contains(expand, "personalSpace") {
		pairs = append(pairs, "personalSpace", s.spaceOfAccount(id))
	} else {
		left = append(left, "personalSpace", "")
	}
	return wikiOK(rawjson.Object(append(pairs, "_expandable", rawjson.Object(left...), "_links",
		rawjson.Object("self", wikiBase+"/rest/api/user?accountId="+id, "base", wikiBase, "context", "/wiki"))...))
}

// operations is what the account may do with the application as a whole.
func (s *Site) operations() []rawjson.Raw {
	may := []string{"use", "create_space"}
	s.world.mu.RLock()
	if !s.world.lacksAdmin {
		may = append(may, "administer")
	}
	s.world.mu.RUnlock()
	out := make([]rawjson.Raw, len(may))
	for i, one := range may {
		out[i] = rawjson.Object("operation", one, "targetType", "application")
	}
	return out
}

// spaceOfAccount is an account's personal space as REST v1 shows it, null where it has none.
func (s *Site) spaceOfAccount(id string) rawjson.Raw {
	i := s.personalSpace(id)
	if i < 0 {
		return nil
	}
	return s.plainSpace(i)
}

// plainSpace is a space as REST v1 shows it inside of other bodies.
func (s *Site) plainSpace(i int) rawjson.Raw {
	one := s.wiki.src.Spaces()[i]
	return rawjson.Object("id", one.ID, "key", one.Key, "name", one.Name, "type", one.Type, "status", one.Status,
		"_expandable", rawjson.Object("settings", "/rest/api/space/"+one.Key+"/settings", "metadata", "", "operations", ""),
		"_links", rawjson.Object("webui", "/spaces/"+one.Key, "self", wikiBase+"/rest/api/space/"+one.Key))
}
