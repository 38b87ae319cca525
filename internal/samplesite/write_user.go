package samplesite

import (
	"net/http"
	"slices"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// partReads is the routes that only those who write to the site ask.
func partReads() []route {
	user := []string{readUser}
	return slices.Concat(commentReads(), worklogReads(), linkReads(), boardReads(), sprintReads(), filterReads(), dashboardReads(), planReads(), []route{
		{method: http.MethodGet, template: Prefix + "/user", scopes: user, answer: getUser},
		{method: http.MethodGet, template: Prefix + "/user/bulk", scopes: user, answer: usersByID},
		{method: http.MethodGet, template: Prefix + "/user/search", scopes: user, answer: findUsers},
	})
}

// RemoveUser makes an account one that does not exist at the site: no look-up finds it,
// no list of accounts or members has it, and nothing can name it. What it wrote stays.
func (s *Site) RemoveUser(accountID string) {
	s.change(func(w *world) { w.strangers[accountID] = true })
}

func (w *world) stranger(accountID string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.strangers[accountID]
}

// knownAccounts is the accounts that the site has.
func knownAccounts(s *Site, _ string) []content.Entry { return s.knownOf("account", "") }

// knownMembers is the members of a group that the site has.
func knownMembers(s *Site, group string) []content.Entry { return s.knownOf("groupMember", group) }

func (s *Site) knownOf(kind, owner string) []content.Entry {
	all := s.src.Setup().List(kind, owner)
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	if len(s.world.strangers) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(e content.Entry) bool { return s.world.strangers[e.ID] })
}

// person finds an account as issues name it; false where the site has none of that id.
func (s *Site) person(accountID string) (content.Person, bool) {
	if s.world.stranger(accountID) {
		return content.Person{}, false
	}
	if i := slices.IndexFunc(s.src.People(), func(p content.Person) bool { return p.AccountID == accountID }); i >= 0 {
		return s.src.People()[i], true
	}
	e, found := s.src.Setup().Find("account", "", accountID)
	if !found {
		return content.Person{}, false
	}
	p := content.Person{AccountID: accountID, Name: at(e.Body, "displayName"), Active: at(e.Body, "active") == "true"}
	m, err := rawjson.Split(e.Body)
	if err != nil {
		return p, false // bodies are our own
	}
	// Where an account is named, less is shown than in the list of accounts.
	p.Body = rawjson.Members(slices.DeleteFunc(m, func(one rawjson.Member) bool { return one.Name == "emailAddress" || one.Name == "locale" }))
	return p, true
}

// account finds the body of an account.
func (c *call) account(accountID string) (rawjson.Raw, bool) {
	all := knownAccounts(c.site, "")
	i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == accountID })
	if i < 0 {
		return nil, false
	}
	return all[i].Body, true
}

// browsesUsers refuses those who may not look users up.
func (c *call) browsesUsers() *reply {
	if !c.known {
		p := mustLogIn()
		return &p
	}
	if c.site.world.lacking().BrowseUsers {
		return refused(http.StatusForbidden, "You do not have the permission to browse users and groups.")
	}
	return nil
}

func getUser(c *call) reply {
	if bad := c.browsesUsers(); bad != nil {
		return *bad
	}
	id := c.query.Get("accountId")
	if id == "" {
		return refuse(http.StatusBadRequest, "The accountId query parameter is required.")
	}
	body, found := c.account(id)
	if !found {
		return refuse(http.StatusNotFound, "Specified user does not exist or you do not have required permissions")
	}
	return ok(body)
}

// Page sizes of look-ups of users.
const (
	usersPage    = 10
	maxUsersPage = 200
	searchUsers  = 50
	maxUsers     = 1000 // that a search looks at
)

// usersByID leaves accounts out that the site does not have.
func usersByID(c *call) reply {
	if !c.known {
		return mustLogIn()
	}
	asked := c.query["accountId"]
	if len(asked) == 0 {
		return refuse(http.StatusBadRequest, "The accountId query parameter is required.")
	}
	var found []rawjson.Raw
	var seen []string
	for _, id := range asked {
		if body, there := c.account(id); there && !slices.Contains(seen, id) {
			found, seen = append(found, body), append(seen, id)
		}
	}
	s, bad := c.page(len(found), usersPage, maxUsersPage)
	if bad != nil {
		return *bad
	}
	return c.bean(s, append([]rawjson.Raw{}, cutOut(s, found)...))
}

// findUsers finds active accounts by the beginning of a word of their name or of their
// e-mail address. Who may not look users up finds none.
func findUsers(c *call) reply {
	query, id := strings.ToLower(c.query.Get("query")), c.query.Get("accountId")
	if query == "" && id == "" || query != "" && id != "" {
		return refuse(http.StatusBadRequest, "Exactly one of query and accountId must be given.")
	}
	found := []rawjson.Raw{}
	if c.browsesUsers() == nil {
		for _, e := range knownAccounts(c.site, "") {
			if at(e.Body, "active") == "true" && (e.ID == id || query != "" && begins(query, at(e.Body, "displayName"), at(e.Body, "emailAddress"))) && len(found) < maxUsers {
				found = append(found, e.Body)
			}
		}
	}
	s, bad := c.page(len(found), searchUsers, maxUsers)
	if bad != nil {
		return *bad
	}
	return ok(rawjson.Array(append([]rawjson.Raw{}, cutOut(s, found)...)))
}

// begins reports whether a text, or a word of it, begins with what is looked for.
func begins(query string, texts ...string) bool {
	for _, text := range texts {
		text = strings.ToLower(text)
		if strings.HasPrefix(text, query) || strings.Contains(text, " "+query) {
			return true
		}
	}
	return false
}
