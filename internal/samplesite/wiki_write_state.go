package samplesite

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// stateWriteRoutes serves the states that content is in (REST v1).
func stateWriteRoutes() []route {
	const at = WikiV1 + "/content/{id}/state"
	return []route{
		{method: http.MethodGet, template: at, scopes: []string{readSummary}, answer: getState},
		{method: http.MethodPut, template: at, scopes: []string{writeContentV1}, answer: putState},
		{method: http.MethodDelete, template: at, scopes: []string{writeContentV1}, answer: deleteState},
	}
}

// stateColors is what the color of a state looks like.
var stateColors = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// stateHolder is the page or blog post whose state is asked for.
func (c *call) stateHolder() (content.Node, *reply) {
	n, found := c.site.wiki.node(numbered(c.params["id"]), c.adminKey())
	if !found || !hasText(n) || n.Status == "trashed" {
		p := plainRefuse(http.StatusNotFound, "No content found with id: "+c.params["id"])
		return n, &p
	}
	return n, nil
}

func getState(c *call) reply {
	n, bad := c.stateHolder()
	if bad != nil {
		return *bad
	}
	return wikiOK(c.site.own(n).StateBody())
}

func putState(c *call) reply {
	n, bad := c.stateHolder()
	if bad != nil {
		return *bad
	}
	var in struct {
		Name  string      `json:"name"`
		Color string      `json:"color"`
		ID    json.Number `json:"id"`
	}
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	id := in.ID.String()
	if id != "" {
		e, found := c.site.wiki.src.Setup().Find("spaceState", c.spaceID(n), id)
		if !found {
			return *c.wikiBad("There is no content state of that id")
		}
		in.Name, in.Color = at(e.Body, "name"), at(e.Body, "color")
	} else {
		id = idText(c.site.wiki.written.NextID())
	}
	if in.Name == "" || len([]rune(in.Name)) > 20 || !stateColors.MatchString(in.Color) {
		return *c.wikiBad("A content state has a name of up to 20 characters and a color")
	}
	of := c.site.own(n)
	of.State = rawjson.Object("id", rawjson.Raw(id), "name", in.Name, "color", in.Color)
	c.restate(of)
	return wikiOK(of.StateBody())
}

func deleteState(c *call) reply {
	n, bad := c.stateHolder()
	if bad != nil {
		return *bad
	}
	of := c.site.own(n)
	of.State = nil
	c.restate(of)
	return wikiOK(of.StateBody())
}

// restate saves another state, which is a version of what is published.
func (c *call) restate(of *content.Written) {
	now := c.wikiNow()
	of.StateSet = now
	if of.Node.Status != "draft" {
		last := of.History[len(of.History)-1]
		of.Node.Version++
		of.Node.Modified = now
		last.Number = of.Node.Version
		last.WikiVersion.Body = content.VersionBody(last.Number, c.site.AccountID(), "", false, now)
		of.History = append(slices.Clip(of.History), last)
	}
	c.site.wiki.save(of)
}
