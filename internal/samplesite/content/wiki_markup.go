package content

import (
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// fragment is a block in both formats; span is a part of a line.
type (
	fragment struct {
		storage string
		adf     raw
	}
	span struct {
		storage string
		adf     raw
	}
)

// wikiDocument is a text that is written in storage format and as an Atlassian
// document at once, so that both say the same.
type wikiDocument struct {
	w       *wiki
	node    Node // that it belongs to, as it was laid out
	script  script
	storage strings.Builder
	adf     []raw
}

// begin takes the language of what follows.
func (d *wikiDocument) begin(r *rng) { d.script = pickScript(r) }

// add appends a block; an empty one is left out.
func (d *wikiDocument) add(f fragment) {
	if f.adf == nil {
		return
	}
	d.storage.WriteString(f.storage)
	d.adf = append(d.adf, f.adf)
}

// text returns the whole in a format.
func (d *wikiDocument) text(format string) string {
	if format == StorageFormat {
		return d.storage.String()
	}
	return string(rawjson.Object("type", "doc", "version", 1, "content", d.adf))
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\u00a0", "&nbsp;", "ä", "&auml;", "—", "&mdash;")

// xmlText is text as it stands in storage format, with some of the entities that Confluence writes.
func xmlText(s string) string { return xmlEscapes.Replace(s) }

// cdata is text in a CDATA section, which cannot hold its own end.
func cdata(s string) string {
	return "<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>"
}

func plain(s string) span { return span{xmlText(s), text(s)} }

// paragraph is a paragraph, from right to left where its language is.
func (d *wikiDocument) paragraph(spans ...span) fragment {
	open := "<p>"
	if d.script.name == "ar" || d.script.name == "he" {
		open = `<p dir="rtl">`
	}
	storage, adf := joined(spans)
	return fragment{open + storage + "</p>", node("paragraph", adf...)}
}

func joined(spans []span) (string, []raw) {
	var b strings.Builder
	var adf []raw
	for _, s := range spans {
		b.WriteString(s.storage)
		if s.adf != nil {
			adf = append(adf, s.adf)
		}
	}
	return b.String(), adf
}

// inside is blocks one after the other.
func inside(blocks []fragment) (string, []raw) {
	var b strings.Builder
	var adf []raw
	for _, f := range blocks {
		b.WriteString(f.storage)
		adf = append(adf, f.adf)
	}
	return b.String(), adf
}

// parameter is one of a macro.
type parameter struct{ name, value string }

// macro is a macro with a body, which may be empty.
func (d *wikiDocument) macro(r *rng, name, body string, parameters ...parameter) string {
	var b strings.Builder
	b.WriteString(`<ac:structured-macro ac:name="` + name + `" ac:schema-version="1" ac:macro-id="` + uuidFrom(r) + `">`)
	for _, p := range parameters {
		b.WriteString(`<ac:parameter ac:name="` + p.name + `">` + xmlText(p.value) + `</ac:parameter>`)
	}
	b.WriteString(body + "</ac:structured-macro>")
	return b.String()
}

// extension is how an Atlassian document holds a macro that it has no node for.
func extension(name string, parameters ...parameter) raw {
	var m []rawjson.Member
	for _, p := range parameters {
		m = append(m, rawjson.Member{Name: p.name, Value: rawjson.Object("value", p.value)})
	}
	return rawjson.Object("type", "extension", "attrs", rawjson.Object("layout", "default", "extensionType", "com.atlassian.confluence.macro.core",
		"extensionKey", name, "parameters", rawjson.Object("macroParams", m, "macroMetadata", rawjson.Object("schemaVersion", rawjson.Object("value", "1")))))
}
