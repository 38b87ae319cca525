package confluence

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

const (
	usersRoute = "POST " + v2 + "/users-bulk"
	// usersLimit is how many accounts are asked for at a time: what other calls of
	// REST v2 take; the OpenAPI document names no maximum here.
	usersLimit = 250
)

// accountMembers are the members of bodies that hold the id of an account, quoted as
// they stand in JSON: inside of a string they would be escaped.
var accountMembers = [][]byte{
	[]byte(`"authorId"`), []byte(`"ownerId"`), []byte(`"lastOwnerId"`), []byte(`"accountId"`), []byte(`"createdBy"`),
	[]byte(`"assignedTo"`), []byte(`"completedBy"`), []byte(`"spaceOwnerId"`),
}

// mention begins the id of an account in a body in storage format, inside of a
// string of JSON.
var mention = []byte(`ri:account-id=\"`)

// accounts yields the ids of the accounts that appear in a body, with repetitions.
func accounts(body raw) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range accountMembers {
			for rest := body; ; {
				i := bytes.Index(rest, name)
				if i < 0 {
					break
				}
				rest = rest[i+len(name):]
				value, ok := bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(":"))
				if !ok {
					continue
				}
				value, ok = bytes.CutPrefix(bytes.TrimLeft(value, " \t\r\n"), []byte(`"`))
				if id := until(value, '"'); ok && id != "" && !yield(id) {
					return
				}
			}
		}
		for rest := body; ; {
			i := bytes.Index(rest, mention)
			if i < 0 {
				return
			}
			rest = rest[i+len(mention):]
			if id := until(rest, '\\'); id != "" && !yield(id) {
				return
			}
		}
	}
}

// until is the id before the end; "" where what stands there is none.
func until(value []byte, end byte) string {
	n := bytes.IndexByte(value, end)
	if n < 0 || n > 128 || bytes.ContainsAny(value[:n], "\"\\<> ") {
		return ""
	}
	return string(value[:n])
}

// people are the accounts that appear in records, to be asked for once each.
type people struct {
	c       *Confluence
	seen    func(accountID string) bool
	emit    func(atlassian.Item) error
	pending []string
	refused bool
}

// note notes the accounts of a record.
func (p *people) note(body raw) {
	for id := range accounts(body) {
		if !p.seen(id) {
			p.pending = append(p.pending, id)
		}
	}
}

// resolve emits the accounts that were noted: all of them, or as many as make a
// whole request. The problems are notes: nothing of the content is lost.
func (p *people) resolve(ctx context.Context, all bool) ([]atlassian.Problem, error) {
	var problems []atlassian.Problem
	r := p.c.table.Row(userKind)
	if !p.c.table.Wanted(r) {
		p.pending = nil
	}
	for len(p.pending) >= usersLimit || all && len(p.pending) > 0 {
		n := min(len(p.pending), usersLimit)
		ask := p.pending[:n]
		p.pending = slices.Clone(p.pending[n:])
		if p.refused {
			continue
		}
		stopped, err := p.ask(ctx, ask)
		if stopped != nil {
			return problems, stopped
		}
		if err == nil {
			continue
		}
		problem, err := p.c.reader.Refusal(ctx, r, err)
		if err != nil {
			return problems, err
		}
		p.refused = true
		problem.Kind, problem.ID, problem.Note = r.Name, r.Name, true
		problems = append(problems, problem)
	}
	return problems, nil
}

// ask asks for accounts. One that the site does not know is left out of the reply;
// one that it refuses to look for would take the others with it: the halves are
// asked for then. stopped is the error of emit.
func (p *people) ask(ctx context.Context, ids []string) (stopped, err error) {
	err = atlassian.Cursors{
		Request: atlassian.Request{Route: usersRoute, Body: map[string][]string{"accountIds": ids}}, Items: "results",
	}.Pages(ctx, p.c.client, func(page []raw) error {
		at := kinds.Now()
		for _, user := range page {
			id := text(user, "accountId")
			if id == "" {
				continue
			}
			if stopped = p.emit(atlassian.Item{Kind: userKind, ID: id, FetchedAt: at, Body: user}); stopped != nil {
				return stopped
			}
		}
		return nil
	})
	if stopped != nil || !kinds.BadRequest(err) {
		return stopped, err
	}
	if len(ids) == 1 {
		return nil, nil
	}
	for half := range slices.Chunk(ids, (len(ids)+1)/2) {
		if stopped, err := p.ask(ctx, half); stopped != nil || err != nil {
			return stopped, err
		}
	}
	return nil, nil
}

// once is a seen that remembers for itself.
func once() func(string) bool {
	known := make(map[string]struct{})
	return func(id string) bool {
		_, before := known[id]
		known[id] = struct{}{}
		return before
	}
}
