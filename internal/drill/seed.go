package drill

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/restore"
	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// Config describes a site that is empty but for the configuration and the users of a
// backup: what belongs to no container. Its ids of them are others, as on any site but
// the one that was backed up.
func Config(ctx context.Context, a *restore.Archive) samplesite.Config {
	return samplesite.Config{Seed: samplesite.Seed{Renumber: true, Records: func(yield func(content.SeedRecord, error) bool) {
		for r, err := range records(ctx, a) {
			if err == nil && r.Kind == siteTemplate {
				continue // it is restored
			}
			if err != nil {
				err = fmt.Errorf("read the configuration in backup %s: %w", a.Manifest().Backup, err)
			}
			if !yield(content.SeedRecord{Kind: r.Kind, ID: r.ID, Parent: r.Parent, Body: r.Body}, err) || err != nil {
				return
			}
		}
	}}}
}

// siteTemplate is the one kind of Confluence that belongs to no space and is restored.
const siteTemplate = "template"

// records yields what belongs to no container, and the users: Confluence has no list of
// them, so that they stand where they appear first.
func records(ctx context.Context, a *restore.Archive) iter.Seq2[archive.Record, error] {
	return func(yield func(archive.Record, error) bool) {
		for r, err := range a.Site(ctx) {
			if !yield(r, err) || err != nil {
				return
			}
		}
		for _, key := range containers(a.Manifest()) {
			for r, err := range a.Container(ctx, key, "user") {
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// containers are the keys of all containers, each once.
func containers(m archive.Manifest) []string {
	var keys []string
	for _, seg := range m.Segments {
		if seg.Container != "" {
			keys = append(keys, seg.Container)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
