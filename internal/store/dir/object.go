//go:build unix

package dir

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"syscall"

	"holdfast/internal/store"
)

// castagnoli returns the table of CRC32C; the library keeps it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// object describes the file; its CRC32C is not known.
func object(name string, fi fs.FileInfo) store.Object {
	return store.Object{Name: name, Size: fi.Size(), Generation: generation(fi), Updated: fi.ModTime().UTC()}
}

// generation makes a generation from the file's inode, which a file written
// beside it can't have, and the time of its last write in nanoseconds, which
// tells it from the next file that gets the inode.
func generation(fi fs.FileInfo) int64 {
	h := uint64(fi.ModTime().UnixNano())
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		h ^= uint64(st.Ino) * 0x9e3779b97f4a7c15
	}
	// The finalizer of MurmurHash3: it is a bijection, so it makes no collisions.
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	if g := int64(h &^ (1 << 63)); g != 0 {
		return g
	}
	return 1
}

// lstat describes the object without opening it.
func (s *Store) lstat(name string) (store.Object, error) {
	fi, err := s.root.Lstat(name)
	if errors.Is(err, syscall.ENOTDIR) { // an object has the name of a folder above it
		err = fs.ErrNotExist
	}
	if err != nil {
		return store.Object{}, err
	}
	if !fi.Mode().IsRegular() {
		return store.Object{}, fs.ErrNotExist
	}
	return object(name, fi), nil
}

// open opens the object for reading and describes what it opened.
func (s *Store) open(name string) (*os.File, store.Object, error) {
	// Links and pipes are told before they are opened, so as not to hang on a pipe.
	if _, err := s.lstat(name); err != nil {
		return nil, store.Object{}, err
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, store.Object{}, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		f.Close()
		return nil, store.Object{}, err
	}
	return f, object(name, fi), nil
}

// checksum returns the CRC32C of what is left to read.
func checksum(ctx context.Context, r io.Reader) (uint32, error) {
	sum := crc32.New(castagnoli())
	buf := make([]byte, bufferSize)
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := r.Read(buf)
		sum.Write(buf[:n])
		if err == io.EOF {
			return sum.Sum32(), nil
		}
		if err != nil {
			return 0, err
		}
	}
}

func (s *Store) precondition(op, name string) error {
	return fmt.Errorf("%s %s in %s: %w", op, name, s.path, store.ErrPrecondition)
}

// isNotDir reports whether a part of the path is a file.
func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// fault says what was being done, in the errors of package store.
func (s *Store) fault(op, name string, err error) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf("%s %s in %s", op, name, s.path)
	var path *fs.PathError
	var link *os.LinkError
	switch { // the name is told already, the path in the error is the same or a temporary one
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", what, store.ErrNotExist)
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s: %w: %w; let this account write to the directory", what, store.ErrRefused, err)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return fmt.Errorf("%s: %w: %w", what, store.ErrName, err)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return fmt.Errorf("%s: %w: a name can't be an object's and a folder's at once", what, store.ErrName)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%s: %w; make room on its file system", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
