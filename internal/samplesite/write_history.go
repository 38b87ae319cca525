package samplesite

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// record changes an issue and writes into its history what became of its fields.
func (c *call) record(row content.Row, metadata rawjson.Raw, change func(*content.Made)) {
	before := c.site.layer.Made(row)
	after := c.site.layer.Made(row)
	change(&after)
	items := c.changes(&before, &after)
	id := strconv.FormatInt(c.site.layer.NextID(), 10)
	now := c.site.cfg.Now().UnixMilli()
	c.site.layer.Edit(row, func(m *content.Made) {
		m.Values, m.Parent, m.Sprints, m.Properties = after.Values, after.Parent, after.Sprints, after.Properties
		if len(items) == 0 {
			return
		}
		pairs := []any{"id", id, "author", c.site.me().Body, "created", content.FormatTime(now), "items", items}
		if !absent(metadata) {
			pairs = append(pairs, "historyMetadata", metadata)
		}
		m.Changelog = append(m.Changelog, content.Item{ID: id, Time: now, Body: rawjson.Object(pairs...)})
	})
	if len(items) > 0 {
		c.site.touch(row)
	}
}

// unrecorded is the fields of which the history tells nothing.
var unrecorded = []string{"resolutiondate", "creator"}

// changes is the entries of a history for what differs.
func (c *call) changes(before, after *content.Made) []rawjson.Raw {
	ids := map[string]bool{}
	for _, m := range slices.Concat(before.Values, after.Values) {
		ids[m.Name] = true
	}
	names, kinds := map[string]string{}, map[string]string{}
	for _, f := range c.site.fieldsOf() {
		names[f.id], kinds[f.id] = f.id, "jira"
		if f.custom != "" {
			names[f.id], kinds[f.id] = f.name, "custom"
		}
	}
	var out []rawjson.Raw
	add := func(id string, from, to rawjson.Raw) {
		a, aText := told(from)
		b, bText := told(to)
		out = append(out, rawjson.Object("field", cmp.Or(names[id], id), "fieldtype", cmp.Or(kinds[id], "jira"), "fieldId", id, "from", a, "fromString", aText, "to", b, "toString", bText))
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		from, to := before.Value(id), after.Value(id)
		if string(from) != string(to) && !slices.Contains(unrecorded, id) {
			add(id, from, to)
		}
	}
	brief := func(id int64) rawjson.Raw {
		row, found := c.site.world.find(strconv.FormatInt(id, 10))
		if !found {
			return nil
		}
		return rawjson.Object("id", strconv.FormatInt(id, 10), "name", row.Key)
	}
	if before.Parent != after.Parent {
		add("parent", brief(before.Parent), brief(after.Parent))
	}
	return out
}

// told is a value as a history tells it: ids, and names for people.
func told(v rawjson.Raw) (id, text rawjson.Raw) {
	null := rawjson.Raw("null")
	switch {
	case absent(v):
		return null, null
	case isObject(v):
		if at(v, "type") == "doc" {
			var b strings.Builder
			plain(v, &b)
			return null, rawjson.String(b.String())
		}
		name := at(v, "name")
		for _, other := range []string{"displayName", "value", "key"} {
			name = cmp.Or(name, at(v, other))
		}
		return rawjson.String(cmp.Or(at(v, "accountId"), at(v, "id"))), rawjson.String(name)
	case v[0] == '[':
		items, err := rawjson.Items(v)
		if err != nil {
			return null, null
		}
		var ids, texts []string
		for _, item := range items {
			i, t := told(item)
			one, _ := textOf(i)
			ids = append(ids, one)
			one, _ = textOf(t)
			texts = append(texts, one)
		}
		if strings.Join(ids, "") == "" {
			return null, rawjson.String(strings.Join(texts, " "))
		}
		return rawjson.String("[" + strings.Join(ids, ", ") + "]"), rawjson.String(strings.Join(texts, ","))
	}
	if s, isText := textOf(v); isText {
		return null, rawjson.String(s)
	}
	return null, rawjson.String(string(v))
}

// plain writes the text of a document.
func plain(node rawjson.Raw, to *strings.Builder) {
	m, err := rawjson.Split(node)
	if err != nil {
		return
	}
	if s, isText := textOf(rawjson.Get(m, "text")); isText {
		to.WriteString(s)
	}
	items, err := rawjson.Items(rawjson.Get(m, "content"))
	if err != nil {
		return // a leaf
	}
	for _, item := range items {
		plain(item, to)
	}
}
