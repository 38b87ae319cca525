package activities

import (
	"cmp"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/atlassian/jira"
	"holdfast/internal/backup"
)

// kindTable is a product's table of kinds, as accounting needs it.
type kindTable struct {
	rows      []atlassian.Kind
	container string   // the kind of a container: "project"
	items     []string // the kinds of items, whose ids are one number space: "issue"; "page" and "blogpost"
	content   map[string]bool
	parent    map[string]string
}

// kindsOf returns the table of a product. It needs no site.
func kindsOf(p backup.Product) kindTable {
	if p == backup.Confluence {
		return newKindTable(confluence.New(nil, confluence.Options{}).Kinds())
	}
	return newKindTable(jira.New(nil).Kinds())
}

// newKindTable makes the table of these kinds.
func newKindTable(rows []atlassian.Kind) kindTable {
	t := kindTable{rows: rows, content: make(map[string]bool), parent: make(map[string]string)}
	for _, k := range rows { // parents come before children: the first of the containers' kinds is their own
		t.content[k.Name], t.parent[k.Name] = k.Content, k.Parent
		if k.Scope == atlassian.ScopeContainer && t.container == "" {
			t.container = k.Name
		}
		if k.Scope == atlassian.ScopeItem && k.Parent != "" && k.Parent == t.container {
			t.items = append(t.items, k.Name)
		}
	}
	t.container = cmp.Or(t.container, "container")
	if len(t.items) == 0 {
		t.items = []string{"item"}
	}
	return t
}

// isItem reports whether records of that kind are the items that a census lists.
func (t kindTable) isItem(kind string) bool { return slices.Contains(t.items, kind) }

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

// The kinds of which options say something here. Package confluence knows which of
// its own the options leave out.
const (
	remoteLinkKind     = "remotelink"
	propertyKind       = "property"
	contentVersionKind = "contentVersion"
	customContentKind  = "customContent"
	adminKeyKind       = "adminKey"
)

// wikiOptions are a policy's options as package confluence takes them.
func wikiOptions(o backup.Options) confluence.Options {
	return confluence.Options{
		Versions: o.Versions, AttachmentVersions: o.AttachmentVersions, AdminKey: o.AdminKey, CustomContent: o.CustomContent,
	}
}

// switchedOff returns the kinds of a product that the options leave out.
func switchedOff(p backup.Product, o backup.Options) []string {
	if p == backup.Confluence {
		return wikiOptions(o).Without()
	}
	var kinds []string
	off := func(kind string, is bool) {
		if is {
			kinds = append(kinds, kind)
		}
	}
	off(remoteLinkKind, o.NoRemoteLinks)
	off(propertyKind, o.NoProperties)
	return kinds
}
