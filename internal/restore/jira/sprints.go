package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"holdfast/internal/archive"
)

const sprintRoute = "/rest/agile/1.0/sprint"

// sprints restores the sprints of the board in the order of their ids: each is created, given its
// issues, started and completed before the next, so that issues have been in all of
// theirs.
func (b *boardWriter) sprints(ctx context.Context) error {
	all := sortByNumber(b.parts[kindSprint])
	if len(all) == 0 {
		return nil
	}
	have, err := b.sprintsThere(ctx)
	if err != nil {
		return err
	}
	// Those that are completed come first: an issue leaves the sprint that it is in.
	slices.SortStableFunc(all, func(x, y archive.Record) int { return cmp.Compare(stage(x), stage(y)) })
	for _, r := range all {
		if err := b.sprint(ctx, r, have); err != nil {
			return err
		}
	}
	return nil
}

// stage is the place of a sprint's state in its life.
func stage(r archive.Record) int {
	switch textOf(r.Body, "state") {
	case "closed":
		return 0
	case "active":
		return 1
	}
	return 2
}

// sprintNow is a sprint of the destination.
type sprintNow struct {
	id, state string
}

// sprintsThere are the board's sprints that earlier attempts created, in the order of their ids, by
// what they are.
func (b *boardWriter) sprintsThere(ctx context.Context) (map[string][]sprintNow, error) {
	list, err := b.target.list(ctx, boardRoute+"/{boardId}/sprint", "values", 50, nil, b.id)
	if refused(err) != nil {
		return nil, nil // a board without sprints
	}
	if err != nil {
		return nil, err
	}
	found := map[string][]sprintNow{}
	for _, s := range list {
		found[sprintText(s)] = append(found[sprintText(s)], sprintNow{textOf(s, "id"), textOf(s, "state")})
	}
	return found, nil
}

func sprintText(body json.RawMessage) string {
	return textOf(body, "name") + "\x00" + textOf(body, "goal") + "\x00" + textOf(body, "startDate")
}

func (b *boardWriter) sprint(ctx context.Context, r archive.Record, have map[string][]sprintNow) error {
	now := sprintNow{state: "future"}
	if left := have[sprintText(r.Body)]; len(left) > 0 {
		now, have[sprintText(r.Body)] = left[0], left[1:]
	} else {
		body := map[string]any{"name": textOf(r.Body, "name"), "originBoardId": asNumber(b.id)}
		for _, name := range []string{"startDate", "endDate", "goal"} {
			if v := textOf(r.Body, name); v != "" {
				body[name] = v
			}
		}
		reply, err := b.target.write(ctx, "POST "+sprintRoute, body)
		if why := refused(err); why != nil {
			b.missed(r, why.reason())
			for _, id := range b.issues[r.ID] {
				b.missed(archive.Record{Kind: "sprintIssue", ID: id, Parent: r.ID}, "its sprint is not there")
			}
			return nil
		}
		if err != nil {
			return err
		}
		now.id = textOf(reply, "id")
	}
	b.put(kindSprint, r.ID, now.id, "", "")
	if now.state != "closed" {
		if err := b.fill(ctx, r, now.id); err != nil {
			return err
		}
	} else {
		for _, id := range b.issues[r.ID] {
			b.written(archive.Record{Kind: "sprintIssue", ID: id, Parent: r.ID})
		}
	}
	return b.advance(ctx, r, now)
}

// fill moves the issues of a sprint into it, in their order.
func (b *boardWriter) fill(ctx context.Context, r archive.Record, sprint string) error {
	for some := range slices.Chunk(b.issues[r.ID], rankSize) {
		var ids, from []string
		for _, id := range some {
			ref, ok, err := b.job.IDs.Get(ctx, kindIssue, id)
			if err != nil {
				return err
			}
			if ok {
				ids, from = append(ids, ref.ID), append(from, id)
			} else {
				b.skipped(archive.Record{Kind: "sprintIssue", ID: id, Parent: r.ID}, "the issue is not restored")
			}
		}
		if len(ids) == 0 {
			continue
		}
		_, err := b.target.write(ctx, "POST "+sprintRoute+"/{sprintId}/issue", map[string]any{"issues": ids}, sprint)
		why := refused(err)
		if err != nil && why == nil {
			return err
		}
		for _, id := range from {
			if one := (archive.Record{Kind: "sprintIssue", ID: id, Parent: r.ID}); why != nil {
				b.missed(one, why.reason())
			} else {
				b.written(one)
			}
		}
	}
	return nil
}

// advance starts a sprint and completes it, as far as it was.
func (b *boardWriter) advance(ctx context.Context, r archive.Record, now sprintNow) error {
	var flaws []flaw
	want := textOf(r.Body, "state")
	for _, state := range []string{"active", "closed"} {
		if want == "future" || now.state == want || now.state == "closed" || state == now.state {
			continue
		}
		_, err := b.target.write(ctx, "POST "+sprintRoute+"/{sprintId}", map[string]any{"state": state}, now.id)
		if why := refused(err); why != nil {
			flaws = append(flaws, flawed("it is not "+want+": "+why.reason(), "state", "completeDate", "activatedDate"))
			break
		}
		if err != nil {
			return err
		}
		now.state = state
	}
	b.written(r, flaws...)
	return nil
}
