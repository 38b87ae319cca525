package jira

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// issueAt is where an issue is, and what of it decides when and how it is created.
type issueAt struct {
	segment, line int
	id            string
	number        int
	parent        string // id of the issue above
	subtask       bool
	links         bool
	own           map[string]int // records that belong to it, by kind; only where issues are chosen
	bytes         int64          // of its attachments
}

// walk reads the projects once: where their issues are, what there is of each kind, and
// who appears.
func (p *planning) walk(ctx context.Context) error {
	chosen := len(p.job.Plan.Spec.Selection.Items) > 0
	have := map[string]bool{}
	for _, c := range p.job.Plan.Containers {
		s := p.selected[c.Key]
		var at *issueAt
		for found, err := range p.job.Archive.Walk(ctx, c.Key) {
			if err != nil {
				return fmt.Errorf("read the project %s of the backup: %w", c.Key, err)
			}
			r := found.Record
			switch {
			case r.Kind == kindIssue:
				s.issues = append(s.issues, issueIn(found))
				at = &s.issues[len(s.issues)-1]
				if chosen {
					at.own = map[string]int{kindIssue: 1}
				}
				s.count(at, kindLink, outward(r))
				p.job.Beat(1, 0)
			case r.Kind == kindUser:
				if !have[r.ID] {
					have[r.ID] = true
					p.seen = append(p.seen, person{r.ID, textOf(r.Body, "displayName"), textOf(r.Body, "emailAddress")})
				}
			case ofIssue(r.Kind):
				if at != nil && r.Parent == at.id && chosen {
					at.own[r.Kind]++
				}
				if r.Kind == "attachment" && at != nil {
					size, _ := atlassian.Int(atlassian.Member(r.Body, "size"))
					at.bytes += size
				}
			case r.Kind == kindVersion && string(atlassian.Member(r.Body, "archived")) == "true":
				s.archived++
			}
			s.counts[r.Kind]++
		}
		slices.SortFunc(s.issues, func(a, b issueAt) int { return a.number - b.number })
	}
	return nil
}

// count counts links with their issue.
func (s *selected) count(at *issueAt, kind string, n int) {
	s.counts[kind] += n
	if at.own != nil {
		at.own[kind] += n
	}
}

// ofIssue reports whether records of a kind belong to issues.
func ofIssue(kind string) bool {
	switch kind {
	case "comment", "worklog", "changelog", "remotelink", "property", "watchers", "votes", "attachment":
		return true
	}
	return false
}

func issueIn(f restore.Found) issueAt {
	fields := atlassian.Member(f.Record.Body, "fields")
	return issueAt{
		segment: f.Position.Segment, line: f.Position.Line, id: f.Record.ID, number: number(f.Record.Key),
		parent:  strings.Clone(textOf(atlassian.Member(fields, "parent"), "id")),
		subtask: string(atlassian.Member(fields, "issuetype", "subtask")) == "true",
		links:   hasEntries(atlassian.Member(fields, "issuelinks")),
	}
}

func hasEntries(list []byte) bool {
	for range atlassian.Elements(list) {
		return true
	}
	return false
}

// outward counts the links that are an issue's to create: each link is that of two.
func outward(r archive.Record) int {
	n := 0
	for link := range atlassian.Elements(atlassian.Member(r.Body, "fields", "issuelinks")) {
		if len(atlassian.Member(link, "outwardIssue")) > 0 {
			n++
		}
	}
	return n
}

// choose leaves of the issues those that are selected, and what is below them where that
// is asked for, and counts what belongs to them.
func (p *planning) choose() error {
	spec := p.job.Plan.Spec.Selection
	wanted := map[string]bool{} // ids
	if len(spec.Items) > 0 {
		for _, key := range spec.Items {
			id := p.find(key)
			if id == "" {
				return fmt.Errorf("%w: restore the issue %s: the backup does not have it", restore.ErrRequest, key)
			}
			wanted[id] = true
		}
		for more := spec.Children; more; {
			more = false
			for _, s := range p.selected {
				for _, i := range s.issues {
					if !wanted[i.id] && wanted[i.parent] {
						wanted[i.id], more = true, true
					}
				}
			}
		}
	}
	for _, s := range p.selected {
		if len(spec.Items) > 0 {
			s.leave(wanted)
		}
		switch {
		case len(spec.Items) > 0:
			p.renumber(s, "chosen issues get new numbers")
		case s.gaps() > mostGaps+10*len(s.issues):
			p.renumber(s, "its issues get new numbers: too many between theirs belong to no issue of the backup")
		}
		s.plan.Items, s.plan.Attachments = len(s.issues), s.counts["attachment"]
		for _, i := range s.issues {
			s.plan.Bytes += i.bytes
		}
	}
	return nil
}

// mostGaps is how many numbers that no issue has are used up in a project however few issues it
// has: each costs two requests.
const mostGaps = 1000

// gaps is how many numbers between those of the issues no issue has.
func (s *selected) gaps() int {
	if len(s.issues) == 0 {
		return 0
	}
	return s.issues[len(s.issues)-1].number - len(s.issues)
}

// kindKeys is the kind of rows of the mapping that name projects whose issues get new keys.
const kindKeys = "issueKeys"

// renumber notes that the issues of a project do not keep their numbers.
func (p *planning) renumber(s *selected, effect string) {
	p.out.Mapping.Put(restore.Mapped{Kind: kindKeys, ID: s.plan.Key, Name: s.plan.Key, How: restore.ByNothing, Effect: effect})
}

// renumbered reports whether the issues of a project get new numbers.
func renumbered(m *restore.Mapping, project string) bool {
	_, ok := m.Row(kindKeys, project)
	return ok
}

// find returns the id of an issue; "" where there is none of that key.
func (p *planning) find(key string) string {
	project, _, _ := strings.Cut(key, "-")
	if s := p.selected[project]; s != nil {
		for _, i := range s.issues {
			if i.number == number(key) {
				return i.id
			}
		}
	}
	return ""
}

// leave leaves the wanted issues, and counts what belongs to them alone.
func (s *selected) leave(wanted map[string]bool) {
	s.issues = slices.DeleteFunc(s.issues, func(i issueAt) bool { return !wanted[i.id] })
	for kind := range s.counts {
		if ofIssue(kind) || kind == kindIssue || kind == kindLink {
			delete(s.counts, kind)
		}
	}
	for _, i := range s.issues {
		for kind, n := range i.own {
			s.counts[kind] += n
		}
	}
}

// positions are those of the issues for which of holds.
func (s *selected) positions(of func(issueAt) bool) []restore.Position {
	numbers := make(map[string]int, len(s.issues))
	for _, i := range s.issues {
		numbers[i.id] = i.number
	}
	var all []restore.Position
	at := place{}
	if n := len(s.issues); n > 0 {
		at.last = s.issues[n-1].number
	}
	standard := ""
	for _, i := range s.issues {
		at.standard = ""
		if parent, here := numbers[i.parent]; i.subtask && (!here || parent > i.number) {
			at.standard = standard
		}
		if of(i) {
			all = append(all, restore.Position{
				Segment: i.segment, Line: i.line, Kind: kindIssue, ID: i.id, Key: fmt.Sprintf("%s-%d", s.plan.Key, i.number), Parent: i.parent, Extra: at.String(),
			})
		}
		at.previous = i.number
		if !i.subtask && standard == "" {
			standard = i.id
		}
	}
	return all
}
