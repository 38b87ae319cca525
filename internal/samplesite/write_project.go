package samplesite

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// projectWrites is the writes to projects themselves.
func projectWrites() []write {
	project := Prefix + "/project/{projectIdOrKey}"
	conf, proj := []string{manageConf}, []string{manageProj}
	const admin, adminOne = "ADMINISTER", "ADMINISTER_PROJECTS"
	return []write{
		{method: http.MethodPost, template: Prefix + "/project", scopes: conf, permission: admin, answer: createProject},
		{method: http.MethodPut, template: project, scopes: proj, permission: adminOne, answer: editProject},
		{method: http.MethodDelete, template: project, scopes: conf, permission: admin, answer: deleteProject},
		{method: http.MethodPut, template: project + "/properties/{propertyKey}", scopes: proj, permission: adminOne, answer: setProjectProperty},
		{method: http.MethodDelete, template: project + "/properties/{propertyKey}", scopes: proj, permission: adminOne, answer: deleteProjectProperty},
		{method: http.MethodPut, template: project + "/features/{featureKey}", scopes: proj, permission: adminOne, answer: setFeature},
	}
}

var projectKey = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,9}$`)

// typeOfTemplate is the type of project that a template makes, "" where there is no such template.
func typeOfTemplate(template string) string {
	for prefix, kind := range map[string]string{"com.pyxis.greenhopper.jira:gh-": "software", "com.atlassian.servicedesk:": "service_desk",
		"com.atlassian.jcs:": "service_desk", "com.atlassian.jira-core-project-templates:jira-core-": "business"} {
		if strings.HasPrefix(template, prefix) {
			return kind
		}
	}
	return ""
}

// teamManaged reports whether a template makes team-managed projects.
func teamManaged(template string) bool {
	return strings.Contains(template, "agility") || strings.Contains(template, ":next-gen") || strings.Contains(template, ":team-managed")
}

// schemesOf is the schemes that a new project may be given, by their member of the body.
var schemesOf = []struct {
	name, kind string
	alone      bool // not together with a template
}{
	{"issueTypeScheme", "issueTypeScheme", true}, {"workflowScheme", "workflowScheme", true}, {"issueTypeScreenScheme", "issueTypeScreenScheme", true},
	{"fieldScheme", "fieldScheme", true}, {"fieldConfigurationScheme", "fieldScheme", true},
	{"permissionScheme", "permissionScheme", false}, {"notificationScheme", "notificationScheme", false}, {"issueSecurityScheme", "securityScheme", false},
}

func createProject(c *call) reply {
	f, bad := c.draft("assigneeType", "avatarId", "categoryId", "description", "fieldConfigurationScheme", "fieldScheme", "issueSecurityScheme", "issueTypeScheme",
		"issueTypeScreenScheme", "key", "lead", "leadAccountId", "name", "notificationScheme", "permissionScheme", "projectTemplateKey", "projectTypeKey", "url", "workflowScheme")
	if bad != nil {
		return *bad
	}
	n := content.NewProject{Key: f.text("key", 0), Description: f.text("description", 0), Schemes: map[string]string{},
		AssigneeType: f.choice("assigneeType", "UNASSIGNED", "PROJECT_LEAD", "UNASSIGNED")}
	c.checkKey(f, n.Key)
	n.Name, n.URL = c.projectName(f, -1), f.link("url")
	n.Type = f.choice("projectTypeKey", "", "software", "service_desk", "business")
	template := f.text("projectTemplateKey", 0)
	switch made := typeOfTemplate(template); {
	case template == "" && n.Type == "":
		f.wrong("projectType", "A valid project type must be given.")
	case template != "" && made == "":
		f.wrong("projectTemplateKey", "The project template '%s' does not exist.", template)
	case template != "" && n.Type != "" && n.Type != made:
		f.wrong("projectTemplateKey", "The project template is not one of the project type '%s'.", n.Type)
	case template != "":
		n.Type, n.Simplified = made, teamManaged(template)
	}
	for _, one := range schemesOf {
		if id := f.record(one.name, one.kind); id != "" {
			n.Schemes[one.kind] = id
			if one.alone && template != "" {
				f.wrong(one.name, "It can't be given together with a project template.")
			}
		}
	}
	n.Category = c.category(f)
	lead, found := f.person("leadAccountId", "projectLead")
	if !found {
		f.wrong("projectLead", "You must specify a valid project lead.")
	}
	n.Lead = lead
	if refused := f.refusal(); refused != nil {
		return *refused
	}
	index := c.site.layer.CreateProject(n)
	p := c.site.src.Projects()[index]
	return wrote(http.StatusCreated, rawjson.Object("self", content.Base+Prefix+"/project/"+strconv.FormatInt(p.ID, 10), "id", p.ID, "key", p.Key))
}

// checkKey refuses keys that are no keys and those that a project has, be it archived or in the trash.
func (c *call) checkKey(f *draft, key string) {
	if !projectKey.MatchString(key) {
		f.wrong("projectKey", "Project keys must start with an uppercase letter, followed by one or more uppercase alphanumeric characters.")
		return
	}
	if name, taken := c.site.taken("key", key, -1); taken {
		f.wrong("projectKey", "Project '%s' uses this project key.", name)
	}
}

// projectName reads the name of a project, which no other may have.
func (c *call) projectName(f *draft, of int) string {
	name := f.text("name", 80)
	if strings.TrimSpace(name) == "" {
		f.wrong("projectName", "You must specify a valid project name.")
	} else if _, taken := c.site.taken("name", name, of); taken {
		f.wrong("projectName", "A project with that name already exists.")
	}
	return name
}

// taken returns the name of the project, other than one, that has a key or name, also among those
// that were archived or are in the trash.
func (s *Site) taken(member, value string, other int) (string, bool) {
	for i, p := range s.src.Projects() {
		has := p.Key
		if member == "name" {
			has = p.Name
		}
		s.world.mu.RLock()
		gone := s.world.gone[i]
		s.world.mu.RUnlock()
		if strings.EqualFold(has, value) && i != other && !gone {
			return p.Name, true
		}
	}
	for _, kind := range []string{"archivedProject", "trashedProject"} {
		for _, e := range s.src.Setup().List(kind, "") {
			if strings.EqualFold(at(e.Body, member), value) {
				return at(e.Body, "name"), true
			}
		}
	}
	return "", false
}

// link reads an address.
func (f *draft) link(name string) string {
	s := f.text(name, 255)
	if u, err := url.Parse(s); s != "" && (err != nil || u.Scheme == "" || u.Host == "") {
		f.wrong(name, "The URL specified is not valid - it must start with http:// or https://")
	}
	return s
}

func (c *call) category(f *draft) rawjson.Raw {
	id := ""
	if string(f.values["categoryId"]) != "-1" {
		id = f.record("categoryId", "projectCategory")
	}
	e, _ := c.site.src.Setup().Find("projectCategory", "", id)
	return e.Body
}

func editProject(c *call) reply {
	f, bad := c.draft("assigneeType", "avatarId", "categoryId", "description", "issueSecurityScheme", "key", "lead", "leadAccountId", "name", "notificationScheme", "permissionScheme", "url", "releasedProjectKeys")
	if bad != nil {
		return *bad
	}
	p := c.site.src.Projects()[c.onProject]
	if key := f.text("key", 0); key != "" && key != p.Key {
		f.wrong("projectKey", "The sample site does not change the keys of projects.")
	}
	for _, name := range []string{"issueSecurityScheme", "notificationScheme", "permissionScheme"} {
		if f.has(name) {
			f.wrong(name, "The sample site does not change the schemes of projects.")
		}
	}
	changes := map[string]rawjson.Raw{}
	if f.has("name") {
		changes["name"] = rawjson.String(c.projectName(f, c.onProject))
	}
	if f.has("description") {
		changes["description"] = rawjson.String(f.text("description", 0))
	}
	if f.has("url") {
		changes["url"] = rawjson.String(f.link("url"))
	}
	if f.has("assigneeType") {
		changes["assigneeType"] = rawjson.String(f.choice("assigneeType", "", "PROJECT_LEAD", "UNASSIGNED"))
	}
	if f.has("categoryId") {
		changes["projectCategory"] = c.category(f)
	}
	if lead, given := f.person("leadAccountId", "projectLead"); given {
		changes["lead"] = lead.Body
	} else if f.has("leadAccountId") {
		f.wrong("projectLead", "You must specify a valid project lead.")
	}
	if refused := f.refusal(); refused != nil {
		return *refused
	}
	c.site.layer.EditProject(c.onProject, func(p *content.Project) {
		for name, v := range changes {
			p.Describe(name, v)
		}
		if v, given := changes["name"]; given {
			p.Name, _ = textOf(v)
		}
	})
	return ok(rawjson.Members(c.site.src.Projects()[c.onProject].Details))
}

func deleteProject(c *call) reply {
	undo, bad := c.flag("enableUndo", true)
	if bad != nil {
		return *bad
	}
	p := c.site.src.Projects()[c.onProject]
	if undo {
		now := c.site.cfg.Now()
		body := slices.Clone(p.Summary)
		for _, name := range []string{"description", "lead", "issueTypes"} {
			body = append(body, rawjson.Member{Name: name, Value: rawjson.Get(p.Details, name)})
		}
		more, _ := rawjson.Split(rawjson.Object("projectKeys", []string{p.Key}, "insight", c.site.insights()[c.onProject], "deleted", true,
			"deletedDate", content.FormatTime(now.UnixMilli()), "deletedBy", c.site.me().Body, "retentionTillDate", content.FormatTime(now.AddDate(0, 0, 60).UnixMilli())))
		id := strconv.FormatInt(p.ID, 10)
		c.site.layer.Put("trashedProject", "", content.Entry{ID: id, Project: -1, Body: rawjson.Members(append(body, more...))})
	}
	c.site.change(func(w *world) { w.gone[c.onProject] = true })
	return wrote(http.StatusNoContent, nil)
}

func (c *call) projectID() string {
	return strconv.FormatInt(c.site.src.Projects()[c.onProject].ID, 10)
}

func setProjectProperty(c *call) reply {
	key := c.params["propertyKey"]
	value, bad := c.propertyValue()
	if bad != nil {
		return *bad
	}
	_, known := c.site.src.Setup().Find("projectProperty", c.projectID(), key)
	c.site.layer.Put("projectProperty", c.projectID(), content.Entry{ID: key, Project: -1, Body: rawjson.Object("key", key, "value", value)})
	if known {
		return reply{status: http.StatusOK}
	}
	return reply{status: http.StatusCreated}
}

func deleteProjectProperty(c *call) reply {
	key := c.params["propertyKey"]
	if !c.site.layer.Remove("projectProperty", c.projectID(), key) {
		return noProperty(key)
	}
	return wrote(http.StatusNoContent, nil)
}

func setFeature(c *call) reply {
	f, bad := c.draft("state")
	if bad != nil {
		return *bad
	}
	e, found := c.site.src.Setup().Find("projectFeature", c.projectID(), c.params["featureKey"])
	state := f.choice("state", "", "ENABLED", "DISABLED")
	switch {
	case !found:
		return refuse(http.StatusNotFound, "The feature '"+c.params["featureKey"]+"' does not exist.")
	case state == "":
		f.wrong("state", "The state must be given.")
	case at(e.Body, "toggleLocked") == "true":
		f.wrong("state", "The feature can't be switched.")
	}
	if refused := f.refusal(); refused != nil {
		return *refused
	}
	e.Body = with(e.Body, "state", rawjson.String(state))
	c.site.layer.Put("projectFeature", c.projectID(), e)
	var all []rawjson.Raw
	for _, e := range c.site.src.Setup().List("projectFeature", c.projectID()) {
		all = append(all, e.Body)
	}
	return ok(rawjson.Object("features", all))
}

// with is a body in which a member has another value; nil takes it away.
func with(body rawjson.Raw, name string, value rawjson.Raw) rawjson.Raw {
	m, err := rawjson.Split(body)
	if err != nil {
		return body // bodies are our own
	}
	i := slices.IndexFunc(m, func(one rawjson.Member) bool { return one.Name == name })
	switch {
	case i >= 0 && value == nil:
		m = slices.Delete(m, i, i+1)
	case i >= 0:
		m[i].Value = value
	case value != nil:
		m = append(m, rawjson.Member{Name: name, Value: value})
	}
	return rawjson.Members(m)
}
