package content

import (
	"errors"
	"fmt"
	"sort"

	"holdfast/internal/samplesite/rawjson"
)

// First ids of each kind, far enough apart to tell them when debugging.
const (
	firstProject    = 10000
	firstIssue      = 10000
	firstAttachment = 20000
)

// Time span in which generated issues are created: Unix ms of 2019-01-07 and 2024-11-30.
const (
	firstCreated = 1546822800000
	lastCreated  = 1732924800000
)

// Generated is content made from a Spec. It keeps a row of about 80 bytes per
// issue; everything else is made anew each time it is asked for.
type Generated struct {
	spec     Spec
	people   []Person
	fields   []rawjson.Raw
	projects []Project
	sizes    []int // issues per project
	rows     []Row
	byNumber [][]int32 // project, number-1 → ordinal
	special  map[string]*IssueSpec
	files    []uint32 // ordinal → attachments of the issues before it
	setup    *Setup
}

// Generate lays the content out: ids, keys and dates. Bodies are made when asked for.
func Generate(spec Spec) (*Generated, error) {
	if spec.Users <= 0 {
		spec.Users = 40
	}
	if spec.Config.negative() {
		return nil, errors.New("generating the sample site: a size of its configuration is negative; give 0 for none")
	}
	g := &Generated{spec: spec, special: map[string]*IssueSpec{}}
	g.people = makePeople(spec.Seed, spec.Users)
	g.fields = append(fieldDefinitions(), extraFields(spec.Config)...)
	keys := map[string]bool{}
	for i, p := range spec.Projects {
		if p.Key == "" || keys[p.Key] || p.Issues < 0 {
			return nil, fmt.Errorf("generating the sample site: project %q: give each project a key of its own and 0 or more issues", p.Key)
		}
		keys[p.Key] = true
		g.sizes = append(g.sizes, p.Issues)
		g.projects = append(g.projects, makeProject(spec.Seed, i, p, g.people))
	}
	g.layOut()
	byKey := map[string]bool{}
	for i := range spec.Issues {
		byKey[spec.Issues[i].Key] = false
		g.special[spec.Issues[i].Key] = &spec.Issues[i]
	}
	for _, row := range g.rows {
		if _, ok := byKey[row.Key]; ok {
			byKey[row.Key] = true
		}
	}
	for key, found := range byKey {
		if !found {
			return nil, fmt.Errorf("generating the sample site: sizes are given for issue %s, which no project is large enough to have", key)
		}
	}
	g.spread()
	g.setup = build(spec.Seed, spec.Config, g.people, g.projects, builtIn(g.fields))
	return g, nil
}

// layOut gives every issue its id: issues of all projects are created in turn,
// in proportion to their number, with gaps where issues were deleted.
func (g *Generated) layOut() {
	type slot struct {
		at      float64
		project int
		number  int
	}
	var slots []slot
	for p, n := range g.sizes {
		for k := range n {
			slots = append(slots, slot{at: (float64(k) + 0.5) / float64(n), project: p, number: k + 1})
		}
		g.byNumber = append(g.byNumber, make([]int32, n))
	}
	sort.SliceStable(slots, func(i, j int) bool { return slots[i].at < slots[j].at })
	r := newRNG(g.spec.Seed, 1)
	id := int64(firstIssue)
	for i, s := range slots {
		id++
		if r.in(4) {
			id += int64(1 + r.below(5))
		}
		created := firstCreated + int64(float64(lastCreated-firstCreated)*float64(i)/float64(len(slots)))
		created += int64(r.below(40_000))
		updated := created + int64(r.longTail(300*24*3600))*1000
		g.rows = append(g.rows, Row{
			ID: id, Key: fmt.Sprintf("%s-%d", g.projects[s.project].Key, s.number),
			Project: s.project, Number: s.number, Created: created, Updated: updated, ordinal: i,
		})
		g.byNumber[s.project][s.number-1] = int32(i)
	}
}

// spread decides how many attachments each issue has: few have many.
func (g *Generated) spread() {
	counts := make([]uint32, len(g.rows)+1)
	r := newRNG(g.spec.Seed, 2)
	var open []int
	for i, row := range g.rows {
		if s := g.special[row.Key]; s != nil && len(s.Attachments) > 0 {
			counts[i+1] = uint32(len(s.Attachments))
		} else {
			open = append(open, i)
		}
	}
	for left := g.spec.Attachments; left > 0 && len(open) > 0; {
		n := min(left, 1+r.longTail(12))
		counts[open[r.below(len(open))]+1] += uint32(n)
		left -= n
	}
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	g.files = counts
}

// People implements Source.
func (g *Generated) People() []Person { return g.people }

// Fields implements Source.
func (g *Generated) Fields() []rawjson.Raw { return g.fields }

// Projects implements Source.
func (g *Generated) Projects() []Project { return g.projects }

// Setup implements Source.
func (g *Generated) Setup() *Setup { return g.setup }

// Rows implements Source.
func (g *Generated) Rows() []Row { return g.rows }

// Issue implements Source.
func (g *Generated) Issue(row Row) Issue {
	i := &issue{g: g, row: row, seed: g.spec.Seed, spec: g.special[row.Key]}
	if row.Number > g.sizes[row.Project] {
		i.added = true
	}
	if i.spec == nil {
		i.spec = &IssueSpec{}
	}
	return i
}

// Attachment implements Source.
func (g *Generated) Attachment(id int64) (Attachment, bool) {
	n := id - firstAttachment
	if n < 0 || n >= int64(g.files[len(g.files)-1]) {
		return Attachment{}, false
	}
	i := sort.Search(len(g.rows), func(i int) bool { return int64(g.files[i+1]) > n })
	all := g.Issue(g.rows[i]).Attachments()
	return all[n-int64(g.files[i])], true
}

// rowOf returns the row of a number of a project, false where it has no such issue.
func (g *Generated) rowOf(project, number int) (Row, bool) {
	if number < 1 || number > g.sizes[project] {
		return Row{}, false
	}
	return g.rows[g.byNumber[project][number-1]], true
}
