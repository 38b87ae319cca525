package content

import (
	"fmt"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// NewProject is what a project is made of.
type NewProject struct {
	Key, Name, Description, URL string
	Type                        string // "software", "service_desk" or "business"
	Simplified                  bool   // team-managed
	AssigneeType                string // "PROJECT_LEAD" or "UNASSIGNED"
	Lead                        Person
	Category                    rawjson.Raw // nil for none
	// Schemes are ids by kind: "issueTypeScheme", "workflowScheme", "issueTypeScreenScheme",
	// "fieldScheme", "permissionScheme", "notificationScheme", "securityScheme". What is left out is
	// the site's default, the first of its list.
	Schemes map[string]string
}

// CreateProject adds a project with all that a new one has, and returns its index.
func (w *Layer) CreateProject(n NewProject) int {
	p := Project{ID: w.NextProject(), Key: n.Key, Name: n.Name, Type: n.Type, Simplified: n.Simplified}
	id := strconv.FormatInt(p.ID, 10)
	style, self := "classic", api("project/"+id)
	if p.Simplified {
		style = "next-gen"
	}
	expand := "description,lead,issueTypes,url,projectKeys,permissions,insight"
	icons := avatars(Base + "/rest/api/3/universal_avatar/view/type/project/avatar/10400?size=")
	p.Summary = membersOf("expand", expand, "self", self, "id", id, "key", p.Key, "name", p.Name, "avatarUrls", icons,
		"projectTypeKey", p.Type, "simplified", p.Simplified, "style", style, "isPrivate", false, "properties", raw("{}"),
		"entityId", fmt.Sprintf("%08x-0000-4000-9000-%012x", uint32(p.ID), p.ID))
	types := []raw{}
	for _, t := range w.Setup().TypesOf(n.Schemes["issueTypeScheme"]) {
		types = append(types, t.Body)
	}
	roles := []rawjson.Member{}
	for _, role := range w.Setup().List("role", "") {
		roles = append(roles, rawjson.Member{Name: member(role.Body, "name"), Value: rawjson.String(self + "/role/" + role.ID)})
	}
	p.Details = membersOf("expand", expand, "self", self, "id", id, "key", p.Key, "description", n.Description, "lead", n.Lead.Body, "components", raw("[]"),
		"issueTypes", types, "assigneeType", n.AssigneeType, "versions", raw("[]"), "name", p.Name, "roles", roles, "avatarUrls", icons,
		"projectTypeKey", p.Type, "simplified", p.Simplified, "style", style, "isPrivate", false, "properties", raw("{}"))
	p.Describe("url", textOrNone(n.URL))
	p.Describe("projectCategory", n.Category)
	index := w.AddProject(p)
	w.projectRoles(id)
	w.Begin("projectProperty", id)
	w.projectFeatures(p, id)
	w.Put("projectEmail", id, Entry{ID: id, Project: -1, Body: rawjson.Object("emailAddress", fmt.Sprintf("jira+%s@sample.example", id), "emailAddressStatus", list("The <sender> is verified"))})
	w.projectSchemes(index, p, n.Schemes)
	if p.Type == "service_desk" {
		desk := strconv.Itoa(len(w.Setup().List("serviceDesk", "")) + 1)
		w.Put("serviceDesk", "", Entry{ID: desk, Project: -1, Body: rawjson.Object("id", desk, "projectId", id, "projectName", p.Name, "projectKey", p.Key, "projectTypeKey", p.Type,
			"_links", rawjson.Object("self", Base+"/rest/servicedeskapi/servicedesk/"+desk))})
		w.Begin("customer", id)
	}
	return index
}

func textOrNone(s string) raw {
	if s == "" {
		return nil
	}
	return rawjson.String(s)
}

// membersOf is the members of an object.
func membersOf(pairs ...any) []rawjson.Member {
	m, _ := rawjson.Split(rawjson.Object(pairs...)) // an object of our own
	return m
}

// Describe sets a member of what the project shows of itself; nil takes it away.
func (p *Project) Describe(name string, value rawjson.Raw) {
	for _, list := range []*[]rawjson.Member{&p.Summary, &p.Details} {
		m := slices.Clone(*list)
		i := slices.IndexFunc(m, func(one rawjson.Member) bool { return one.Name == name })
		switch {
		case i >= 0 && value == nil:
			m = slices.Delete(m, i, i+1)
		case i >= 0:
			m[i].Value = value
		case value != nil && (list == &p.Details || name == "projectCategory"):
			m = append(m, rawjson.Member{Name: name, Value: value})
		}
		*list = m
	}
}

// SetVersions replaces the versions of a project.
func (p *Project) SetVersions(all []rawjson.Raw) {
	p.Versions = all
	p.Describe("versions", rawjson.Array(all))
}

// SetComponents replaces the components of a project.
func (p *Project) SetComponents(all []rawjson.Raw) {
	p.Components = all
	p.Describe("components", rawjson.Array(all))
}

// TypesOf returns the issue types of a scheme, those of the first scheme where it is "".
func (s *Setup) TypesOf(scheme string) []Entry {
	if all := s.List("issueTypeScheme", ""); scheme == "" && len(all) > 0 {
		scheme = all[0].ID
	}
	var out []Entry
	for _, m := range s.List("issueTypeSchemeMapping", "") {
		if member(m.Body, "issueTypeSchemeId") != scheme {
			continue
		}
		if t, found := s.Find("issueType", "", member(m.Body, "issueTypeId")); found {
			out = append(out, t)
		}
	}
	return out
}

// projectRoles gives a project the site's roles with their default actors.
func (w *Layer) projectRoles(id string) {
	self := api("project/" + id + "/role/")
	w.Begin("projectRoleRef", id)
	for i, role := range w.Setup().List("role", "") {
		m, err := rawjson.Split(role.Body)
		if err != nil {
			continue // bodies are our own
		}
		description, actors := rawjson.Get(m, "description"), rawjson.Get(m, "actors")
		if actors == nil {
			actors = raw("[]")
		}
		name := rawjson.Get(m, "name")
		w.Put("projectRoleRef", id, Entry{ID: role.ID, Project: -1, Body: rawjson.Object("self", self+role.ID, "name", name, "id", raw(role.ID), "description", description,
			"admin", i == 0, "default", i < 2, "roleConfigurable", true, "translatedName", name)})
		w.Put("projectRole", id+"/"+role.ID, Entry{ID: role.ID, Project: -1, Body: rawjson.Object("self", self+role.ID, "name", name, "id", raw(role.ID), "description", description, "actors", actors)})
	}
}

func (w *Layer) projectFeatures(p Project, id string) {
	w.Begin("projectFeature", id)
	for i, name := range featuresOf(p) {
		w.Put("projectFeature", id, Entry{ID: name, Project: -1, Body: rawjson.Object("projectId", p.ID, "state", "ENABLED", "toggleLocked", false, "feature", name,
			"prerequisites", featuresOf(p)[:i%2], "localisedName", "Feature "+name, "localisedDescription", "", "imageUri", Base+"/s/feature.svg")})
	}
}

func featuresOf(p Project) []string {
	switch {
	case p.Type == "service_desk":
		return list("jsm.classic.incidents|jsm.classic.requests")
	case p.Simplified:
		return list("jsw.agility.backlog|jsw.agility.sprints|jsw.agility.estimation|jsw.agility.reports|jsw.agility.pages")
	}
	return list("jsw.classic.roadmap|jsw.classic.backlog|jsw.classic.deployments|jsw.classic.security")
}

// scheme is the one of that kind and id, the first of the kind where id is "".
func (s *Setup) scheme(kind, id string) (Entry, bool) {
	if id != "" {
		return s.Find(kind, "", id)
	}
	all := s.List(kind, "")
	if len(all) == 0 {
		return Entry{}, false
	}
	return all[0], true
}

// projectSchemes notes which schemes a project has. The default workflow scheme has no id.
func (w *Layer) projectSchemes(index int, p Project, schemes map[string]string) {
	id := strconv.FormatInt(p.ID, 10)
	ids := rawjson.Array([]raw{rawjson.String(id)})
	setup := w.Setup()
	put := func(kind, owner, entry string, body raw) {
		w.Put(kind, owner, Entry{ID: entry, Body: body, Project: index})
	}
	if e, found := setup.Find("workflowScheme", "", schemes["workflowScheme"]); found {
		put("projectWorkflowScheme", id, e.ID, rawjson.Object("projectIds", ids, "workflowScheme", e.Body))
	} else {
		put("projectWorkflowScheme", id, "default", rawjson.Object("projectIds", ids, "workflowScheme",
			rawjson.Object("name", "Default Workflow Scheme", "description", "The default <workflow> scheme.", "defaultWorkflow", setup.firstWorkflow(), "issueTypeMappings", raw("{}"), "draft", false)))
	}
	for _, one := range []struct{ kind, of string }{{"projectIssueTypeScheme", "issueTypeScheme"}, {"projectScreenScheme", "issueTypeScreenScheme"}} {
		w.Begin(one.kind, id)
		if e, found := setup.scheme(one.of, schemes[one.of]); found {
			put(one.kind, id, e.ID, rawjson.Object(one.of, e.Body, "projectIds", ids))
		}
	}
	w.Begin("projectFieldScheme", id)
	if e, found := setup.scheme("fieldScheme", schemes["fieldScheme"]); found {
		put("projectFieldScheme", id, e.ID, rawjson.Object("projectId", p.ID, "schemeId", raw(e.ID)))
	}
	w.Begin("projectPermissionScheme", id)
	if e, found := setup.scheme("permissionScheme", schemes["permissionScheme"]); found {
		put("projectPermissionScheme", id, e.ID, e.Body)
	}
	if e, found := setup.scheme("notificationScheme", schemes["notificationScheme"]); found {
		put("notificationSchemeProject", "", e.ID+"/"+id, rawjson.Object("notificationSchemeId", e.ID, "projectId", id))
	}
	if e, found := setup.scheme("priorityScheme", ""); found {
		put("prioritySchemeProject", e.ID, id, rawjson.Members(p.Summary))
	}
	if e, found := setup.Find("securityScheme", "", schemes["securityScheme"]); found {
		put("securitySchemeProject", "", e.ID+"/"+id, rawjson.Object("issueSecuritySchemeId", e.ID, "projectId", id))
	}
}

// firstWorkflow is the name of the workflow that projects without a scheme of their own have.
func (s *Setup) firstWorkflow() string {
	for _, e := range s.List("workflow", "") {
		return member(e.Body, "name")
	}
	return ""
}
