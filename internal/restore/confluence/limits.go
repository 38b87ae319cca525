package confluence

import (
	"cmp"
	"context"
	"slices"

	"holdfast/internal/restore"
)

// comparedKinds are the kinds whose fields are compared.
var comparedKinds = []string{
	spaceKind, "spaceLabel", "spaceProperty", templateKind, pageKind, blogKind, folderKind, whiteboardKind, databaseKind, embedKind,
	labelKind, propertyKind, restrictKind, attachmentKind, footerKind, footerReply, inlineKind, inlineReply,
}

// notExposed is what the API neither gives nor takes.
var notExposed = []restore.Limit{
	{Kind: "whiteboardBody", Reason: emptyShell},
	{Kind: "databaseBody", Reason: emptyShell},
}

// Limits implements restore.Target: the fields that the rules of the comparison name, and the kinds
// of which nothing can be written.
func (t *Target) Limits() []restore.Limit {
	var all []restore.Limit
	c := &comparing{target: t}
	for _, kind := range comparedKinds {
		all = append(all, restore.NewComparison(kind, c.rules(context.Background(), kind)).Limits()...)
	}
	for kind, never := range notRestored {
		if never.fate == cannot {
			all = append(all, restore.Limit{Kind: kind, Reason: never.note})
		}
	}
	all = append(all, notExposed...)
	slices.SortStableFunc(all, func(a, b restore.Limit) int { return cmp.Compare(a.Kind, b.Kind) })
	return all
}
