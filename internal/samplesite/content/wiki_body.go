package content

import (
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// Body implements WikiContent.
func (p *page) Body(version int, format string) string {
	if version < 1 || version > p.node.Version {
		return ""
	}
	r := p.rng(wikiChangePart, uint64(version))
	text := paragraph(r, pickScript(r), 4)
	if format == "storage" {
		return "<p>" + xmlText(text) + "</p>"
	}
	return string(rawjson.Object("type", "doc", "version", 1, "content", []raw{node("paragraph", textNode(text))}))
}

func textNode(s string) raw { return rawjson.Object("type", "text", "text", s) }

func (w *wiki) commentText(id int64, version, of int) string {
	r := w.rng(wikiCommentPart, id, uint64(version))
	return "<p>" + xmlText(paragraph(r, pickScript(r), 2)) + "</p>"
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// xmlText is text as it stands in storage format.
func xmlText(s string) string { return xmlEscapes.Replace(s) }
