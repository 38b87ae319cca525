package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// gadgetWrites is what puts gadgets on dashboards, moves them, and sets their properties.
func gadgetWrites() []write {
	scopes, gadgets := []string{writeWork}, Prefix+"/dashboard/{dashboardId}/gadget"
	return append([]write{
		{method: http.MethodPost, template: gadgets, scopes: scopes, answer: addGadget},
		{method: http.MethodPut, template: gadgets + "/{gadgetId}", scopes: scopes, answer: changeGadget},
		{method: http.MethodDelete, template: gadgets + "/{gadgetId}", scopes: scopes, answer: deleteGadget},
	}, keyedWrites(Prefix+"/dashboard/{dashboardId}/items/{itemId}/properties", scopes, "dashboardItemProperty", dashboardItem)...)
}

// dashboardItem finds the gadget whose properties the path names.
func dashboardItem(c *call) (string, *reply) {
	e, bad := c.dashboardAsked("dashboardId")
	if bad != nil {
		return "", bad
	}
	id := c.params["itemId"]
	if _, found := c.site.src.Setup().Find("dashboardGadget", e.ID, id); !found {
		return "", refused(http.StatusNotFound, "The dashboard item does not exist.")
	}
	if at(e.Body, "owner.accountId") != c.site.AccountID() {
		return "", refused(http.StatusForbidden, "You may not edit the dashboard.")
	}
	return e.ID + "/" + id, nil
}

const gadgetColors = "blue|red|yellow|green|cyan|purple|gray|white"

// gadgetInput reads what a request says of a gadget: where it is, and its members.
func (c *call) gadgetInput(names ...string) (f *draft, row, column int, bad *reply) {
	f, bad = c.draft(append(names, "color", "position", "title")...)
	if bad != nil {
		return nil, 0, 0, bad
	}
	f.choice("color", "", strings.Split(gadgetColors, "|")...)
	f.text("title", 0)
	if f.has("position") {
		var err1, err2 error
		row, err1 = strconv.Atoi(at(f.values["position"], "row"))
		column, err2 = strconv.Atoi(at(f.values["position"], "column"))
		if err1 != nil || err2 != nil || row < 0 || column < 0 || column > 2 {
			f.wrong("position", "The position is not one on the dashboard.")
		}
	}
	return f, row, column, nil
}

func addGadget(c *call) reply {
	e, bad := c.ownDashboard("dashboardId")
	if bad != nil {
		return *bad
	}
	f, row, column, bad := c.gadgetInput("ignoreUriAndModuleKeyValidation", "moduleKey", "uri")
	if bad != nil {
		return *bad
	}
	unchecked := f.flag("ignoreUriAndModuleKeyValidation", false)
	uri, key := f.text("uri", 0), f.text("moduleKey", 0)
	switch {
	case (uri == "") == (key == ""):
		f.wrong("uri", "Either the module key or the URI is required.")
	case !unchecked && !strings.HasPrefix(uri+key, "rest/gadgets/1.0/g/com.atlassian.") && !strings.HasPrefix(uri+key, "com.atlassian."):
		f.wrong("uri", "The gadget is not one of those that are available.")
	}
	if bad := f.refusal(); bad != nil {
		return *bad
	}
	id := c.site.layer.NextID()
	row = c.site.makeRoom(e.ID, "", row, column)
	pairs := []any{"id", id, "uri", rawjson.String(uri)}
	if uri == "" {
		pairs = []any{"id", id, "moduleKey", rawjson.String(key)}
	}
	body := rawjson.Object(append(pairs, "color", f.choice("color", "blue", strings.Split(gadgetColors, "|")...),
		"position", rawjson.Object("row", row, "column", column), "title", f.text("title", 0))...)
	gadget := strconv.FormatInt(id, 10)
	c.site.layer.Begin("dashboardItemProperty", e.ID+"/"+gadget)
	c.site.layer.Put("dashboardGadget", e.ID, content.Entry{ID: gadget, Project: -1, Body: body})
	return ok(body)
}

// makeRoom moves the gadgets of a column down from a row on, and returns the row that is free:
// below the last one there is no gap.
func (s *Site) makeRoom(dashboard, except string, row, column int) int {
	count := 0
	all := slices.Clone(s.src.Setup().List("dashboardGadget", dashboard))
	inColumn := func(e content.Entry) bool {
		return e.ID != except && at(e.Body, "position.column") == strconv.Itoa(column)
	}
	for _, e := range all {
		if inColumn(e) {
			count++
		}
	}
	row = min(row, count)
	for _, e := range all {
		if at, err := strconv.Atoi(at(e.Body, "position.row")); err == nil && inColumn(e) && at >= row {
			s.layer.Put("dashboardGadget", dashboard, altered(e, map[string]rawjson.Raw{"position": rawjson.Object("row", at+1, "column", column)}))
		}
	}
	return row
}

// closeGap moves the gadgets below a place up.
func (s *Site) closeGap(dashboard string, gone content.Entry) {
	for _, e := range slices.Clone(s.src.Setup().List("dashboardGadget", dashboard)) {
		row, err1 := strconv.Atoi(at(e.Body, "position.row"))
		was, err2 := strconv.Atoi(at(gone.Body, "position.row"))
		if column := at(gone.Body, "position.column"); err1 == nil && err2 == nil && e.ID != gone.ID && row > was && at(e.Body, "position.column") == column {
			s.layer.Put("dashboardGadget", dashboard, altered(e, map[string]rawjson.Raw{"position": rawjson.Object("row", row-1, "column", rawjson.Raw(column))}))
		}
	}
}

// gadgetAsked finds the gadget that the path names, on a dashboard of the account.
func (c *call) gadgetAsked() (dashboard string, g content.Entry, bad *reply) {
	e, bad := c.ownDashboard("dashboardId")
	if bad != nil {
		return "", g, bad
	}
	g, found := c.site.src.Setup().Find("dashboardGadget", e.ID, c.params["gadgetId"])
	if !found {
		return "", g, refused(http.StatusNotFound, "The dashboard gadget does not exist.")
	}
	return e.ID, g, nil
}

func changeGadget(c *call) reply {
	dashboard, g, bad := c.gadgetAsked()
	if bad != nil {
		return *bad
	}
	f, row, column, bad := c.gadgetInput()
	if bad != nil {
		return *bad
	}
	if bad := f.refusal(); bad != nil {
		return *bad
	}
	in := map[string]rawjson.Raw{}
	for _, name := range []string{"color", "title"} {
		if f.has(name) {
			in[name] = f.values[name]
		}
	}
	if f.has("position") {
		c.site.closeGap(dashboard, g)
		row = c.site.makeRoom(dashboard, g.ID, row, column)
		in["position"] = rawjson.Object("row", row, "column", column)
	}
	c.site.layer.Put("dashboardGadget", dashboard, altered(g, in))
	return wrote(http.StatusNoContent, nil)
}

func deleteGadget(c *call) reply {
	dashboard, g, bad := c.gadgetAsked()
	if bad != nil {
		return *bad
	}
	c.site.removeGadget(dashboard, g.ID)
	c.site.closeGap(dashboard, g)
	return wrote(http.StatusNoContent, nil)
}

// removeGadget takes a gadget away with its properties.
func (s *Site) removeGadget(dashboard, gadget string) {
	for _, p := range slices.Clone(s.src.Setup().List("dashboardItemProperty", dashboard+"/"+gadget)) {
		s.layer.Remove("dashboardItemProperty", dashboard+"/"+gadget, p.ID)
	}
	s.layer.Remove("dashboardGadget", dashboard, gadget)
}
