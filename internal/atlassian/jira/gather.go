package jira

import (
	"context"
	"sync"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// ahead is how many issues are read at a time; also the most that are held
// whole before they are emitted.
const ahead = 8

// whole is an issue with all that belongs to it.
type whole struct {
	lists    []list
	problems []atlassian.Problem
	vanished bool
	err      error
}

type list struct {
	kind kinds.Row
	records
}

// all reads what belongs to the issues, several at a time, and emits them in
// their order, each followed by its own. It returns those that went away.
func (x *export) all(ctx context.Context, issues []*issue) (vanished []string, err error) {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, k := range x.jira.table.Children(issueKind) {
		if k.Pager == kinds.Token {
			x.jira.planHistories(ctx, k, issues)
		}
	}
	results := make([]chan whole, len(issues))
	start := func(n int) {
		if n >= len(issues) {
			return
		}
		results[n] = make(chan whole, 1)
		wg.Go(func() { results[n] <- x.gather(ctx, issues[n]) })
	}
	for n := range min(ahead, len(issues)) {
		start(n)
	}
	for n, i := range issues {
		w := <-results[n]
		results[n] = nil
		switch {
		case w.err != nil:
			return nil, w.err
		case w.vanished:
			vanished = append(vanished, i.ID)
		default:
			if err := x.emitWhole(i, w); err != nil {
				return nil, err
			}
		}
		start(n + ahead)
	}
	return vanished, nil
}

// gather reads what belongs to one issue, kind by kind.
func (x *export) gather(ctx context.Context, i *issue) whole {
	var w whole
	for _, k := range x.jira.table.Children(issueKind) {
		if !x.jira.table.Wanted(k) || x.settings.off(k) {
			continue
		}
		found, err := x.jira.readOf(ctx, k, i)
		if atlassian.ClassOf(err) == atlassian.ClassNotFound && !x.second {
			// The issue was deleted or hidden meanwhile, it seems: read it again at the end.
			return whole{vanished: true}
		}
		if reason, ok := kinds.Reason(err); ok {
			found.reason = reason
		} else if err != nil {
			return whole{err: err}
		}
		if found.reason != "" {
			p := problem(k.Name, i.ID, x.container, found.reason)
			p.Key = i.Key
			w.problems = append(w.problems, *p)
		}
		w.lists = append(w.lists, list{k, found})
	}
	return w
}

// readOf is read for an issue: what was fetched for several issues at once
// comes first.
func (j *Jira) readOf(ctx context.Context, k kinds.Row, i *issue) (records, error) {
	if k.Pager == kinds.Token && i.history != nil {
		found, ok, err := i.history.take(k, i.Owner)
		if ok || err != nil {
			return found, err
		}
	}
	return j.read(ctx, k, i.Owner)
}

// emitWhole emits an issue, what belongs to it, and the users in there.
func (x *export) emitWhole(i *issue, w whole) error {
	project := i.project
	if project == "" {
		project = x.container.ID
	}
	err := x.emit(atlassian.Item{Kind: issueKind, ID: i.ID, Key: i.Key, Parent: project, FetchedAt: i.At, Body: i.Body})
	if err != nil {
		return err
	}
	for _, l := range w.lists {
		if l.at.IsZero() {
			l.at = i.At
		}
		if err := l.emit(l.kind, i.Owner, x.emit); err != nil {
			return err
		}
	}
	if err := x.emitUsers(i, w); err != nil {
		return err
	}
	x.chunk.Captured = append(x.chunk.Captured, i.ID)
	x.chunk.Problems = append(x.chunk.Problems, w.problems...)
	return nil
}

// emitUsers emits the users of an issue and its own that were not emitted before.
func (x *export) emitUsers(i *issue, w whole) error {
	scan := func(r records) error {
		for _, e := range r.entries {
			for id, user := range atlassian.Users(e.Body) {
				if x.seen(id) {
					continue
				}
				if err := x.emit(atlassian.Item{Kind: userKind, ID: id, FetchedAt: r.at, Body: user}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := scan(records{entries: []atlassian.Entry{{Body: i.Body}}, at: i.At}); err != nil {
		return err
	}
	for _, l := range w.lists {
		if l.apart {
			if err := scan(l.records); err != nil {
				return err
			}
		}
	}
	return nil
}
