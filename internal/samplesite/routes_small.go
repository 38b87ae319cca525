package samplesite

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

func listRemoteLinks(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	if c.site.world.lacking().IssueLinking {
		return refuse(http.StatusForbidden, "Issue linking is disabled.")
	}
	all := c.site.src.Issue(row).RemoteLinks()
	if id := c.query.Get("globalId"); id != "" {
		i := slices.IndexFunc(all, func(item content.Item) bool { return at(item.Body, "globalId") == id })
		if i < 0 {
			return refuse(http.StatusNotFound, "The issue has no remote link with that global id.")
		}
		return ok(all[i].Body)
	}
	return ok(rawjson.Array(bodies(all)))
}

func listProperties(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	keys := []rawjson.Raw{}
	for _, p := range c.site.src.Issue(row).Properties() {
		keys = append(keys, rawjson.Object("self", issueSelf(row)+"/properties/"+url.PathEscape(p.Name), "key", p.Name))
	}
	return ok(rawjson.Object("keys", keys))
}

func getProperty(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	key := c.params["propertyKey"]
	all := c.site.src.Issue(row).Properties()
	i := slices.IndexFunc(all, func(m rawjson.Member) bool { return m.Name == key })
	if i < 0 {
		return refuse(http.StatusNotFound, "The property with key '"+key+"' does not exist.")
	}
	return ok(rawjson.Object("key", key, "value", all[i].Value))
}

func issueSelf(row content.Row) string {
	return content.Base + Prefix + "/issue/" + strconv.FormatInt(row.ID, 10)
}

func peopleBodies(people []content.Person) []rawjson.Raw {
	out := make([]rawjson.Raw, len(people))
	for i, p := range people {
		out[i] = p.Body
	}
	return out
}

func getWatchers(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	if c.site.world.lacking().Watching {
		return refuse(http.StatusNotFound, "Watching issues is disabled.")
	}
	return ok(c.site.watchers(row))
}

func (s *Site) watchers(row content.Row) rawjson.Raw {
	people := s.src.Issue(row).Watchers()
	return rawjson.Object("self", issueSelf(row)+"/watchers", "isWatching", s.follows(people), "watchCount", len(people), "watchers", peopleBodies(people))
}

func getVotes(c *call) reply {
	row, found := c.issueRow()
	if !found {
		return noIssue()
	}
	if c.site.world.lacking().Voting {
		return refuse(http.StatusNotFound, "Voting on issues is disabled.")
	}
	return ok(c.site.votes(row))
}

func (s *Site) votes(row content.Row) rawjson.Raw {
	people := s.src.Issue(row).Voters()
	return rawjson.Object("self", issueSelf(row)+"/votes", "votes", len(people), "hasVoted", s.follows(people), "voters", peopleBodies(people))
}

func noAttachment(id string) reply {
	return refuse(http.StatusNotFound, "The attachment with id '"+id+"' does not exist")
}

func (c *call) attachment() (content.Attachment, bool) {
	id, err := strconv.ParseInt(c.params["id"], 10, 64)
	if err != nil || !c.known {
		return content.Attachment{}, false
	}
	return c.site.attachment(id)
}

func getAttachment(c *call) reply {
	a, found := c.attachment()
	if !found {
		return noAttachment(c.params["id"])
	}
	return ok(a.Meta)
}

// getAttachmentContent sends the client on to the media host, or gives the
// bytes where redirect=false asks for them.
func getAttachmentContent(c *call) reply {
	redirect, bad := c.flag("redirect", true)
	if bad != nil {
		return *bad
	}
	a, found := c.attachment()
	if !found || c.site.world.isLost(a.ID) {
		return noAttachment(c.params["id"])
	}
	if !redirect || c.site.MediaURL() == "" {
		return file(c.r, a.Name, a.MediaType, c.site.bytesOf(a))
	}
	return reply{status: http.StatusSeeOther, header: http.Header{"Location": {c.site.signed(a)}}}
}
