package jira

import (
	"context"
	"encoding/json"
	"fmt"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// probe is one call of Probe.
type probe struct {
	kinds.Probe
	jira *Jira
}

// Probe yields what the account may read of each kind: of the site, of the first
// project that can be read, and of one issue in it.
func (j *Jira) Probe(ctx context.Context, yield func(atlassian.KindAccess) error) error {
	s, err := j.settings(ctx)
	if err != nil {
		return err
	}
	p := &probe{jira: j}
	p.Probe = kinds.Probe{
		Reader: j.reader, Off: s.off, Yield: yield, Containers: j.Containers, Items: p.issue,
		Readable: func(ctx context.Context, c atlassian.Container) (bool, error) { return j.readable(ctx, c.ID) },
	}
	return p.Run(ctx)
}

// issue asks for one issue of the project and what belongs to it.
func (p *probe) issue(ctx context.Context, c atlassian.Container) error {
	found, access, err := p.anyIssue(ctx, c)
	if err != nil {
		return err
	}
	return p.EachItemKind(func(k kinds.Row) error {
		switch {
		case k.Name == issueKind:
			return p.Yield(access)
		case found == nil && access.State == kinds.Captured:
			return nil // a project without issues shows nothing
		case found == nil:
			_, err := p.Lost(k, access)
			return err
		}
		return p.below(ctx, k, found)
	})
}

// anyIssue reads one issue of the project; nil where there is none.
func (p *probe) anyIssue(ctx context.Context, c atlassian.Container) (*issue, atlassian.KindAccess, error) {
	k := p.Table.Row(issueKind)
	access := kinds.Access(k, kinds.Captured, "")
	var id string
	l := search(fmt.Sprintf("project = %s ORDER BY key ASC", c.ID), "id")
	l.Body["maxResults"] = 1
	_, err := p.Client.Pages(ctx, l, func(page []json.RawMessage) error {
		id = atlassian.Text(atlassian.Member(page[0], "id"))
		return kinds.ErrEnough
	})
	if err = kinds.Enough(err); err == nil && id != "" {
		var reply bulk
		if reply, err = p.jira.fetch(ctx, []string{id}); err == nil && reply.issues[id] != nil {
			return reply.issues[id], access, nil
		}
	}
	err = p.Judge(ctx, k, err, &access)
	return nil, access, err
}

// below asks for what belongs to an issue.
func (p *probe) below(ctx context.Context, k kinds.Row, i *issue) error {
	access, switched := p.Switched(k)
	if switched {
		return p.Yield(access)
	}
	access = kinds.Access(k, kinds.Captured, k.Note)
	if k.Parent == issueKind {
		found, err := p.jira.read(ctx, k, i.Owner)
		if err := p.Judge(ctx, k, err, &access); err != nil {
			return err
		}
		if found.hidden {
			access.State, access.Note = kinds.NoAccess, found.reason
		}
	}
	return p.Yield(access)
}
