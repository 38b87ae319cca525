package gcs

import (
	"context"
	"errors"
	"iter"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"holdfast/internal/store"
)

// pageSize is how many names are asked for at a time; the service gives no more.
const pageSize = 1000

// List implements store.Store. What others put into the bucket under names that
// no object of a store can have, such as "folder/", is left out.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) {
		if err := store.CheckPrefix(prefix); err != nil {
			yield(store.Object{}, err)
			return
		}
		query := &storage.Query{Prefix: s.prefix + prefix}
		// The error can only be that a field is unknown.
		_ = query.SetAttrSelection([]string{"Name", "Size", "Generation", "Updated"})
		for attrs, err := range s.pages(ctx, query) {
			if err != nil {
				yield(store.Object{}, s.fault("list", prefix, err))
				return
			}
			name := strings.TrimPrefix(attrs.Name, s.prefix)
			if store.CheckName(name) != nil {
				continue
			}
			o := object(name, attrs)
			o.CRC32C = 0 // emulators tell it without being asked
			if !yield(o, nil) {
				return
			}
		}
	}
}

// Folders implements store.FolderLister.
func (s *Store) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := store.CheckPrefix(prefix); err != nil {
			yield("", err)
			return
		}
		query := &storage.Query{Prefix: s.prefix + prefix, Delimiter: "/"}
		_ = query.SetAttrSelection([]string{"Name"})
		for attrs, err := range s.pages(ctx, query) {
			if err != nil {
				yield("", s.fault("list", prefix, err))
				return
			}
			folder, ok := strings.CutSuffix(strings.TrimPrefix(attrs.Prefix, s.prefix+prefix), "/")
			if ok && store.CheckName(prefix+folder) == nil && !yield(folder, nil) {
				return
			}
		}
	}
}

// pages yields what the query finds. A page that fails is asked for again.
func (s *Store) pages(ctx context.Context, query *storage.Query) iter.Seq2[*storage.ObjectAttrs, error] {
	return func(yield func(*storage.ObjectAttrs, error) bool) {
		for token := ""; ; {
			var page []*storage.ObjectAttrs
			var next string
			err := s.try(ctx, func(ctx context.Context) (err error) {
				page = nil
				it := s.client.Bucket(s.bucket).Objects(ctx, query)
				next, err = iterator.NewPager(it, pageSize, token).NextPage(&page)
				return err
			})
			if errors.Is(err, storage.ErrBucketNotExist) {
				err = errNoBucket
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, attrs := range page {
				if !yield(attrs, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			token = next
		}
	}
}
