package jira

import (
	"context"
	"encoding/json"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// draft is what an issue is to be created with.
type draft struct {
	*content
	properties []property
	standard   string // of a subtask, the type that it gets where it cannot be one
}

// draft makes the draft of an issue: what can be said of it before all others are there.
func (s *series) draft(ctx context.Context, g restore.Group) (*draft, error) {
	fields := atlassian.Member(g.Item.Body, "fields")
	t, flaws := s.typeOf(fields)
	on, err := s.screenOf(ctx, t)
	if err != nil {
		return nil, err
	}
	c, err := s.content(ctx, fields, on)
	if err != nil {
		return nil, err
	}
	c.flaws = append(flaws, c.flaws...)
	if isNull(atlassian.Member(fields, "description")) {
		delete(c.fields, "description")
	}
	o := s.originOfIssue(g.Item)
	if !s.job.Plan.Spec.Options.NoPanels && (on == nil || on.has("description")) {
		body, _ := c.fields["description"].(json.RawMessage)
		c.fields["description"] = underPanel(o, body)
	}
	c.fields["project"] = map[string]string{"id": s.project.ID}
	parent, err := s.parentOf(ctx, g, fields, t)
	if err != nil {
		return nil, err
	}
	if parent != "" {
		c.fields["parent"] = map[string]string{"id": parent}
	} else if t.subtask {
		// No issue is there that it could be below for now.
		if other, ok := s.standard(); ok {
			t = other
			c.flaws = append(c.flaws, flawed("it is no subtask: no issue that it could be below comes before it", "fields.issuetype", "fields.parent"))
		}
	}
	c.fields["issuetype"] = map[string]string{"id": t.id}
	d := &draft{content: c, properties: []property{{restore.OriginKey, o}}}
	if other, ok := s.standard(); ok && t.subtask {
		d.standard = other.id
	}
	for p, err := range g.Parts.All("property") {
		if err != nil {
			return nil, err
		}
		d.properties = append(d.properties, property{p.ID, p.Body})
	}
	return d, nil
}

func (s screen) has(field string) bool {
	_, ok := s[field]
	return ok
}

// typeOf is the type that an issue gets: the counterpart of its own where the project has
// it, or else the one of the same name, or else a standard one.
func (s *series) typeOf(fields json.RawMessage) (issueType, []flaw) {
	from := atlassian.Member(fields, "issuetype")
	to, _ := s.job.Mapping.To("issueType", textOf(from, "id"))
	for _, t := range s.types {
		if t.id == to {
			return t, nil
		}
	}
	for _, t := range s.types {
		if t.name == textOf(from, "name") {
			return t, nil
		}
	}
	subtask := string(atlassian.Member(from, "subtask")) == "true"
	for _, t := range s.types {
		if t.subtask == subtask && t.name != "Epic" {
			return t, []flaw{flawed("the project has no issue type of its name: it is a "+map[bool]string{true: "subtask", false: "standard issue"}[subtask], "fields.issuetype")}
		}
	}
	t, _ := s.standard()
	return t, []flaw{flawed("the project has no issue type of its name: it is a standard issue", "fields.issuetype")}
}

// screenOf returns the screen of a type, read once for a batch.
func (s *series) screenOf(ctx context.Context, t issueType) (screen, error) {
	if on, ok := s.screens[t.id]; ok {
		return on, nil
	}
	on, err := s.target.screen(ctx, s.project.ID, t.id)
	if err == nil {
		s.screens[t.id] = on
	}
	return on, err
}

// parentOf is the issue that one is created below: its parent where that is there, and for a
// subtask whose parent comes later a standard issue before it; "" for none.
func (s *series) parentOf(ctx context.Context, g restore.Group, fields json.RawMessage, t issueType) (string, error) {
	for _, id := range []string{textOf(atlassian.Member(fields, "parent"), "id"), standardBefore(g.Position, t)} {
		if id == "" {
			continue
		}
		ref, ok, err := s.job.IDs.Get(ctx, kindIssue, id)
		if err != nil || ok {
			return ref.ID, err
		}
	}
	return "", nil
}

func standardBefore(p restore.Position, t issueType) string {
	if !t.subtask {
		return ""
	}
	return placeOf(p).standard
}

// create creates the issue; why says why the site refuses it. Fields that the site names in
// its refusal are left out, once.
func (s *series) create(ctx context.Context, g restore.Group, d *draft) (ref restore.Ref, why string, err error) {
	for again := false; ; again = true {
		reply, err := s.target.write(ctx, "POST /rest/api/3/issue", map[string]any{"fields": d.fields, "properties": d.properties})
		if err == nil {
			return restore.Ref{ID: textOf(reply, "id"), Key: textOf(reply, "key")}, "", nil
		}
		r := refused(err)
		if r == nil {
			return restore.Ref{}, "", err
		}
		without := d.without(s.applying, r.fields)
		if !again && slices.Contains(r.fields, "parent") && d.standard != "" {
			// A subtask must have a parent, and may not have the one that it had.
			d.fields["issuetype"] = map[string]string{"id": d.standard}
			d.flaws = append(d.flaws, flawed("it is no subtask: the destination does not let it be below its parent", "fields.issuetype"))
		}
		if again || len(without) == 0 {
			return restore.Ref{}, r.reason(), nil
		}
		o, _ := d.properties[0].Value.(restore.Origin)
		o.Refused = without
		d.properties[0].Value = o
	}
}
