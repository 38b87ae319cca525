package samplesite

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// write is a route that changes what the site holds. To add one, list it in a
// function that writeRoutes calls, with the method, template and scopes of Atlassian's
// document and the permission that the document asks for. Its answer runs while
// no other write does; where the template names an issue, c.row is that issue, which the
// account sees; where it names a project, c.onProject is its index. What belongs to
// an issue is changed through s.layer.Edit or s.parts, and every change of an issue ends
// in s.touch, which moves "updated". A refusal changes nothing.
type write struct {
	method   string
	template string
	scopes   []string
	// permission is what the account needs: of the site, or of the project that the path
	// names by itself or through an issue. "" is any account; answers that find the project
	// elsewhere ask c.may.
	permission string
	answer     func(*call) reply
	// before is what is done, or refused, while other writes go on: reading a large body. It may be nil.
	before func(*call) *reply
	// free says that it does not count as a write to the issue that it names.
	free bool
	// upload says that the answer reads the body itself.
	upload bool
}

// writeRoutes is every route of Jira that changes something, and those that only who writes asks.
func (s *Site) writeRoutes() []route {
	var out []route
	for _, some := range [][]write{projectWrites(), roleWrites(), versionWrites(), issueWrites(), issueLinkWrites(), commentWrites(), worklogWrites(), fileWrites(), linkWrites(), followWrites(), filterWrites(), dashboardWrites(), planWrites(), boardWrites(), sprintWrites(), rankWrites()} {
		for _, w := range some {
			out = append(out, route{method: w.method, template: w.template, scopes: w.scopes, answer: w.serve, upload: w.upload})
		}
	}
	return out
}

// serve finds what the path names, asks for the permission and runs the answer.
func (w write) serve(c *call) reply {
	if !c.known {
		return refuse(http.StatusUnauthorized, "You do not have the permission to see the specified resource. Log in first.")
	}
	project := -1
	if _, names := c.params["issueIdOrKey"]; names {
		row, found := c.issueRow()
		if !found {
			return noIssue()
		}
		c.row, project = row, row.Project
		if !w.free {
			if refused := c.site.limits.take(row.ID, c.site.cfg); refused != nil {
				return *refused
			}
		}
	}
	if key := c.projectParam(); key != "" {
		i, found := c.site.world.project(key)
		if !found {
			return noProject(key)
		}
		c.onProject, project = i, i
	}
	if w.permission != "" && !c.may(w.permission, project) {
		return refuse(http.StatusForbidden, "You do not have the permission that this needs: "+w.permission+".")
	}
	if w.before != nil {
		if refused := w.before(c); refused != nil {
			return *refused
		}
	}
	c.site.writing.Lock()
	defer c.site.writing.Unlock()
	answer := w.answer(c)
	if answer.status < http.StatusBadRequest {
		c.site.change(func(*world) {})
	}
	return answer
}

// may reports whether the account has a permission, one of the site or one in a
// project; of the latter, project -1 asks for it anywhere.
func (c *call) may(permission string, project int) bool {
	if c.withdrawn(permission) {
		return false
	}
	if slices.Contains(globalPermissions, permission) {
		return c.holdsGlobal(permission)
	}
	return c.known && (project < 0 || c.browses(project))
}

// Withdraw takes permissions such as "CREATE_ISSUES" from the account, in every project.
func (s *Site) Withdraw(permissions ...string) {
	s.change(func(w *world) {
		for _, p := range permissions {
			w.withdrawn[p] = true
		}
	})
}

// Grant undoes Withdraw.
func (s *Site) Grant(permissions ...string) {
	s.change(func(w *world) {
		for _, p := range permissions {
			delete(w.withdrawn, p)
		}
	})
}

// me is the account that writes.
func (s *Site) me() content.Person { return s.src.People()[0] }

// touch says that an issue was changed now.
func (s *Site) touch(row content.Row) {
	s.layer.Edit(row, func(*content.Made) {}) // from now on nothing of it depends on when that was
	now := s.cfg.Now().UnixMilli()
	s.change(func(w *world) {
		if i, found := w.position(strconv.FormatInt(row.ID, 10)); found {
			w.rows[i].Updated = max(now, w.rows[i].Updated)
		}
	})
}

// fieldErrors is Jira's refusal of single fields.
func fieldErrors(errors map[string]string) reply {
	var m []rawjson.Member
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		m = append(m, rawjson.Member{Name: name, Value: rawjson.String(errors[name])})
	}
	return typed(http.StatusBadRequest, jsonType, rawjson.Object("errorMessages", []string{}, "errors", m))
}

// wrote answers a write that was done: with a body where there is one.
func wrote(status int, body rawjson.Raw) reply {
	if body == nil {
		return reply{status: status}
	}
	return typed(status, jsonType, body)
}
