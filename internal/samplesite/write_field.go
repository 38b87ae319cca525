package samplesite

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// field is a field of issues, as GET /field has it.
type field struct {
	id, name string
	custom   string // the type of a custom field, "" for one of the system
	kind     string // "type" of its schema
	items    string // of an array
	schema   rawjson.Raw
}

// fieldsOf returns every field of the site.
func (s *Site) fieldsOf() []field {
	s.fieldsOnce.Do(func() { s.fields = readFields(s.src.Fields()) })
	return s.fields
}

func readFields(definitions []rawjson.Raw) []field {
	var out []field
	for _, body := range definitions {
		m, err := rawjson.Split(body)
		if err != nil {
			continue // definitions are our own
		}
		f := field{schema: rawjson.Get(m, "schema")}
		f.id, _ = textOf(rawjson.Get(m, "id"))
		f.name, _ = textOf(rawjson.Get(m, "name"))
		f.kind, f.items, f.custom = at(f.schema, "type"), at(f.schema, "items"), at(f.schema, "custom")
		if f.id == "parent" {
			f.kind, f.schema = "issuelink", rawjson.Object("type", "issuelink", "system", "parent")
		}
		out = append(out, f)
	}
	return out
}

// readOnly is the fields of the system that no screen has: what happens to the issue sets them.
var readOnly = []string{"created", "updated", "creator", "status", "resolution", "resolutiondate", "votes", "watches", "worklog", "comment", "attachment",
	"subtasks", "issuelinks", "issuekey", "thumbnail", "lastViewed", "workratio", "statuscategorychangedate"}

// writable reports whether a field is on the screens of a project.
func (s *Site) writable(f field, project int) bool {
	key := s.src.Projects()[project].Key
	s.world.mu.RLock()
	off := s.world.offScreen[key+" "+f.id]
	s.world.mu.RUnlock()
	return !off && !slices.Contains(readOnly, f.id) && !strings.HasSuffix(f.custom, ":readonlyfield")
}

// OffScreen takes a field such as "customfield_10101" off the screens of a project,
// which may yet have to be created: it cannot be set any more.
func (s *Site) OffScreen(projectKey, field string) {
	s.change(func(w *world) { w.offScreen[projectKey+" "+field] = true })
}

// OnScreen undoes OffScreen.
func (s *Site) OnScreen(projectKey, field string) {
	s.change(func(w *world) { delete(w.offScreen, projectKey+" "+field) })
}

// notOnScreen is Jira's refusal of a field that no screen has, or that it does not know.
func notOnScreen(id string) string {
	return "Field '" + id + "' cannot be set. It is not on the appropriate screen, or unknown."
}

// value is what a field is set to, as issues show it; "null" for nothing. What is wrong with it is told otherwise.
func (c *call) value(f field, project int, v rawjson.Raw) (shown rawjson.Raw, wrong string) {
	null := rawjson.Raw("null")
	if absent(v) {
		if f.id == "labels" || f.kind == "array" && f.custom == "" {
			return rawjson.Raw("[]"), ""
		}
		return null, ""
	}
	if f.kind == "array" {
		return c.valueList(f, project, v)
	}
	return c.single(f, f.kind, project, v)
}

// valueList is the value of a field of several, each once.
func (c *call) valueList(f field, project int, v rawjson.Raw) (rawjson.Raw, string) {
	items, err := rawjson.Items(v)
	if err != nil {
		return nil, "data was not an array"
	}
	out := []rawjson.Raw{}
	for _, item := range items {
		one, wrong := c.single(f, f.items, project, item)
		if wrong != "" {
			return nil, wrong
		}
		if !slices.ContainsFunc(out, func(o rawjson.Raw) bool { return string(o) == string(one) }) {
			out = append(out, one)
		}
	}
	if len(out) == 0 && f.custom != "" {
		return rawjson.Raw("null"), ""
	}
	return rawjson.Array(out), ""
}

