package jira

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"holdfast/internal/archive"
)

// shape makes a record one that can be compared: what it says of other things, such as
// users, a status, another issue, becomes what these are in the destination, and no more
// than that. What they are like is compared where they are records of their own, or
// is the destination's configuration.
func (c *comparing) shape(ctx context.Context, r archive.Record, want bool) (json.RawMessage, error) {
	s := shaper{ctx: ctx, c: c, want: want}
	body := members(r.Body)
	switch r.Kind {
	case "issue":
		return s.issue(body)
	case "attachment":
		return s.attachment(body), nil
	case "comment", "worklog":
		if v := body["visibility"]; s.want && !isNull(v) {
			body["visibility"] = s.visibility(v)
			r.Body = object(body)
		}
	}
	if shaped, ok := s.site(r.Kind, body); ok {
		return shaped, s.err
	}
	return s.users(r.Body), s.err
}

// shaper shapes one record.
type shaper struct {
	ctx  context.Context
	c    *comparing
	want bool // it is the archive's
	err  error
}

func object(m map[string]json.RawMessage) json.RawMessage {
	data, _ := json.Marshal(m)
	return data
}

// issue shapes an issue: system fields by their names, custom ones below their types.
func (s *shaper) issue(body map[string]json.RawMessage) (json.RawMessage, error) {
	fields, custom := map[string]json.RawMessage{}, map[string]map[string]json.RawMessage{}
	for _, kind := range s.c.types {
		custom[lastPart(kind)] = map[string]json.RawMessage{} // none is none, too
	}
	for id, value := range members(body["fields"]) {
		if isNull(value) {
			continue
		}
		if !strings.HasPrefix(id, "customfield_") {
			fields[id] = s.system(id, value)
			continue
		}
		at, kind := id, s.c.types[id]
		if s.want {
			if to, ok := s.c.job.Mapping.To("field", id); ok {
				at = to
			}
		}
		kind = lastPart(kind)
		if custom[kind] == nil {
			custom[kind] = map[string]json.RawMessage{}
		}
		custom[kind][at] = s.custom(kind, value)
	}
	all := map[string]json.RawMessage{}
	for kind, values := range custom {
		all[kind] = object(values)
	}
	return object(map[string]json.RawMessage{
		"key": s.key(body["key"]), "fields": object(fields), "custom": object(all),
		"id": body["id"], "self": body["self"], "expand": body["expand"], "changelog": body["changelog"],
	}), s.err
}

// lastPart is the last part of a custom type.
func lastPart(kind string) string {
	if kind = kind[strings.LastIndexByte(kind, ':')+1:]; kind == "" {
		return "unknown"
	}
	return kind
}

// system shapes the value of a field that every site has.
func (s *shaper) system(id string, v json.RawMessage) json.RawMessage {
	switch id {
	case "issuetype":
		return s.mapped("issueType", v)
	case "status", "priority", "resolution":
		return s.mapped(id, v)
	case "security":
		return s.mapped("securityLevel", v)
	case "project":
		key := textOf(v, "key")
		if s.want {
			key = s.c.job.Plan.Spec.Selection.Key(key)
		}
		return text(key)
	case "parent":
		return s.issueOf(v)
	case "components", "versions", "fixVersions":
		return list(v, func(e json.RawMessage) json.RawMessage { return text(textOf(e, "name")) })
	case "issuelinks":
		return list(v, s.link)
	}
	return s.users(v)
}

// custom shapes the value of a custom field.
func (s *shaper) custom(kind string, v json.RawMessage) json.RawMessage {
	switch {
	case kind == "gh-sprint":
		return list(v, func(e json.RawMessage) json.RawMessage {
			id := textOf(e, "id")
			if s.want {
				ref, ok, err := s.c.job.IDs.Get(s.ctx, "sprint", id)
				s.fail(err)
				if ok {
					id = ref.ID
				}
			}
			return text(id)
		})
	case kind == "textarea":
		return v
	}
	return s.options(s.users(v))
}

