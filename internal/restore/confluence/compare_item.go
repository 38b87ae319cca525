package confluence

import (
	"context"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// compareItems is how many pages of the destination are read at a time: what belongs
// to them is in memory meanwhile.
const compareItems = 10

// items compares the pages and blog posts of a batch and what belongs to them.
func (c *comparing) items(ctx context.Context) error {
	var there atlassian.Container
	for _, p := range c.job.Plan.Containers {
		if p.Key == c.batch.Container {
			ref, err := c.ref(ctx, spaceKind, p.ID)
			if err != nil {
				return err
			}
			there = atlassian.Container{ID: ref.ID, Key: ref.Key, Items: -1}
		}
	}
	var chunk []wanted
	for g, err := range c.job.Archive.Groups(ctx, c.batch.Items, itemKinds...) {
		if err != nil {
			return err
		}
		parts, err := collected(g.Parts.All(partKinds...)) // a group is valid until the next one
		if err != nil {
			return err
		}
		if chunk = append(chunk, wanted{g.Item, parts}); len(chunk) == compareItems {
			if err := c.chunk(ctx, there, chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	return c.chunk(ctx, there, chunk)
}

// wanted is a page of the archive with what belongs to it, by kind.
type wanted struct {
	Item  archive.Record
	parts map[string][]archive.Record
}

func (c *comparing) chunk(ctx context.Context, there atlassian.Container, groups []wanted) error {
	var ids []string
	to := make([]string, len(groups))
	for i, g := range groups {
		ref, err := c.ref(ctx, g.Item.Kind, g.Item.ID)
		if err != nil {
			return err
		}
		if to[i] = ref.ID; ref.ID != "" {
			ids = append(ids, ref.ID)
		}
	}
	got := map[string]map[string][]archive.Record{} // id of the page → kind → records
	if len(ids) > 0 {
		at := ""
		if _, err := c.target.product.ExportItems(ctx, there, ids, func(string) bool { return true }, func(i atlassian.Item) error {
			if i.Kind == pageKind || i.Kind == blogKind {
				at = i.ID
				got[at] = map[string][]archive.Record{}
			}
			got[at][i.Kind] = append(got[at][i.Kind], recordOf(i))
			return nil
		}); err != nil {
			return err
		}
	}
	for i, g := range groups {
		there := got[to[i]]
		if len(there[g.Item.Kind]) == 0 {
			c.missing(g.Item)
			continue
		}
		if err := c.group(ctx, g, there); err != nil {
			return err
		}
		if c.job.Beat != nil {
			c.job.Beat(1, 0)
		}
	}
	return nil
}

// partKinds are the kinds of what belongs to a page and can be written.
var partKinds = []string{labelKind, propertyKind, restrictKind, attachmentKind, olderFileKind, versionKind, footerKind, footerReply, inlineKind, inlineReply}

// group compares a page and what belongs to it.
func (c *comparing) group(ctx context.Context, g wanted, got map[string][]archive.Record) error {
	if err := c.compare(ctx, g.Item, got[g.Item.Kind][0]); err != nil {
		return err
	}
	want := g.parts
	label := func(r archive.Record) string { return text(r.Body, "prefix") + ":" + text(r.Body, "name") }
	if err := c.named(ctx, labelKind, want[labelKind], got[labelKind], label, label); err != nil {
		return err
	}
	key := func(r archive.Record) string { return text(r.Body, "key") }
	if err := c.named(ctx, propertyKind, want[propertyKind], withoutOurs(got[propertyKind]), key, key); err != nil {
		return err
	}
	if err := c.list(ctx, restrictKind, want[restrictKind], got[restrictKind]); err != nil {
		return err
	}
	if !c.job.Plan.Spec.Options.NoAttachments {
		title := func(r archive.Record) string { return text(r.Body, "title") }
		if err := c.named(ctx, attachmentKind, want[attachmentKind], got[attachmentKind], title, title); err != nil {
			return err
		}
	}
	return c.comments(ctx, want, got)
}

// comments compares comments: each has the id that the restore noted, and the same place.
func (c *comparing) comments(ctx context.Context, want, got map[string][]archive.Record) error {
	have := map[string]archive.Record{}
	for _, kind := range []string{footerKind, footerReply, inlineKind, inlineReply} {
		for _, g := range got[kind] {
			have[g.ID] = g
		}
	}
	for _, kind := range []string{footerKind, footerReply, inlineKind, inlineReply} {
		for _, w := range want[kind] {
			ref, err := c.ref(ctx, kind, w.ID)
			if err != nil {
				return err
			}
			g, ok := have[ref.ID]
			if !ok {
				c.missing(w)
				continue
			}
			delete(have, ref.ID)
			if err := c.compare(ctx, w, g); err != nil {
				return err
			}
		}
	}
	for _, kind := range []string{footerKind, footerReply, inlineKind, inlineReply} {
		for _, g := range got[kind] {
			if _, left := have[g.ID]; left {
				c.job.Diff.TooMany(kind, g.ID)
			}
		}
	}
	return nil
}
