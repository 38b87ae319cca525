package jira

import (
	"encoding/json"
	"strings"

	"holdfast/internal/restore"
)

// adfWant makes a document of the archive what it should be in the destination: mentions
// of the accounts that users are there, addresses of the site that it is; files are
// told by their names, since each site has its own ids of them.
func (c *comparing) adfWant(v json.RawMessage) (json.RawMessage, error) {
	var lines string
	if string(v) == `""` {
		return json.RawMessage("null"), nil
	}
	if len(v) > 0 && v[0] == '"' && json.Unmarshal(v, &lines) == nil { // as older calls of the API gave it: a paragraph for each line
		v = json.RawMessage(`{"type":"doc","version":1,"content":[`)
		for n, line := range strings.Split(strings.ReplaceAll(lines, "\r", ""), "\n") {
			paragraph := object(map[string]json.RawMessage{"type": text("paragraph")})
			if line != "" {
				paragraph = object(map[string]json.RawMessage{"type": text("paragraph"), "content": json.RawMessage("[" + string(object(map[string]json.RawMessage{"type": text("text"), "text": text(line)})) + "]")})
			}
			if n > 0 {
				v = append(v, ',')
			}
			v = append(v, paragraph...)
		}
		v = append(v, "]}"...)
	}
	return c.document(v, true)
}

// adfGot takes the panel from a document of the destination.
func (c *comparing) adfGot(v json.RawMessage) (json.RawMessage, error) {
	m := members(v)
	var nodes []json.RawMessage
	if json.Unmarshal(m["content"], &nodes) == nil && len(nodes) > 0 {
		if first := members(nodes[0]); string(first["type"]) == `"panel"` && strings.Contains(string(first["content"]), `"`+restore.PanelMark) {
			m["content"], _ = json.Marshal(nodes[1:])
			if len(nodes) == 1 {
				return json.RawMessage("null"), nil // there was no text before
			}
			v = object(m)
		}
	}
	return c.document(v, false)
}

// document walks the nodes of a document.
func (c *comparing) document(v json.RawMessage, want bool) (json.RawMessage, error) {
	if len(v) == 0 || v[0] != '{' {
		return v, nil
	}
	m := members(v)
	attrs := members(m["attrs"])
	switch kind := textOf(v, "type"); kind {
	case "mention":
		if to, ok := c.job.Mapping.To("user", textOf(m["attrs"], "id")); ok && want {
			attrs["id"] = text(to)
		}
		m["attrs"] = object(attrs)
	case "media", "mediaInline":
		delete(attrs, "id")
		delete(attrs, "collection")
		m["attrs"] = object(attrs)
	case "inlineCard", "blockCard", "embedCard", "link":
		for _, name := range []string{"url", "href"} {
			if len(attrs[name]) > 0 && want {
				attrs[name] = text(c.address(textOf(m["attrs"], name)))
			}
		}
		m["attrs"] = object(attrs)
	}
	for _, name := range []string{"content", "marks"} {
		if len(m[name]) > 0 {
			var failed error
			m[name] = list(m[name], func(n json.RawMessage) json.RawMessage {
				out, err := c.document(n, want)
				if err != nil {
					failed = err
				}
				return out
			})
			if failed != nil {
				return nil, failed
			}
		}
	}
	return object(m), nil
}

// address is what an address of the old site is at the new one.
func (c *comparing) address(url string) string {
	rest, ours := strings.CutPrefix(url, c.job.Plan.Source+"/browse/")
	if !ours {
		return url
	}
	key, tail := rest, ""
	if i := strings.IndexAny(rest, "?#/"); i >= 0 {
		key, tail = rest[:i], rest[i:]
	}
	project, number, issue := strings.Cut(key, "-")
	for _, p := range c.job.Plan.Containers {
		if p.Key == project && p.Skip == "" && !(issue && renumbered(c.job.Mapping, project)) {
			to := c.job.Plan.Spec.Selection.Key(project)
			if issue {
				to += "-" + number
			}
			return strings.TrimRight(c.job.Plan.Spec.Site, "/") + "/browse/" + to + tail
		}
	}
	return url
}
