package jira

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"holdfast/internal/atlassian"
)

// reading is one walk over the kinds of the site, or of one project: each record
// is followed by what belongs to it, kind by kind. Lists are read ahead by
// goroutines; everything is decided and emitted by one, in the order of the
// table and of the site's lists.
type reading struct {
	jira      *Jira
	container atlassian.Container // the zero value is the site
	emit      func(atlassian.Item) error
	problems  []atlassian.Problem
	settings  settings
	// ended holds the kinds that are not asked for any more: the account may not.
	ended map[string]bool
	// once holds the ids of kinds that several owners list.
	once map[string]*idSet
	// stopped is what ends the whole reading.
	stopped error
}

func (j *Jira) reading(c atlassian.Container, emit func(atlassian.Item) error) *reading {
	return &reading{jira: j, container: c, emit: emit, ended: make(map[string]bool), once: make(map[string]*idSet)}
}

// wanted reports whether a kind is to be read at all.
func (r *reading) wanted(k kind) bool {
	return k.State == "" && !r.jira.without[k.Name] && !r.ended[k.Name] && !r.settings.off(k)
}

// root reads the records of a kind that belong to nothing but of.
func (r *reading) root(ctx context.Context, k kind, of owner) error {
	if !r.wanted(k) {
		return nil
	}
	out, err := r.jira.pages(ctx, k, of, func(p page) error { return r.stop(r.page(ctx, k, of, p)) })
	return r.settle(ctx, k, of, out, err)
}

// stop remembers an error that ends the reading, so that it is not taken for one
// of the list that was being read.
func (r *reading) stop(err error) error {
	if err != nil && r.stopped == nil {
		r.stopped = err
	}
	return err
}

// lists is how many lists below the records of a page are read at a time, at
// each depth.
const lists = 8

// branch is a list below a record, read ahead.
type branch struct {
	kind  kind
	entry int // index of the record in its page
	of    owner
	pages chan page // closed at the end of the list
	out   outcome
	err   error
}

// page emits the records of a page, each followed by what belongs to it.
func (r *reading) page(ctx context.Context, k kind, of owner, p page) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	p.entries = r.fresh(k, p.entries)
	branches := r.branches(k, of, p)
	begun, done := 0, 0
	begin := func() {
		for ; begun < min(done+lists, len(branches)); begun++ {
			b := branches[begun]
			if r.ended[b.kind.Name] {
				close(b.pages)
				continue
			}
			wg.Go(func() { b.read(ctx, r.jira) })
		}
	}
	for i, e := range p.entries {
		begin()
		if err := r.emit(item(k, of, e, p.at)); err != nil {
			return r.stop(err)
		}
		for ; done < len(branches) && branches[done].entry == i; done++ {
			begin()
			if err := r.branch(ctx, branches[done]); err != nil {
				return err
			}
		}
	}
	return nil
}

// branches are the lists below the records of a page.
func (r *reading) branches(k kind, of owner, p page) []*branch {
	var all []*branch
	for i, e := range p.entries {
		for _, child := range r.jira.children[k.Name] {
			if below := of.below(e); r.wanted(child) && child.where.holds(below) {
				all = append(all, &branch{kind: child, entry: i, of: below, pages: make(chan page)})
			}
		}
	}
	return all
}

// fresh leaves out the records of a kind that is recorded once where an earlier
// owner had them.
func (r *reading) fresh(k kind, entries []atlassian.Entry) []atlassian.Entry {
	if !k.once {
		return entries
	}
	if r.once[k.Name] == nil {
		r.once[k.Name] = &idSet{}
	}
	return slices.DeleteFunc(entries, func(e atlassian.Entry) bool {
		n, err := strconv.ParseUint(e.ID, 10, 64)
		return err == nil && !r.once[k.Name].add(n)
	})
}

