package restore

import (
	"context"
	"errors"
	"iter"

	"holdfast/internal/archive"
	"holdfast/internal/store"
)

var errNotYet = errors.New("not there yet")

// Archive reads a backup in the ways that a restore needs. It is safe for
// concurrent use.
type Archive struct {
	reader  *archive.Reader
	scratch string
}

// OpenArchive opens the backup of a restore: in s, or in the file that was uploaded
// into it. Parts of items that are too large for memory are kept in the folder scratch meanwhile.
func OpenArchive(ctx context.Context, s store.Store, spec Spec, scratch string) (*Archive, error) {
	return nil, errNotYet
}

// Manifest returns what the backup consists of.
func (a *Archive) Manifest() archive.Manifest { return a.reader.Manifest() }

// Site yields the records of kinds that belong to no container.
func (a *Archive) Site(ctx context.Context, kinds ...string) iter.Seq2[archive.Record, error] {
	return func(yield func(archive.Record, error) bool) { yield(archive.Record{}, errNotYet) }
}

// Container yields the records of these kinds in a container's segments, items and
// what belongs to them as well as what belongs to the container itself.
func (a *Archive) Container(ctx context.Context, key string, kinds ...string) iter.Seq2[archive.Record, error] {
	return func(yield func(archive.Record, error) bool) { yield(archive.Record{}, errNotYet) }
}

// Walk yields every record of a container together with where it is. The record is
// valid until the next one.
func (a *Archive) Walk(ctx context.Context, key string) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) { yield(Found{}, errNotYet) }
}

// Found is a record and where it is.
type Found struct {
	Position Position // Kind, ID and Key are set
	Record   archive.Record
}

// Groups yields items, in the order asked for, each with what belongs to it: all records
// after it up to the next record of one of the kinds in itemKinds. Every segment is
// read once where the order allows it.
func (a *Archive) Groups(ctx context.Context, items []Position, itemKinds ...string) iter.Seq2[Group, error] {
	return func(yield func(Group, error) bool) { yield(Group{}, errNotYet) }
}

// Files returns the files of items of a container, by the items' ids.
func (a *Archive) Files(ctx context.Context, container string, items []string) (map[string][]File, error) {
	return nil, errNotYet
}
