package content

import (
	"fmt"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

// uuidFrom is an identity in the form of one.
func uuidFrom(r *rng) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(r.next()), uint16(r.next()), r.next()&0xfff, r.next()&0xfff, r.next()&0xffffffffffff)
}

// block is any block that the top of a document may have.
func (d *wikiDocument) block(r *rng) fragment {
	switch r.below(16) {
	case 0:
		level, t := 1+r.below(4), title(r, d.script)
		return fragment{fmt.Sprintf("<h%d>%s</h%d>", level, xmlText(t), level), nodeWith("heading", rawjson.Object("level", level), text(t))}
	case 1:
		return d.code(r)
	case 2:
		name := pick(r, list("info|note|warning|tip"))
		body := d.line(r)
		panel := map[string]string{"tip": "success"}[name]
		if panel == "" {
			panel = name
		}
		return fragment{d.macro(r, name, "<ac:rich-text-body>"+body.storage+"</ac:rich-text-body>", parameter{"title", "Mind <this>"}),
			nodeWith("panel", rawjson.Object("panelType", panel), node("paragraph", text("Mind <this>")), body.adf)}
	case 3:
		all := []parameter{{"minLevel", "1"}, {"maxLevel", "3"}, {"exclude", ""}}
		return fragment{d.macro(r, "toc", "", all...), extension("toc", all...)}
	case 4:
		all := []parameter{{"server", "System JIRA"}, {"serverId", "5a3b1e00-0000-4000-8000-000000000001"}, {"jqlQuery", `project = SHOP and status != "Done" & x < 3`},
			{"columns", "key,summary,status"}, {"maximumIssues", "20"}}
		return fragment{d.macro(r, "jira", "", all...), extension("jira", all...)}
	case 5:
		body := []fragment{d.line(r), d.code(r)}
		storage, adf := inside(body)
		return fragment{d.macro(r, "expand", "<ac:rich-text-body>"+storage+"</ac:rich-text-body>", parameter{"title", "Mehr → & weniger"}),
			nodeWith("expand", rawjson.Object("title", "Mehr → & weniger"), adf...)}
	case 6:
		return d.layout(r)
	case 7:
		return d.table(r)
	case 8, 9:
		return d.list(r)
	case 10:
		return d.image(r)
	case 11:
		body := d.line(r)
		return fragment{"<blockquote>" + body.storage + "</blockquote>", node("blockquote", body.adf)}
	case 12:
		return fragment{"<hr />", rawjson.Object("type", "rule")}
	}
	return d.line(r)
}

// line is a paragraph with now and then something in it that is not text.
func (d *wikiDocument) line(r *rng) fragment {
	spans := []span{plain(paragraph(r, d.script, 3)), plain(" ")}
	switch r.below(9) {
	case 0:
		p := pick(r, d.w.people)
		spans = append(spans, span{`<ac:link><ri:user ri:account-id="` + p.AccountID + `" ri:local-id="` + uuidFrom(r) + `" /></ac:link>`,
			rawjson.Object("type", "mention", "attrs", rawjson.Object("id", p.AccountID, "text", "@"+p.Name, "accessLevel", ""))})
	case 1:
		spans = append(spans, d.link(r))
	case 2:
		spans = append(spans, span{`<ac:emoticon ac:name="blue-star" ac:emoji-shortname=":rocket:" ac:emoji-id="1f680" ac:emoji-fallback="🚀" />`,
			rawjson.Object("type", "emoji", "attrs", rawjson.Object("shortName", ":rocket:", "id", "1f680", "text", "🚀"))})
	case 3:
		day := firstCreated/86400_000 + int64(r.below(2000))
		spans = append(spans, span{`<time datetime="` + FormatWikiTime(day * 86400_000)[:10] + `" />`,
			rawjson.Object("type", "date", "attrs", rawjson.Object("timestamp", strconv.FormatInt(day*86400_000, 10)))})
	case 4:
		t := "if a < b && c > d"
		spans = append(spans, span{"<code>" + xmlText(t) + "</code>", text(t, rawjson.Object("type", "code"))})
	case 5:
		url := fmt.Sprintf("https://wiki.example.com/x/%d?a=1&b=<2>", r.below(90000))
		spans = append(spans, span{`<a href="` + xmlText(url) + `" data-card-appearance="inline">` + xmlText(url) + `</a>`, rawjson.Object("type", "inlineCard", "attrs", rawjson.Object("url", url))})
	case 6:
		t, color := pick(r, list("IN ARBEIT|完了|DONE")), pick(r, list("Green|Blue|Red"))
		spans = append(spans, span{d.macro(r, "status", "", parameter{"title", t}, parameter{"colour", color}),
			rawjson.Object("type", "status", "attrs", rawjson.Object("text", t, "color", map[string]string{"Green": "green", "Blue": "blue", "Red": "red"}[color], "localId", ""))})
	case 7:
		t := "Maß — 5\u00a0€ ≥ ½"
		spans = append(spans, span{"<br /><strong>" + xmlText(t) + "</strong>", rawjson.Object("type", "hardBreak")}, span{"", text(t, rawjson.Object("type", "strong"))})
	}
	return d.paragraph(spans...)
}

