package samplesite

import (
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// described adds what expand=names and expand=schema ask for: the names and
// types of fields, in an issue those that it shows, in a page of a search all.
func (s *Site) described(to []rawjson.Member, f shape, shows func(field string) bool) []rawjson.Member {
	if !f.describes() {
		return to
	}
	names, schemas := []rawjson.Member{}, []rawjson.Member{}
	for _, definition := range s.src.Fields() {
		m, err := rawjson.Split(definition)
		if err != nil {
			continue // definitions are our own
		}
		id, _ := textOf(rawjson.Get(m, "id"))
		if !shows(id) {
			continue
		}
		names = append(names, rawjson.Member{Name: id, Value: rawjson.Get(m, "name")})
		if schema := rawjson.Get(m, "schema"); schema != nil {
			schemas = append(schemas, rawjson.Member{Name: id, Value: schema})
		}
	}
	if f.wants("names") {
		to = append(to, rawjson.Member{Name: "names", Value: rawjson.Members(names)})
	}
	if f.wants("schema") {
		to = append(to, rawjson.Member{Name: "schema", Value: rawjson.Members(schemas)})
	}
	return to
}

// inIssue reports whether an issue has a field and shows it.
func inIssue(issue content.Issue, f shape) func(string) bool {
	has := map[string]bool{}
	for _, m := range issue.Fields() {
		has[m.Name] = f.fields.has(m.Name)
	}
	return func(field string) bool { return has[field] }
}
