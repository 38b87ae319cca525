package jira

import (
	"encoding/json"
	"strings"

	"holdfast/internal/restore"
)

// The flaws of documents.
const (
	flawMention = "a mention of somebody whom the destination does not have is plain text"
	flawMedia   = "a picture or file in the text is named only: it is not among the issue's attachments"
)

// document makes a document of the backup one of the destination.
type document struct {
	plan    *restore.Plan
	mapping *restore.Mapping
	user    func(id string) string
	// file is the id at the media service of the file of that name; nil while files are
	// not there yet, and they stand in the text by their names meanwhile.
	file func(name string) (id string, ok bool)

	media   bool // it shows files
	reasons []string
}

// remap returns the document for the destination. A text becomes a document of its lines; what
// is neither comes back as it is.
func (d *document) remap(doc json.RawMessage) json.RawMessage {
	if len(doc) > 0 && doc[0] == '"' {
		return ofLines(doc)
	}
	if len(doc) == 0 || doc[0] != '{' {
		return doc
	}
	return d.node(doc)
}

// ofLines is a document with a paragraph for each line of a text: older calls of the API gave
// texts where it now takes documents.
func ofLines(text json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(text, &s) != nil || s == "" {
		return json.RawMessage("null")
	}
	doc := node{Type: "doc", Version: 1}
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if line == "" {
			doc.Content = append(doc.Content, node{Type: "paragraph"})
		} else {
			doc.Content = append(doc.Content, paragraph(line))
		}
	}
	return encode(doc)
}

func (d *document) flaw(reason string) {
	for _, r := range d.reasons {
		if r == reason {
			return
		}
	}
	d.reasons = append(d.reasons, reason)
}

func (d *document) node(v json.RawMessage) json.RawMessage {
	m := members(v)
	switch textOf(v, "type") {
	case "mention":
		return d.mention(m)
	case "mediaSingle", "mediaGroup":
		return d.shown(m)
	case "media", "mediaInline":
		if changed, ok := d.fileNode(m); ok {
			return changed
		}
		return encode(node{Type: "text", Text: d.name(m)})
	case "inlineCard", "blockCard", "embedCard", "link":
		attrs := members(m["attrs"])
		for _, name := range []string{"url", "href"} {
			if len(attrs[name]) > 0 {
				attrs[name] = text(address(d.plan, d.mapping, textOf(m["attrs"], name)))
			}
		}
		if attrs != nil {
			m["attrs"] = object(attrs)
		}
	}
	d.inside(m)
	return object(m)
}

// inside remaps what is in a node, and its marks.
func (d *document) inside(m map[string]json.RawMessage) {
	for _, name := range []string{"content", "marks"} {
		if len(m[name]) > 0 {
			m[name] = list(m[name], d.node)
		}
	}
}

func (d *document) mention(m map[string]json.RawMessage) json.RawMessage {
	attrs := members(m["attrs"])
	to := d.user(textOf(m["attrs"], "id"))
	if to == "" {
		d.flaw(flawMention)
		name := textOf(m["attrs"], "text")
		if name == "" {
			name = "@somebody"
		}
		return encode(node{Type: "text", Text: name})
	}
	attrs["id"] = text(to)
	m["attrs"] = object(attrs)
	return object(m)
}

// shown is a node that holds files. One whose files are not to be had becomes a
// paragraph with their names.
func (d *document) shown(m map[string]json.RawMessage) json.RawMessage {
	var nodes, kept []json.RawMessage
	var names []string
	_ = json.Unmarshal(m["content"], &nodes)
	for _, n := range nodes {
		file := members(n)
		if kind := textOf(n, "type"); kind != "media" {
			kept = append(kept, d.node(n)) // a caption
			continue
		}
		if changed, ok := d.fileNode(file); ok {
			kept = append(kept, changed)
		} else {
			names = append(names, d.name(file))
		}
	}
	if len(names) > 0 {
		return encode(paragraph(strings.Join(names, " ")))
	}
	m["content"], _ = json.Marshal(kept)
	return object(m)
}

// fileNode is a media node with the id that its file has now; false where it has none.
func (d *document) fileNode(m map[string]json.RawMessage) (json.RawMessage, bool) {
	attrs := members(m["attrs"])
	if kind := textOf(m["attrs"], "type"); kind == "external" {
		d.inside(m)
		return object(m), true // it is shown from its own address
	}
	d.media = true
	if d.file == nil {
		return nil, false
	}
	id, ok := d.file(textOf(m["attrs"], "alt"))
	if !ok {
		d.flaw(flawMedia)
		return nil, false
	}
	attrs["id"], attrs["collection"] = text(id), text("")
	m["attrs"] = object(attrs)
	d.inside(m)
	return object(m), true
}

func (d *document) name(m map[string]json.RawMessage) string {
	if name := textOf(m["attrs"], "alt"); name != "" {
		return "[" + name + "]"
	}
	return "[file]"
}

func encode(v any) json.RawMessage {
	data, _ := json.Marshal(v)
	return data
}

// address is what an address of the site that was backed up is at the destination: issues
// and projects that are restored have theirs there. Issues that get new numbers are still
// found where they were.
func address(p *restore.Plan, m *restore.Mapping, url string) string {
	rest, ours := strings.CutPrefix(url, strings.TrimRight(p.Source, "/")+"/browse/")
	if !ours {
		return url
	}
	key, tail := rest, ""
	if i := strings.IndexAny(rest, "?#/"); i >= 0 {
		key, tail = rest[:i], rest[i:]
	}
	project, number, issue := strings.Cut(key, "-")
	if !restored(p, project) || issue && renumbered(m, project) {
		return url
	}
	to := p.Spec.Selection.Key(project)
	if issue {
		to += "-" + number
	}
	return strings.TrimRight(p.Spec.Site, "/") + "/browse/" + to + tail
}

// restored reports whether a project is one of those that the plan restores.
func restored(p *restore.Plan, key string) bool {
	for _, c := range p.Containers {
		if c.Key == key {
			return c.Skip == ""
		}
	}
	return false
}