// link goes to another page of the site, by its space and title.
func (d *wikiDocument) link(r *rng) span {
	to := d.w.nodes[r.below(len(d.w.nodes))]
	key := d.w.spaces[to.Space].Key
	t := "page & more"
	return span{fmt.Sprintf(`<ac:link ac:card-appearance="inline"><ri:page ri:space-key="%s" ri:content-title="%s" ri:version-at-save="%d" /><ac:link-body>%s</ac:link-body></ac:link>`,
		xmlText(key), xmlText(to.Title), to.Version, xmlText(t)),
		text(t, rawjson.Object("type", "link", "attrs", rawjson.Object("href", Base+"/wiki"+d.w.webui(to))))}
}

func (d *wikiDocument) code(r *rng) fragment {
	t := "for i := 0; i < n && ok; i++ {\n\tx[y[i]]>0\n\tfmt.Println(\"<&>\", `]]>`)\n}\n// " + sentence(r, d.script)
	return fragment{d.macro(r, "code", "<ac:plain-text-body>"+cdata(t)+"</ac:plain-text-body>", parameter{"language", "go"}, parameter{"title", "a<b>.go"}),
		nodeWith("codeBlock", rawjson.Object("language", "go"), text(t))}
}

// layout is two columns.
func (d *wikiDocument) layout(r *rng) fragment {
	left, right := d.line(r), d.list(r)
	cell := func(f fragment) raw { return nodeWith("layoutColumn", rawjson.Object("width", raw("50.0")), f.adf) }
	return fragment{`<ac:layout><ac:layout-section ac:type="two_equal" ac:breakout-mode="default"><ac:layout-cell>` + left.storage + "</ac:layout-cell><ac:layout-cell>" +
		right.storage + "</ac:layout-cell></ac:layout-section></ac:layout>", node("layoutSection", cell(left), cell(right))}
}

func (d *wikiDocument) table(r *rng) fragment {
	columns := 2 + r.below(3)
	storage := `<table data-layout="default" ac:local-id="` + uuidFrom(r) + `"><tbody>`
	var rows []raw
	for i := range 2 + r.below(4) {
		element, kind := "td", "tableCell"
		if i == 0 {
			element, kind = "th", "tableHeader"
		}
		storage += "<tr>"
		var cells []raw
		for range columns {
			f := d.paragraph(plain(title(r, d.script)))
			storage += "<" + element + ">" + f.storage + "</" + element + ">"
			cells = append(cells, nodeWith(kind, raw("{}"), f.adf))
		}
		storage += "</tr>"
		rows = append(rows, node("tableRow", cells...))
	}
	return fragment{storage + "</tbody></table>", nodeWith("table", rawjson.Object("isNumberColumnEnabled", false, "layout", "default"), rows...)}
}

// list is a list, the last entry of which has one below it.
func (d *wikiDocument) list(r *rng) fragment {
	element, kind := "ul", "bulletList"
	if r.in(40) {
		element, kind = "ol", "orderedList"
	}
	storage := "<" + element + ">"
	var items []raw
	n := 2 + r.below(4)
	for k := range n {
		f := d.line(r)
		adf, below := []raw{f.adf}, ""
		if k == n-1 {
			nested := d.line(r)
			below = "<ul><li>" + nested.storage + "</li></ul>"
			adf = append(adf, node("bulletList", node("listItem", nested.adf)))
		}
		storage += "<li>" + f.storage + below + "</li>"
		items = append(items, node("listItem", adf...))
	}
	return fragment{storage + "</" + element + ">", node(kind, items...)}
}

// image shows one of the page's files, or one from elsewhere.
func (d *wikiDocument) image(r *rng) fragment {
	width := 100 + r.below(1800)
	source, media := `<ri:url ri:value="https://img.example.com/a.png?x=1&amp;y=2" />`, rawjson.Object("type", "external", "url", "https://img.example.com/a.png?x=1&y=2", "width", width)
	if d.node.files > 0 {
		p := &page{w: d.w, node: d.node, was: d.node, spec: d.w.sizes(d.node)}
		f := p.file(r.below(d.node.files))
		source = `<ri:attachment ri:filename="` + xmlText(f.Name) + `" ri:version-at-save="1" />`
		media = rawjson.Object("type", "file", "id", textOf(f.Members, "fileId"), "collection", "contentId-"+strconv.FormatInt(d.node.ID, 10), "width", width, "alt", f.Name)
	}
	return fragment{fmt.Sprintf(`<ac:image ac:align="center" ac:layout="center" ac:width="%d">%s</ac:image>`, width, source),
		nodeWith("mediaSingle", rawjson.Object("layout", "center"), rawjson.Object("type", "media", "attrs", media))}
}