// branch emits a list that is read ahead.
func (r *reading) branch(ctx context.Context, b *branch) error {
	for p := range b.pages {
		if err := r.page(ctx, b.kind, b.of, p); err != nil {
			return r.stop(err)
		}
	}
	return r.settle(ctx, b.kind, b.of, b.out, b.err)
}

// read reads a list until it ends or ctx does.
func (b *branch) read(ctx context.Context, j *Jira) {
	defer close(b.pages)
	b.out, b.err = j.pages(ctx, b.kind, b.of, func(p page) error {
		select {
		case b.pages <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// item is the record of an entry.
func item(k kind, of owner, e atlassian.Entry, at time.Time) atlassian.Item {
	i := atlassian.Item{Kind: k.Name, ID: e.ID, Parent: of.id, FetchedAt: at, Body: e.Body}
	i.Key = atlassian.Text(atlassian.Member(e.Body, "key"))
	if k.Name == projectKind {
		i.Parent = ""
	}
	return i
}

// settle enters what is wrong with a list. Only what concerns more than the list
// is an error.
func (r *reading) settle(ctx context.Context, k kind, of owner, out outcome, err error) error {
	if r.stopped != nil {
		return r.stopped
	}
	if out.note != "" {
		r.problems = append(r.problems, note(k, out.note))
	}
	if out.reason != "" {
		r.lost(k, of, atlassian.Problem{Reason: out.reason})
	}
	if err == nil || k.none != 0 && statusOf(err) == k.none {
		return nil
	}
	p, err := r.jira.refusal(ctx, k, err)
	if err != nil {
		return r.stop(err)
	}
	switch {
	case p.Denied && r.ended[k.Name]: // one of those that were under way
	default:
		r.lost(k, of, p)
	}
	if p.Denied && k.global {
		r.ended[k.Name] = true
	}
	return nil
}

// lost enters a problem of a kind's list.
func (r *reading) lost(k kind, of owner, p atlassian.Problem) {
	p.Kind, p.ID, p.Container = k.Name, of.id, r.container.Key
	if p.ID == "" {
		p.ID = k.Name
	}
	r.problems = append(r.problems, p)
}

// note is what to know about a kind of which nothing is lost.
func note(k kind, text string) atlassian.Problem {
	return atlassian.Problem{Kind: k.Name, ID: k.Name, Note: true, Reason: text}
}

// refusal says of a failed list what that means for it. An error that concerns
// more than the list is returned.
func (j *Jira) refusal(ctx context.Context, k kind, err error) (atlassian.Problem, error) {
	denied := atlassian.ClassOf(err) == atlassian.ClassForbidden || k.hides && atlassian.ClassOf(err) == atlassian.ClassNotFound
	if atlassian.ClassOf(err) == atlassian.ClassCredentials && !k.Content {
		// A token without the scope is refused with 401, as a bad one is: the one
		// call that tells them apart shows whether the account is still ours.
		// Where that call is not answered, nothing is known of the credential.
		if _, err := j.Identity(ctx); err != nil {
			return atlassian.Problem{}, err
		}
		denied = true
	}
	if denied {
		return atlassian.Problem{Denied: true, Reason: noPermissionFor(k)}, nil
	}
	reason, ok := reasonOf(err)
	if !ok {
		return atlassian.Problem{}, err
	}
	if !k.Content && unsupported(err) {
		return atlassian.Problem{Absent: true, Reason: fmt.Sprintf("this site does not have it (HTTP %d)", statusOf(err))}, nil
	}
	return atlassian.Problem{Reason: reason}, nil
}

// noPermissionFor says what the account lacks.
func noPermissionFor(k kind) string {
	reason := "no permission"
	if k.Permission != "" {
		reason += fmt.Sprintf(": it needs %q", k.Permission)
		if k.TokenScope != "" {
			reason += fmt.Sprintf(", and a token with scopes needs %q", k.TokenScope)
		}
	} else if k.TokenScope != "" {
		reason += fmt.Sprintf(": a token with scopes needs %q", k.TokenScope)
	}
	return reason
}
