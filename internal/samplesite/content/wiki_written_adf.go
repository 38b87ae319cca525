package content

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// adfNode is a node of a document of the editor.
type adfNode struct {
	Type    string                 `json:"type"`
	Text    string                 `json:"text"`
	Attrs   map[string]rawjson.Raw `json:"attrs"`
	Marks   []adfNode              `json:"marks"`
	Content []adfNode              `json:"content"`
}

// StorageOf returns a document of the editor in storage format. Of nodes that it does
// not know it keeps what is inside of them.
func StorageOf(adf string) (string, error) {
	var doc adfNode
	if err := json.Unmarshal([]byte(adf), &doc); err != nil {
		return "", fmt.Errorf("not a document: %w", err)
	}
	if doc.Type != "doc" {
		return "", errors.New("a document is of the type doc")
	}
	var b strings.Builder
	doc.inside(&b)
	return b.String(), nil
}

func (n adfNode) inside(b *strings.Builder) {
	for _, below := range n.Content {
		below.write(b)
	}
}

// attr is an attribute as text.
func (n adfNode) attr(name string) string {
	v := n.Attrs[name]
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// elements is the nodes that are one element in storage format, around what is in them.
var elements = map[string]string{"paragraph": "p", "bulletList": "ul", "orderedList": "ol", "listItem": "li", "blockquote": "blockquote", "tableRow": "tr", "tableHeader": "th", "tableCell": "td",
	"taskList": "ac:task-list"}

// marks is the marks of text that are one element.
var marks = map[string]string{"strong": "strong", "em": "em", "code": "code", "underline": "u", "strike": "del"}

func (n adfNode) write(b *strings.Builder) {
	around := func(open, end string) {
		b.WriteString(open)
		n.inside(b)
		b.WriteString(end)
	}
	if e := elements[n.Type]; e != "" {
		around("<"+e+">", "</"+e+">")
		return
	}
	switch n.Type {
	case "text":
		n.words(b)
	case "heading":
		around("<h"+n.attr("level")+">", "</h"+n.attr("level")+">")
	case "rule":
		b.WriteString("<hr />")
	case "hardBreak":
		b.WriteString("<br />")
	case "table":
		around("<table><tbody>", "</tbody></table>")
	case "codeBlock":
		var code strings.Builder
		for _, t := range n.Content {
			code.WriteString(t.Text)
		}
		b.WriteString(`<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">` + xmlText(n.attr("language")) + `</ac:parameter><ac:plain-text-body>` + cdata(code.String()) +
			`</ac:plain-text-body></ac:structured-macro>`)
	case "panel", "expand", "nestedExpand":
		name := "expand"
		if n.Type == "panel" {
			name = n.attr("panelType")
		}
		around(`<ac:structured-macro ac:name="`+xmlText(name)+`"><ac:parameter ac:name="title">`+xmlText(n.attr("title"))+`</ac:parameter><ac:rich-text-body>`, "</ac:rich-text-body></ac:structured-macro>")
	case "mention":
		b.WriteString(`<ac:link><ri:user ri:account-id="` + xmlText(n.attr("id")) + `" /></ac:link>`)
	case "emoji":
		b.WriteString(`<ac:emoticon ac:emoji-shortname="` + xmlText(n.attr("shortName")) + `" ac:emoji-id="` + xmlText(n.attr("id")) + `" ac:emoji-fallback="` + xmlText(n.attr("text")) + `" />`)
	case "inlineCard", "blockCard", "embedCard":
		b.WriteString(`<a href="` + xmlText(n.attr("url")) + `" data-card-appearance="inline">` + xmlText(n.attr("url")) + `</a>`)
	case "taskItem":
		status := map[string]string{"DONE": "complete"}[n.attr("state")]
		if status == "" {
			status = "incomplete"
		}
		around("<ac:task><ac:task-id>"+xmlText(n.attr("localId"))+"</ac:task-id><ac:task-status>"+status+"</ac:task-status><ac:task-body>", "</ac:task-body></ac:task>")
	default:
		n.inside(b)
	}
}

// words is text with its marks around it.
func (n adfNode) words(b *strings.Builder) {
	text := xmlText(n.Text)
	for _, m := range n.Marks {
		switch e := marks[m.Type]; {
		case e != "":
			text = "<" + e + ">" + text + "</" + e + ">"
		case m.Type == "link":
			text = `<a href="` + xmlText(m.attr("href")) + `">` + text + "</a>"
		case m.Type == "subsup":
			text = "<" + m.attr("type") + ">" + text + "</" + m.attr("type") + ">"
		case m.Type == "annotation":
			text = `<ac:inline-comment-marker ac:ref="` + xmlText(m.attr("id")) + `">` + text + "</ac:inline-comment-marker>"
		}
	}
	b.WriteString(text)
}
