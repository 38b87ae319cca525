package jira

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"holdfast/internal/restore"
)

// preferences translates the properties of gadgets, which are their apps' own: filters and projects
// as Jira's gadgets name them ("filter-10000"), members whose names say what they are, custom
// fields, accounts and JQL.
type preferences struct {
	ctx     context.Context
	plan    *restore.Plan
	mapping *restore.Mapping
	ids     *restore.IDs
}

var (
	namedThing = regexp.MustCompile(`^(filter|project)-(\d+)$`)
	namedField = regexp.MustCompile(`^customfield_\d+$`)
	plainID    = regexp.MustCompile(`^\d+$`)
)

// kindOfMember is what a member's value is the id of; "" where its name does not say so.
func kindOfMember(name string) string {
	switch name {
	case "filterId", "savedFilterId":
		return kindFilter
	case "projectId":
		return kindProject
	case "boardId", "rapidViewId":
		return kindBoard
	case "sprintId":
		return kindSprint
	}
	return ""
}

// translate makes a value that of the destination. lost is set where it names what is not there.
func (p preferences) translate(v json.RawMessage) (out json.RawMessage, lost bool, err error) {
	out = p.value("", v, &lost, &err)
	return out, lost, err
}

func (p preferences) value(name string, v json.RawMessage, lost *bool, failed *error) json.RawMessage {
	if len(v) == 0 {
		return v
	}
	switch v[0] {
	case '{':
		m := members(v)
		for member, value := range m {
			m[member] = p.value(member, value, lost, failed)
		}
		return object(m)
	case '[':
		return list(v, func(e json.RawMessage) json.RawMessage { return p.value(name, e, lost, failed) })
	case '"':
		var s string
		if json.Unmarshal(v, &s) != nil {
			return v
		}
		return text(p.named(name, s, lost, failed))
	}
	if kind := kindOfMember(name); kind != "" && plainID.Match(v) {
		return json.RawMessage(p.id(kind, string(v), lost, failed))
	}
	return v
}

func (p preferences) named(name, s string, lost *bool, failed *error) string {
	if m := namedThing.FindStringSubmatch(s); m != nil {
		return m[1] + "-" + p.id(m[1], m[2], lost, failed)
	}
	if kind := kindOfMember(name); kind != "" && plainID.MatchString(s) {
		return p.id(kind, s, lost, failed)
	}
	if strings.EqualFold(name, "jql") {
		return jqlFor(p.plan, p.mapping, s)
	}
	kind := kindUser
	if namedField.MatchString(s) {
		kind = kindField
	}
	if to, ok := p.mapping.To(kind, s); ok {
		return to
	}
	*lost = *lost || kind == kindField
	return s
}

// id is the id that a record has now, or had where it has none.
func (p preferences) id(kind, id string, lost *bool, failed *error) string {
	ref, ok, err := p.ids.Get(p.ctx, kind, id)
	if err != nil {
		*failed = err
	}
	if !ok {
		*lost = true
		return id
	}
	return ref.ID
}
