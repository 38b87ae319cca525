package jira

import (
	"encoding/json"

	"holdfast/internal/restore"
)

// node is a node of a document in Atlassian Document Format.
type node struct {
	Type    string          `json:"type"`
	Version int             `json:"version,omitempty"`
	Attrs   map[string]any  `json:"attrs,omitempty"`
	Text    string          `json:"text,omitempty"`
	Content []any           `json:"content,omitempty"`
	Marks   json.RawMessage `json:"marks,omitempty"`
}

// paragraph is one of a text.
func paragraph(text string) node {
	return node{Type: "paragraph", Content: []any{node{Type: "text", Text: text}}}
}

// underPanel puts a panel, which says who wrote it and when (T6), at the top of a document; of none it makes one.
func underPanel(o restore.Origin, doc json.RawMessage) json.RawMessage {
	panel, _ := json.Marshal(node{Type: "panel", Attrs: map[string]any{"panelType": "info"}, Content: []any{paragraph(o.Sentence())}})
	m := members(doc)
	if m == nil {
		m = map[string]json.RawMessage{"type": text("doc"), "version": json.RawMessage("1")}
	}
	var content []json.RawMessage
	_ = json.Unmarshal(m["content"], &content) // none, where there is none
	m["content"], _ = json.Marshal(append([]json.RawMessage{panel}, content...))
	return object(m)
}
