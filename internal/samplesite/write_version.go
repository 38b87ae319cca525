package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// versionWrites is the writes to versions and components, and the reads of single ones.
func versionWrites() []write {
	version, component := Prefix+"/version", Prefix+"/component"
	read, proj := []string{readWork}, []string{manageProj}
	return []write{
		{method: http.MethodPost, template: version, scopes: proj, answer: createVersion},
		{method: http.MethodGet, template: version + "/{id}", scopes: read, answer: getVersion},
		{method: http.MethodPut, template: version + "/{id}", scopes: proj, answer: editVersion},
		{method: http.MethodDelete, template: version + "/{id}", scopes: proj, answer: deleteVersion},
		{method: http.MethodPost, template: component, scopes: proj, answer: createComponent},
		{method: http.MethodGet, template: component + "/{id}", scopes: read, answer: getComponent},
		{method: http.MethodPut, template: component + "/{id}", scopes: proj, answer: editComponent},
		{method: http.MethodDelete, template: component + "/{id}", scopes: proj, answer: deleteComponent},
	}
}

// piece is a version or component: where it is, and how its list is replaced.
type piece struct {
	project, index int
	all            []rawjson.Raw
	put            func(*content.Project, []rawjson.Raw)
	what           string
}

func pieces(p content.Project, what string) ([]rawjson.Raw, func(*content.Project, []rawjson.Raw)) {
	if what == "version" {
		return p.Versions, (*content.Project).SetVersions
	}
	return p.Components, (*content.Project).SetComponents
}

// piece finds the version or component that the path names, in a project that the account sees and, to change it, administers.
func (c *call) piece(what string, change bool) (piece, *reply) {
	id := c.params["id"]
	for i, p := range c.site.src.Projects() {
		all, put := pieces(p, what)
		k := slices.IndexFunc(all, func(one rawjson.Raw) bool { return at(one, "id") == id })
		if k < 0 {
			continue
		}
		if _, seen := c.site.world.project(strconv.FormatInt(p.ID, 10)); !seen {
			break
		}
		if change && !c.may("ADMINISTER_PROJECTS", i) {
			refused := refuse(http.StatusForbidden, "The user does not have permission to change the "+what+"s of this project.")
			return piece{}, &refused
		}
		return piece{i, k, all, put, what}, nil
	}
	refused := refuse(http.StatusNotFound, "Could not find "+what+" for id '"+id+"'")
	return piece{}, &refused
}

// replace gives the piece another body, nil for none.
func (c *call) replace(p piece, body rawjson.Raw) {
	all := slices.Clone(p.all)
	if body == nil {
		all = slices.Delete(all, p.index, p.index+1)
	} else {
		all[p.index] = body
	}
	c.site.layer.EditProject(p.project, func(project *content.Project) { p.put(project, all) })
}

func (c *call) add(project int, what string, body rawjson.Raw) {
	c.site.layer.EditProject(project, func(p *content.Project) {
		all, put := pieces(*p, what)
		put(p, append(slices.Clone(all), body))
	})
}

func getVersion(c *call) reply   { return c.getPiece("version") }
func getComponent(c *call) reply { return c.getPiece("component") }

func (c *call) getPiece(what string) reply {
	p, bad := c.piece(what, false)
	if bad != nil {
		return *bad
	}
	return ok(p.all[p.index])
}

func deleteVersion(c *call) reply   { return c.deletePiece("version") }
func deleteComponent(c *call) reply { return c.deletePiece("component") }

func (c *call) deletePiece(what string) reply {
	p, bad := c.piece(what, true)
	if bad != nil {
		return *bad
	}
	c.replace(p, nil)
	return wrote(http.StatusNoContent, nil)
}

// projectIn finds the project that a body names by key or id, which the account must administer.
func (c *call) projectIn(f *draft, byKey, byID string) (int, *reply) {
	key := f.text(byKey, 0)
	if key == "" && f.has(byID) {
		key = strings.Trim(string(f.values[byID]), `"`)
	}
	if key == "" {
		f.wrong(byKey, "Project is required.")
		return -1, f.refusal()
	}
	i, found := c.site.world.project(key)
	if !found {
		p := noProject(key)
		return -1, &p
	}
	if !c.may("ADMINISTER_PROJECTS", i) {
		p := refuse(http.StatusForbidden, "The user does not have permission to complete this operation.")
		return -1, &p
	}
	return i, nil
}

// pieceName reads the name of a version or component, which no other of its project may have.
func (f *draft) pieceName(what string, all []rawjson.Raw, of int) string {
	name := strings.TrimSpace(f.text("name", 255))
	if name == "" {
		f.wrong("name", "The name of the %s must be given.", what)
	}
	for k, one := range all {
		if k != of && strings.EqualFold(at(one, "name"), name) {
			f.wrong("name", "A %s with this name already exists in this project.", what)
		}
	}
	return name
}

