package content

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// SeedRecord is a record of a backup, as its format describes it.
type SeedRecord struct {
	Kind, ID, Parent string
	Body             rawjson.Raw
}

// Seeded is a Jira site without projects that has the configuration and the accounts
// of another one. It implements Source.
type Seeded struct {
	people []Person
	fields []raw
	setup  *Setup
}

// below is the kinds whose lists belong to entries of another one that are
// found by a path of two ids, with the kind of these.
var below = map[string]string{"fieldOption": "fieldContext", "screenTabField": "screenTab"}

// ofProjects is what the records of configuration say of projects, which the site does not have.
var ofProjects = []string{"notificationSchemeProject", "securitySchemeProject", "prioritySchemeProject"}

// seeded is the kinds that are taken over: those of people's work, such as filters, boards and
// plans, are written again, not found.
var seeded = list("configuration|customField|fieldContext|fieldOption|fieldDefault|fieldContextIssueType|fieldContextProject|trashedField|issueType|status|resolution|issueLinkType|role|projectCategory|" +
	"account|group|groupMember|issueTypeScheme|issueTypeSchemeMapping|workflow|workflowScheme|screen|screenTab|screenTabField|screenScheme|issueTypeScreenScheme|issueTypeScreenSchemeMapping|" +
	"fieldScheme|fieldSchemeField|priority|priorityScheme|prioritySchemePriority|permissionScheme|notificationScheme|securityScheme|securityLevel|securityLevelMember")

// opened is the lists that an entry has, be they empty.
var opened = map[string][]string{"customField": list("fieldContext|fieldDefault|fieldContextIssueType|fieldContextProject"), "group": {"groupMember"}, "screen": {"screenTab"},
	"screenTab": {"screenTabField"}, "fieldScheme": {"fieldSchemeField"}, "priorityScheme": list("prioritySchemePriority|prioritySchemeProject")}

// Seed makes a site of the records of another one, of which it leaves out those that
// are not configuration or accounts. With renumber, the ids of its configuration are others. account is who
// the site's credentials belong to, who is no account of the other site.
func Seed(records iter.Seq2[SeedRecord, error], renumber bool, account Person, email string) (*Seeded, error) {
	b := &builder{Setup: &Setup{lists: map[listKey][]Entry{}, owners: map[string][]string{}, groups: map[string]string{}, sprints: map[int][]int{}}}
	for _, kind := range append(slices.Concat(ofProjects, seeded), list("filter|dashboard|board|plan|automationRuleSummary|archivedProject|trashedProject|serviceDesk")...) {
		if !slices.Contains([]string{"configuration", "fieldContext", "fieldOption", "fieldDefault", "fieldContextIssueType", "fieldContextProject", "groupMember", "screenTab", "screenTabField", "fieldSchemeField", "prioritySchemePriority", "prioritySchemeProject"}, kind) {
			b.open(kind, "")
		}
	}
	account.Body = personBody(account)
	s := &Seeded{people: []Person{account}, setup: b.Setup}
	m, err := rawjson.Split(account.Body)
	if err != nil {
		return nil, err
	}
	b.add("account", "", account.AccountID, rawjson.Members(append(m, rawjson.Member{Name: "emailAddress", Value: rawjson.String(email)}, rawjson.Member{Name: "locale", Value: rawjson.String("en_US")})))
	owners := map[string]string{} // kind and id of entries that have lists of their own → their owner
	for r, err := range records {
		if err != nil {
			return nil, fmt.Errorf("seeding the sample site: %w", err)
		}
		if renumber {
			r = renumbered(r)
		}
		if r.Kind == "field" {
			s.fields = append(s.fields, r.Body)
		}
		if slices.Contains(seeded, r.Kind) && !ofOneProject(r) {
			s.take(b, r, owners)
		}
	}
	if len(s.fields) == 0 || len(b.List("issueType", "")) == 0 || len(b.List("status", "")) == 0 {
		return nil, fmt.Errorf("seeding the sample site: the records hold no fields, issue types or statuses; give those of a Jira site")
	}
	return s, nil
}

