package activities

import (
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
	parent    map[string]string
}

// kindsOf returns the table of a product. It needs no site.
func kindsOf(backup.Product) kindTable { return newKindTable(jira.New(nil).Kinds()) }

// newKindTable makes the table of these kinds.
func newKindTable(rows []atlassian.Kind) kindTable {
	t := kindTable{rows: rows, container: "container", item: "item", content: make(map[string]bool), parent: make(map[string]string)}
	for i := len(t.rows) - 1; i >= 0; i-- { // parents come before children: the first one counts
		k := t.rows[i]
		t.content[k.Name], t.parent[k.Name] = k.Content, k.Parent
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

// root returns the kind that belongs to nothing and that a kind is below of, by
// which a segment of the site is named: groups and their members share one.
func (t kindTable) root(kind string) string {
	for t.parent[kind] != "" {
		kind = t.parent[kind]
	}
	return kind
}

// The kinds that options leave out.
const (
	remoteLinkKind = "remotelink"
	propertyKind   = "property"
)

// switchedOff returns the kinds that the options leave out.
func switchedOff(o backup.Options) []string {
	var kinds []string
	if o.NoRemoteLinks {
		kinds = append(kinds, remoteLinkKind)
	}
	if o.NoProperties {
		kinds = append(kinds, propertyKind)
	}
	return kinds
}
