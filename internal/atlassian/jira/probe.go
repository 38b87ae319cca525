package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"holdfast/internal/atlassian"
)

// The coverages of a report, as KindAccess has them.
const (
	stateCaptured    = "captured"
	statePartly      = "partly"
	stateNotExposed  = "not exposed by the API"
	stateNotCaptured = "not captured"
	stateNoAccess    = "no permission"
	stateSwitchedOff = "switched off"
)

// errEnough ends a list of which the first page is enough.
var errEnough = errors.New("the first page is enough")

// probe is one call of Probe.
type probe struct {
	jira     *Jira
	settings settings
	yield    func(atlassian.KindAccess) error
}

// Probe yields what the account may read of each kind: of the site, of the first
// project that can be read, and of one issue in it.
func (j *Jira) Probe(ctx context.Context, yield func(atlassian.KindAccess) error) error {
	p := &probe{jira: j, yield: yield}
	var err error
	if p.settings, err = j.settings(ctx); err != nil {
		return err
	}
	for _, k := range j.kinds {
		if k.Scope == atlassian.ScopeSite && k.Parent == "" && k.State == "" {
			if err := p.kind(ctx, k, owner{}); err != nil {
				return err
			}
		}
	}
	if err := p.project(ctx); err != nil {
		return err
	}
	for _, k := range j.kinds {
		if k.State != "" {
			if err := yield(accessTo(k, k.State, k.Note)); err != nil {
				return err
			}
		}
	}
	return nil
}

func accessTo(k kind, state, note string) atlassian.KindAccess {
	return atlassian.KindAccess{
		Kind: k.Name, Title: k.Title, Content: k.Content, State: state,
		Permission: k.Permission, Scope: k.TokenScope, Note: note,
	}
}

// kind asks for the first page of a kind, then for the kinds below one of its records.
func (p *probe) kind(ctx context.Context, k kind, of owner) error {
	access, first, err := p.ask(ctx, k, of)
	if err != nil {
		return err
	}
	if err := p.yield(access); err != nil {
		return err
	}
	for _, child := range p.jira.children[k.Name] {
		if access.State != stateCaptured && access.State != statePartly {
			if err := p.lost(child, access); err != nil {
				return err
			}
			continue
		}
		if k.Name == projectKind {
			of = owner{}
		}
		i := slices.IndexFunc(first, func(e atlassian.Entry) bool { return child.where.holds(of.below(e)) })
		if i < 0 {
			continue
		}
		below := of.below(first[i])
		if err := p.kind(ctx, child, below); err != nil {
			return err
		}
	}
	return nil
}

// lost yields a kind whose owners cannot be read, and what is below it.
func (p *probe) lost(k kind, above atlassian.KindAccess) error {
	access := accessTo(k, above.State, fmt.Sprintf("there are no %s to read them from", above.Title))
	if err := p.yield(access); err != nil {
		return err
	}
	for _, child := range p.jira.children[k.Name] {
		if err := p.lost(child, access); err != nil {
			return err
		}
	}
	return nil
}

// ask asks for the first page of a kind.
func (p *probe) ask(ctx context.Context, k kind, of owner) (atlassian.KindAccess, []atlassian.Entry, error) {
	access := accessTo(k, stateCaptured, k.Note)
	switch {
	case p.jira.without[k.Name]:
		access.State, access.Note = stateSwitchedOff, ""
		return access, nil, nil
	case p.settings.off(k):
		access.State, access.Note = stateNotExposed, k.settingNote
		return access, nil, nil
	}
	var first []atlassian.Entry
	out, err := p.jira.pages(ctx, k, of, func(page page) error {
		first = page.entries
		return errEnough
	})
	if errors.Is(err, errEnough) || k.none != 0 && statusOf(err) == k.none {
		err = nil
	}
	if out.note != "" {
		access.Note = out.note
	}
	if out.reason != "" {
		access.State, access.Note = statePartly, out.reason
	}
	err = p.judge(ctx, k, err, &access)
	return access, first, err
}

