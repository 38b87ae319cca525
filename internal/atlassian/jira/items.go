package jira

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// ExportItems emits issues and what belongs to them. Issues that are absent are
// read a second time at the end, once it is known that the account and the
// project are still what they were.
func (j *Jira) ExportItems(ctx context.Context, c atlassian.Container, ids []string, seen func(accountID string) bool, emit func(atlassian.Item) error) (atlassian.Chunk, error) {
	x := &export{jira: j, container: c, seen: seen, emit: emit}
	if len(ids) > atlassian.MaxChunk {
		return x.chunk, atlassian.NewError(atlassian.ClassProtocol, 0, bulkRoute, fmt.Sprintf("%d issues asked for at once, at most %d are allowed", len(ids), atlassian.MaxChunk))
	}
	if len(ids) == 0 {
		return x.chunk, nil
	}
	var err error
	if x.settings, err = j.settings(ctx); err != nil {
		return x.chunk, err
	}
	absent, err := x.export(ctx, ids)
	if err == nil && len(absent) > 0 {
		err = x.readAgain(ctx, absent)
	}
	// Noted with the items too, for whom it was so: it may change during a run.
	x.chunk.Problems = append(x.chunk.Problems, x.settings.notes(j.ofItems())...)
	return x.chunk, err
}

// ofItems are the kinds of issues and what belongs to them.
func (j *Jira) ofItems() []kinds.Row {
	return slices.DeleteFunc(slices.Clone(j.table.Rows()), func(row kinds.Row) bool { return row.Scope != atlassian.ScopeItem })
}

// export is one call of ExportItems.
type export struct {
	jira      *Jira
	container atlassian.Container
	seen      func(string) bool
	emit      func(atlassian.Item) error
	chunk     atlassian.Chunk
	settings  settings
	// second says that this is the second read: what is absent now is gone, and a
	// list that is absent is a problem of its own.
	second bool
}

const maxErrors = 3 // reads of an issue that bulkfetch reports as failed, after the first

// export emits the issues, and returns those that are absent or went away
// while they were read.
func (x *export) export(ctx context.Context, ids []string) (absent []string, err error) {
	absent, failed, err := x.pass(ctx, ids)
	for n := 0; err == nil && len(failed) > 0 && n < maxErrors; n++ {
		if err := x.jira.client.Pause(ctx, n); err != nil {
			return nil, err
		}
		groups := [][]string{failed}
		if n == maxErrors-1 {
			// The reply may be too much for the site: each alone is the least to ask.
			groups = slices.Collect(slices.Chunk(failed, 1))
		}
		failed = nil
		for _, group := range groups {
			more, again, err := x.pass(ctx, group)
			if err != nil {
				return nil, err
			}
			absent, failed = append(absent, more...), append(failed, again...)
		}
	}
	for _, id := range failed {
		x.miss(id, "the site could not return it, four times")
	}
	return absent, err
}

// readAgain decides what became of absent issues.
func (x *export) readAgain(ctx context.Context, absent []string) error {
	if _, err := x.jira.Identity(ctx); err != nil {
		return err
	}
	readable, err := x.jira.readable(ctx, x.container.ID)
	if err != nil {
		return err
	}
	if !readable {
		for _, id := range absent {
			x.miss(id, permissionReason(x.container))
		}
		return nil
	}
	x.second = true
	gone, err := x.export(ctx, absent)
	for _, id := range gone {
		p := problem(issueKind, id, x.container, "deleted or hidden since the census")
		p.Gone = true
		x.chunk.Problems = append(x.chunk.Problems, *p)
	}
	return err
}

func (x *export) miss(id, reason string) {
	x.chunk.Problems = append(x.chunk.Problems, *problem(issueKind, id, x.container, reason))
}

// pass asks for the issues once and emits those that came whole. A reply that
// is too large is asked for in halves.
func (x *export) pass(ctx context.Context, ids []string) (absent, failed []string, err error) {
	reply, err := x.jira.fetch(ctx, ids)
	if errors.Is(err, atlassian.ErrTooLarge) {
		if len(ids) == 1 {
			x.miss(ids[0], "the issue is larger than holdfast can hold")
			return nil, nil, nil
		}
		for half := range slices.Chunk(ids, (len(ids)+1)/2) {
			a, f, err := x.pass(ctx, half)
			if err != nil {
				return nil, nil, err
			}
			absent, failed = append(absent, a...), append(failed, f...)
		}
		return absent, failed, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var issues []*issue
	for _, id := range ids {
		switch found := reply.issues[id]; {
		case found != nil:
			issues = append(issues, found)
		case reply.failed[id]:
			failed = append(failed, id)
		default:
			absent = append(absent, id)
		}
	}
	vanished, err := x.all(ctx, issues)
	return append(absent, vanished...), failed, err
}