// mapped is the destination's id of a thing of the configuration.
func (s *shaper) mapped(kind string, v json.RawMessage) json.RawMessage {
	id := textOf(v, "id")
	if s.want {
		if to, ok := s.c.job.Mapping.To(kind, id); ok {
			id = to
		}
	}
	return text(id)
}

// visibility is whom a comment is for: a role or a group, which has another id.
func (s *shaper) visibility(v json.RawMessage) json.RawMessage {
	m := members(v)
	if to, ok := s.c.job.Mapping.To(textOf(v, "type"), textOf(v, "identifier")); ok {
		m["identifier"] = text(to)
	}
	return object(m)
}

// issueOf is the destination's id of an issue that is named by another.
func (s *shaper) issueOf(v json.RawMessage) json.RawMessage {
	id := textOf(v, "id")
	if s.want {
		ref, ok, err := s.c.issueRef(s.ctx, id)
		s.fail(err)
		if ok {
			id = ref.ID
		}
	}
	return text(id)
}

// link is the type, the direction and the other end of a link.
func (s *shaper) link(v json.RawMessage) json.RawMessage {
	m := members(v)
	out := map[string]json.RawMessage{"type": s.mapped("issueLinkType", m["type"])}
	for _, end := range []string{"inwardIssue", "outwardIssue"} {
		if len(m[end]) > 0 {
			out[end] = s.issueOf(m[end])
		}
	}
	return object(out)
}

// key is the key that an issue should have: the same number in the project as it is called there.
func (s *shaper) key(v json.RawMessage) json.RawMessage {
	var key string
	if json.Unmarshal(v, &key) != nil || !s.want {
		return v
	}
	if i := strings.LastIndexByte(key, '-'); i > 0 {
		key = s.c.job.Plan.Spec.Selection.Key(key[:i]) + key[i:]
	}
	return text(key)
}

// users makes every description of an account in v the id that it has.
func (s *shaper) users(v json.RawMessage) json.RawMessage {
	switch {
	case len(v) == 0:
		return v
	case v[0] == '[':
		return list(v, s.users)
	case v[0] != '{':
		return v
	}
	m := members(v)
	if id := textOf(v, "accountId"); id != "" && len(m["self"])+len(m["displayName"]) > 0 {
		if s.want {
			if to, ok := s.c.job.Mapping.To("user", id); ok {
				id = to
			}
		}
		return object(map[string]json.RawMessage{"accountId": text(id)})
	}
	for name, value := range m {
		if name != "body" && name != "comment" && name != "value" { // documents, and data of apps
			m[name] = s.users(value)
		}
	}
	return object(m)
}

// options makes every option of a field its value: the ids are the destination's own.
func (s *shaper) options(v json.RawMessage) json.RawMessage {
	switch {
	case len(v) == 0:
		return v
	case v[0] == '[':
		return list(v, s.options)
	case v[0] != '{':
		return v
	}
	m := members(v)
	if len(m["value"]) > 0 && len(m["self"]) > 0 {
		out := map[string]json.RawMessage{"value": m["value"]}
		if len(m["child"]) > 0 {
			out["child"] = s.options(m["child"])
		}
		return object(out)
	}
	return v
}

// attachment shapes the description of a file; its bytes are compared by their size alone
// here, and by their checksum where they are read.
func (s *shaper) attachment(body map[string]json.RawMessage) json.RawMessage {
	delete(body, "thumbnail")
	return s.users(object(body))
}

func (s *shaper) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

func list(v json.RawMessage, f func(json.RawMessage) json.RawMessage) json.RawMessage {
	var all []json.RawMessage
	if json.Unmarshal(v, &all) != nil {
		return v
	}
	for i := range all {
		all[i] = f(all[i])
	}
	data, _ := json.Marshal(all)
	return data
}

// textOf is a member as text: a string as it is, a number by its digits.
func textOf(v json.RawMessage, name string) string {
	m := members(v)[name]
	var s string
	if json.Unmarshal(m, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(m))
}

func isNull(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

// sortByNumber orders records by their ids as numbers.
func sortByNumber(all []archive.Record) []archive.Record {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b archive.Record) int {
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}
