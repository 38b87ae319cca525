//go:build unix

package dir

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"syscall"

	"holdfast/internal/store"
)

// Copy implements store.Store. Where it can, dst becomes a second name of the
// same file: it takes no room, has src's generation and time, and outlives src.
// No method changes a file in place, so that neither name is changed through the
// other; who edits the file by hand does change both.
func (s *Store) Copy(ctx context.Context, src, dst string, cond store.Condition) (store.Object, error) {
	if err := errors.Join(store.CheckName(src), store.CheckName(dst), cond.Check()); err != nil {
		return store.Object{}, err
	}
	if _, err := s.lstat(src); err != nil {
		return store.Object{}, s.fault("copy", src, err)
	}
	// A name that is replaced needs a new generation, thus a new file. (And rename
	// does nothing where both names are of one file.)
	if cond.Absent() {
		err := s.link(ctx, src, dst)
		switch {
		case err == nil:
			if err := s.syncDir(path.Dir(dst)); err != nil {
				return store.Object{}, s.putFault("copy", dst, err)
			}
			return s.Stat(ctx, dst)
		case errors.Is(err, fs.ErrNotExist):
			return store.Object{}, s.fault("copy", src, err) // deleted meanwhile
		case !copyable(err):
			return store.Object{}, s.putFault("copy", dst, err)
		}
	}
	r, err := s.Get(ctx, src, 0, -1)
	if err != nil {
		return store.Object{}, err
	}
	defer r.Close()
	return s.Put(ctx, dst, r, cond)
}

// copyable reports whether err is one of the link alone, so that the bytes may be
// copied instead: too many links, another file system mounted below the
// directory, or a file system without links.
func copyable(err error) bool {
	for _, e := range []error{syscall.EMLINK, syscall.EXDEV, syscall.EPERM, syscall.ENOTSUP, syscall.EOPNOTSUPP} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
