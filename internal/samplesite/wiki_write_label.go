package samplesite

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// labelWriteRoutes serves labels: REST v2 only reads them.
func labelWriteRoutes() []route {
	onContent, onSpace := []string{writeContentV1}, []string{writeSpaceV1}
	item, space := WikiV1+"/content/{id}/label", WikiV1+"/space/{spaceKey}/label"
	return []route{
		{method: http.MethodPost, template: item, scopes: onContent, answer: postLabels},
		{method: http.MethodDelete, template: item, scopes: onContent, answer: deleteLabel},
		{method: http.MethodDelete, template: item + "/{label}", scopes: onContent, answer: deleteLabel},
		{method: http.MethodPost, template: space, scopes: onSpace, answer: postSpaceLabels},
		{method: http.MethodDelete, template: space, scopes: onSpace, answer: deleteSpaceLabel},
		{method: http.MethodGet, template: WikiV2 + "/attachments/{id}/labels", scopes: []string{readFile},
			answer: func(c *call) reply { return c.onFile("id", listFileLabels) }},
	}
}

// writtenLabel is a label as requests give it.
type writtenLabel struct {
	Prefix string `json:"prefix"`
	Name   string `json:"name"`
}

// labelsGiven reads the labels of a request: a list, or one.
func (c *call) labelsGiven() ([]writtenLabel, *reply) {
	var in []writtenLabel
	var bad *reply
	if bytes.HasPrefix(bytes.TrimSpace(c.body), []byte("{")) {
		in = make([]writtenLabel, 1)
		bad = c.wikiBody(&in[0])
	} else {
		bad = c.wikiBody(&in)
	}
	if bad != nil {
		return nil, bad
	}
	for _, one := range in {
		switch {
		case !slices.Contains([]string{"global", "my", "team"}, one.Prefix):
			return nil, c.wikiBad("The prefix of a label is global, my or team, not " + one.Prefix)
		case one.Name == "" || len([]rune(one.Name)) > 255 || strings.ContainsFunc(one.Name, unicode.IsSpace):
			return nil, c.wikiBad("The label contains invalid characters, or too many")
		}
	}
	if len(in) == 0 {
		return nil, c.wikiBad("There must be a label")
	}
	return in, nil
}

// labelHolder is what has labels: those it has, and how others are put there.
type labelHolder struct {
	all []content.Entry
	put func([]content.Entry)
}

// labelled is the page, blog post or file that the path names.
func (c *call) labelled() (labelHolder, *reply) {
	absent := plainRefuse(http.StatusNotFound, "No content found with id: "+c.params["id"])
	if digits, isFile := strings.CutPrefix(c.params["id"], wikiFilePrefix); isFile {
		f, found := c.site.wiki.file(numbered(digits))
		n, seen := c.site.wiki.node(f.Node, c.adminKey())
		if !found || !seen {
			return labelHolder{}, &absent
		}
		of := c.site.own(n)
		return labelHolder{of.FileLabels[f.ID], func(all []content.Entry) {
			of.FileLabels[f.ID] = all
			c.site.wiki.save(of)
		}}, nil
	}
	n, found := c.site.wiki.node(numbered(c.params["id"]), c.adminKey())
	if !found || !hasText(n) {
		return labelHolder{}, &absent
	}
	of := c.site.own(n)
	return labelHolder{of.Labels, func(all []content.Entry) {
		of.Labels = all
		c.site.wiki.save(of)
	}}, nil
}

// labelID is the id of a label: the same wherever it is.
func (s *Site) labelID(prefix, name string) string {
	w := s.wiki
	if id := w.labels[prefix+":"+name]; id != "" {
		return id
	}
	id := idText(w.written.NextID())
	w.labels[prefix+":"+name] = id
	return id
}

func hasLabel(all []content.Entry, prefix, name string) bool {
	return slices.ContainsFunc(all, func(e content.Entry) bool { return at(e.Body, "name") == name && at(e.Body, "prefix") == prefix })
}

func postLabels(c *call) reply {
	in, bad := c.labelsGiven()
	if bad != nil {
		return *bad
	}
	h, bad := c.labelled()
	if bad != nil {
		return *bad
	}
	for _, one := range in {
		if !hasLabel(h.all, one.Prefix, one.Name) {
			id := c.site.labelID(one.Prefix, one.Name)
			h.all = append(h.all, content.Entry{ID: id, Project: -1, Body: rawjson.Object("id", id, "name", one.Name, "prefix", one.Prefix)})
		}
	}
	h.put(h.all)
	return c.plainLabels(h.all)
}

// plainLabels is labels as REST v1 lists them.
func (c *call) plainLabels(all []content.Entry) reply {
	items := []rawjson.Raw{}
	for _, e := range all {
		items = append(items, plainLabel(at(e.Body, "id"), at(e.Body, "prefix"), at(e.Body, "name")))
	}
	return wikiOK(rawjson.Object("results", items, "start", 0, "limit", 200, "size", len(items),
		"_links", rawjson.Object("base", wikiBase, "context", "/wiki", "self", wikiBase+c.plainPath())))
}

func plainLabel(id, prefix, name string) rawjson.Raw {
	return rawjson.Object("prefix", prefix, "name", name, "id", id, "label", name)
}

// labelNamed is the label that a request to delete one names.
func (c *call) labelNamed() string {
	if name := c.params["label"]; name != "" {
		return name
	}
	return c.query.Get("name")
}

func deleteLabel(c *call) reply {
	h, bad := c.labelled()
	if bad != nil {
		return *bad
	}
	left := slices.DeleteFunc(slices.Clone(h.all), func(e content.Entry) bool { return at(e.Body, "name") == c.labelNamed() })
	if len(left) == len(h.all) {
		return plainRefuse(http.StatusNotFound, "There is no such label")
	}
	h.put(left)
	return reply{status: http.StatusNoContent}
}

func postSpaceLabels(c *call) reply {
	in, bad1 := c.labelsGiven()
	if bad1 != nil {
		return *bad1
	}
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	id := idText(c.site.wiki.src.Spaces()[i].ID)
	all := slices.Clone(c.site.wiki.src.Setup().List("spaceLabel", id))
	for _, one := range in {
		if !hasLabel(all, one.Prefix, one.Name) {
			label := c.site.labelID(one.Prefix, one.Name)
			all = append(all, content.Entry{ID: label, Project: -1, Body: plainLabel(label, one.Prefix, one.Name)})
		}
	}
	c.site.wiki.written.SetList("spaceLabel", id, all)
	return c.plainLabels(all)
}

func deleteSpaceLabel(c *call) reply {
	i, bad := c.spaceAsked()
	if bad != nil {
		return *bad
	}
	id := idText(c.site.wiki.src.Spaces()[i].ID)
	prefix := c.query.Get("prefix")
	left := slices.DeleteFunc(slices.Clone(c.site.wiki.src.Setup().List("spaceLabel", id)), func(e content.Entry) bool {
		return at(e.Body, "name") == c.labelNamed() && (prefix == "" || at(e.Body, "prefix") == prefix)
	})
	c.site.wiki.written.SetList("spaceLabel", id, left)
	return reply{status: http.StatusNoContent}
}

func listFileLabels(c *call, f content.File) reply {
	of := c.site.wiki.written.Written(f.Node)
	if of == nil {
		return pageOfLabels(c, nil)
	}
	return pageOfLabels(c, of.FileLabels[f.ID])
}