var versionMembers = []string{"archived", "description", "driver", "name", "project", "projectId", "releaseDate", "released", "startDate"}

func createVersion(c *call) reply {
	f, bad := c.draft(versionMembers...)
	if bad != nil {
		return *bad
	}
	i, bad := c.projectIn(f, "project", "projectId")
	if bad != nil {
		return *bad
	}
	p := c.site.src.Projects()[i]
	id := strconv.FormatInt(c.site.layer.NextID(), 10)
	self := content.Base + Prefix + "/version/" + id
	body := rawjson.Object("self", self, "id", id, "name", f.pieceName("version", p.Versions, -1), "archived", false, "released", false, "projectId", p.ID)
	if body, bad = f.version(body); bad != nil {
		return *bad
	}
	c.add(i, "version", body)
	return wrote(http.StatusCreated, body)
}

// version puts into a version what the body says of it.
func (f *draft) version(body rawjson.Raw) (rawjson.Raw, *reply) {
	if f.has("description") {
		body = with(body, "description", rawjson.String(f.text("description", 16_384)))
	}
	for _, name := range []string{"archived", "released"} {
		if f.has(name) {
			body = with(body, name, rawjson.Raw(strconv.FormatBool(f.flag(name, false))))
		}
	}
	for _, name := range []string{"startDate", "releaseDate"} {
		if f.has(name) {
			body = with(body, name, textOrNone(f.date(name)))
		}
	}
	if _, given := f.person("driver", "driver"); given {
		body = with(body, "driver", f.values["driver"])
	}
	if start, end := at(body, "startDate"), at(body, "releaseDate"); start != "" && end != "" && start > end {
		f.wrong("startDate", "The start date must not be after the release date.")
	}
	return body, f.refusal()
}

func textOrNone(s string) rawjson.Raw {
	if s == "" {
		return nil
	}
	return rawjson.String(s)
}

// isDate reports whether s is a day as bodies have it.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func editVersion(c *call) reply {
	f, bad := c.draft(append([]string{"moveUnfixedIssuesTo", "id", "self", "expand"}, versionMembers...)...)
	if bad != nil {
		return *bad
	}
	p, bad := c.piece("version", true)
	if bad != nil {
		return *bad
	}
	body := p.all[p.index]
	if f.has("name") {
		body = with(body, "name", rawjson.String(f.pieceName("version", p.all, p.index)))
	}
	if body, bad = f.version(body); bad != nil {
		return *bad
	}
	c.replace(p, body)
	return ok(body)
}

var componentMembers = []string{"assigneeType", "description", "leadAccountId", "name", "project"}

func createComponent(c *call) reply {
	f, bad := c.draft(componentMembers...)
	if bad != nil {
		return *bad
	}
	i, bad := c.projectIn(f, "project", "")
	if bad != nil {
		return *bad
	}
	p := c.site.src.Projects()[i]
	id := strconv.FormatInt(c.site.layer.NextID(), 10)
	body := rawjson.Object("self", content.Base+Prefix+"/component/"+id, "id", id, "name", f.pieceName("component", p.Components, -1),
		"assigneeType", "PROJECT_DEFAULT", "realAssigneeType", "PROJECT_DEFAULT", "isAssigneeTypeValid", true, "project", p.Key, "projectId", p.ID)
	if body, bad = f.component(body); bad != nil {
		return *bad
	}
	c.add(i, "component", body)
	return wrote(http.StatusCreated, body)
}

// component puts into a component what the body says of it.
func (f *draft) component(body rawjson.Raw) (rawjson.Raw, *reply) {
	if f.has("description") {
		body = with(body, "description", rawjson.String(f.text("description", 0)))
	}
	if f.has("assigneeType") {
		kind := rawjson.String(f.choice("assigneeType", "", "PROJECT_DEFAULT", "COMPONENT_LEAD", "PROJECT_LEAD", "UNASSIGNED"))
		body = with(with(body, "assigneeType", kind), "realAssigneeType", kind)
	}
	if lead, given := f.person("leadAccountId", "leadAccountId"); given {
		body = with(body, "lead", lead.Body)
	} else if f.has("leadAccountId") {
		if f.text("leadAccountId", 0) != "" {
			f.wrong("leadAccountId", "The user '%s' does not exist.", f.text("leadAccountId", 0))
		} else {
			body = with(body, "lead", nil)
		}
	}
	return body, f.refusal()
}

func editComponent(c *call) reply {
	f, bad := c.draft(append([]string{"id", "self"}, componentMembers...)...)
	if bad != nil {
		return *bad
	}
	p, bad := c.piece("component", true)
	if bad != nil {
		return *bad
	}
	body := p.all[p.index]
	if f.has("name") {
		body = with(body, "name", rawjson.String(f.pieceName("component", p.all, p.index)))
	}
	if body, bad = f.component(body); bad != nil {
		return *bad
	}
	c.replace(p, body)
	return ok(body)
}
