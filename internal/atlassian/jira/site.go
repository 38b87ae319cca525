package jira

import (
	"context"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// ExportSite emits all items of ScopeSite.
func (j *Jira) ExportSite(ctx context.Context, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	var s settings
	w := j.reader.Walk(atlassian.Container{}, func(item atlassian.Item) error {
		if item.Kind == configurationKind {
			s = settings{item.Body}
		}
		return emit(item)
	})
	w.Off = func(row kinds.Row) bool { return s.off(row) }
	if err := w.Site(ctx); err != nil {
		return w.Problems(), err
	}
	partial, err := j.partial(ctx)
	if err != nil {
		return w.Problems(), err
	}
	return slices.Concat(partial, w.Problems(), s.notes(j.table.Rows())), nil
}

// ExportKind emits the records of one kind of the site for which only holds, each followed by what
// belongs to it, as ExportSite does. Only is told of all of them.
func (j *Jira) ExportKind(ctx context.Context, kind string, only func(atlassian.Entry) bool, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	w := j.reader.Walk(atlassian.Container{}, emit)
	w.Only = only
	err := w.Root(ctx, j.table.Row(kind), kinds.Owner{})
	return w.Problems(), err
}

// partial says of each kind of which the site gives administrators all and
// others some that the account is none of these, where it is not.
func (j *Jira) partial(ctx context.Context) ([]atlassian.Problem, error) {
	access, err := j.Access(ctx, nil)
	if err != nil {
		// Who may not even ask is no administrator.
		if _, err := j.reader.Refusal(ctx, kinds.Row{}, err); err != nil {
			return nil, err
		}
	}
	if access.Administer {
		return nil, nil
	}
	var notes []atlassian.Problem
	for _, row := range j.table.Rows() {
		if row.Partial {
			n := kinds.NoteOf(row, "only what the account sees: give it \""+administer+"\" for all of it")
			n.Denied = true
			notes = append(notes, n)
		}
	}
	return notes, nil
}

// ExportContainer emits all items of ScopeContainer of one project. Where the
// project itself cannot be read, that is the one problem.
func (j *Jira) ExportContainer(ctx context.Context, c atlassian.Container, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	w := j.reader.Walk(c, emit)
	readable, err := w.Container(ctx, j.table.Row(projectKind))
	if err == nil && !readable {
		return []atlassian.Problem{*noPermission(c)}, nil
	}
	return w.Problems(), err
}
