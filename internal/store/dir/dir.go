//go:build unix

// Package dir keeps a store in a directory of one host, or of a file system that
// several hosts share and that has hard links, flock and atomic rename.
//
// An object is a regular file whose path is its name. It is written to a
// temporary file in the folder ".holdfast/tmp", which is on the same file system,
// and gets its name when it is whole and on the disk: by a hard link, which fails
// where the name is taken, or by a rename under the lock of the directory, which
// whoever replaces or deletes takes too. Nothing outside of the directory is ever
// reached: not through names, nor through symbolic links; links are no objects.
package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"

	"holdfast/internal/store"
)

// Store is a store.Store in a directory.
type Store struct {
	path string
	root *os.Root
	busy chan struct{} // holds one token: the lock among the goroutines of this process
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.FolderLister = (*Store)(nil)
)

// Open opens the store in the directory, which it makes if only its last element
// is absent: a path that is absent altogether is more likely a disk that is not
// mounted. It removes the temporary files of writers that no longer live, and
// works on a read-only directory too, for reading.
func Open(path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := os.Mkdir(path, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("open the store: %w; create the directory and let this account write to it", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w; it must be a directory that this account can read", err)
	}
	s := &Store{path: path, root: root, busy: make(chan struct{}, 1)}
	s.sweep()
	return s, nil
}

// Close gives up the directory. A store that is not closed is given up when it
// is no longer reachable.
func (s *Store) Close() error { return s.root.Close() }

// URL implements store.Store.
func (s *Store) URL() string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(s.path)}).String()
}

// Stat implements store.Store. It reads the object, for its CRC32C.
func (s *Store) Stat(ctx context.Context, name string) (store.Object, error) {
	if err := store.CheckName(name); err != nil {
		return store.Object{}, err
	}
	f, o, err := s.open(name)
	if err != nil {
		return store.Object{}, s.fault("stat", name, err)
	}
	defer f.Close()
	o.CRC32C, err = checksum(ctx, f)
	if err != nil {
		return store.Object{}, s.fault("stat", name, err)
	}
	return o, nil
}

// Delete implements store.Store. Folders that it leaves empty go too, unless the process is
// killed in between.
func (s *Store) Delete(ctx context.Context, name string, generation int64) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return s.fault("delete", name, err)
	}
	defer unlock()
	o, err := s.lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return s.fault("delete", name, err)
	}
	if o.Generation != generation {
		return s.precondition("delete", name)
	}
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.fault("delete", name, err)
	}
	// A writer whose folder goes away between making it and linking into it makes
	// it again. What is not empty can't be removed.
	folder := path.Dir(name)
	for folder != "." && s.root.Remove(folder) == nil {
		folder = path.Dir(folder)
	}
	if err := s.syncDir(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.fault("delete", name, err)
	}
	return nil
}
