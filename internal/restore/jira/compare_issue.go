package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// compareIssues is how many issues of the destination are read at a time: what
// belongs to them is in memory meanwhile.
const compareIssues = 10

// issues compares the issues of a batch and what belongs to them.
func (c *comparing) issues(ctx context.Context) error {
	there, err := c.container(ctx)
	if err != nil {
		return err
	}
	var chunk []issueParts
	for g, err := range c.job.Archive.Groups(ctx, c.batch.Items, "issue") {
		if err != nil {
			return err
		}
		want, err := collect(g.Parts.All(parts...)) // a group is valid until the next one
		if err != nil {
			return err
		}
		if chunk = append(chunk, issueParts{g.Item, want}); len(chunk) == compareIssues {
			if err := c.chunk(ctx, there, chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	return c.chunk(ctx, there, chunk)
}

// issueParts is an issue of the archive with what belongs to it, by kind.
type issueParts struct {
	issue archive.Record
	want  map[string][]archive.Record
}

// container is the project of the batch in the destination.
func (c *comparing) container(ctx context.Context) (atlassian.Container, error) {
	for _, p := range c.job.Plan.Containers {
		if p.Key == c.batch.Container {
			ref, _, err := c.job.IDs.Get(ctx, "project", p.ID)
			return atlassian.Container{ID: ref.ID, Key: ref.Key, Items: -1}, err
		}
	}
	return atlassian.Container{}, nil
}

// chunk compares a few issues.
func (c *comparing) chunk(ctx context.Context, there atlassian.Container, groups []issueParts) error {
	var ids []string
	to := make([]string, len(groups))
	for i, g := range groups {
		ref, ok, err := c.job.IDs.Get(ctx, "issue", g.issue.ID)
		if err != nil {
			return err
		}
		if ok {
			to[i] = ref.ID
			ids = append(ids, ref.ID)
		}
	}
	got := map[string]map[string][]archive.Record{} // id of the issue → kind → records
	if len(ids) > 0 {
		at := ""
		_, err := c.target.product.ExportItems(ctx, there, ids, func(string) bool { return true }, func(i atlassian.Item) error {
			if i.Kind == "issue" {
				at = i.ID
				got[at] = map[string][]archive.Record{}
			}
			got[at][i.Kind] = append(got[at][i.Kind], recordOf(i))
			return nil
		})
		if err != nil {
			return err
		}
	}
	files, err := c.files(ctx, groups)
	if err != nil {
		return err
	}
	for i, g := range groups {
		if err := c.group(ctx, g, got[to[i]], files[g.issue.ID]); err != nil {
			return err
		}
		if c.job.Beat != nil {
			c.job.Beat(1, 0)
		}
	}
	return nil
}

// files are those of the issues that have any, as the backup has them.
func (c *comparing) files(ctx context.Context, groups []issueParts) (map[string][]restore.File, error) {
	var ids []string
	for _, g := range groups {
		if len(g.want["attachment"]) > 0 {
			ids = append(ids, g.issue.ID)
		}
	}
	if len(ids) == 0 || c.job.Plan.Spec.Options.NoAttachments {
		return nil, nil
	}
	return c.job.Archive.Files(ctx, c.batch.Container, ids)
}

// parts are the kinds of what belongs to an issue and can be written.
var parts = []string{"comment", "worklog", "remotelink", "property", "watchers", "attachment"}

// group compares an issue and what belongs to it.
func (c *comparing) group(ctx context.Context, g issueParts, got map[string][]archive.Record, files []restore.File) error {
	if len(got["issue"]) == 0 {
		c.missing(g.issue)
		for _, kind := range parts {
			for _, p := range g.want[kind] {
				c.job.Diff.Missing(kind, p.ID, restore.Expected) // counted with its issue
			}
		}
		return nil
	}
	if err := c.compare(ctx, g.issue, got["issue"][0]); err != nil {
		return err
	}
	want := g.want
	want["remotelink"], got["remotelink"] = c.once(want["remotelink"]), byLink(got["remotelink"])
	for _, kind := range []string{"comment", "worklog", "remotelink", "watchers"} {
		if err := c.list(ctx, kind, want[kind], got[kind]); err != nil {
			return err
		}
	}
	byID := func(r archive.Record) string { return r.ID }
	if err := c.named(ctx, "property", want["property"], withoutOrigin(got["property"]), byID); err != nil {
		return err
	}
	if c.job.Plan.Spec.Options.NoAttachments {
		return nil
	}
	return c.attachments(ctx, want["attachment"], got["attachment"], files)
}

// once leaves out links to the same thing as a later one: a site keeps one of them.
func (c *comparing) once(links []archive.Record) []archive.Record {
	last := map[string]int{}
	for n, l := range links {
		last[textOf(l.Body, "globalId")] = n
	}
	var rest []archive.Record
	for n, l := range links {
		global := textOf(l.Body, "globalId")
		switch {
		case global == "" || last[global] == n:
			rest = append(rest, l)
		case links[last[global]].ID != l.ID:
			c.missing(l)
		}
	}
	// Their order says nothing: it is that in which the site learnt of them.
	return byLink(rest)
}

func byLink(links []archive.Record) []archive.Record {
	out := slices.Clone(links)
	slices.SortStableFunc(out, func(a, b archive.Record) int {
		return cmp.Or(cmp.Compare(textOf(a.Body, "globalId"), textOf(b.Body, "globalId")), cmp.Compare(linkText(a.Body), linkText(b.Body)))
	})
	return out
}

// issueRef is the destination's issue of an issue's id in the archive.
func (c *comparing) issueRef(ctx context.Context, id string) (restore.Ref, bool, error) {
	return c.job.IDs.Get(ctx, "issue", id)
}

// text is a JSON string.
func text(s string) json.RawMessage {
	data, _ := json.Marshal(s)
	return data
}
