package confluence

import (
	"context"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// compareItems is how many pages of the destination are read at a time: what belongs
// to them is in memory meanwhile.
const compareItems = 10

// items compares the pages and blog posts of a batch and what belongs to them.
func (c *comparing) items(ctx context.Context) error {
	var space atlassian.Container
	for _, p := range c.job.Plan.Containers {
		if p.Key == c.batch.Container {
			ref, err := c.ref(ctx, spaceKind, p.ID)
			if err != nil {
				return err
			}
			space = atlassian.Container{ID: ref.ID, Key: ref.Key, Items: -1}
		}
	}
	files := map[string][]restore.File{}
	if !c.job.Plan.Spec.Options.NoAttachments {
		var ids []string
		for _, p := range c.batch.Items {
			ids = append(ids, p.ID)
		}
		var err error
		if files, err = c.job.Archive.Files(ctx, c.batch.Container, ids); err != nil {
			return err
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
		if chunk = append(chunk, wanted{g.Item, parts, files[g.Item.ID]}); len(chunk) == compareItems {
			if err := c.chunk(ctx, space, chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	return c.chunk(ctx, space, chunk)
}

// wanted is a page of the archive with what belongs to it, by kind.
type wanted struct {
	Item  archive.Record
	parts map[string][]archive.Record
	files []restore.File
}

// there is a page of the destination with what belongs to it, by kind.
type there struct {
	parts map[string][]archive.Record
	files map[fileKey]atlassian.Attachment
}

// fileKey is a version of a file of the destination.
type fileKey struct {
	id      string
	version int
}

func (c *comparing) chunk(ctx context.Context, space atlassian.Container, groups []wanted) error {
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
	got := map[string]there{} // by the id of the page
	if len(ids) > 0 {
		at := ""
		if _, err := c.target.product.ExportItems(ctx, space, ids, func(string) bool { return true }, func(i atlassian.Item) error {
			if i.Kind == pageKind || i.Kind == blogKind {
				at = i.ID
				got[at] = there{map[string][]archive.Record{}, map[fileKey]atlassian.Attachment{}}
			}
			if at == "" {
				return nil
			}
			if i.Attachment != nil {
				got[at].files[fileKey{i.Attachment.ID, i.Attachment.Version}] = *i.Attachment
			}
			if slices.Contains(partKinds, i.Kind) || i.ID == at {
				got[at].parts[i.Kind] = append(got[at].parts[i.Kind], recordOf(i))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	for i, g := range groups {
		is := got[to[i]]
		if len(is.parts[g.Item.Kind]) == 0 {
			c.missing(g.Item)
			c.missingParts(g)
			continue
		}
		if err := c.group(ctx, g, is); err != nil {
			return err
		}
		if c.job.Beat != nil {
			c.job.Beat(1, 0)
		}
	}
	return nil
}

// partKinds are the kinds of what belongs to a page and can be written.
var partKinds = []string{
	labelKind, propertyKind, restrictKind, attachmentKind, olderFileKind, versionKind, footerKind, footerReply, inlineKind, inlineReply, remarkVersion,
}

// missingParts notes what belongs to a page that is not there.
func (c *comparing) missingParts(g wanted) {
	for _, kind := range partKinds {
		switch {
		case kind == versionKind:
			c.notHistory(g.Item, g.parts[kind])
			continue
		case kind == remarkVersion, c.job.Plan.Spec.Options.NoAttachments && (kind == attachmentKind || kind == olderFileKind):
			continue // of comments that are told of themselves; not asked for
		}
		for _, w := range g.parts[kind] {
			c.missingWith(g.Item, w)
		}
	}
}

// missingWith notes a record without counterpart that belongs to one without.
func (c *comparing) missingWith(of, w archive.Record) {
	if c.excused(of, "") {
		c.job.Diff.Missing(w.Kind, w.ID, restore.Expected)
		return
	}
	c.missing(w)
}

// group compares a page and what belongs to it.
func (c *comparing) group(ctx context.Context, g wanted, is there) error {
	want, got := g.parts, is.parts
	if err := c.compare(ctx, g.Item, got[g.Item.Kind][0]); err != nil {
		return err
	}
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
	if err := c.history(ctx, versionKind, g.Item, want[versionKind], got[versionKind]); err != nil {
		return err
	}
	if !c.job.Plan.Spec.Options.NoAttachments {
		if err := c.attachments(ctx, g, is, g.files); err != nil {
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
				c.notHistory(w, of(w.ID, want[remarkVersion]))
				continue
			}
			delete(have, ref.ID)
			if err := c.compare(ctx, w, g); err != nil {
				return err
			}
			if err := c.history(ctx, remarkVersion, w, of(w.ID, want[remarkVersion]), of(g.ID, got[remarkVersion])); err != nil {
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
