package content

import (
	"slices"
	"sort"
	"strconv"
	"sync"

	"holdfast/internal/samplesite/rawjson"
)

// Layer is a Source whose projects and issues can be added to while it is served.
// What was written lies beside the content below it, in memory; an issue of that
// content which is changed is copied first. Comments, worklogs, files and their
// like are laid over it by Parts. Slices that it returns are never changed: who
// writes replaces them.
type Layer struct {
	Source
	first  int // projects of the content below
	custom []customField

	mu          sync.RWMutex
	setup       *Setup
	projects    []Project
	issues      map[int64]*Made
	children    map[int64][]int64 // ids of the issues below one
	lastProject int64
	lastIssue   int64
	lastOther   int64
}

// Made is an issue that was created or changed while the site serves, as it is kept.
type Made struct {
	Row Row
	// Values is the members of "fields" that have a value, as issues show them, in no order. What
	// others determine is not among them: project, parent, links, sprints and the
	// collections are composed when the issue is read.
	Values []rawjson.Member
	// Parent is the id of the issue above, 0 for none.
	Parent  int64
	Links   []Link
	Sprints []int64 // ids, the oldest first

	Changelog  []Item // oldest first
	Properties []rawjson.Member
	created    bool // not of the content below
}

// Link is a link between two issues as one of them has it.
type Link struct {
	ID    string
	Type  rawjson.Raw // as issues show it
	Other int64       // id of the other issue
	// Inward says that the other is the inward issue of the link.
	Inward bool
}

// Value returns the value of a field, nil where it has none.
func (m *Made) Value(field string) rawjson.Raw { return rawjson.Get(m.Values, field) }

// Set gives a field a value; nil takes it away.
func (m *Made) Set(field string, value rawjson.Raw) {
	i := slices.IndexFunc(m.Values, func(v rawjson.Member) bool { return v.Name == field })
	switch {
	case value == nil && i >= 0:
		m.Values = slices.Delete(m.Values, i, i+1)
	case value != nil && i >= 0:
		m.Values[i].Value = value
	case value != nil:
		m.Values = append(m.Values, rawjson.Member{Name: field, Value: value})
	}
}

// clone copies what an edit may change.
func (m *Made) clone() *Made {
	c := *m
	c.Values, c.Links, c.Sprints = slices.Clone(m.Values), slices.Clone(m.Links), slices.Clone(m.Sprints)
	c.Changelog, c.Properties = slices.Clone(m.Changelog), slices.Clone(m.Properties)
	return &c
}

// Over returns a source that begins as base is.
func Over(base Source) *Layer {
	w := &Layer{Source: base, setup: base.Setup(), projects: slices.Clone(base.Projects()), issues: map[int64]*Made{}, children: map[int64][]int64{},
		lastProject: firstProject - 1, lastIssue: firstIssue - 1}
	w.first, w.custom = len(w.projects), customFieldsOf(base.Fields())
	for _, p := range w.projects {
		w.lastProject = max(w.lastProject, p.ID)
	}
	for _, row := range base.Rows() {
		w.lastIssue = max(w.lastIssue, row.ID)
	}
	// The ids of what belongs to an issue begin with the issue's own.
	w.lastOther = max(firstWritten, (w.lastIssue+1)*10_000)
	return w
}

// firstWritten is below the ids of what is created and is neither project nor issue.
const firstWritten = 100_000_000

// NextProject, NextIssue and NextID return an id that nothing has had yet: of a
// project, of an issue, of anything else.
func (w *Layer) NextProject() int64 { return w.next(&w.lastProject) }

// NextIssue returns an id above those of all issues.
func (w *Layer) NextIssue() int64 { return w.next(&w.lastIssue) }

// NextID returns an id for anything that is neither project nor issue.
func (w *Layer) NextID() int64 { return w.next(&w.lastOther) }

func (w *Layer) next(last *int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	*last++
	return *last
}

// Projects implements Source. Deleted ones stay: rows name projects by their index.
func (w *Layer) Projects() []Project {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.projects
}

// AddProject adds a project and returns its index.
func (w *Layer) AddProject(p Project) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.projects = append(w.projects[:len(w.projects):len(w.projects)], p)
	return len(w.projects) - 1
}

// EditProject changes a project; the lists in it are to be replaced, not changed.
func (w *Layer) EditProject(index int, f func(*Project)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.projects = slices.Clone(w.projects)
	f(&w.projects[index])
}

