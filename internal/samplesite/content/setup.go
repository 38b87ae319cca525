package content

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// Entry is a record of one of the site's lists.
type Entry struct {
	ID   string
	Body rawjson.Raw // with all that the document's expand can add
	// Private is true where the account does not see it, as others' private filters are.
	Private bool
	// Project is the project (index in Projects) without which it is not to be seen; negative: none.
	Project int
}

// Setup is what a site holds beside its projects and issues: lists of records
// by kind and owner. An owner is the path of the ids that a list is asked for
// by: "" for lists of the site, "customfield_10101/10300" for the options of a
// context. It never changes.
type Setup struct {
	lists  map[listKey][]Entry
	owners map[string][]string // kind → owners, in order

	groups  map[string]string // name → id
	seed    uint64
	boards  []board
	sprints map[int][]int // project → ids of the sprints of its boards
}

type listKey struct{ kind, owner string }

// List returns the records of an owner in the order in which the site lists them.
func (s *Setup) List(kind, owner string) []Entry { return s.lists[listKey{kind, owner}] }

// Has reports whether the site has a list of that kind and owner, which may be empty.
func (s *Setup) Has(kind, owner string) bool {
	_, found := s.lists[listKey{kind, owner}]
	return found
}

// Owners returns those that a kind has lists of, in the order of the lists that they stand in.
func (s *Setup) Owners(kind string) []string { return s.owners[kind] }

// Find returns one record.
func (s *Setup) Find(kind, owner, id string) (Entry, bool) {
	all := s.List(kind, owner)
	i := slices.IndexFunc(all, func(r Entry) bool { return r.ID == id })
	if i < 0 {
		return Entry{}, false
	}
	return all[i], true
}

// GroupID returns the id of the group of that name, "" where there is none.
func (s *Setup) GroupID(name string) string { return s.groups[name] }

// stock is what a setup is built around: what issues show of the configuration.
type stock struct {
	fields, types, statuses, priorities, resolutions, links []raw
}

// builder makes a Setup.
type builder struct {
	*Setup
	stock
	config    Config
	people    []Person
	projects  []Project
	typeIDs   []string // of types
	fieldIDs  []string // of fields
	names     []string // of groups
	members   []Person // all accounts that a group may have
	customers []Person
}

// build makes the setup of a site from its sizes and from what its issues show.
func build(seed uint64, config Config, people []Person, projects []Project, s stock) *Setup {
	b := &builder{
		Setup: &Setup{lists: map[listKey][]Entry{}, owners: map[string][]string{}, groups: map[string]string{}, sprints: map[int][]int{}, seed: seed},
		stock: s, config: config, people: people, projects: projects,
	}
	for _, part := range []func(){
		b.global, b.accounts, b.groupLists, b.roles, b.categories,
		b.typeLists, b.statusLists, b.workflowLists, b.customFields, b.screenLists, b.fieldSchemeLists,
		b.priorityLists, b.resolutionLists, b.permissionLists, b.notificationLists, b.securityLists,
		b.filterLists, b.dashboardLists, b.boardLists, b.planLists, b.ruleLists, b.projectLists, b.gone,
	} {
		part()
	}
	return b.Setup
}

// open makes a list, so that it is there even when it stays empty.
func (b *builder) open(kind, owner string) {
	k := listKey{kind, owner}
	if _, found := b.lists[k]; !found {
		b.lists[k] = nil
		b.owners[kind] = append(b.owners[kind], owner)
	}
}

// add appends a record that every account sees.
func (b *builder) add(kind, owner, id string, body raw) {
	b.put(kind, owner, Entry{ID: id, Body: body, Project: -1})
}

func (b *builder) put(kind, owner string, r Entry) {
	b.open(kind, owner)
	k := listKey{kind, owner}
	b.lists[k] = append(b.lists[k], r)
}

// rng returns the stream of one part of the setup.
func (b *builder) rng(part string, n int) *rng {
	h := uint64(14695981039346656037)
	for i := range len(part) {
		h = (h ^ uint64(part[i])) * 1099511628211
	}
	return newRNG(b.seed, 9, h, uint64(n))
}

// oddities are parts of names that are easily changed on their way.
var oddities = []string{"", "<b>&amp;</b>", "Größe & Maß", "請求書", `"quoted" \ back`, "🚀 <script>", "مراجعة", "e\u0301galite\u0301", "a\u2028b", "Проверка", "'; --"}

// name is a name that sorts by n and that no other of its stem has.
func (b *builder) name(stem string, n int) string {
	return strings.TrimSpace(fmt.Sprintf("%s %04d %s", stem, n, oddities[n%len(oddities)]))
}

// note is a description: empty, short, or now and then very long.
func (b *builder) note(part string, n int) string {
	r := b.rng(part+" note", n)
	s := pickScript(r)
	switch {
	case n%7 == 3:
		return ""
	case n%29 == 11:
		return strings.Repeat(paragraph(r, s, 4)+" ", 12)
	}
	return paragraph(r, s, 2)
}

// uuid is an identity in the form of one.
func (b *builder) uuid(part string, n int) string {
	r := b.rng(part+" uuid", n)
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(r.next()), uint16(r.next()), r.next()&0xfff, r.next()&0xfff, r.next()&0xffffffffffff)
}

// api is an address in the platform API, as "self" has it.
func api(path string) string { return Base + "/rest/api/3/" + path }

func number(n int) string { return strconv.Itoa(n) }

// member returns the text of a body's member: a string without its quotes, a number as it stands.
func member(body raw, name string) string {
	m, err := rawjson.Split(body)
	if err != nil {
		return ""
	}
	v := rawjson.Get(m, name)
	if len(v) > 0 && v[0] != '"' {
		return string(v)
	}
	return textOf(m, name)
}
