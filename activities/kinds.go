package activities

import (
	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/jira"
	"holdfast/internal/backup"
)

// kindTable is a product's table of kinds, as accounting needs it.
type kindTable struct {
	rows      []atlassian.Kind
	container string // the kind of a container: "project"
	item      string // the kind of an item: "issue"
	content   map[string]bool
}

// kindsOf returns the table of a product. It needs no site.
func kindsOf(backup.Product) kindTable { return newKindTable(jira.New(nil).Kinds()) }

// newKindTable makes the table of these kinds.
func newKindTable(rows []atlassian.Kind) kindTable {
	t := kindTable{rows: rows, container: "container", item: "item", content: make(map[string]bool)}
	for i := len(t.rows) - 1; i >= 0; i-- { // parents come before children: the first one counts
		k := t.rows[i]
		t.content[k.Name] = k.Content
		switch k.Scope {
		case atlassian.ScopeContainer:
			t.container = k.Name
		case atlassian.ScopeItem:
			t.item = k.Name
		}
	}
	return t
}

// counts reports whether a loss of that kind makes a backup INCOMPLETE. What the
// table does not know does.
func (t kindTable) counts(kind string) bool {
	content, known := t.content[kind]
	return content || !known
}

// lost counts what a report says of one kind.
type lost struct{ missing, gone int }

// attachmentBytes is the report's row for the bytes of attachments, whose
// metadata has a row of its own.
const attachmentBytes = "attachment-bytes"

// coverage makes the rows of a report (D3) from the table.
func (t kindTable) coverage(m archive.Manifest, losses map[string]lost) []archive.KindRow {
	var rows []archive.KindRow
	for _, k := range t.rows {
		rows = append(rows, kindRow(k.Name, k.Title, k.Scope, k.Content, m.Records[k.Name], losses[k.Name]))
		if k.Name != attachmentKind {
			continue
		}
		bytes := kindRow(attachmentBytes, "bytes of attachments", k.Scope, true, m.Counts.Attachments, losses[k.Name])
		if !m.Options.Attachments {
			bytes.State = archive.SwitchedOff
		}
		rows = append(rows, bytes)
	}
	return rows
}

func kindRow(kind, name string, scope atlassian.Scope, content bool, captured int, l lost) archive.KindRow {
	state := archive.Captured
	if l.missing > 0 {
		state = archive.Partly
	}
	return archive.KindRow{
		Kind: kind, Name: name, Scope: string(scope), State: state, Content: content,
		Captured: captured, Missing: l.missing, Gone: l.gone,
	}
}
