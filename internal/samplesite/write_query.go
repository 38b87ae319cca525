package samplesite

import (
	"regexp"
	"strings"
)

// readable reports what is wrong with a filter's query: its grammar, or a project in it
// that the account does not see. Fields and operators that the sample site's own search
// does not know are no mistake.
func (c *call) readable(jql string) error {
	q, err := parseJQL(jql)
	if err != nil && unclosed(jql) {
		return err
	}
	if err != nil {
		for _, m := range namedProject.FindAllStringSubmatch(jql, -1) {
			if _, found := c.site.world.project(strings.ToUpper(m[1])); !found {
				return complaint("The value '%s' does not exist for the field 'project'.", m[1])
			}
		}
		return nil
	}
	return c.projectsIn(q.where)
}

// projectsIn reports a project that a condition names and the account does not see.
func (c *call) projectsIn(one *clause) error {
	if one == nil {
		return nil
	}
	for _, child := range one.children {
		if err := c.projectsIn(child); err != nil {
			return err
		}
	}
	if one.field != "project" {
		return nil
	}
	_, err := compiler{site: c.site, now: c.site.cfg.Now()}.compile(one)
	return err
}

var namedProject = regexp.MustCompile(`(?i)\bproject\s*=\s*"?(\w+)"?`)

// unclosed reports whether a query has a quote or a bracket without its counterpart.
func unclosed(jql string) bool {
	depth, quote := 0, rune(0)
	escaped := false
	for _, r := range jql {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && r == '\\':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '(':
			depth++
		case r == ')':
			depth--
		}
		if depth < 0 {
			return true
		}
	}
	return depth != 0 || quote != 0
}
