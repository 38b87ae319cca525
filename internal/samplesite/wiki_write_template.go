package samplesite

import (
	"net/http"
	"slices"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// templateWriteRoutes serves templates of the site and of spaces (REST v1).
func templateWriteRoutes() []route {
	scopes := []string{writeContentV1}
	return []route{
		{method: http.MethodPost, template: WikiV1 + "/template", scopes: scopes, answer: func(c *call) reply { return writeTemplate(c, false) }},
		{method: http.MethodPut, template: WikiV1 + "/template", scopes: scopes, answer: func(c *call) reply { return writeTemplate(c, true) }},
		{method: http.MethodDelete, template: WikiV1 + "/template/{contentTemplateId}", scopes: scopes, answer: deleteTemplate},
	}
}

// writtenTemplate is a request for a template.
type writtenTemplate struct {
	ID          string                 `json:"templateId"`
	Name        string                 `json:"name"`
	Type        string                 `json:"templateType"`
	Description string                 `json:"description"`
	Body        map[string]rawjson.Raw `json:"body"`
	Labels      []struct {
		Prefix string `json:"prefix"`
		Name   string `json:"name"`
		ID     string `json:"id"`
		Label  string `json:"label"`
	} `json:"labels"`
	Space *struct {
		Key string `json:"key"`
	} `json:"space"`
}

func writeTemplate(c *call, again bool) reply {
	var in writtenTemplate
	if bad := c.wikiBody(&in); bad != nil {
		return *bad
	}
	if in.Name == "" || in.Type != "page" || in.Body == nil {
		return *c.wikiBad("A template has a name, the type page and a body")
	}
	kind, owner, pairs := "template", "", []any{}
	if in.Space != nil {
		i, found := c.site.wiki.space(func(s content.Space) bool { return s.Key == in.Space.Key })
		if !found {
			return *c.wikiBad("There is no space with the key " + in.Space.Key)
		}
		s := c.site.wiki.src.Spaces()[i]
		kind, owner = "spaceTemplate", idText(s.ID)
		pairs = []any{"space", rawjson.Object("id", s.ID, "key", s.Key, "name", s.Name, "type", s.Type, "status", s.Status)}
	}
	text := at(in.Body["storage"], "value")
	if err := wellFormed(text); err != nil {
		return *c.wikiBad("Error parsing xhtml: " + err.Error())
	}
	all := slices.Clone(c.site.wiki.src.Setup().List(kind, owner))
	i := slices.IndexFunc(all, func(e content.Entry) bool { return again && e.ID == in.ID })
	id := in.ID
	switch {
	case !again:
		id, i = idText(c.site.wiki.written.NextID()), len(all)
		all = append(all, content.Entry{ID: id, Project: -1})
	case i < 0:
		return plainRefuse(http.StatusNotFound, "There is no such template")
	}
	labels := []rawjson.Raw{}
	for _, l := range in.Labels {
		if l.ID == "" || l.Label == "" || l.Name == "" || l.Prefix == "" {
			return *c.wikiBad("A label has a prefix, a name, an id and a label")
		}
		labels = append(labels, plainLabel(c.site.labelID(l.Prefix, l.Name), l.Prefix, l.Name))
	}
	pairs = append([]any{"templateId", id, "name", in.Name, "description", in.Description, "labels", labels, "templateType", "page", "editorVersion", "v2",
		"body", rawjson.Object("storage", rawjson.Object("value", text, "representation", "storage", "embeddedContent", []rawjson.Raw{},
			"_expandable", rawjson.Object("content", "", "embeddedContent", "", "webresource", "", "mediaToken", ""))),
		"_links", rawjson.Object("self", wikiBase+"/rest/api/template/"+id)}, pairs...)
	all[i].Body = rawjson.Object(pairs...)
	c.site.wiki.written.SetList(kind, owner, all)
	return wikiOK(all[i].Body)
}

func deleteTemplate(c *call) reply {
	setup := c.site.wiki.src.Setup()
	for _, kind := range []string{"template", "spaceTemplate"} {
		for _, owner := range setup.Owners(kind) {
			all := slices.Clone(setup.List(kind, owner))
			if i := slices.IndexFunc(all, func(e content.Entry) bool { return e.ID == c.params["contentTemplateId"] }); i >= 0 {
				c.site.wiki.written.SetList(kind, owner, slices.Delete(all, i, i+1))
				return reply{status: http.StatusNoContent}
			}
		}
	}
	return plainRefuse(http.StatusNotFound, "There is no such template")
}
