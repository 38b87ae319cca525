package samplesite

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// planWrites is what makes plans and gives them teams, archives and trashes them.
func planWrites() []write {
	scopes, one := []string{writeWork}, Prefix+"/plans/plan/{planId}"
	return []write{
		{method: http.MethodPost, template: Prefix + "/plans/plan", scopes: scopes, answer: createPlan},
		{method: http.MethodPut, template: one + "/archive", scopes: scopes, answer: endPlan("Archived")},
		{method: http.MethodPut, template: one + "/trash", scopes: scopes, answer: endPlan("Trashed")},
		{method: http.MethodPost, template: one + "/team/planonly", scopes: scopes, answer: createTeam},
		{method: http.MethodPost, template: one + "/team/atlassian", scopes: scopes, answer: addTeam},
	}
}

// planReads is what those who write ask of plans: the planning settings of their teams.
func planReads() []route {
	team := Prefix + "/plans/plan/{planId}/team"
	return []route{
		{method: http.MethodGet, template: team + "/planonly/{planOnlyTeamId}", scopes: []string{readWork}, answer: teamSettings("planOnlyTeamId", "PlanOnly")},
		{method: http.MethodGet, template: team + "/atlassian/{atlassianTeamId}", scopes: []string{readWork}, answer: teamSettings("atlassianTeamId", "Atlassian")},
	}
}

// planSettings is the kind of the lists of a plan's teams with their planning settings.
const planSettings = "planTeamSettings"

// planner refuses whom plans are not for: all but administrators of Premium sites.
func (c *call) planner() *reply {
	if !c.known {
		p := mustLogIn()
		return &p
	}
	return c.refusal(c.site.listings["plan"])
}

// planAsked finds the plan that the path names; active says that it must be.
func (c *call) planAsked(active bool) (content.Entry, *reply) {
	if bad := c.planner(); bad != nil {
		return content.Entry{}, bad
	}
	e, found := c.site.src.Setup().Find("plan", "", c.params["planId"])
	if !found {
		return e, refused(http.StatusNotFound, "The plan does not exist.")
	}
	if active && at(e.Body, "status") != "Active" {
		return e, refused(http.StatusConflict, "The plan is not active.")
	}
	return e, nil
}

func createPlan(c *call) reply {
	if bad := c.planner(); bad != nil {
		return *bad
	}
	f, bad := c.draft("name", "leadAccountId", "issueSources", "scheduling", "exclusionRules", "crossProjectReleases", "customFields", "permissions")
	if bad != nil {
		return *bad
	}
	byID, bad := c.flag("useGroupId", false)
	if bad != nil {
		return *bad
	}
	if f.text("name", 255) == "" {
		f.wrong("name", "The name is required.")
	}
	f.person("leadAccountId", "leadAccountId")
	p := planDraft{draft: f, call: c, byID: byID}
	sources, scheduling, rules := p.sources(), p.scheduling(), p.rules()
	permissions, fields, releases := p.permissions(), p.fields(), p.releases()
	if bad := f.refusal(); bad != nil {
		return *bad
	}
	n := c.site.layer.NextID()
	id, scenario := strconv.FormatInt(n, 10), strconv.FormatInt(c.site.layer.NextID(), 10)
	pairs := []any{"id", n, "name", f.values["name"]}
	if f.has("leadAccountId") {
		pairs = append(pairs, "leadAccountId", f.values["leadAccountId"])
	}
	pairs = append(pairs, "status", "Active", "lastSaved", c.site.cfg.Now().UTC().Format(time.RFC3339), "issueSources", sources, "scheduling", scheduling,
		"exclusionRules", rules, "crossProjectReleases", releases, "customFields", fields, "permissions", permissions)
	layer := c.site.layer
	layer.Put("planDetail", id, content.Entry{ID: id, Project: -1, Body: rawjson.Object(pairs...)})
	layer.Begin("planTeam", id)
	layer.Put("plan", "", content.Entry{ID: id, Project: -1, Body: rawjson.Object("id", id, "name", f.values["name"], "scenarioId", scenario, "status", "Active", "issueSources", sources)})
	return wrote(http.StatusCreated, rawjson.Raw(id))
}

// endPlan archives or trashes a plan that is active.
func endPlan(status string) func(*call) reply {
	return func(c *call) reply {
		e, bad := c.planAsked(true)
		if bad != nil {
			return *bad
		}
		in := map[string]rawjson.Raw{"status": rawjson.String(status)}
		c.site.layer.Put("plan", "", altered(e, in))
		if d, found := c.site.src.Setup().Find("planDetail", e.ID, e.ID); found {
			c.site.layer.Put("planDetail", e.ID, altered(d, in))
		}
		return wrote(http.StatusNoContent, nil)
	}
}

