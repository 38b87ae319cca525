package confluence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
	"holdfast/internal/restore"
)

// Compare implements restore.Target. It reads the destination as a backup would, and
// never by the code that wrote it.
func (t *Target) Compare(ctx context.Context, j *restore.Job, b restore.Batch) error {
	c := &comparing{target: t, job: j, batch: b, kinds: map[string]*restore.Comparison{}}
	switch b.Phase {
	case phaseSpaces:
		return c.space(ctx)
	case phaseContents:
		return c.items(ctx)
	}
	return nil // its records are compared with those of another phase
}

// comparing is one call of Compare.
type comparing struct {
	target *Target
	job    *restore.Job
	batch  restore.Batch
	kinds  map[string]*restore.Comparison
	// account is the one that restored, once it is known.
	account string
}

// compare compares a record with its counterpart.
func (c *comparing) compare(ctx context.Context, want, got archive.Record) error {
	if c.kinds[want.Kind] == nil {
		c.kinds[want.Kind] = restore.NewComparison(want.Kind, c.rules(ctx, want.Kind))
	}
	return c.kinds[want.Kind].Compare(c.job.Diff, want.ID, want.Body, got.Body, func(path string) bool {
		return c.job.Excused(want.Kind, want.ID, path)
	})
}

// list compares records one by one in their order.
func (c *comparing) list(ctx context.Context, kind string, want, got []archive.Record) error {
	for i, w := range want {
		if i >= len(got) {
			c.missing(w)
			continue
		}
		if err := c.compare(ctx, w, got[i]); err != nil {
			return err
		}
	}
	for _, g := range got[min(len(want), len(got)):] {
		c.job.Diff.TooMany(kind, g.ID)
	}
	return nil
}

// named compares records that are told apart by a name, whatever their order: here is the
// name that one of the archive has in the destination.
func (c *comparing) named(ctx context.Context, kind string, want, got []archive.Record, here, there func(archive.Record) string) error {
	have := map[string]archive.Record{}
	for _, g := range got {
		if _, twice := have[there(g)]; twice {
			c.job.Diff.TooMany(kind, g.ID)
			continue
		}
		have[there(g)] = g
	}
	for _, w := range want {
		name := here(w)
		g, ok := have[name]
		if !ok {
			c.missing(w)
			continue
		}
		delete(have, name)
		if err := c.compare(ctx, w, g); err != nil {
			return err
		}
	}
	for _, g := range got {
		if left, ok := have[there(g)]; ok && left.ID == g.ID {
			c.job.Diff.TooMany(kind, g.ID)
		}
	}
	return nil
}

func (c *comparing) missing(w archive.Record) {
	verdict := restore.Absent
	if c.job.Excused(w.Kind, w.ID, "") {
		verdict = restore.Expected
	}
	c.job.Diff.Missing(w.Kind, w.ID, verdict)
}

// ref is what a record is in the destination; without id where it was not restored.
func (c *comparing) ref(ctx context.Context, kind, id string) (restore.Ref, error) {
	ref, _, err := c.job.IDs.Get(ctx, kind, id)
	return ref, err
}

// collected gathers records by kind.
func collected(records func(func(archive.Record, error) bool)) (map[string][]archive.Record, error) {
	all := map[string][]archive.Record{}
	for r, err := range records {
		if err != nil {
			return nil, err
		}
		all[r.Kind] = append(all[r.Kind], r)
	}
	return all, nil
}

func recordOf(i atlassian.Item) archive.Record {
	return archive.Record{Kind: i.Kind, ID: i.ID, Key: i.Key, Parent: i.Parent, Body: i.Body}
}

// ours reports whether a property is one that the restore itself set.
func ours(r archive.Record) bool { return strings.HasPrefix(r.Key, "holdfast.") }

func withoutOurs(all []archive.Record) []archive.Record {
	return slices.DeleteFunc(slices.Clone(all), ours)
}

// spaceKinds are the kinds of a space that are compared beside its pages.
var spaceKinds = []string{spaceKind, "spaceLabel", "spaceProperty", templateKind, folderKind, whiteboardKind, databaseKind, embedKind}

// space compares a space and what stands in it beside pages.
func (c *comparing) space(ctx context.Context) error {
	want, err := collected(c.job.Archive.Container(ctx, c.batch.Container, spaceKinds...))
	if err != nil {
		return err
	}
	if len(want[spaceKind]) == 0 {
		return fmt.Errorf("compare the space %s: the backup has no record of it", c.batch.Container)
	}
	ref, err := c.ref(ctx, spaceKind, want[spaceKind][0].ID)
	if err != nil {
		return err
	}
	if ref.ID == "" {
		for _, kind := range spaceKinds {
			for _, w := range want[kind] {
				c.missing(w)
			}
		}
		return nil
	}
	there := atlassian.Container{ID: ref.ID, Key: ref.Key, Items: -1}
	got := map[string][]archive.Record{}
	if _, err := c.target.product.ExportContainer(ctx, there, func(i atlassian.Item) error {
		got[i.Kind] = append(got[i.Kind], recordOf(i))
		return nil
	}); err != nil {
		return err
	}
	if err := c.list(ctx, spaceKind, want[spaceKind], got[spaceKind]); err != nil {
		return err
	}
	label := func(r archive.Record) string { return text(r.Body, "prefix") + ":" + text(r.Body, "name") }
	if err := c.named(ctx, "spaceLabel", want["spaceLabel"], got["spaceLabel"], label, label); err != nil {
		return err
	}
	key := func(r archive.Record) string { return text(r.Body, "key") }
	if err := c.named(ctx, "spaceProperty", want["spaceProperty"], withoutOurs(got["spaceProperty"]), key, key); err != nil {
		return err
	}
	name := func(r archive.Record) string { return text(r.Body, "name") }
	if err := c.named(ctx, templateKind, want[templateKind], got[templateKind], name, name); err != nil {
		return err
	}
	id := func(r archive.Record) string { return r.ID }
	selection := c.job.Plan.Spec.Selection
	whole := selection.All() || slices.Contains(selection.Containers, c.batch.Container)
	for _, kind := range []string{folderKind, whiteboardKind, databaseKind, embedKind} {
		var failed error
		now := func(r archive.Record) string {
			ref, err := c.ref(ctx, kind, r.ID)
			failed = cmpError(failed, err)
			return ref.ID
		}
		if !whole { // of chosen pages, what was selected with them
			want[kind] = slices.DeleteFunc(want[kind], func(r archive.Record) bool { return now(r) == "" })
		}
		if err := cmpError(c.named(ctx, kind, want[kind], got[kind], now, id), failed); err != nil {
			return err
		}
	}
	return c.census(ctx, there, want[spaceKind][0].ID)
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
