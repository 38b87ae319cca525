package jira

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

func projectOf(key string) string {
	project, _, _ := strings.Cut(key, "-")
	return project
}

// boards restores the boards of a project, with their filters and sprints, and then the order of
// all issues that are on them.
func (a *applying) boards(ctx context.Context) error {
	order := &ranking{applying: a}
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, kindBoard) {
		if err != nil {
			return err
		}
		b := &boardWriter{applying: a, board: g.Item}
		if err := b.restore(ctx, g); err != nil {
			return err
		}
		order.add(b)
		a.beat(1, 0)
	}
	return order.write(ctx)
}

// boardWriter restores one board.
type boardWriter struct {
	*applying
	board   archive.Record
	project restore.Ref
	filter  string // id in the backup
	id      string // of the board in the destination
	parts   map[string][]archive.Record
	issues  map[string][]string // of each sprint, by its id in the backup
	flaws   []flaw
}

func (b *boardWriter) restore(ctx context.Context, g restore.Group) error {
	if err := b.read(g); err != nil {
		return err
	}
	if b.board.Body == nil {
		return nil
	}
	why, err := b.find(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		b.missed(b.board, why)
		for _, kind := range []string{"boardConfiguration", "boardProperty", kindSprint, "sprintIssue", "backlogIssue"} {
			for _, r := range b.parts[kind] {
				b.missed(r, "its board is not there")
			}
		}
		return nil
	}
	b.put(kindBoard, b.board.ID, b.id, "", "")
	b.written(b.board, b.flaws...)
	for _, r := range b.parts["boardConfiguration"] {
		b.written(r, b.flaws...)
	}
	if err := b.properties(ctx); err != nil {
		return err
	}
	return b.sprints(ctx)
}

// read gathers what belongs to the board. Issues of its sprints are kept by their ids alone.
func (b *boardWriter) read(g restore.Group) error {
	b.parts, b.issues = map[string][]archive.Record{}, map[string][]string{}
	for r, err := range g.Parts.All("boardConfiguration", "boardProperty", kindSprint, "sprintIssue", "backlogIssue") {
		if err != nil {
			return err
		}
		switch r.Kind {
		case "boardConfiguration":
			b.filter = textOf(atlassian.Member(r.Body, "filter"), "id")
		case "sprintIssue":
			b.issues[r.Parent] = append(b.issues[r.Parent], r.ID)
			r.Body = nil
		case "backlogIssue":
			r.Body = nil
		}
		b.parts[r.Kind] = append(b.parts[r.Kind], r)
	}
	return nil
}

const boardRoute = "/rest/agile/1.0/board"

// find finds the board that an earlier attempt created, by its filter, or creates it. Boards of
// team-managed projects come with these. why says why it cannot be there.
func (b *boardWriter) find(ctx context.Context) (why string, err error) {
	var ok bool
	if b.project, ok, err = b.job.IDs.Get(ctx, kindProject, textOf(atlassian.Member(b.board.Body, "location"), "projectId")); err != nil {
		return "", err
	}
	if !ok {
		return "its project could not be created", nil
	}
	name, kind := textOf(b.board.Body, "name"), textOf(b.board.Body, "type")
	there, err := b.there(ctx, url.Values{"projectKeyOrId": {b.project.ID}})
	if err != nil {
		return "", err
	}
	if kind != "scrum" && kind != "kanban" {
		// Boards of team-managed projects come with these, and no other can be made.
		for _, one := range there {
			if textOf(one, "type") == kind {
				b.id = textOf(one, "id")
				return "", nil
			}
		}
		if kind = "kanban"; len(b.parts[kindSprint]) > 0 {
			kind = "scrum"
		}
		b.flaws = append(b.flaws, flawed("it is a board of the type "+kind+": boards of team-managed projects come with these, and this one has none", "type"))
	}
	filter, why, err := b.filterFor(ctx)
	if why != "" || err != nil {
		return why, err
	}
	for _, one := range there {
		if textOf(one, "name") != name || textOf(one, "type") != kind {
			continue
		}
		used, err := b.filterOf(ctx, textOf(one, "id"))
		if err != nil {
			return "", err
		}
		if used == filter {
			b.id = textOf(one, "id")
			return "", nil
		}
	}
	reply, err := b.target.write(ctx, "POST "+boardRoute, map[string]any{
		"name": name, "type": kind, "filterId": asNumber(filter), "location": map[string]string{"type": "project", "projectKeyOrId": b.project.Key},
	})
	if r := refused(err); r != nil {
		return r.reason(), nil
	}
	b.id = textOf(reply, "id")
	return "", err
}

// there lists boards.
func (b *boardWriter) there(ctx context.Context, query url.Values) ([]json.RawMessage, error) {
	return b.target.list(ctx, boardRoute, "values", 50, query)
}

// filterOf is the filter of a board of the destination.
func (b *boardWriter) filterOf(ctx context.Context, board string) (string, error) {
	body, err := b.target.get(ctx, boardRoute+"/{boardId}/configuration", nil, board)
	if err != nil && refused(err) == nil {
		return "", err
	}
	return textOf(atlassian.Member(body, "filter"), "id"), nil
}

// properties sets those of the board.
func (b *boardWriter) properties(ctx context.Context) error {
	for _, r := range b.parts["boardProperty"] {
		if !b.wanted(r.Kind, r.ID) {
			continue
		}
		_, err := b.target.write(ctx, "PUT "+boardRoute+"/{boardId}/properties/{propertyKey}", atlassian.Member(r.Body, "value"), b.id, textOf(r.Body, "key"))
		if why := refused(err); why != nil {
			b.missed(r, why.reason())
			continue
		}
		if err != nil {
			return err
		}
		b.written(r)
	}
	return nil
}
