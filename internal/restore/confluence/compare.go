package confluence

import (
	"context"
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
	case phaseContents, phaseTrash:
		return c.items(ctx)
	case phaseClose:
		if b.Container == "" {
			return c.siteTemplates(ctx)
		}
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
	// whole says that the space was selected by its key, and not for some of its pages.
	whole bool
}

// compare compares a record with its counterpart.
func (c *comparing) compare(ctx context.Context, want, got archive.Record) error {
	if c.kinds[want.Kind] == nil {
		c.kinds[want.Kind] = restore.NewComparison(want.Kind, c.rules(ctx, want.Kind))
	}
	return c.kinds[want.Kind].Compare(c.job.Diff, want.ID, want.Body, got.Body, func(path string) bool {
		return c.excused(want, path)
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
	have := map[string][]archive.Record{}
	for _, g := range got {
		have[there(g)] = append(have[there(g)], g)
	}
	for _, w := range want {
		name := here(w)
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
	for _, left := range have {
		for _, g := range left {
			c.job.Diff.TooMany(kind, g.ID)
		}
	}
	return nil
}

func (c *comparing) missing(w archive.Record) {
	verdict := restore.Absent
	if c.excused(w, "") {
		verdict = restore.Expected
	}
	c.job.Diff.Missing(w.Kind, w.ID, verdict)
}

// partIDs are the kinds whose ids tell records apart only among those of what they belong to.
var partIDs = []string{
	labelKind, restrictKind, versionKind, remarkVersion, olderFileKind, spaceLabelKind, assignmentKind, watcherKind, themeKind, settingsKind, lookKind, defaultLevelKind,
}

// excused reports whether the report says that a field of a record, or all of it, is not as it was.
func (c *comparing) excused(w archive.Record, path string) bool {
	if slices.Contains(partIDs, w.Kind) {
		return c.job.ExcusedOf(w.Kind, w.Parent, w.ID, path)
	}
	return c.job.Excused(w.Kind, w.ID, path)
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
