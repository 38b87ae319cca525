package content

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"holdfast/internal/samplesite/rawjson"
)

// Recorded is content read from recorded responses: files of lines
// {"url": the request, "body": the raw item}. Bodies are served as the bytes that they are.
type Recorded struct {
	people   []Person
	fields   []rawjson.Raw
	projects []Project
	rows     []Row
	issues   map[int64]*recordedIssue
	setup    *Setup
}

// line is one recorded item.
type line struct {
	URL  string      `json:"url"`
	Body rawjson.Raw `json:"body"`
}

// lines reads one file of the folder.
func lines(dir, name string) ([]line, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("reading recorded responses: %w; give the folder that holds jira-issues.ndjson and its like", err)
	}
	defer f.Close()
	var out []line
	in := bufio.NewScanner(f)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var l line
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("reading recorded responses: %s, line %d: %w", name, len(out)+1, err)
		}
		out = append(out, l)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("reading recorded responses: %s: %w", name, err)
	}
	return out, nil
}

// Record reads the folder of recorded responses. An issue that only worklogs,
// changelogs or remote links name is made up around them, as is a project that
// only issues name.
func Record(dir string) (*Recorded, error) {
	r := &Recorded{issues: map[int64]*recordedIssue{}}
	for _, step := range []struct {
		file string
		take func(line) error
	}{
		{"jira-users.ndjson", r.takePerson},
		{"jira-projects.ndjson", r.takeProject},
		{"jira-issues.ndjson", r.takeIssue},
		{"jira-worklogs.ndjson", r.takeWorklog},
		{"jira-changelogs.ndjson", r.takeChange},
		{"jira-remotelinks.ndjson", r.takeLink},
	} {
		all, err := lines(dir, step.file)
		if err != nil {
			return nil, err
		}
		for i, l := range all {
			if err := step.take(l); err != nil {
				return nil, fmt.Errorf("reading recorded responses: %s, line %d: %w", step.file, i+1, err)
			}
		}
	}
	if len(r.people) == 0 || len(r.projects) == 0 {
		return nil, fmt.Errorf("reading recorded responses: %s holds no users or no projects", dir)
	}
	r.finish()
	r.setup = build(0, Config{}, r.people, r.projects, r.shown())
	return r, nil
}

func (r *Recorded) takePerson(l line) error {
	m, err := rawjson.Split(l.Body)
	if err != nil {
		return err
	}
	// The user resource has more members than users have inside other bodies.
	kept := slices.DeleteFunc(slices.Clone(m), func(m rawjson.Member) bool {
		return slices.Contains([]string{"expand", "groups", "locale", "applicationRoles"}, m.Name)
	})
	r.people = append(r.people, Person{AccountID: textOf(m, "accountId"), Name: textOf(m, "displayName"),
		Active: string(rawjson.Get(m, "active")) == "true", Body: rawjson.Members(kept)})
	return nil
}

func (r *Recorded) takeProject(l line) error {
	m, err := rawjson.Split(l.Body)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(textOf(m, "id"), 10, 64)
	if err != nil {
		return err
	}
	r.projects = append(r.projects, Project{ID: id, Key: textOf(m, "key"), Name: textOf(m, "name"),
		Type: textOf(m, "projectTypeKey"), Simplified: string(rawjson.Get(m, "simplified")) == "true", Summary: m, Details: m})
	return nil
}

func (r *Recorded) takeIssue(l line) error {
	i, err := newRecordedIssue(l.Body)
	if err != nil {
		return err
	}
	key, number, _ := strings.Cut(i.row.Key, "-")
	i.row.Number, _ = strconv.Atoi(number)
	i.row.Project = r.project(key)
	if i.row.Project < 0 {
		if err := r.takeProject(line{Body: rawjson.Get(i.fields, "project")}); err != nil {
			return err
		}
		i.row.Project = len(r.projects) - 1
	}
	r.issues[i.row.ID] = i
	return nil
}

func (r *Recorded) project(key string) int {
	return slices.IndexFunc(r.projects, func(p Project) bool { return p.Key == key })
}

