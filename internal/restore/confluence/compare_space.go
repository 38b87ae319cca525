package confluence

import (
	"context"
	"fmt"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// spaceKinds are the kinds of a space that are compared beside its pages, and are few; tasks and
// custom content may be many.
var spaceKinds = []string{
	spaceKind, spaceLabelKind, spacePropertyKind, permissionKind, assignmentKind, themeKind, settingsKind, lookKind, templateKind, watcherKind, defaultLevelKind,
	folderKind, whiteboardKind, databaseKind, embedKind,
}

// space compares a space and what stands in it beside pages.
func (c *comparing) space(ctx context.Context) error {
	want, err := collected(c.job.Archive.Container(ctx, c.batch.Container, spaceKinds...))
	if err != nil {
		return err
	}
	if len(want[spaceKind]) == 0 {
		return fmt.Errorf("compare the space %s: the backup has no record of it", c.batch.Container)
	}
	selection := c.job.Plan.Spec.Selection
	c.whole = selection.All() || slices.Contains(selection.Containers, c.batch.Container)
	if !c.job.Plan.Spec.Options.Permissions {
		delete(want, permissionKind)
		delete(want, assignmentKind)
	}
	from := want[spaceKind][0]
	ref, err := c.ref(ctx, spaceKind, from.ID)
	if err != nil {
		return err
	}
	if ref.ID == "" {
		for _, kind := range spaceKinds {
			for _, w := range want[kind] {
				c.missing(w)
			}
		}
		return c.many(ctx, nil)
	}
	there := atlassian.Container{ID: ref.ID, Key: ref.Key, Items: -1}
	got := map[string][]archive.Record{}
	many, err := newKept(c.job.Archive.Scratch())
	if err != nil {
		return err
	}
	defer many.close()
	if _, err := c.target.product.ExportContainer(ctx, there, func(i atlassian.Item) error {
		if slices.Contains(manyKinds, i.Kind) {
			return many.add(recordOf(i))
		}
		if slices.Contains(spaceKinds, i.Kind) {
			got[i.Kind] = append(got[i.Kind], recordOf(i))
		}
		return nil
	}); err != nil {
		return err
	}
	for _, compare := range []func(context.Context, map[string][]archive.Record, map[string][]archive.Record) error{c.furniture, c.access, c.nodes} {
		if err := compare(ctx, want, got); err != nil {
			return err
		}
	}
	if err := c.many(ctx, many); err != nil {
		return err
	}
	return c.census(ctx, there, from.ID)
}

// furniture compares a space and what it has of its own.
func (c *comparing) furniture(ctx context.Context, want, got map[string][]archive.Record) error {
	for _, kind := range []string{spaceKind, themeKind, settingsKind, lookKind, defaultLevelKind} {
		if err := c.list(ctx, kind, want[kind], got[kind]); err != nil {
			return err
		}
	}
	label := func(r archive.Record) string { return text(r.Body, "prefix") + ":" + text(r.Body, "name") }
	if err := c.named(ctx, spaceLabelKind, want[spaceLabelKind], got[spaceLabelKind], label, label); err != nil {
		return err
	}
	key := func(r archive.Record) string { return text(r.Body, "key") }
	if err := c.named(ctx, spacePropertyKind, want[spacePropertyKind], withoutOurs(got[spacePropertyKind]), key, key); err != nil {
		return err
	}
	name := func(r archive.Record) string { return text(r.Body, "name") }
	return c.named(ctx, templateKind, want[templateKind], got[templateKind], name, name)
}

// nodes compares what stands in the tree beside pages.
func (c *comparing) nodes(ctx context.Context, want, got map[string][]archive.Record) error {
	id := func(r archive.Record) string { return r.ID }
	for _, kind := range []string{folderKind, whiteboardKind, databaseKind, embedKind} {
		var failed error
		now := func(r archive.Record) string {
			ref, err := c.ref(ctx, kind, r.ID)
			failed = cmpError(failed, err)
			return ref.ID
		}
		if !c.whole { // of chosen pages, what was selected with them
			want[kind] = slices.DeleteFunc(want[kind], func(r archive.Record) bool { return now(r) == "" })
		}
		if err := cmpError(c.named(ctx, kind, want[kind], got[kind], now, id), failed); err != nil {
			return err
		}
	}
	return nil
}

func cmpError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// census looks for pages of the destination's space that nobody restored.
func (c *comparing) census(ctx context.Context, there atlassian.Container, from string) error {
	left := 0
	home, made, err := c.job.IDs.Get(ctx, homepageKind, from)
	if err != nil {
		return err
	}
	for found, err := range c.job.Archive.Container(ctx, c.batch.Container, pageKind, blogKind) {
		if err != nil {
			return err
		}
		ref, err := c.ref(ctx, found.Kind, found.ID)
		if err != nil {
			return err
		}
		if ref.ID != "" {
			left--
		}
		made = made && ref.ID != home.ID
	}
	if made {
		left-- // the homepage that the site makes with each space
	}
	if _, err := c.target.product.Census(ctx, there, func(ids []string) error {
		left += len(ids)
		return nil
	}); err != nil {
		return err
	}
	for range max(left, 0) {
		c.job.Diff.TooMany(pageKind, "in "+there.Key)
	}
	return nil
}

// siteTemplates compares the templates of the whole site. Others that the destination has are its own.
func (c *comparing) siteTemplates(ctx context.Context) error {
	have := map[string][]archive.Record{}
	if _, err := c.target.product.ExportSite(ctx, func(i atlassian.Item) error {
		if i.Kind == siteTemplateKind {
			r := recordOf(i)
			have[text(r.Body, "name")] = append(have[text(r.Body, "name")], r)
		}
		return nil
	}); err != nil {
		return err
	}
	for w, err := range c.job.Archive.Site(ctx, siteTemplateKind) {
		if err != nil {
			return err
		}
		name := text(w.Body, "name")
		if len(have[name]) == 0 {
			c.missing(w)
			continue
		}
		g := have[name][0]
		have[name] = have[name][1:]
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
	}
	return nil
}
