package samplesite

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// dashboardWrites is what makes, changes and shares dashboards; their gadgets are in write_gadget.go.
func dashboardWrites() []write {
	scopes, one := []string{writeWork}, Prefix+"/dashboard/{id}"
	return append([]write{
		{method: http.MethodPost, template: Prefix + "/dashboard", scopes: scopes, answer: createDashboard},
		{method: http.MethodPut, template: Prefix + "/dashboard/bulk/edit", scopes: scopes, answer: editDashboards},
		{method: http.MethodPut, template: one, scopes: scopes, answer: updateDashboard},
		{method: http.MethodDelete, template: one, scopes: scopes, answer: deleteDashboard},
	}, gadgetWrites()...)
}

// dashboardReads is what those who write ask of dashboards.
func dashboardReads() []route {
	return []route{{method: http.MethodGet, template: Prefix + "/dashboard/{id}", scopes: []string{readWork}, answer: getDashboard}}
}

// dashboardAsked finds a dashboard that the account sees, by the parameter of the path.
func (c *call) dashboardAsked(param string) (content.Entry, *reply) {
	e, found := c.site.src.Setup().Find("dashboard", "", c.params[param])
	if !found || !c.known || !c.site.shows(c.site.listings["dashboard"], e, nil) {
		return e, refused(http.StatusNotFound, "The dashboard with id '"+c.params[param]+"' does not exist.")
	}
	return e, nil
}

// ownDashboard finds a dashboard that is the account's: the document has 404 for others' too.
func (c *call) ownDashboard(param string) (content.Entry, *reply) {
	e, bad := c.dashboardAsked(param)
	if bad == nil && at(e.Body, "owner.accountId") != c.site.AccountID() {
		bad = refused(http.StatusNotFound, "You do not own the dashboard.")
	}
	return e, bad
}

func getDashboard(c *call) reply {
	e, bad := c.dashboardAsked("id")
	if bad != nil {
		return *bad
	}
	return ok(e.Body)
}

// dashboardInput is what a request says of a dashboard; except is the id of the one that is
// updated, "" for a new one.
func (c *call) dashboardInput(except string) (map[string]rawjson.Raw, *reply) {
	in, bad := c.object("name", "description", "sharePermissions", "editPermissions")
	if bad != nil {
		return nil, bad
	}
	name, isText := textOf(in["name"])
	if !isText || name == "" {
		return nil, wrong("dashboardName", "You must specify a name to save this dashboard as.")
	}
	if c.site.hasDashboard(c.site.AccountID(), name, except) {
		return nil, wrong("dashboardName", "Dashboard with same name already exists.")
	}
	if _, isText := textOf(in["description"]); !isText {
		return nil, wrong("description", "The value is not a text.")
	}
	if absent(in["description"]) {
		in["description"] = rawjson.String("")
	}
	for _, field := range []string{"sharePermissions", "editPermissions"} {
		if absent(in[field]) {
			return nil, wrong(field, "The permissions are required.")
		}
		if in[field], bad = c.shares(in[field]); bad != nil {
			return nil, bad
		}
	}
	return in, nil
}

// hasDashboard reports whether an account owns a dashboard of that name.
func (s *Site) hasDashboard(owner, name, except string) bool {
	return slices.ContainsFunc(s.src.Setup().List("dashboard", ""), func(e content.Entry) bool {
		return e.ID != except && at(e.Body, "owner.accountId") == owner && at(e.Body, "name") == name
	})
}

func createDashboard(c *call) reply {
	in, bad := c.dashboardInput("")
	if bad != nil {
		return *bad
	}
	id := strconv.FormatInt(c.site.layer.NextID(), 10)
	e := content.Entry{ID: id, Project: -1, Body: rawjson.Object("description", in["description"], "id", id, "isFavourite", false, "name", in["name"],
		"owner", shownPerson(c.site.me()), "popularity", 0, "rank", len(c.site.src.Setup().List("dashboard", "")), "self", content.Base+Prefix+"/dashboard/"+id,
		"sharePermissions", in["sharePermissions"], "editPermissions", in["editPermissions"], "view", "/jira/dashboards/"+id, "isWritable", true, "systemDashboard", false)}
	c.site.layer.Begin("dashboardGadget", id)
	c.site.layer.Put("dashboard", "", e)
	return ok(e.Body)
}