// issueOf is the number after "/issue/" in the URL of a recorded request.
func issueOf(url string) (int64, error) {
	_, rest, _ := strings.Cut(url, "/issue/")
	id, _, _ := strings.Cut(rest, "/")
	return strconv.ParseInt(id, 10, 64)
}

// host returns the issue that an item belongs to, made up where it was not recorded.
func (r *Recorded) host(url string) (*recordedIssue, error) {
	id, err := issueOf(url)
	if err != nil {
		return nil, err
	}
	if r.issues[id] == nil {
		r.issues[id] = &recordedIssue{source: r, row: Row{ID: id, Project: -1}}
	}
	return r.issues[id], nil
}

func (r *Recorded) takeWorklog(l line) error {
	i, err := r.host(l.URL)
	if err != nil {
		return err
	}
	item, err := itemOf(l.Body, "started")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(i.worklogs, func(w Item) bool { return w.ID == item.ID }) {
		i.worklogs = append(i.worklogs, item)
	}
	return nil
}

func (r *Recorded) takeChange(l line) error {
	i, err := r.host(l.URL)
	if err != nil {
		return err
	}
	item, err := itemOf(l.Body, "created")
	i.changelog = append(i.changelog, item)
	return err
}

// takeLink keeps links in the order of the file. Some ids occur twice there with
// different bodies: both were recorded, both are served.
func (r *Recorded) takeLink(l line) error {
	i, err := r.host(l.URL)
	if err != nil {
		return err
	}
	m, err := rawjson.Split(l.Body)
	if err != nil {
		return err
	}
	i.links = append(i.links, Item{ID: string(rawjson.Get(m, "id")), Body: l.Body})
	// Links are what names the keys of issues that were not recorded.
	if _, rest, found := strings.Cut(textOf(m, "self"), "/issue/"); found && i.row.Key == "" {
		i.row.Key, _, _ = strings.Cut(rest, "/")
	}
	return nil
}

// finish gives made-up issues what they lack and lists all by id.
func (r *Recorded) finish() {
	names := map[string]bool{}
	for _, i := range r.issues {
		i.source = r
		i.sortItems()
		if i.whole == nil {
			r.makeUp(i)
		}
		for _, m := range i.fields {
			names[m.Name] = true
		}
		r.rows = append(r.rows, i.row)
	}
	sort.Slice(r.rows, func(a, b int) bool { return r.rows[a].ID < r.rows[b].ID })
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	for _, name := range sorted {
		r.fields = append(r.fields, fieldOf(name))
	}
}

// fieldOf is a definition for a field of which only the id was recorded.
func fieldOf(id string) rawjson.Raw {
	for _, known := range fieldDefinitions() {
		if m, err := rawjson.Split(known); err == nil && string(rawjson.Get(m, "id")) == strconv.Quote(id) {
			return known
		}
	}
	number, custom := strings.CutPrefix(id, "customfield_")
	schema := rawjson.Object("type", "any", "system", id)
	if custom {
		n, _ := strconv.Atoi(number)
		schema = rawjson.Object("type", "any", "custom", "com.example:unknown", "customId", n)
	}
	return rawjson.Object("id", id, "key", id, "name", id, "custom", custom, "orderable", true, "navigable", true,
		"searchable", true, "clauseNames", []string{id}, "schema", schema)
}

// People implements Source.
func (r *Recorded) People() []Person { return r.people }

// Fields implements Source.
func (r *Recorded) Fields() []rawjson.Raw { return r.fields }

// Projects implements Source.
func (r *Recorded) Projects() []Project { return r.projects }

// Setup implements Source: small lists around what the recorded issues show.
func (r *Recorded) Setup() *Setup { return r.setup }

// Rows implements Source.
func (r *Recorded) Rows() []Row { return r.rows }

// Attachment implements Source: none was recorded.
func (r *Recorded) Attachment(int64) (Attachment, bool) { return Attachment{}, false }

// Issue implements Source.
func (r *Recorded) Issue(row Row) Issue {
	if i := r.issues[row.ID]; i != nil {
		return i
	}
	i := &recordedIssue{source: r, row: row}
	r.makeUp(i)
	return i
}
