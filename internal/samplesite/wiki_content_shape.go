package samplesite

import (
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// Formats of bodies: of lists, and of single replies beside them.
var (
	listFormats   = []string{"storage", "atlas_doc_format"}
	singleFormats = append(listFormats[:2:2], "view", "export_view", "anonymous_export_view", "styled_view", "editor")
)

// pageShape says what of a page or blog post a reply shows.
type pageShape struct {
	format    string // of the body; "" is none
	version   int    // 0 is the newest
	noVersion bool
	single    bool            // the reply to a request for this one
	with      map[string]bool // what include-* names: "labels", "properties", …
}

// pageBody is what the site answers of a page or blog post; nil where it does not have the version.
func (s *Site) pageBody(n content.Node, in pageShape) rawjson.Raw {
	c := s.wiki.contentOf(n)
	versions := c.Versions()
	v, found := versionOf(versions, in.version)
	if !found {
		return nil
	}
	members := c.Members()
	if v.Number != versions[0].Number {
		members = replaced(members, "title", rawjson.String(v.Title))
		members = replaced(members, "status", rawjson.String("historical"))
	}
	var more []rawjson.Member
	if !in.noVersion {
		more = append(more, rawjson.Member{Name: "version", Value: v.Body})
	}
	more = append(more, rawjson.Member{Name: "body", Value: textIn(in.format, func(format string) string { return c.Body(v.Number, format) })})
	return composed(members, append(more, includedOf(n, c, in.with)...), in.single)
}

// includedOf is what include-* adds to a page or blog post.
func includedOf(n content.Node, c content.WikiContent, with map[string]bool) []rawjson.Member {
	path := nodePath(n)
	var out []rawjson.Member
	add := func(name string, value rawjson.Raw) { out = append(out, rawjson.Member{Name: name, Value: value}) }
	entry := func(e content.Entry) rawjson.Raw { return e.Body }
	if with["labels"] {
		add("labels", within(path+"/labels", c.Labels(), nil, entry))
	}
	if with["properties"] {
		add("properties", within(path+"/properties", c.Properties(), nil, entry))
	}
	if with["operations"] {
		add("operations", within(path+"/operations", operationsOn(n.Type), nil, func(o rawjson.Raw) rawjson.Raw { return o }))
	}
	if with["likes"] {
		add("likes", within(path+"/likes/users", c.Likes(), nil, likeBody))
	}
	if with["versions"] {
		add("versions", within(path+"/versions", c.Versions(), versionNumber, func(v content.WikiVersion) rawjson.Raw { return v.Body }))
	}
	if with["favorited-by-current-user-status"] {
		add("isFavoritedByCurrentUser", rawjson.Raw("false"))
	}
	return out
}

// nodePath is the path of a page or blog post.
func nodePath(n content.Node) string {
	if n.Type == content.BlogType {
		return WikiV2 + "/blogposts/" + idText(n.ID)
	}
	return WikiV2 + "/pages/" + idText(n.ID)
}

// versionOf finds a version by its number; 0 is the newest.
func versionOf(all []content.WikiVersion, number int) (content.WikiVersion, bool) {
	for _, v := range all {
		if number == 0 || v.Number == number {
			return v, true
		}
	}
	return content.WikiVersion{}, false
}

func versionNumber(v content.WikiVersion) int64 { return int64(v.Number) }

// textIn is the member "body": empty unless a format was asked for. Of formats that
// are rendered for readers it has the text as it is stored.
func textIn(format string, text func(format string) string) rawjson.Raw {
	if format == "" {
		return rawjson.Raw("{}")
	}
	from := "storage"
	if format == "atlas_doc_format" {
		from = format
	}
	return rawjson.Object(format, rawjson.Object("representation", format, "value", text(from)))
}

// composed puts members in front of the links, which a single reply adds the site's address to.
func composed(members, more []rawjson.Member, single bool) rawjson.Raw {
	out := make([]rawjson.Member, 0, len(members)+len(more))
	links := rawjson.Raw("{}")
	for _, m := range members {
		if m.Name == "_links" {
			links = m.Value
			continue
		}
		out = append(out, m)
	}
	out = append(out, more...)
	if single {
		links = withBase(links)
	}
	return rawjson.Members(append(out, rawjson.Member{Name: "_links", Value: links}))
}

// withBase adds the site's address to links.
func withBase(links rawjson.Raw) rawjson.Raw {
	all, err := rawjson.Split(links)
	if err != nil {
		return links // links are our own
	}
	return rawjson.Members(append(all, rawjson.Member{Name: "base", Value: rawjson.String(wikiBase)}))
}

// replaced returns members with one that has another value.
func replaced(members []rawjson.Member, name string, value rawjson.Raw) []rawjson.Member {
	out := make([]rawjson.Member, len(members))
	for i, m := range members {
		if m.Name == name {
			m.Value = value
		}
		out[i] = m
	}
	return out
}

// without returns an object without a member.
func without(body rawjson.Raw, name string) rawjson.Raw {
	members, err := rawjson.Split(body)
	if err != nil {
		return body // bodies are our own
	}
	out := members[:0:0]
	for _, m := range members {
		if m.Name != name {
			out = append(out, m)
		}
	}
	return rawjson.Members(out)
}
