package content

import (
	"fmt"
	"strconv"

	"holdfast/internal/samplesite/rawjson"
)

type raw = rawjson.Raw

// document is an Atlassian Document Format document of up to most blocks, which may
// show files of its issue.
func document(r *rng, people []Person, files []Attachment, most int) raw {
	s := pickScript(r)
	blocks := []raw{para(r, s, people)}
	for range r.longTail(most) {
		blocks = append(blocks, block(r, s, people, files))
	}
	return rawjson.Object("type", "doc", "version", 1, "content", blocks)
}

func text(t string, marks ...raw) raw {
	if len(marks) > 0 {
		return rawjson.Object("type", "text", "text", t, "marks", marks)
	}
	return rawjson.Object("type", "text", "text", t)
}

func node(kind string, content ...raw) raw {
	return rawjson.Object("type", kind, "content", content)
}

func nodeWith(kind string, attrs raw, content ...raw) raw {
	return rawjson.Object("type", kind, "attrs", attrs, "content", content)
}

// para is a paragraph with now and then a mention, a link, an emoji or marked text.
func para(r *rng, s script, people []Person) raw {
	parts := []raw{text(paragraph(r, s, 4))}
	switch r.below(8) {
	case 0:
		p := pick(r, people)
		parts = append(parts, text(" "), rawjson.Object("type", "mention", "attrs",
			rawjson.Object("id", p.AccountID, "text", "@"+p.Name, "accessLevel", "")))
	case 1:
		parts = append(parts, text(" "), text("the runbook", rawjson.Object("type", "link", "attrs",
			rawjson.Object("href", fmt.Sprintf("https://wiki.example.com/x/%d?a=1&b=<2>", r.below(90000))))))
	case 2:
		parts = append(parts, text(" "), text("if a < b && c > d", rawjson.Object("type", "code")))
	case 3:
		parts = append(parts, rawjson.Object("type", "hardBreak"),
			text(sentence(r, s), rawjson.Object("type", "strong")),
			rawjson.Object("type", "emoji", "attrs", rawjson.Object("shortName", ":rocket:", "id", "1f680", "text", "🚀")))
	}
	return node("paragraph", parts...)
}

func block(r *rng, s script, people []Person, files []Attachment) raw {
	switch r.below(9) {
	case 0:
		return nodeWith("heading", rawjson.Object("level", 1+r.below(4)), text(title(r, s)))
	case 1:
		return nodeWith("codeBlock", rawjson.Object("language", "go"),
			text("for i := 0; i < n && ok; i++ {\n\tfmt.Println(\"<&>\", i)\n}\n// "+sentence(r, s)))
	case 2:
		return nodeWith("panel", rawjson.Object("panelType", pick(r, list("info|note|warning|error|success"))), para(r, s, people))
	case 3:
		return table(r, s, people)
	case 4:
		var items []raw
		for range 2 + r.below(4) {
			items = append(items, node("listItem", para(r, s, people)))
		}
		return node(pick(r, list("bulletList|orderedList")), items...)
	case 5:
		at, width, height := r.below(1<<16), 100+r.below(1800), 80+r.below(1000)
		if len(files) == 0 {
			return rawjson.Object("type", "rule")
		}
		shown := files[at%len(files)]
		return nodeWith("mediaSingle", rawjson.Object("layout", "center"), rawjson.Object("type", "media", "attrs",
			rawjson.Object("id", MediaID(shown.ID), "type", "file", "collection", "", "alt", shown.Name, "width", width, "height", height)))
	case 6:
		return node("blockquote", para(r, s, people))
	case 7:
		return node("paragraph", rawjson.Object("type", "inlineCard", "attrs",
			rawjson.Object("url", fmt.Sprintf("https://git.example.com/app/-/merge_requests/%d", r.below(5000)))))
	default:
		return para(r, s, people)
	}
}

func table(r *rng, s script, people []Person) raw {
	cols := 2 + r.below(3)
	var rows []raw
	for i := range 2 + r.below(4) {
		kind := "tableCell"
		if i == 0 {
			kind = "tableHeader"
		}
		var cells []raw
		for range cols {
			cells = append(cells, nodeWith(kind, raw("{}"), node("paragraph", text(title(r, s)))))
		}
		rows = append(rows, node("tableRow", cells...))
	}
	return nodeWith("table", rawjson.Object("isNumberColumnEnabled", false, "layout", "default"), rows...)
}

// MediaID is the id that a file has at the media service, by which documents show it
// and which its address there has.
func MediaID(attachment int64) string {
	return fmt.Sprintf("%08x-1111-4222-8333-%012x", uint32(attachment)^0x5eed5eed, attachment)
}

// AttachmentOf is the inverse of MediaID; 0 where the id is not one.
func AttachmentOf(media string) int64 {
	if len(media) != 36 {
		return 0
	}
	id, err := strconv.ParseInt(media[24:], 16, 64)
	if err != nil || MediaID(id) != media {
		return 0
	}
	return id
}