// AddIssue adds an issue of which the row is known.
func (w *Layer) AddIssue(m Made) {
	m.created = true
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keep(m.clone())
}

// keep puts an issue in the place of what was kept of it; the caller holds mu.
func (w *Layer) keep(m *Made) {
	id := m.Row.ID
	before := int64(0)
	if old := w.issues[id]; old != nil {
		before = old.Parent
	}
	if before != m.Parent {
		w.children[before] = slices.DeleteFunc(slices.Clone(w.children[before]), func(c int64) bool { return c == id })
		all := append(slices.Clone(w.children[m.Parent]), id)
		slices.Sort(all)
		w.children[m.Parent] = all
	}
	w.issues[id] = m
}

// Edit changes an issue under the source's lock: f must not call the source.
func (w *Layer) Edit(row Row, f func(*Made)) {
	w.mu.RLock()
	m := w.issues[row.ID]
	w.mu.RUnlock()
	if m == nil {
		adopted := w.adopt(row)
		w.mu.Lock()
		if w.issues[row.ID] == nil {
			w.keep(adopted)
		}
		w.mu.Unlock()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.issues[row.ID].clone()
	f(c)
	w.keep(c)
}

// Made returns a copy of what is kept of an issue.
func (w *Layer) Made(row Row) Made {
	w.mu.RLock()
	m := w.issues[row.ID]
	w.mu.RUnlock()
	if m == nil {
		m = w.adopt(row)
	}
	return *m.clone()
}

// adopt copies an issue of the content below.
func (w *Layer) adopt(row Row) *Made {
	m := &Made{Row: row, created: row.Project >= w.first}
	if row.Project >= w.first {
		return m
	}
	i := w.Source.Issue(row)
	for _, f := range i.Fields() {
		switch f.Name {
		case "project", "subtasks", "comment", "worklog", "attachment", "watches", "votes":
		case "parent":
			m.Parent, _ = strconv.ParseInt(member(f.Value, "id"), 10, 64)
		case "issuelinks":
			m.Links = linksIn(f.Value)
		case fieldSprint:
			m.Sprints = sprintsIn(f.Value)
		default:
			if string(f.Value) != "null" && f.Value != nil {
				m.Values = append(m.Values, f)
			}
		}
	}
	m.Changelog, m.Properties = i.Changelog(), i.Properties()
	return m
}

func linksIn(list raw) []Link {
	items, err := rawjson.Items(list)
	if err != nil {
		return nil
	}
	var out []Link
	for _, item := range items {
		m, err := rawjson.Split(item)
		if err != nil {
			continue
		}
		l := Link{ID: textOf(m, "id"), Type: rawjson.Get(m, "type")}
		other := rawjson.Get(m, "outwardIssue")
		if other == nil {
			other, l.Inward = rawjson.Get(m, "inwardIssue"), true
		}
		l.Other, _ = strconv.ParseInt(member(other, "id"), 10, 64)
		out = append(out, l)
	}
	return out
}

func sprintsIn(list raw) []int64 {
	items, err := rawjson.Items(list)
	if err != nil {
		return nil
	}
	var out []int64
	for _, item := range items {
		if id, err := strconv.ParseInt(member(item, "id"), 10, 64); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// Issue implements Source.
func (w *Layer) Issue(row Row) Issue {
	w.mu.RLock()
	m := w.issues[row.ID]
	w.mu.RUnlock()
	if m == nil && row.Project < w.first {
		return w.Source.Issue(row)
	}
	if m == nil {
		m = &Made{Row: row, created: true}
	}
	return made{w, m, row}
}

// rowOf finds an issue by id.
func (w *Layer) rowOf(id int64) (Row, bool) {
	w.mu.RLock()
	m := w.issues[id]
	w.mu.RUnlock()
	if m != nil {
		return m.Row, true
	}
	rows := w.Source.Rows()
	i := sort.Search(len(rows), func(i int) bool { return rows[i].ID >= id })
	if i == len(rows) || rows[i].ID != id {
		return Row{}, false
	}
	return rows[i], true
}

// Children returns the ids of the issues that name an issue as their parent and were written, by ascending id.
func (w *Layer) Children(id int64) []int64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.children[id]
}

// LinksOf returns the links of an issue.
func (w *Layer) LinksOf(row Row) []Link {
	w.mu.RLock()
	m := w.issues[row.ID]
	w.mu.RUnlock()
	if m == nil {
		m = w.adopt(row)
	}
	return m.Links
}
