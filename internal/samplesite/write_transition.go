package samplesite

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// transition is a way from a status to another, as a workflow has it.
type transition struct {
	id, name string
	kind     string // "INITIAL", "GLOBAL" or "DIRECTED"
	to       string // status
	from     []string
	body     rawjson.Raw
}

// transitionsOf is the transitions of the workflow that issues of a type have in a project.
func (s *Site) transitionsOf(project int, kind rawjson.Raw) []transition {
	body := s.workflowOf(project, at(kind, "id"))
	m, err := rawjson.Split(body)
	if err != nil {
		return nil
	}
	items, err := rawjson.Items(rawjson.Get(m, "transitions"))
	if err != nil {
		return nil
	}
	var out []transition
	for _, item := range items {
		t := transition{id: at(item, "id"), name: at(item, "name"), kind: at(item, "type"), to: at(item, "toStatusReference"), body: item}
		m, _ := rawjson.Split(item)
		links, _ := rawjson.Items(rawjson.Get(m, "links"))
		for _, l := range links {
			t.from = append(t.from, at(l, "fromStatusReference"))
		}
		out = append(out, t)
	}
	return out
}

// workflowOf is the workflow of an issue type in a project.
func (s *Site) workflowOf(project int, kind string) rawjson.Raw {
	setup := s.src.Setup()
	name := ""
	for _, e := range setup.List("projectWorkflowScheme", strconv.FormatInt(s.src.Projects()[project].ID, 10)) {
		scheme := rawjson.Raw(at(e.Body, "workflowScheme"))
		name = cmp.Or(at(scheme, "issueTypeMappings."+kind), at(scheme, "defaultWorkflow"))
	}
	all := setup.List("workflow", "")
	for _, e := range all {
		if at(e.Body, "name") == name {
			return e.Body
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[0].Body
}

// statusShown is a status as issues show it.
func (s *Site) statusShown(id string) rawjson.Raw {
	e, found := s.src.Setup().Find("status", "", id)
	if !found {
		return nil
	}
	return content.StatusInIssue(e.Body)
}

// firstStatus is the status of a new issue.
func (s *Site) firstStatus(project int, kind rawjson.Raw) rawjson.Raw {
	for _, t := range s.transitionsOf(project, kind) {
		if t.kind == "INITIAL" {
			return s.statusShown(t.to)
		}
	}
	for _, e := range s.src.Setup().List("status", "") {
		return content.StatusInIssue(e.Body)
	}
	return nil
}

// BlockTransition makes it that no transition reaches a status, given by id or name.
func (s *Site) BlockTransition(status string) { s.change(func(w *world) { w.blocked[status] = true }) }

// UnblockTransition undoes BlockTransition.
func (s *Site) UnblockTransition(status string) {
	s.change(func(w *world) { delete(w.blocked, status) })
}

// open is the transitions that an issue can take now.
func (c *call) open(row content.Row) []transition {
	m := c.site.layer.Made(row)
	now := at(m.Value("status"), "id")
	var out []transition
	for _, t := range c.site.transitionsOf(row.Project, m.Value("issuetype")) {
		shown := c.site.statusShown(t.to)
		c.site.world.mu.RLock()
		blocked := c.site.world.blocked[t.to] || c.site.world.blocked[at(shown, "name")]
		c.site.world.mu.RUnlock()
		if !blocked && shown != nil && (t.kind == "GLOBAL" || t.kind == "DIRECTED" && slices.Contains(t.from, now)) {
			out = append(out, t)
		}
	}
	return out
}

// screen reports whether fields can be set on the way: what ends an issue asks for its resolution.
func (s *Site) screen(t transition) bool {
	return strings.Contains(string(t.body), `"transitionScreen"`) || s.done(t.to)
}

func (s *Site) done(status string) bool {
	return at(s.statusShown(status), "statusCategory.key") == "done"
}

func listTransitions(c *call) reply {
	expand := splitList(c.query["expand"]...)
	only := c.query.Get("transitionId")
	list := []rawjson.Raw{}
	if c.may("TRANSITION_ISSUES", c.row.Project) {
		for _, t := range c.open(c.row) {
			if only != "" && t.id != only {
				continue
			}
			pairs := []any{"id", t.id, "name", t.name, "to", c.site.statusShown(t.to), "hasScreen", c.site.screen(t), "isGlobal", t.kind == "GLOBAL",
				"isInitial", false, "isAvailable", true, "isConditional", strings.Contains(string(t.body), `"conditions":{`), "isLooped", false}
			if slices.Contains(expand, "transitions.fields") {
				pairs = append(pairs, "fields", c.transitionFields(t))
			}
			list = append(list, rawjson.Object(pairs...))
		}
	}
	return ok(rawjson.Object("expand", "transitions", "transitions", list))
}

// transitionFields is what the screen of a transition has.
func (c *call) transitionFields(t transition) rawjson.Raw {
	m := []rawjson.Member{}
	for _, f := range c.site.fieldsOf() {
		if f.id == "resolution" && c.site.screen(t) {
			var all []rawjson.Raw
			for _, e := range c.site.src.Setup().List("resolution", "") {
				all = append(all, e.Body)
			}
			m = append(m, rawjson.Member{Name: f.id, Value: rawjson.Object("required", false, "schema", f.schema, "name", f.name, "key", f.id, "operations", []string{"set"}, "allowedValues", all)})
		}
	}
	return rawjson.Members(m)
}

func transitIssue(c *call) reply {
	u, bad := c.update(&c.row)
	if bad != nil {
		return *bad
	}
	if u.transition == "" {
		return refuse(http.StatusBadRequest, "Missing 'transition' identifier")
	}
	if bad := c.transit(c.row, u); bad != nil {
		return *bad
	}
	return wrote(http.StatusNoContent, nil)
}

// transit takes an issue through a transition, with the fields that go with it.
func (c *call) transit(row content.Row, u *issueUpdate) *reply {
	all := c.open(row)
	i := slices.IndexFunc(all, func(t transition) bool { return t.id == u.transition })
	if i < 0 {
		return refused(http.StatusBadRequest, "It seems that you have tried to perform a workflow operation ("+u.transition+") that is not valid for the current state of this issue. "+
			"The likely cause is that somebody has changed the issue recently, please look at the issue history for details.")
	}
	t := all[i]
	resolution, given := u.fields["resolution"]
	delete(u.fields, "resolution")
	before := c.site.layer.Made(row)
	if len(u.shown) == 0 {
		u.check(before.Value("issuetype"))
	}
	ended := c.site.resolution(t)
	if given && !c.site.screen(t) {
		u.errors["resolution"] = notOnScreen("resolution")
	} else if given {
		v, wrong := c.configured("resolution", row.Project, resolution)
		if wrong != "" {
			u.errors["resolution"] = wrong
		}
		ended = v
	}
	if len(u.errors) > 0 {
		p := fieldErrors(u.errors)
		return &p
	}
	c.record(row, u.metadata, func(m *content.Made) {
		u.apply(m)
		m.Set("status", c.site.statusShown(t.to))
		switch now := m.Value("resolution"); {
		case c.site.done(t.to) && ended != nil && string(now) != string(ended):
			m.Set("resolution", ended)
			m.Set("resolutiondate", rawjson.String(content.FormatTime(c.site.cfg.Now().UnixMilli())))
		case !c.site.done(t.to):
			m.Set("resolution", nil)
			m.Set("resolutiondate", nil)
		}
	})
	return nil
}

// resolution is the one that a transition sets by itself, nil for none.
func (s *Site) resolution(t transition) rawjson.Raw {
	all := s.src.Setup().List("resolution", "")
	if !s.done(t.to) || len(all) == 0 || !strings.Contains(string(t.body), `"system:update-field"`) {
		return nil
	}
	for _, e := range all {
		if at(e.Body, "name") == "Done" {
			return e.Body
		}
	}
	return all[0].Body
}
