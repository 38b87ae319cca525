package confluence

import (
	"context"

	"holdfast/internal/atlassian"
)

// ExportSite emits all items of ScopeSite. An Admin Key that the account may not
// have is a problem of its own kind: what follows from it is found in the spaces.
func (c *Confluence) ExportSite(ctx context.Context, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	w := c.reader.Walk(atlassian.Container{}, emit)
	if err := w.Site(ctx); err != nil {
		return w.Problems(), err
	}
	if c.key == nil {
		return w.Problems(), nil
	}
	denied, err := c.key.denied(ctx)
	if err != nil || !denied {
		return w.Problems(), err
	}
	return append(w.Problems(), atlassian.Problem{Kind: adminKeyKind, ID: adminKeyKind, Denied: true, Reason: keyDenied}), nil
}

const keyDenied = "no permission: the account must be an " + keyHolder + "; what is restricted and not for the account is not read"

// ExportContainer emits all items of ScopeContainer of one space, and looks for what
// the account may not see of its tree. Where the space itself cannot be read, that
// is the one problem.
func (c *Confluence) ExportContainer(ctx context.Context, space atlassian.Container, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	p := &people{c: c, seen: once(), emit: emit}
	w := c.reader.Walk(space, func(item atlassian.Item) error {
		p.note(item.Body)
		return emit(item)
	})
	readable, err := w.Container(ctx, c.table.Row(spaceKind))
	if err != nil {
		return w.Problems(), err
	}
	if !readable {
		return []atlassian.Problem{*noPermission(space)}, nil
	}
	t := &tree{c: c, space: space, walk: w}
	if err := t.read(ctx); err != nil {
		return append(w.Problems(), t.problems...), err
	}
	unresolved, err := p.resolve(ctx, true)
	return append(append(w.Problems(), t.problems...), unresolved...), err
}