// team reads the planning settings of a team.
func (c *call) team(names ...string) (f *draft, settings []any, bad *reply) {
	if f, bad = c.draft(append(names, "planningStyle", "capacity", "issueSourceId", "sprintLength")...); bad != nil {
		return nil, nil, bad
	}
	style := f.choice("planningStyle", "", "Scrum", "Kanban")
	if style == "" {
		f.wrong("planningStyle", "The planning style is required.")
	}
	settings = []any{"planningStyle", style}
	for _, name := range []string{"capacity", "issueSourceId", "sprintLength"} {
		if !f.has(name) {
			continue
		}
		if _, err := strconv.ParseFloat(string(f.values[name]), 64); err != nil {
			f.wrong(name, "data was not a number")
		}
		settings = append(settings, name, f.values[name])
	}
	return f, settings, nil
}

func createTeam(c *call) reply {
	plan, bad := c.planAsked(true)
	if bad != nil {
		return *bad
	}
	f, settings, bad := c.team("name", "memberAccountIds")
	if bad != nil {
		return *bad
	}
	if f.text("name", 255) == "" {
		f.wrong("name", "The name is required.")
	}
	members, err := rawjson.Items(rawjson.Raw(orEmpty(string(f.values["memberAccountIds"]))))
	if err != nil {
		f.wrong("memberAccountIds", "data was not an Array")
	}
	for _, one := range members {
		id, _ := textOf(one)
		if _, found := c.site.person(id); !found {
			f.wrong("memberAccountIds", "The account '%s' does not exist.", id)
		}
	}
	if bad := f.refusal(); bad != nil {
		return *bad
	}
	n := c.site.layer.NextID()
	id := strconv.FormatInt(n, 10)
	settings = append([]any{"id", n, "name", f.values["name"], "memberAccountIds", members}, settings...)
	c.site.layer.Put(planSettings, plan.ID, content.Entry{ID: id, Project: -1, Body: rawjson.Object(settings...)})
	c.site.layer.Put("planTeam", plan.ID, content.Entry{ID: id, Project: -1, Body: rawjson.Object("id", id, "name", f.values["name"], "type", "PlanOnly")})
	return wrote(http.StatusCreated, rawjson.Raw(id))
}

// addTeam adds a team of the organization to a plan. Which there are is not Jira's to say: an id of a
// team's form is one.
func addTeam(c *call) reply {
	plan, bad := c.planAsked(true)
	if bad != nil {
		return *bad
	}
	f, settings, bad := c.team("id")
	if bad != nil {
		return *bad
	}
	id := f.text("id", 0)
	if bad := f.refusal(); bad != nil {
		return *bad
	}
	if len(id) != len("00000000-0000-0000-0000-000000000000") {
		return refuse(http.StatusNotFound, "The Atlassian team does not exist.")
	}
	if slices.ContainsFunc(c.site.src.Setup().List("planTeam", plan.ID), func(e content.Entry) bool { return e.ID == id }) {
		return *wrong("id", "The team is in the plan already.")
	}
	c.site.layer.Put(planSettings, plan.ID, content.Entry{ID: id, Project: -1, Body: rawjson.Object(append([]any{"id", id}, settings...)...)})
	c.site.layer.Put("planTeam", plan.ID, content.Entry{ID: id, Project: -1, Body: rawjson.Object("id", id, "type", "Atlassian")})
	return wrote(http.StatusNoContent, nil)
}

// teamSettings answers the planning settings of a team of a type.
func teamSettings(param, kind string) func(*call) reply {
	return func(c *call) reply {
		plan, bad := c.planAsked(true)
		if bad != nil {
			return *bad
		}
		id := c.params[param]
		team, found := c.site.src.Setup().Find("planTeam", plan.ID, id)
		if !found || at(team.Body, "type") != kind {
			return refuse(http.StatusNotFound, "The team is not in the plan.")
		}
		if e, set := c.site.src.Setup().Find(planSettings, plan.ID, id); set {
			return ok(e.Body)
		}
		if kind == "Atlassian" {
			return ok(rawjson.Object("id", id, "planningStyle", "Scrum"))
		}
		return ok(rawjson.Object("id", rawjson.Raw(id), "name", at(team.Body, "name"), "planningStyle", "Scrum"))
	}
}
