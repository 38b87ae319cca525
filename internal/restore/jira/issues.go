package jira

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

const issueRoute = "/rest/api/3/issue/{issueIdOrKey}"

// issues creates the issues of a batch one after the other. Where whole projects are
// restored, each shall get its number: numbers that no issue of the backup has are
// used up by issues that are deleted at once.
func (a *applying) issues(ctx context.Context) error {
	project, ok, err := a.projectRef(ctx)
	if err != nil {
		return err
	}
	if !ok {
		a.withoutProject()
		return nil
	}
	s := &series{applying: a, project: project, screens: map[string]screen{}, keep: !renumbered(a.job.Mapping, a.batch.Container) && a.job.Only == nil}
	if err := s.begin(ctx); err != nil {
		return err
	}
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, kindIssue) {
		if err != nil {
			return err
		}
		if a.wanted(kindIssue, g.Item.ID) {
			if err := s.issue(ctx, g); err != nil {
				return err
			}
		}
		a.beat(1, 0)
	}
	return nil
}

// withoutProject notes that the issues of a project that is not there cannot be created.
func (a *applying) withoutProject() {
	for _, p := range a.batch.Items {
		a.missed(archive.Record{Kind: kindIssue, ID: p.ID, Key: p.Key}, "its project could not be created")
	}
}

// number is that of an issue's key; 0 where it has none.
func number(key string) int {
	_, n, _ := strings.Cut(key, "-")
	i, _ := strconv.Atoi(n)
	return i
}

// place is what Position.Extra says of an issue in its project.
type place struct {
	previous int // number of the issue before it
	last     int // number of the last issue of the project
	// standard is, of a subtask whose parent comes later, a standard issue before it.
	standard string
}

func placeOf(p restore.Position) place {
	var at place
	previous, rest, _ := strings.Cut(p.Extra, " ")
	last, standard, _ := strings.Cut(rest, " ")
	at.previous, _ = strconv.Atoi(previous)
	at.last, _ = strconv.Atoi(last)
	at.standard = standard
	return at
}

// String is the inverse of placeOf.
func (p place) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %d %s", p.previous, p.last, p.standard))
}

// series creates the issues of a project in the order of their numbers.
type series struct {
	*applying
	project restore.Ref
	keep    bool // issues shall keep their numbers
	types   []issueType
	screens map[string]screen
	made    map[string]madeIssue // by id in the backup: what earlier attempts created
	// last is the last number that is known to be used, sure whether it is certainly
	// the last one: only the site's word on a new issue says so.
	last int
	sure bool
}

// issueType is a type of issues that a project has.
type issueType struct {
	id, name string
	subtask  bool
}

// begin reads what the project is, and what is there already.
func (s *series) begin(ctx context.Context) error {
	body, err := s.target.get(ctx, "/rest/api/3/project/{projectIdOrKey}", nil, s.project.ID)
	if err != nil {
		return err
	}
	for t := range atlassian.Elements(atlassian.Member(body, "issueTypes")) {
		s.types = append(s.types, issueType{textOf(t, "id"), textOf(t, "name"), string(atlassian.Member(t, "subtask")) == "true"})
	}
	return s.look(ctx)
}

// issue creates one issue, or keeps what an earlier attempt created.
func (s *series) issue(ctx context.Context, g restore.Group) error {
	want := 0
	if s.keep {
		want = number(g.Item.Key)
	}
	if m, ok := s.made[g.Item.ID]; ok {
		if m.number >= want {
			s.last = max(s.last, m.number)
			return s.keepMade(ctx, g, m)
		}
		// It was created to learn the number, and was to be deleted.
		if err := s.delete(ctx, m.id); err != nil {
			return err
		}
	}
	draft, err := s.draft(ctx, g)
	if err != nil {
		return err
	}
	s.last = max(s.last, placeOf(g.Position).previous)
	for {
		// Where the last number is certain, what is missing is made of little ones.
		for s.sure && s.last < want-1 {
			if err := s.placeholder(ctx); err != nil {
				return err
			}
			s.beat(0, 0)
		}
		ref, why, err := s.create(ctx, g, draft)
		if err != nil {
			return err
		}
		if why != "" {
			s.missed(g.Item, why)
			return nil
		}
		s.last, s.sure = number(ref.Key), true
		if s.last >= want {
			return s.finish(g, ref, draft.flaws)
		}
		if err := s.delete(ctx, ref.ID); err != nil {
			return err
		}
	}
}

// keepMade notes an issue that an earlier attempt created. With what flaws is known from
// making its draft again.
func (s *series) keepMade(ctx context.Context, g restore.Group, m madeIssue) error {
	draft, err := s.draft(ctx, g)
	if err != nil {
		return err
	}
	flaws := draft.flaws
	for _, field := range m.refused {
		flaws = append(flaws, flawed("the site refuses the field "+field, s.destinationPath(field)))
	}
	return s.finish(g, restore.Ref{ID: m.id, Key: m.key}, flaws)
}

// finish notes an issue that is there.
func (s *series) finish(g restore.Group, ref restore.Ref, flaws []flaw) error {
	s.put(kindIssue, g.Item.ID, ref.ID, ref.Key, "")
	as := s.job.Plan.Spec.Selection.Key(s.batch.Container) + "-" + strconv.Itoa(number(g.Item.Key))
	if ref.Key != as {
		flaws = append(flaws, flawed("has key "+ref.Key+" instead of "+as, "key"))
	}
	s.written(g.Item, flaws...)
	for p, err := range g.Parts.All("property") {
		if err != nil {
			return err
		}
		s.written(p)
	}
	return nil
}

// placeholder creates an issue that uses up a number, and deletes it.
func (s *series) placeholder(ctx context.Context) error {
	t, ok := s.standard()
	if !ok {
		s.last++ // there is no type that it could have
		return nil
	}
	o := s.job.Plan.OriginOf(archive.Record{Kind: kindPlaceholder})
	body := map[string]any{
		"fields":     map[string]any{"project": map[string]string{"id": s.project.ID}, "issuetype": map[string]string{"id": t.id}, "summary": "Placeholder of holdfast"},
		"properties": []property{{restore.OriginKey, o}},
	}
	reply, err := s.target.write(ctx, "POST /rest/api/3/issue", body)
	if refused(err) != nil {
		s.sure = false // the issue itself is used instead
		return nil
	}
	if err != nil {
		return err
	}
	s.last = number(textOf(reply, "key"))
	return s.delete(ctx, textOf(reply, "id"))
}

// delete deletes an issue that this restore created.
func (s *series) delete(ctx context.Context, id string) error {
	_, err := s.target.write(ctx, "DELETE "+issueRoute, nil, id)
	if atlassian.ClassOf(err) == atlassian.ClassNotFound {
		return nil
	}
	return err
}

// standard is a type for issues that are below no other.
func (s *series) standard() (issueType, bool) {
	for _, t := range s.types {
		if !t.subtask && t.name != "Epic" {
			return t, true
		}
	}
	for _, t := range s.types {
		if !t.subtask {
			return t, true
		}
	}
	return issueType{}, false
}
