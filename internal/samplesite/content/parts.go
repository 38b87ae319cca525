package content

import (
	"strconv"
	"sync"

	"holdfast/internal/samplesite/rawjson"
)

// firstPart is the id of the first comment, worklog, link or file that is
// written: above those of all sources, whose ids are at most ten thousand times
// that of an issue.
const firstPart = 100_000_000_000

// Parts is a source with what accounts wrote of what belongs to issues: comments,
// worklogs, remote links, files, watchers and votes. The source beneath stays as it
// is: a list of an issue is taken over when it is first written to. It is safe for
// concurrent use.
type Parts struct {
	Source
	mu         sync.RWMutex
	last       int64
	issues     map[int64]*owned
	places     map[partAt]int64            // what was written → its issue
	properties map[partAt][]rawjson.Member // of comments and worklogs
}

// partAt is a part of an issue by its kind and id.
type partAt struct{ kind, id string }

// owned is the lists of an issue that were written to.
type owned struct {
	comments, worklogs, links taken[Item]
	files                     taken[Attachment]
	watchers, voters          taken[Person]
	base                      Estimate // of the issue's own field when remaining was set
	remaining                 int64    // seconds
	estimated                 bool     // remaining counts
}

// taken is a list that is no longer that of the source beneath, once yes. Its items
// are never changed in place: readers keep them.
type taken[T any] struct {
	yes   bool
	items []T
}

func (t *taken[T]) over(beneath []T) []T {
	if t.yes {
		return t.items
	}
	return beneath
}

// NewParts returns a source over src of which nothing is written yet.
func NewParts(src Source) *Parts {
	return &Parts{Source: src, last: firstPart - 1, issues: map[int64]*owned{}, places: map[partAt]int64{},
		properties: map[partAt][]rawjson.Member{}}
}

// Next returns the id of what is written next.
func (p *Parts) Next() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	return p.last
}

// Issue implements Source.
func (p *Parts) Issue(row Row) Issue {
	i := p.Source.Issue(row)
	p.mu.RLock()
	defer p.mu.RUnlock()
	if o := p.issues[row.ID]; o != nil {
		return &writtenTo{Issue: i, owned: *o}
	}
	return i
}

// own returns the lists of an issue to write to; the caller holds mu.
func (p *Parts) own(issue int64) *owned {
	o := p.issues[issue]
	if o == nil {
		o = &owned{}
		p.issues[issue] = o
	}
	return o
}

// change replaces a list: by is given a copy of what the issue has of it.
func change[T any](p *Parts, row Row, beneath func(Issue) []T, list func(*owned) *taken[T], by func([]T) []T) {
	all := beneath(p.Source.Issue(row))
	p.mu.Lock()
	defer p.mu.Unlock()
	t := list(p.own(row.ID))
	t.items, t.yes = by(append([]T(nil), t.over(all)...)), true
}

// ChangeComments replaces the comments of an issue by what by makes of a copy of them.
func (p *Parts) ChangeComments(row Row, by func([]Item) []Item) {
	change(p, row, Issue.Comments, func(o *owned) *taken[Item] { return &o.comments }, p.noting("comment", row, by))
}

// ChangeWorklogs is ChangeComments for worklogs.
func (p *Parts) ChangeWorklogs(row Row, by func([]Item) []Item) {
	change(p, row, Issue.Worklogs, func(o *owned) *taken[Item] { return &o.worklogs }, p.noting("worklog", row, by))
}

// ChangeRemoteLinks is ChangeComments for remote links.
func (p *Parts) ChangeRemoteLinks(row Row, by func([]Item) []Item) {
	change(p, row, Issue.RemoteLinks, func(o *owned) *taken[Item] { return &o.links }, by)
}

// ChangeWatchers is ChangeComments for watchers.
func (p *Parts) ChangeWatchers(row Row, by func([]Person) []Person) {
	change(p, row, Issue.Watchers, func(o *owned) *taken[Person] { return &o.watchers }, by)
}

// ChangeVoters is ChangeComments for those who voted.
func (p *Parts) ChangeVoters(row Row, by func([]Person) []Person) {
	change(p, row, Issue.Voters, func(o *owned) *taken[Person] { return &o.voters }, by)
}

// noting remembers which issue the parts of a list belong to. The map is written
// while change holds mu.
func (p *Parts) noting(kind string, row Row, by func([]Item) []Item) func([]Item) []Item {
	return func(before []Item) []Item {
		after := by(before)
		for _, item := range after {
			p.places[partAt{kind, item.ID}] = row.ID
		}
		return after
	}
}

// generatedStep is how many parts of a kind the ids of a generated issue leave room for.
const generatedStep = 10_000

// IssueOf returns the id of the issue that a comment or worklog ("comment",
// "worklog") may belong to, 0 where the id is not a number. Whether the issue has it
// is for the caller to see.
func (p *Parts) IssueOf(kind, id string) int64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if issue, found := p.places[partAt{kind, id}]; found {
		return issue
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n / generatedStep
}

// Properties returns the properties of a comment or worklog, by their keys' first writing.
func (p *Parts) Properties(kind, id string) []rawjson.Member {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.properties[partAt{kind, id}]
}

// SetProperty sets a property of a comment or worklog and reports whether it is new.
func (p *Parts) SetProperty(kind, id, key string, value rawjson.Raw) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, added := SetMember(p.properties[partAt{kind, id}], key, value)
	p.properties[partAt{kind, id}] = all
	return added
}

// DeleteProperty deletes a property of a comment or worklog and reports whether it was there.
func (p *Parts) DeleteProperty(kind, id, key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var kept []rawjson.Member
	all := p.properties[partAt{kind, id}]
	for _, m := range all {
		if m.Name != key {
			kept = append(kept, m)
		}
	}
	p.properties[partAt{kind, id}] = kept
	return len(kept) < len(all)
}

// SetMember returns a copy of members in which one has a value, and reports whether it is new.
func SetMember(members []rawjson.Member, name string, value rawjson.Raw) ([]rawjson.Member, bool) {
	out := append([]rawjson.Member(nil), members...)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = value
			return out, false
		}
	}
	return append(out, rawjson.Member{Name: name, Value: value}), true
}
