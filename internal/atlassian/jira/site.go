package jira

import (
	"context"
	"slices"

	"holdfast/internal/atlassian"
)

// ExportSite emits all items of ScopeSite.
func (j *Jira) ExportSite(ctx context.Context, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	var r *reading
	r = j.reading(atlassian.Container{}, func(item atlassian.Item) error {
		if item.Kind == configurationKind {
			r.settings = settings{item.Body}
		}
		return emit(item)
	})
	for _, k := range j.kinds {
		if k.Scope != atlassian.ScopeSite || k.Parent != "" {
			continue
		}
		if err := r.root(ctx, k, owner{}); err != nil {
			return r.problems, err
		}
	}
	partial, err := j.partial(ctx)
	if err != nil {
		return r.problems, err
	}
	return slices.Concat(partial, r.problems, r.settings.notes(j.kinds)), nil
}

// partial says of each kind of which the site gives administrators all and
// others some that the account is none of these, where it is not.
func (j *Jira) partial(ctx context.Context) ([]atlassian.Problem, error) {
	access, err := j.Access(ctx, nil)
	if err != nil {
		// Who may not even ask is no administrator.
		if _, err := j.refusal(ctx, kind{}, err); err != nil {
			return nil, err
		}
	}
	if access.Administer {
		return nil, nil
	}
	var notes []atlassian.Problem
	for _, k := range j.kinds {
		if k.partial {
			n := note(k, "only what the account sees: give it \""+administer+"\" for all of it")
			n.Denied = true
			notes = append(notes, n)
		}
	}
	return notes, nil
}

// ExportContainer emits all items of ScopeContainer of one project. Where the
// project itself cannot be read, that is the one problem.
func (j *Jira) ExportContainer(ctx context.Context, c atlassian.Container, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	r := j.reading(c, emit)
	k := j.byName[projectKind]
	out, err := j.pages(ctx, k, owner{id: c.ID}, func(p page) error { return r.stop(r.page(ctx, k, owner{}, p)) })
	if lost(err) && r.stopped == nil {
		return []atlassian.Problem{*noPermission(c)}, nil
	}
	err = r.settle(ctx, k, owner{id: c.ID}, out, err) // it adds to the problems
	return r.problems, err
}
