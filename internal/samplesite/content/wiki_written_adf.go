package content

import (
	"encoding/json"
	"fmt"
	"strings"
)

// StorageOf returns a document of the editor in storage format: its text, by paragraphs.
func StorageOf(adf string) (string, error) {
	var doc adfNode
	if err := json.Unmarshal([]byte(adf), &doc); err != nil {
		return "", fmt.Errorf("not a document: %w", err)
	}
	if doc.Type != "doc" {
		return "", fmt.Errorf("a document is of type doc, not %q", doc.Type)
	}
	var b strings.Builder
	for _, n := range doc.Content {
		b.WriteString("<p>")
		n.words(&b)
		b.WriteString("</p>")
	}
	return b.String(), nil
}

type adfNode struct {
	Type    string    `json:"type"`
	Text    string    `json:"text"`
	Content []adfNode `json:"content"`
}

func (n adfNode) words(b *strings.Builder) {
	b.WriteString(xmlText(n.Text))
	for _, below := range n.Content {
		below.words(b)
	}
}