// ofOneProject reports whether a record belongs to a project of the other site.
func ofOneProject(r SeedRecord) bool {
	scope, err := rawjson.Split(r.Body)
	if err != nil {
		return true // nothing of use
	}
	return member(rawjson.Get(scope, "scope"), "type") == "PROJECT" || r.Kind == "fieldContextProject" && member(r.Body, "isGlobalContext") != "true"
}

// take adds a record to its list.
func (s *Seeded) take(b *builder, r SeedRecord, owners map[string]string) {
	owner := r.Parent
	if above := owners[below[r.Kind]+" "+r.Parent]; above != "" {
		owner = above + "/" + r.Parent
	}
	if owner != "" {
		owners[r.Kind+" "+r.ID] = owner
	}
	body := r.Body
	switch r.Kind {
	case "securityScheme":
		body = replaced(body, "projectIds", raw("[]"))
	case "group":
		b.groups[member(body, "name")] = r.ID
	case "account":
		s.takePerson(r)
	}
	b.add(r.Kind, owner, r.ID, body)
	path := r.ID
	if owner != "" {
		path = owner + "/" + r.ID
	}
	for _, kind := range opened[r.Kind] {
		b.open(kind, path)
	}
	if r.Kind == "fieldContext" {
		if f, found := b.Find("customField", "", owner); found && chosenFrom(f.Body) {
			b.open("fieldOption", path)
		}
	}
}

// chosenFrom reports whether a custom field is one to choose from.
func chosenFrom(field raw) bool {
	m, err := rawjson.Split(field)
	if err != nil {
		return false
	}
	custom := member(rawjson.Get(m, "schema"), "custom")
	return slices.ContainsFunc(list(":select|:multiselect|:radiobuttons|:multicheckboxes|:cascadingselect"), func(end string) bool { return strings.HasSuffix(custom, end) })
}

// takePerson makes an account one that issues can name.
func (s *Seeded) takePerson(r SeedRecord) {
	m, err := rawjson.Split(r.Body)
	if err != nil || textOf(m, "accountType") != "atlassian" {
		return
	}
	body := rawjson.Members(slices.DeleteFunc(m, func(one rawjson.Member) bool { return one.Name == "emailAddress" || one.Name == "locale" }))
	s.people = append(s.people, Person{AccountID: r.ID, Name: member(body, "displayName"), Active: member(body, "active") == "true", Body: body})
}

// replaced is a body in which a member has another value, where it has that member.
func replaced(body raw, name string, value raw) raw {
	m, err := rawjson.Split(body)
	if err != nil {
		return body
	}
	for i := range m {
		if m[i].Name == name {
			m[i].Value = value
		}
	}
	return rawjson.Members(m)
}

// People implements Source.
func (s *Seeded) People() []Person { return s.people }

// Fields implements Source.
func (s *Seeded) Fields() []rawjson.Raw { return s.fields }

// Projects implements Source: there are none.
func (s *Seeded) Projects() []Project { return nil }

// Rows implements Source: there are none.
func (s *Seeded) Rows() []Row { return nil }

// Issue implements Source: there is none.
func (s *Seeded) Issue(row Row) Issue { return made{m: &Made{Row: row, created: true}, row: row} }

// Attachment implements Source: there are none.
func (s *Seeded) Attachment(int64) (Attachment, bool) { return Attachment{}, false }

// Setup implements Source.
func (s *Seeded) Setup() *Setup { return s.setup }

// Account is the account that the credentials of a site with that seed belong to.
func Account(seed uint64) Person {
	return Person{AccountID: "712020:" + fmt.Sprintf("5eed0000-0000-4000-8000-%012s", strconv.FormatUint(seed&0xffffffffffff, 16)), Name: "Restoring Admin", Active: true}
}
