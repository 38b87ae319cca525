package jira

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"holdfast/internal/atlassian"
)

// content is what an issue is created with.
type content struct {
	fields map[string]any
	flaws  []flaw
	// media says that documents show files: they are written once more when the files are there.
	media bool
}

// givenLater are the fields that are not given when an issue is created: what others
// determine, and what is set once all issues are there.
func givenLater(id string) bool {
	switch id {
	case "issuetype", "project", "parent", "status", "resolution", "summary":
		return true // each in its own way
	}
	how := fieldOf(kindIssue, "fields."+id).how
	return how == unwritable || how == elsewhere
}

// content translates the fields of an issue; screen tells those that the site takes, nil
// where it does not tell.
func (a *applying) content(ctx context.Context, fields json.RawMessage, on screen) (*content, error) {
	types, err := a.fieldTypes(ctx)
	if err != nil {
		return nil, err
	}
	c := &content{fields: map[string]any{"summary": summary(textOf(fields, "summary"))}}
	for id, value := range atlassian.Members(fields) {
		if isNull(value) || givenLater(id) || string(value) == "[]" || string(value) == "{}" {
			continue
		}
		if err := a.field(ctx, c, id, types[id], value, on); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// field translates one field into c, or notes why it cannot be given.
func (a *applying) field(ctx context.Context, c *content, id string, t fieldType, value json.RawMessage, on screen) error {
	path := a.comparePath(id, t)
	if t.Custom == "gh-sprint" {
		sprints, err := a.sprintsRestored(ctx)
		if err != nil {
			return err
		}
		for s := range atlassian.Elements(value) {
			if !sprints[textOf(s, "id")] {
				c.flaws = append(c.flaws, flawed("it was in sprints whose boards are not restored", path))
				break
			}
		}
	}
	if notOurs(t.Custom) {
		return nil // the site computes it, or another phase sets it
	}
	to := id
	if strings.HasPrefix(id, "customfield_") {
		var ok bool
		if to, ok = a.job.Mapping.To(kindField, id); !ok {
			c.flaws = append(c.flaws, flawed("the destination has no field for "+id, path))
			return nil
		}
	}
	f, there := on[to]
	if on != nil && !there {
		c.flaws = append(c.flaws, flawed("the field "+to+" is not on the screen of the destination", path))
		return nil
	}
	d := &document{plan: a.job.Plan, mapping: a.job.Mapping, user: a.user}
	v := &values{a: a, doc: d.remap, options: f.options}
	var given any
	var err error
	if strings.HasPrefix(id, "customfield_") {
		given, err = v.custom(ctx, t, value)
	} else {
		given, err = v.system(ctx, id, value)
	}
	switch {
	case errors.Is(err, errNoCounterpart):
		c.flaws = append(c.flaws, flawed("the value of "+id+" is left out: "+err.Error(), path))
		return nil
	case err != nil:
		return err
	case v.partly:
		c.flaws = append(c.flaws, flawed("a part of the value of "+id+" is left out: "+errNoCounterpart.Error(), path))
	}
	for _, reason := range d.reasons {
		c.flaws = append(c.flaws, flawed(reason, path))
	}
	c.media = c.media || d.media
	if given != nil {
		c.fields[to] = given
	}
	return nil
}

// notOurs reports whether fields of a custom type are not written as fields: sprints
// and ranks are those of boards, epics are parents, and the rest the site computes.
func notOurs(custom string) bool {
	switch custom {
	case "gh-sprint", "gh-lexo-rank", "gh-epic-link", "gh-epic-status", "gh-epic-label", "gh-epic-color", "readonlyfield",
		"devsummarycf", "vulnerabilitycf", "jpo-custom-field-parent", "sd-request-feedback", "sd-sla-field", "vp-origin":
		return true
	}
	return false
}

// without takes fields away that the site refuses, and returns those that had been given.
func (c *content) without(a *applying, ids []string) []string {
	var taken []string
	for _, id := range ids {
		// "timetracking_originalestimate" is of the field before the underscore.
		field := id
		if _, ok := c.fields[id]; !ok {
			if head, _, cut := strings.Cut(id, "_"); cut && !strings.HasPrefix(id, "customfield_") {
				field = head
			}
		}
		if _, ok := c.fields[field]; !ok || slices.Contains([]string{"summary", "project", "issuetype"}, field) {
			continue
		}
		delete(c.fields, field)
		taken = append(taken, field)
		c.flaws = append(c.flaws, flawed("the site refuses the field "+field, a.destinationPath(field)))
	}
	return taken
}

// comparePath is how Compare names a field of an issue: custom ones below their types, by
// the destination's id where there is one.
func (a *applying) comparePath(id string, t fieldType) string {
	if !strings.HasPrefix(id, "customfield_") {
		return "fields." + id
	}
	kind := t.Custom
	if kind == "" {
		kind = "unknown"
	}
	if to, ok := a.job.Mapping.To(kindField, id); ok {
		id = to
	}
	return "custom." + kind + "." + id
}

// destinationPath is comparePath of a field by its id in the destination.
func (a *applying) destinationPath(to string) string {
	if !strings.HasPrefix(to, "customfield_") {
		return "fields." + to
	}
	for row := range a.job.Mapping.All(kindField) {
		if row.To == to {
			return a.comparePath(row.ID, a.types[row.ID])
		}
	}
	return "custom.unknown." + to
}
