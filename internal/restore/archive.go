package restore

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"

	"holdfast/internal/archive"
	"holdfast/internal/backup"
	"holdfast/internal/store"
)

// Archive reads a backup in the ways that a restore needs. It is safe for
// concurrent use.
type Archive struct {
	reader  *archive.Reader
	scratch string
	moved   func() // told of each record that is walked past; may be nil
}

// OpenArchive opens the backup of a restore: in s, or in the file that was uploaded
// into it. Parts of items that are too large for memory are kept in the folder scratch
// meanwhile; empty means that of the system for temporary files.
func OpenArchive(ctx context.Context, s store.Store, spec Spec, scratch string) (*Archive, error) {
	r, err := archive.Open(ctx, Source(s, spec), spec.PolicyID, spec.BackupID)
	if err != nil {
		return nil, err
	}
	return &Archive{reader: r, scratch: scratch}, nil
}

// Source is the part of a store in which the backup of a restore is.
func Source(s store.Store, spec Spec) store.Store {
	if spec.From == backup.FromFile {
		return store.Sub(s, ImportDir(spec.Import))
	}
	return s
}

// Manifest returns what the backup consists of.
func (a *Archive) Manifest() archive.Manifest { return a.reader.Manifest() }

// Scratch is the folder for what does not fit into memory; empty means that of the system.
func (a *Archive) Scratch() string { return a.scratch }

// Site yields the records of kinds that belong to no container; of no kinds, all.
func (a *Archive) Site(ctx context.Context, kinds ...string) iter.Seq2[archive.Record, error] {
	return a.Container(ctx, "", kinds...)
}

// Container yields the records of these kinds in a container's segments, items and
// what belongs to them as well as what belongs to the container itself; of no kinds,
// all. Segments that have none of them are not read.
func (a *Archive) Container(ctx context.Context, key string, kinds ...string) iter.Seq2[archive.Record, error] {
	return func(yield func(archive.Record, error) bool) {
		for _, seg := range a.reader.Manifest().Segments {
			if seg.Container != key || !hasAny(seg, kinds) {
				continue
			}
			for rec, err := range a.reader.Records(ctx, seg) {
				a.passed()
				if err == nil && len(kinds) > 0 && !slices.Contains(kinds, rec.Kind) {
					continue
				}
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// passed tells that reading gets on: a plan may read much before it has anything to tell.
func (a *Archive) passed() {
	if a.moved != nil {
		a.moved()
	}
}

func hasAny(seg archive.Segment, kinds []string) bool {
	return len(kinds) == 0 || slices.ContainsFunc(kinds, func(kind string) bool { return seg.Records[kind] > 0 })
}

// Walk yields every record of a container together with where it is. The record is
// valid until the next one.
func (a *Archive) Walk(ctx context.Context, key string) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		for i, seg := range a.reader.Manifest().Segments {
			if seg.Container != key {
				continue
			}
			line := 0
			for rec, err := range a.reader.Records(ctx, seg) {
				a.passed()
				found := Found{Position: Position{Segment: i, Line: line, Kind: rec.Kind, ID: rec.ID, Key: rec.Key}, Record: rec}
				if !yield(found, err) || err != nil {
					return
				}
				line++
			}
		}
	}
}

// Found is a record and where it is.
type Found struct {
	Position Position // Kind, ID and Key are set
	Record   archive.Record
}

// Files returns the files of items of a container, by the items' ids, in the order of
// the indexes. It reads the indexes that reach these items, and no others.
func (a *Archive) Files(ctx context.Context, container string, items []string) (map[string][]File, error) {
	files := make(map[string][]File, len(items))
	wanted := make(map[string]bool, len(items))
	var reach archive.Reach
	for _, item := range items {
		wanted[item] = true
		reach.Add(container, item)
	}
	manifest := a.reader.Manifest()
	for _, index := range manifest.IndexesOf(reach) {
		for row, err := range a.reader.Rows(ctx, index) {
			if err != nil {
				return nil, fmt.Errorf("look for the files of %d items of %s: %w", len(items), container, err)
			}
			if !wanted[row.Item] {
				continue
			}
			files[row.Item] = append(files[row.Item], File{Row: row, Open: func(ctx context.Context) (io.ReadCloser, error) {
				return a.reader.OpenAttachment(ctx, row)
			}})
		}
	}
	return files, nil
}
