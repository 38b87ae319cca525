package jira

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

func projectOf(key string) string {
	project, _, _ := strings.Cut(key, "-")
	return project
}

// boards restores the boards of a batch, with their filters, sprints and ranks.
func (a *applying) boards(ctx context.Context) error {
	for g, err := range a.job.Archive.Groups(ctx, a.batch.Items, kindBoard) {
		if err != nil {
			return err
		}
		b := &boardWriter{applying: a, board: g.Item}
		if err := b.restore(ctx, g); err != nil {
			return err
		}
		a.beat(1, 0)
	}
	return nil
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
		for _, kind := range []string{"boardProperty", kindSprint, "sprintIssue", "backlogIssue"} {
			for _, r := range b.parts[kind] {
				b.missed(r, "its board is not there")
			}
		}
		return nil
	}
	b.put(kindBoard, b.board.ID, b.id, "", "")
	b.written(b.board, b.flaws...)
	if err := b.properties(ctx); err != nil {
		return err
	}
	if err := b.sprints(ctx); err != nil {
		return err
	}
	return b.rank(ctx)
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
			continue
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

// rank puts the issues of the board into their order: those of its open sprints, then those
// of its backlog.
func (b *boardWriter) rank(ctx context.Context) error {
	lists := map[string][]archive.Record{}
	var order []string
	open := map[string]bool{}
	for _, s := range b.parts[kindSprint] {
		open[s.ID] = textOf(s.Body, "state") != "closed"
	}
	for _, r := range b.parts["sprintIssue"] {
		if open[r.Parent] {
			if lists[r.Parent] == nil {
				order = append(order, r.Parent)
			}
			lists[r.Parent] = append(lists[r.Parent], r)
		}
	}
	for _, sprint := range order {
		if _, err := b.inOrder(ctx, lists[sprint]); err != nil {
			return err
		}
	}
	done, err := b.inOrder(ctx, b.parts["backlogIssue"])
	if err != nil {
		return err
	}
	for _, r := range b.parts["backlogIssue"] {
		switch why, known := done[r.ID]; {
		case !known:
			b.skipped(r, "the issue is not restored")
		case why != "":
			b.written(r, flawed("its place in the order: "+why))
		default:
			b.written(r)
		}
	}
	return nil
}

const rankSize = 50 // issues that are ranked at once, at most

// inOrder ranks issues one after the other, and returns, for each that is there, why it could not be.
func (b *boardWriter) inOrder(ctx context.Context, records []archive.Record) (map[string]string, error) {
	done := map[string]string{}
	var ids, from []string
	for _, r := range records {
		ref, ok, err := b.job.IDs.Get(ctx, kindIssue, r.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			ids, from = append(ids, ref.ID), append(from, r.ID)
			done[r.ID] = ""
		}
	}
	if len(ids) < 2 {
		return done, nil
	}
	after := ids[0]
	for some := range slices.Chunk(ids[1:], rankSize) {
		_, err := b.target.write(ctx, "PUT /rest/agile/1.0/issue/rank", map[string]any{"issues": some, "rankAfterIssue": after})
		if r := refused(err); r != nil {
			for i, id := range ids {
				if slices.Contains(some, id) {
					done[from[i]] = r.reason()
				}
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		after = some[len(some)-1]
		b.beat(0, 0)
	}
	return done, nil
}
