package confluence

import (
	"cmp"
	"context"
	"slices"

	"holdfast/internal/restore"
)

// comparedKinds are the kinds whose records are compared; all others that a backup has are notRestored.
var comparedKinds = slices.Concat([]string{siteTemplateKind}, spaceKinds, manyKinds, []string{pageKind, blogKind}, partKinds)

// notExposed is what the API neither gives nor takes.
var notExposed = []restore.Limit{
	{Kind: "whiteboardBody", Reason: emptyShell},
	{Kind: "databaseBody", Reason: emptyShell},
}

// Limits implements restore.Target: the fields that the rules of the comparison name, and the kinds
// of which nothing is written.
func (t *Target) Limits() []restore.Limit {
	var all []restore.Limit
	c := &comparing{target: t}
	for _, kind := range comparedKinds {
		all = append(all, restore.NewComparison(kind, c.rules(context.Background(), kind)).Limits()...)
	}
	for kind, never := range notRestored {
		all = append(all, restore.Limit{Kind: kind, Reason: never.note, Kept: never.fate == leave})
	}
	all = append(all, notExposed...)
	slices.SortStableFunc(all, func(a, b restore.Limit) int { return cmp.Compare(a.Kind, b.Kind) })
	return all
}
