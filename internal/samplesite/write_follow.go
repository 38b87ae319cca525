package samplesite

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"slices"

	"holdfast/internal/samplesite/content"
)

// followWrites is what changes who watches issues and votes for them.
func followWrites() []write {
	scopes, issue := []string{writeWork}, Prefix+"/issue/{issueIdOrKey}"
	return []write{
		{method: http.MethodPost, template: issue + "/watchers", scopes: scopes, answer: addWatcher},
		{method: http.MethodDelete, template: issue + "/watchers", scopes: scopes, answer: removeWatcher},
		{method: http.MethodPost, template: issue + "/votes", scopes: scopes, answer: addVote},
		{method: http.MethodDelete, template: issue + "/votes", scopes: scopes, answer: removeVote},
	}
}

// mustBeJSON refuses bodies of another type.
func (c *call) mustBeJSON() *reply {
	given := c.r.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(given); err == nil && media == "application/json" {
		return nil
	}
	if given == "" {
		given = "null"
	}
	p := problem(http.StatusUnsupportedMediaType, "Content-Type '"+given+"' is not supported.", c.r)
	return &p
}

// watcher finds the account that is to watch, or not to: others than the caller need a permission.
func (c *call) watcher(accountID string) (content.Person, *reply) {
	if c.site.world.lacking().Watching {
		return content.Person{}, refused(http.StatusNotFound, "Watching issues is disabled.")
	}
	if accountID != c.site.me().AccountID && !c.may("MANAGE_WATCHERS", c.row.Project) {
		return content.Person{}, refused(http.StatusForbidden, "You do not have the permission to manage the watcher list.")
	}
	p, found := c.site.person(accountID)
	if !found {
		return p, refused(http.StatusNotFound, "The user does not exist.")
	}
	return p, nil
}

// addWatcher takes an account id as a JSON string; without one it is the caller's.
func addWatcher(c *call) reply {
	accountID := c.site.me().AccountID
	if body := bytes.TrimSpace(c.body); len(body) > 0 {
		if bad := c.mustBeJSON(); bad != nil {
			return *bad
		}
		if err := json.Unmarshal(body, &accountID); err != nil || accountID == "" {
			return refusePayload(payloadMessage)
		}
	}
	p, bad := c.watcher(accountID)
	if bad != nil {
		return *bad
	}
	c.site.parts.ChangeWatchers(c.row, joining(p))
	return wrote(http.StatusNoContent, nil)
}

func removeWatcher(c *call) reply {
	accountID := c.query.Get("accountId")
	if accountID == "" {
		return refuse(http.StatusBadRequest, "The accountId query parameter is required.")
	}
	p, bad := c.watcher(accountID)
	if bad != nil {
		return *bad
	}
	c.site.parts.ChangeWatchers(c.row, leaving(p))
	return wrote(http.StatusNoContent, nil)
}

// joining adds a person to a list that does not have it.
func joining(p content.Person) func([]content.Person) []content.Person {
	return func(all []content.Person) []content.Person {
		if slices.ContainsFunc(all, sameAs(p)) {
			return all
		}
		return append(all, p)
	}
}

// leaving takes a person out of a list.
func leaving(p content.Person) func([]content.Person) []content.Person {
	return func(all []content.Person) []content.Person { return slices.DeleteFunc(all, sameAs(p)) }
}

// follows reports whether the account of the credentials is among people.
func (s *Site) follows(people []content.Person) bool {
	return slices.ContainsFunc(people, func(p content.Person) bool { return p.AccountID == s.AccountID() })
}

// noVoting is the answer where voting is switched off.
func (c *call) noVoting() *reply {
	if c.site.world.lacking().Voting {
		return refused(http.StatusNotFound, "Voting on issues is disabled.")
	}
	return nil
}

// addVote is the caller's own vote: there is no other.
func addVote(c *call) reply {
	if bad := c.noVoting(); bad != nil {
		return *bad
	}
	c.site.parts.ChangeVoters(c.row, joining(c.site.me()))
	return wrote(http.StatusNoContent, nil)
}

func removeVote(c *call) reply {
	if bad := c.noVoting(); bad != nil {
		return *bad
	}
	if !c.site.follows(c.site.src.Issue(c.row).Voters()) {
		return refuse(http.StatusNotFound, "You have not voted for the issue.")
	}
	c.site.parts.ChangeVoters(c.row, leaving(c.site.me()))
	return wrote(http.StatusNoContent, nil)
}

func sameAs(p content.Person) func(content.Person) bool {
	return func(o content.Person) bool { return o.AccountID == p.AccountID }
}