// altered is an entry with other members.
func altered(e content.Entry, in map[string]rawjson.Raw) content.Entry {
	m, err := rawjson.Split(e.Body)
	if err != nil {
		return e // bodies are our own
	}
	for name, v := range in {
		m, _ = content.SetMember(m, name, v)
	}
	e.Body = rawjson.Members(m)
	return e
}

func updateDashboard(c *call) reply {
	e, bad := c.ownDashboard("id")
	if bad != nil {
		return *bad
	}
	in, bad := c.dashboardInput(e.ID)
	if bad != nil {
		return *bad
	}
	e = altered(e, in)
	c.site.layer.Put("dashboard", "", e)
	return ok(e.Body)
}

func deleteDashboard(c *call) reply {
	e, bad := c.ownDashboard("id")
	if bad != nil {
		return refuse(http.StatusBadRequest, "You do not own the dashboard.")
	}
	for _, g := range slices.Clone(c.site.src.Setup().List("dashboardGadget", e.ID)) {
		c.site.removeGadget(e.ID, g.ID)
	}
	c.site.layer.Remove("dashboard", "", e.ID)
	return wrote(http.StatusNoContent, nil)
}

// editDashboards changes the owner or the permissions of several dashboards; what it cannot do
// is said for each in a reply of success.
func editDashboards(c *call) reply {
	body, bad := c.object("action", "entityIds", "extendAdminPermissions", "changeOwnerDetails", "permissionDetails")
	if bad != nil {
		return *bad
	}
	var ids []json.Number
	if err := json.Unmarshal(body["entityIds"], &ids); err != nil || len(ids) == 0 || len(ids) > 100 {
		return *wrong("entityIds", "The ids of 1 to 100 dashboards are required.")
	}
	action, _ := textOf(body["action"])
	var in map[string]rawjson.Raw
	autofix := at(body["changeOwnerDetails"], "autofixName") == "true"
	switch action {
	case "changeOwner":
		p, found := c.site.person(at(body["changeOwnerDetails"], "newOwner"))
		if !found || !p.Active {
			return *wrong("newOwner", "The user does not exist.")
		}
		in = map[string]rawjson.Raw{"owner": shownPerson(p), "isWritable": rawjson.Raw(strconv.FormatBool(p.AccountID == c.site.AccountID()))}
	case "changePermission":
		in = map[string]rawjson.Raw{}
		for _, field := range []string{"sharePermissions", "editPermissions"} {
			all, bad := c.shares(rawjson.Raw(orEmpty(at(body["permissionDetails"], field))))
			if bad != nil {
				return *bad
			}
			in[field] = all
		}
	default:
		return *wrong("action", "The action '"+action+"' is not supported.")
	}
	var failed []rawjson.Member
	for _, id := range ids {
		if why := c.editDashboard(id.String(), in, autofix); why != "" {
			failed = append(failed, rawjson.Member{Name: id.String(), Value: rawjson.Object("errorMessages", []string{why}, "errors", rawjson.Raw("{}"))})
		}
	}
	pairs := []any{"action", action}
	if len(failed) > 0 {
		pairs = append(pairs, "entityErrors", failed)
	}
	return ok(rawjson.Object(pairs...))
}

// editDashboard changes one of them, and says why it did not.
func (c *call) editDashboard(id string, in map[string]rawjson.Raw, autofix bool) string {
	e, found := c.site.src.Setup().Find("dashboard", "", id)
	if !found {
		return "The dashboard with id '" + id + "' does not exist."
	}
	if at(e.Body, "owner.accountId") != c.site.AccountID() && !c.may("ADMINISTER", -1) {
		return "Only owner or editors of the dashboard can change it."
	}
	e = altered(e, in)
	for c.site.hasDashboard(at(e.Body, "owner.accountId"), at(e.Body, "name"), id) {
		if !autofix {
			return "The user owns a dashboard of the same name."
		}
		e = altered(e, map[string]rawjson.Raw{"name": rawjson.String(at(e.Body, "name") + " (copy)")})
	}
	e.Private = !c.sees(e.Body)
	c.site.layer.Put("dashboard", "", e)
	return ""
}

func orEmpty(list string) string {
	if list == "" {
		return "[]"
	}
	return list
}