// judge enters what a refusal means for a kind. What concerns the whole site is
// returned; of a kind that is content no more than of any other.
func (p *probe) judge(ctx context.Context, k kind, err error, access *atlassian.KindAccess) error {
	if err == nil {
		return nil
	}
	k.Content = false
	problem, err := p.jira.refusal(ctx, k, err)
	if err != nil {
		return err
	}
	access.State, access.Note = statePartly, problem.Reason
	switch {
	case problem.Denied:
		access.State = stateNoAccess
	case problem.Absent:
		access.State = stateNotExposed
	}
	return nil
}

// project asks for the kinds of the first project that can be read.
func (p *probe) project(ctx context.Context) error {
	k := p.jira.byName[projectKind]
	var first []atlassian.Container
	err := p.jira.Containers(ctx, func(page []atlassian.Container) error {
		first = page
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	access := accessTo(k, stateCaptured, "")
	if err := p.judge(ctx, k, err, &access); err != nil {
		return err
	}
	for _, c := range first {
		readable, err := p.jira.readable(ctx, c.ID)
		if err := p.judge(ctx, k, err, &access); err != nil {
			return err
		}
		if !readable {
			access.State = stateNoAccess
			continue
		}
		if err := p.kind(ctx, k, owner{id: c.ID}); err != nil {
			return err
		}
		return p.issue(ctx, c)
	}
	if len(first) == 0 && access.State == stateCaptured {
		access.Note = "the account sees no project"
	}
	if err := p.yield(access); err != nil {
		return err
	}
	if access.State == stateCaptured {
		return nil
	}
	for _, child := range p.jira.children[projectKind] {
		if err := p.lost(child, access); err != nil {
			return err
		}
	}
	return p.issueKinds(func(k kind) error {
		return p.yield(accessTo(k, access.State, fmt.Sprintf("there are no %s to read them from", access.Title)))
	})
}

func (p *probe) issueKinds(f func(kind) error) error {
	for _, k := range p.jira.kinds {
		if k.Scope == atlassian.ScopeItem && k.State == "" {
			if err := f(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// issue asks for one issue of the project and what belongs to it.
func (p *probe) issue(ctx context.Context, c atlassian.Container) error {
	found, access, err := p.anyIssue(ctx, c)
	if err != nil {
		return err
	}
	return p.issueKinds(func(k kind) error {
		switch {
		case k.Name == issueKind:
			return p.yield(access)
		case found == nil && access.State == stateCaptured:
			return nil // a project without issues shows nothing
		case found == nil:
			return p.yield(accessTo(k, access.State, fmt.Sprintf("there are no %s to read them from", access.Title)))
		}
		return p.below(ctx, k, found)
	})
}

// anyIssue reads one issue of the project; nil where there is none.
func (p *probe) anyIssue(ctx context.Context, c atlassian.Container) (*issue, atlassian.KindAccess, error) {
	k := p.jira.byName[issueKind]
	access := accessTo(k, stateCaptured, "")
	var id string
	l := search(fmt.Sprintf("project = %s ORDER BY key ASC", c.ID), "id")
	l.Body["maxResults"] = 1
	_, err := p.jira.client.Pages(ctx, l, func(page []json.RawMessage) error {
		id = atlassian.Text(atlassian.Member(page[0], "id"))
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && id != "" {
		var reply bulk
		if reply, err = p.jira.fetch(ctx, []string{id}); err == nil && reply.issues[id] != nil {
			return reply.issues[id], access, nil
		}
	}
	err = p.judge(ctx, k, err, &access)
	return nil, access, err
}

// below asks for what belongs to an issue.
func (p *probe) below(ctx context.Context, k kind, i *issue) error {
	access := accessTo(k, stateCaptured, k.Note)
	switch {
	case p.jira.without[k.Name]:
		access.State = stateSwitchedOff
	case p.settings.off(k):
		access.State, access.Note = stateNotExposed, k.settingNote
	case k.Parent == issueKind:
		found, err := p.jira.read(ctx, k, i.owner)
		if err := p.judge(ctx, k, err, &access); err != nil {
			return err
		}
		if found.hidden {
			access.State, access.Note = stateNoAccess, found.reason
		}
	}
	return p.yield(access)
}
