package samplesite

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// loginReason is the header by which Jira says that it did not accept a credential that it answers 200 to.
const loginReason = "X-Seraph-Loginreason"

// authenticate decides who asks. At Jira, a failed Basic credential makes the
// request anonymous, with only a header to tell; Confluence refuses it, and none, on
// every route. A Bearer that cannot be read is refused everywhere; the gateway
// refuses properly.
func (s *Site) authenticate(c *call) (*reply, http.Header) {
	scheme, value, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	value = strings.TrimSpace(value)
	switch {
	case scheme == "":
		if ofWiki(c.route.template) && !c.gateway {
			return strangers(), nil
		}
		if !ofWiki(c.route.template) {
			return nil, nil
		}
	case strings.EqualFold(scheme, "Bearer"):
		if c.gateway && !s.world.isRevoked() && equal(value, s.scoped) {
			c.known, c.scoped = true, true
			return nil, http.Header{loginReason: {"OK"}}
		}
		p := typed(http.StatusForbidden, jsonType, rawjson.Object("error", "Failed to parse Connect Session Auth Token"))
		return &p, nil
	case strings.EqualFold(scheme, "Basic"):
		token := s.token
		if c.gateway {
			token = s.scoped
		}
		if c.params["cloudid"] != "" && !s.basic(value, token) {
			token = s.token // the automation API takes tokens of either sort
		}
		if !s.world.isRevoked() && s.basic(value, token) {
			c.known, c.scoped = true, token == s.scoped
			return nil, http.Header{loginReason: {"OK"}}
		}
	}
	if c.gateway {
		p := typed(http.StatusUnauthorized, "application/json", rawjson.Object("code", 401, "message", "Unauthorized"))
		return &p, nil
	}
	failed := http.Header{loginReason: {"AUTHENTICATED_FAILED"}}
	switch {
	case !ofWiki(c.route.template):
		return nil, failed
	case strings.EqualFold(scheme, "Basic") && !readable(value):
		return unparseable(), nil
	}
	return strangers(), failed
}

// readable reports whether the value of a Basic credential is one of a name and a token.
func readable(value string) bool {
	b, err := base64.StdEncoding.DecodeString(value)
	return err == nil && strings.Contains(string(b), ":")
}

// basic reports whether a Basic credential is the account's with that token.
func (s *Site) basic(value, token string) bool {
	return equal(value, base64.StdEncoding.EncodeToString([]byte(s.Email()+":"+token)))
}

// outOfScope is what the gateway answers to a token that lacks a scope of the route; nil where it has all.
func (c *call) outOfScope() *reply {
	c.site.world.mu.RLock()
	defer c.site.world.mu.RUnlock()
	for _, scope := range c.route.scopes {
		if c.site.world.noScope[scope] {
			p := typed(http.StatusUnauthorized, "application/json", rawjson.Object("code", 401, "message", "Unauthorized; scope does not match"))
			return &p
		}
	}
	return nil
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