// single is a value of a type.
func (c *call) single(f field, kind string, project int, v rawjson.Raw) (rawjson.Raw, string) {
	switch kind {
	case "string":
		return singleText(f, v)
	case "number":
		if _, err := strconv.ParseFloat(string(v), 64); err != nil {
			return nil, "Operation value must be a number"
		}
		return v, ""
	case "date":
		if s, valid := textOf(v); !valid || !isDate(s) {
			return nil, "Operation value must be a string in the format yyyy-MM-dd"
		}
		return v, ""
	case "datetime":
		s, _ := textOf(v)
		return instant(s)
	case "user":
		return c.user(f, v)
	case "group":
		for _, by := range []struct{ name, as string }{{"groupId", "groupId"}, {"name", "group"}} {
			if e, found := c.site.group(by.as, at(v, by.name)); found {
				return rawjson.Object("name", at(e.Body, "name"), "groupId", e.ID, "self", content.Base+Prefix+"/group?groupId="+url.QueryEscape(e.ID)), ""
			}
		}
		return nil, "Group could not be found."
	case "option":
		e, found := c.option(f.id, project, v, "")
		if !found {
			return nil, "Specify a valid 'id' or 'value' for " + f.name
		}
		return rawjson.Object(optionPairs(e)...), ""
	case "option-with-child":
		return c.cascade(f, project, v)
	case "priority", "resolution", "issuetype", "securitylevel":
		return c.configured(kind, project, v)
	case "component":
		return amongAll(c.site.src.Projects()[project].Components, v, "Component")
	case "version":
		return amongAll(c.site.src.Projects()[project].Versions, v, "Version")
	case "project":
		i, found := c.site.world.project(cmp.Or(at(v, "id"), at(v, "key")))
		if !found {
			return nil, "Specify a valid project ID or key"
		}
		p := c.site.src.Projects()[i]
		id := strconv.FormatInt(p.ID, 10)
		return rawjson.Object("self", content.Base+Prefix+"/project/"+id, "id", id, "key", p.Key, "name", p.Name, "projectTypeKey", p.Type, "simplified", p.Simplified), ""
	case "timetracking":
		return estimate(v)
	case "any":
		return v, ""
	}
	return nil, notOnScreen(f.id)
}

// singleText is the value of a field of text: a document where it has more than one line.
func singleText(f field, v rawjson.Raw) (rawjson.Raw, string) {
	if f.id == "description" || f.id == "environment" || strings.HasSuffix(f.custom, ":textarea") {
		return v, documentProblem(v)
	}
	s, valid := textOf(v)
	switch {
	case !valid:
		return nil, "Operation value must be a string"
	case f.kind == "array" && (s == "" || strings.ContainsAny(s, " \t\n") || len([]rune(s)) > 255):
		return nil, "The label '" + s + "' contains spaces which is invalid."
	case f.kind != "array" && len([]rune(s)) > 255:
		return nil, "The entered text is too long. It exceeds the allowed limit of 255 characters."
	case strings.ContainsAny(s, "\r\n") && f.id == "summary":
		return nil, "The summary is invalid because it contains newline characters."
	case strings.HasSuffix(f.custom, ":url"):
		if u, err := url.Parse(s); err != nil || u.Scheme == "" || u.Host == "" {
			return nil, "Not a valid URL"
		}
	}
	return v, ""
}

// instant is a time, which bodies may give with or without colon in its offset.
func instant(s string) (rawjson.Raw, string) {
	for _, layout := range []string{content.TimeLayout, "2006-01-02T15:04:05.000Z07:00", time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return rawjson.String(content.FormatTime(t.UnixMilli())), ""
		}
	}
	return nil, "Operation value must be a string in the format yyyy-MM-dd'T'HH:mm:ss.SSSZ"
}

// user is an account that a field names; work is given to active ones only.
func (c *call) user(f field, v rawjson.Raw) (rawjson.Raw, string) {
	id := cmp.Or(at(v, "accountId"), at(v, "id"))
	p, found := c.site.person(id)
	switch {
	case !isObject(v) || id == "":
		return nil, "data was not an object with the id of an account"
	case !found:
		return nil, "The account ID '" + id + "' does not exist for the field '" + f.id + "'."
	case f.id == "assignee" && !p.Active:
		return nil, "User '" + id + "' cannot be assigned issues."
	}
	return p.Body, ""
}

// estimate is what an issue is thought to take.
func estimate(v rawjson.Raw) (rawjson.Raw, string) {
	var in struct{ OriginalEstimate, RemainingEstimate *string }
	if err := json.Unmarshal(v, &in); err != nil {
		return nil, "data was not an object"
	}
	e := content.Estimate{Original: -1, Remaining: -1}
	for _, one := range []struct {
		text *string
		to   *int64
	}{{in.OriginalEstimate, &e.Original}, {in.RemainingEstimate, &e.Remaining}} {
		if one.text == nil || *one.text == "" {
			continue
		}
		n, valid := content.ParseDuration(*one.text)
		if !valid {
			return nil, "The original estimate specified is not valid."
		}
		*one.to = n
	}
	if e.Remaining < 0 {
		e.Remaining = e.Original
	}
	return content.TimeTracking(e, 0, false), ""
}
