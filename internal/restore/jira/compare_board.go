package jira

import (
	"context"

	"holdfast/internal/archive"
)

// board compares what belongs to a board. Sprints are those that were made on it: other
// boards list them too.
func (c *comparing) board(ctx context.Context, root archive.Record, want, got map[string][]archive.Record) error {
	if err := c.list(ctx, "boardConfiguration", want["boardConfiguration"], got["boardConfiguration"]); err != nil {
		return err
	}
	byID := func(r archive.Record) string { return r.ID }
	if err := c.named(ctx, "boardProperty", want["boardProperty"], got["boardProperty"], byID); err != nil {
		return err
	}
	if err := c.issuesOf(ctx, "backlogIssue", root.ID, want["backlogIssue"], got["backlogIssue"]); err != nil {
		return err
	}
	there := map[string]archive.Record{}
	for _, s := range got[kindSprint] {
		there[s.ID] = s
	}
	for _, w := range want[kindSprint] {
		ref, ok, err := c.job.IDs.Get(ctx, kindSprint, w.ID)
		if err != nil {
			return err
		}
		g, found := there[ref.ID]
		if !ok || !found {
			c.missing(w)
			continue
		}
		delete(there, ref.ID)
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
		if err := c.issuesOf(ctx, "sprintIssue", w.ID, below(want["sprintIssue"], w.ID), below(got["sprintIssue"], g.ID)); err != nil {
			return err
		}
	}
	for _, s := range there {
		if textOf(s.Body, "originBoardId") == got[kindBoard][0].ID {
			c.job.Diff.TooMany(kindSprint, s.ID)
		}
	}
	return nil
}

// issuesOf compares a list of issues in its order, as far as they are restored.
func (c *comparing) issuesOf(ctx context.Context, kind, list string, want, got []archive.Record) error {
	var left []archive.Record
	for _, w := range want {
		if _, ok, err := c.issueRef(ctx, w.ID); err != nil {
			return err
		} else if !ok || c.job.Excused(kind, w.ID, "") {
			c.missing(w)
			continue
		}
		left = append(left, w)
	}
	return c.list(ctx, kind, left, got)
}

// below are the records that belong to one.
func below(all []archive.Record, parent string) []archive.Record {
	var some []archive.Record
	for _, r := range all {
		if r.Parent == parent {
			some = append(some, r)
		}
	}
	return some
}

// fieldTypes learns the custom types of fields from the descriptions of them in the
// archive, and those of the destination by the mapping.
func (c *comparing) fieldTypes(ctx context.Context) (map[string]string, error) {
	if c.types != nil {
		return c.types, nil
	}
	types := map[string]string{}
	for r, err := range c.job.Archive.Site(ctx, "field") {
		if err != nil {
			return nil, err
		}
		kind := textOf(members(r.Body)["schema"], "custom")
		if kind == "" {
			continue
		}
		types[r.ID] = kind
		if to, ok := c.job.Mapping.To("field", r.ID); ok {
			types[to] = kind
		}
	}
	c.types = types
	return types, nil
}
