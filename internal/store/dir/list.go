//go:build unix

package dir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"

	"holdfast/internal/store"
)

// window is how many entries of one folder List keeps in memory. A folder that
// has more is read once more for each further window.
const window = 16 << 10

// List implements store.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	return func(yield func(store.Object, error) bool) {
		folder, start, err := splitPrefix(prefix)
		if err != nil {
			yield(store.Object{}, err)
			return
		}
		s.walk(ctx, folder, start, yield)
	}
}

// Folders implements store.FolderLister.
func (s *Store) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		folder, start, err := splitPrefix(prefix)
		if err != nil {
			yield("", err)
			return
		}
		for entry, err := range s.entries(ctx, folder, start, window) {
			if err != nil {
				yield("", err)
				return
			}
			// Empty folders, of writers that were killed, are none.
			if name, ok := strings.CutSuffix(entry, "/"); ok && !s.empty(ctx, folder+entry) && !yield(name, nil) {
				return
			}
		}
	}
}

// empty reports whether there is no object below the folder.
func (s *Store) empty(ctx context.Context, folder string) bool {
	for range s.List(ctx, folder) {
		return false
	}
	return true
}

// splitPrefix splits a prefix into a folder, empty or with a slash at its end,
// and what the names in it start with.
func splitPrefix(prefix string) (folder, start string, err error) {
	i := strings.LastIndexByte(prefix, '/') + 1
	return prefix[:i], prefix[i:], store.CheckPrefix(prefix)
}

// walk yields the objects below folder whose names in it begin with start, and
// reports whether to go on.
func (s *Store) walk(ctx context.Context, folder, start string, yield func(store.Object, error) bool) bool {
	for entry, err := range s.entries(ctx, folder, start, window) {
		if err != nil {
			yield(store.Object{}, err)
			return false
		}
		if strings.HasSuffix(entry, "/") {
			if !s.walk(ctx, folder+entry, "", yield) {
				return false
			}
			continue
		}
		o, err := s.lstat(folder + entry)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since its folder was read
		}
		if err != nil {
			yield(store.Object{}, s.fault("list", folder+entry, err))
			return false
		}
		if !yield(o, nil) {
			return false
		}
	}
	return true
}

// entries yields the files and folders in folder that begin with start, folders
// with a slash at their end, in order: the slash makes it that of whole names
// ("a.b" is before "a/c"). It keeps at most limit of them in memory.
func (s *Store) entries(ctx context.Context, folder, start string, limit int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		last := ""
		for {
			page, more, err := s.page(ctx, folder, start, last, limit)
			if err != nil {
				yield("", s.fault("list", folder, err))
				return
			}
			for _, entry := range page {
				if !yield(entry, nil) {
					return
				}
			}
			if !more {
				return
			}
			last = page[len(page)-1]
		}
	}
}

// page returns the first limit entries after last, in order, and whether there are more.
func (s *Store) page(ctx context.Context, folder, start, last string, limit int) (page []string, more bool, err error) {
	open := strings.TrimSuffix(folder, "/")
	if open == "" {
		open = "."
	}
	d, err := s.root.Open(open)
	if errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer d.Close()
	for {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		batch, err := d.ReadDir(1024)
		for _, e := range batch {
			if entry, ok := entryName(folder, e); ok && entry > last && strings.HasPrefix(entry, start) {
				page = append(page, entry)
			}
		}
		if len(page) > 2*limit {
			page, more = first(page, limit), true
		}
		if isNotDir(err) || errors.Is(err, fs.ErrNotExist) {
			return nil, false, nil // start is an object's name, or the folder was removed meanwhile
		}
		if err == io.EOF {
			more = more || len(page) > limit
			return first(page, limit), more, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// first sorts the page and cuts it to limit.
func first(page []string, limit int) []string {
	slices.Sort(page)
	page = slices.Compact(page)
	return page[:min(limit, len(page))]
}

// entryName returns the name that the entry is sorted by, and whether it belongs
// to the store.
func entryName(folder string, e os.DirEntry) (string, bool) {
	switch {
	case folder == "" && e.Name() == store.Reserved:
		return "", false
	case e.IsDir():
		return e.Name() + "/", true
	case e.Type().IsRegular():
		return e.Name(), true
	}
	return "", false
}
