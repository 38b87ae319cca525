package content

import (
	"html"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// The formats of Body.
const (
	StorageFormat = "storage"
	ADFFormat     = "atlas_doc_format"
)

// Body implements WikiContent. What a version says does not depend on which versions
// came after it.
func (p *page) Body(version int, format string) string {
	if version < 1 || version > p.node.Version {
		return ""
	}
	if n := len(p.w.bodies); n > 0 {
		return given(p.w.bodies[turn(p.was.ordinal+max(1, p.was.Version)-version, n)], format)
	}
	d := &wikiDocument{w: p.w, node: p.was}
	d.add(p.change(d, version))
	r := p.rng(wikiBodyPart)
	d.begin(r)
	for range 1 + r.longTail(16) {
		d.add(d.block(r))
	}
	if p.spec.Odd {
		d.add(d.paragraph(plain(oddText)))
	}
	d.add(p.marked(d))
	d.add(p.taskList(d, version))
	return d.text(format)
}

// turn is the index of the k-th of what is used in turn.
func turn(k, n int) int { return (k%n + n) % n }

// change is what a version says that no other does.
func (p *page) change(d *wikiDocument, version int) fragment {
	r := p.rng(wikiChangePart, uint64(version))
	d.begin(r)
	return d.paragraph(plain(number(version)+". "), plain(paragraph(r, d.script, 3)))
}

// oddText is text that is easily changed on its way.
const oddText = "<&> &amp; ]]> \u2028 \u2029 \ufeff \u0001\u0008\u000b\u001f\u007f\u0085 \\u003c \"quoted\" 'single' \t tab e\u0301 \u00e9 👩‍💻 \u202egnp.exe \u00a0nbsp \U0010ffff ?"

// marked holds the places that inline comments are about. Those of dangling ones are gone.
func (p *page) marked(d *wikiDocument) fragment {
	var spans []span
	for k, one := range p.thread() {
		if !one.inline || one.parent >= 0 || one.resolution == "dangling" || len(spans) >= 40 {
			continue
		}
		ref := markerOf(p.w.spec.Seed, p.commentID(k))
		spans = append(spans, span{
			storage: `<ac:inline-comment-marker ac:ref="` + ref + `">` + xmlText(selected) + `</ac:inline-comment-marker>`,
			adf:     text(selected, rawjson.Object("type", "annotation", "attrs", rawjson.Object("annotationType", "inlineComment", "id", ref))),
		}, plain(" "))
	}
	if spans == nil {
		return fragment{}
	}
	return d.paragraph(spans...)
}

// selected is the text that inline comments are about.
const selected = "see <this> & that"

// commentText is what a comment says at a version.
func (p *page) commentText(id int64, version int) string {
	if n := len(p.w.bodies); n > 0 {
		return p.w.bodies[turn(int(id)+version, n)]
	}
	r := p.w.rng(wikiCommentPart, id, uint64(version))
	d := &wikiDocument{w: p.w, node: p.was}
	d.begin(r)
	d.add(d.paragraph(plain(number(version)+") "), plain(paragraph(r, d.script, 2))))
	for range r.longTail(3) {
		d.add(d.block(r))
	}
	return d.text(StorageFormat)
}

// given is a recorded body in a format: in ADF, its text.
func given(storage, format string) string {
	if format == StorageFormat {
		return storage
	}
	var paragraphs []raw
	for _, line := range strings.Split(stripped(storage), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			paragraphs = append(paragraphs, node("paragraph", text(line)))
		}
	}
	return string(rawjson.Object("type", "doc", "version", 1, "content", paragraphs))
}

// stripped is what is left of a body without its elements.
func stripped(storage string) string {
	var b strings.Builder
	for storage != "" {
		before, rest, found := strings.Cut(storage, "<")
		b.WriteString(html.UnescapeString(before))
		if !found {
			break
		}
		if literal, is := strings.CutPrefix(rest, "![CDATA["); is {
			inside, after, _ := strings.Cut(literal, "]]>")
			b.WriteString(inside)
			storage = after
			continue
		}
		name, after, _ := strings.Cut(rest, ">")
		if strings.HasPrefix(name, "/p") || strings.HasPrefix(name, "/h") || strings.HasPrefix(name, "/li") || strings.HasPrefix(name, "/t") {
			b.WriteByte('\n')
		}
		storage = after
	}
	return b.String()
}
