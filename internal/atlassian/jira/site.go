package jira

import (
	"context"

	"holdfast/internal/atlassian"
)

// ExportSite emits all items of ScopeSite.
func (j *Jira) ExportSite(ctx context.Context, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	var problems []atlassian.Problem
	for _, k := range j.kinds {
		if k.Scope != atlassian.ScopeSite {
			continue
		}
		found, err := j.read(ctx, k, owner{})
		if reason, ok := reasonOf(err); ok {
			problems = append(problems, *problem(k.Name, k.Name, atlassian.Container{}, reason))
			continue
		}
		if err != nil {
			return problems, err
		}
		if found.reason != "" {
			problems = append(problems, *problem(k.Name, k.Name, atlassian.Container{}, found.reason))
		}
		if err := found.emit(k, owner{}, emit); err != nil {
			return problems, err
		}
	}
	return problems, nil
}

// ExportContainer emits all items of ScopeContainer of one project. Where the
// project itself cannot be read, that is the one problem.
func (j *Jira) ExportContainer(ctx context.Context, c atlassian.Container, emit func(atlassian.Item) error) ([]atlassian.Problem, error) {
	var problems []atlassian.Problem
	of := owner{id: c.ID}
	for _, k := range j.kinds {
		if k.Scope != atlassian.ScopeContainer {
			continue
		}
		found, err := j.read(ctx, k, of)
		if lost(err) && k.Name == projectKind {
			return []atlassian.Problem{*noPermission(c)}, nil
		}
		if reason, ok := reasonOf(err); ok {
			problems = append(problems, *problem(k.Name, c.ID, c, reason))
			continue
		}
		if err != nil {
			return problems, err
		}
		if found.reason != "" {
			problems = append(problems, *problem(k.Name, c.ID, c, found.reason))
		}
		if err := found.emit(k, of, emit); err != nil {
			return problems, err
		}
	}
	return problems, nil
}
