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
	"path"
	"syscall"
	"time"

	"holdfast/internal/store"
)

// bufferSize is how much is read and written at a time.
const bufferSize = 256 << 10

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, name string, r io.Reader, cond store.Condition) (store.Object, error) {
	if err := errors.Join(store.CheckName(name), cond.Check()); err != nil {
		return store.Object{}, err
	}
	// A condition that fails already spares the reading; it is looked at again at the end.
	if err := s.holds(name, cond); err != nil {
		return store.Object{}, s.fault("put", name, err)
	}
	t, err := s.newTemp()
	if err != nil {
		return store.Object{}, s.putFault("put", name, err)
	}
	defer t.discard()

	sum := crc32.New(castagnoli())
	var size int64
	buf := make([]byte, bufferSize)
	for empty := 0; ; {
		if err := ctx.Err(); err != nil {
			return store.Object{}, s.fault("put", name, err)
		}
		n, rerr := r.Read(buf)
		if n > 0 {
			empty = 0
			size += int64(n)
			sum.Write(buf[:n])
			if _, err := t.Write(buf[:n]); err != nil {
				return store.Object{}, s.putFault("put", name, err)
			}
		} else if empty++; empty == 100 && rerr == nil {
			return store.Object{}, io.ErrNoProgress
		}
		if rerr == io.EOF {
			break
		}
		if rerr != nil {
			return store.Object{}, rerr // the caller's own
		}
	}
	if err := s.check(ctx, t, size, sum.Sum32()); err != nil {
		return store.Object{}, s.putFault("put", name, err)
	}
	o, err := s.publish(ctx, t, name, cond)
	if err != nil {
		return store.Object{}, s.putFault("put", name, err)
	}
	o.CRC32C = sum.Sum32()
	return o, nil
}

// check brings the file to the disk and reads back what was written.
func (s *Store) check(ctx context.Context, t *tempFile, size int64, crc32c uint32) error {
	// The kernel's own time stamps are only as fine as its tick; a generation must
	// tell two writes in the same tick apart even when the second gets the inode of
	// an object that was deleted in between.
	now := time.Now()
	if err := s.root.Chtimes(t.name, now, now); err != nil {
		return err
	}
	if err := t.Sync(); err != nil {
		return err
	}
	if _, err := t.Seek(0, io.SeekStart); err != nil {
		return err
	}
	fi, err := t.Stat()
	if err != nil {
		return err
	}
	got, err := checksum(ctx, t)
	if err != nil {
		return err
	}
	if fi.Size() != size || got != crc32c {
		return store.ErrCorrupt
	}
	return nil
}

// publish gives the whole file its name, if cond holds.
func (s *Store) publish(ctx context.Context, t *tempFile, name string, cond store.Condition) (store.Object, error) {
	fi, err := t.Stat()
	if err != nil {
		return store.Object{}, err
	}
	o := object(name, fi)
	if cond.Absent() {
		err = s.link(ctx, t.name, name)
	} else {
		err = s.replace(ctx, t.name, o, cond)
	}
	if err != nil {
		return store.Object{}, err
	}
	return o, s.syncDir(path.Dir(name))
}

// link makes name from the file old, which keeps its name, if name is free.
func (s *Store) link(ctx context.Context, old, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.tryLink(old, name)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := s.root.Lstat(old); err != nil {
		return err
	}
	// A Delete removed the folder between its making and the link. Under the lock
	// none can.
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return s.tryLink(old, name)
}

func (s *Store) tryLink(old, name string) error {
	if err := s.mkdirAll(path.Dir(name)); err != nil {
		return err
	}
	err := s.root.Link(old, name)
	if errors.Is(err, fs.ErrExist) {
		return store.ErrPrecondition
	}
	return err
}

// replace renames old to o.Name, if that has the generation asked for.
func (s *Store) replace(ctx context.Context, old string, o store.Object, cond store.Condition) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.holds(o.Name, cond); err != nil {
		return err
	}
	if o.Generation == cond.Generation() {
		return errors.New("the file system's time stamps are too coarse to tell this write from the last one")
	}
	return s.root.Rename(old, o.Name)
}

// holds returns ErrPrecondition if cond does not hold now.
func (s *Store) holds(name string, cond store.Condition) error {
	o, err := s.lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if cond.Absent() {
			return nil
		}
		return store.ErrPrecondition
	case err != nil:
		return err
	case cond.Absent() || o.Generation != cond.Generation():
		return store.ErrPrecondition
	}
	return nil
}

// mkdirAll makes the folder and those above it, durably.
func (s *Store) mkdirAll(folder string) error {
	if folder == "." {
		return nil
	}
	if fi, err := s.root.Stat(folder); err == nil && fi.IsDir() {
		return nil
	}
	if err := s.mkdirAll(path.Dir(folder)); err != nil {
		return err
	}
	err := s.root.Mkdir(folder, 0o750)
	switch {
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
		return nil // made by another, or one above it removed by another: the link tells
	case err != nil:
		return err
	}
	if err := s.syncDir(path.Dir(folder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes the entries of a folder durable.
func (s *Store) syncDir(folder string) error {
	d, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // which file systems without need for it say
		return err
	}
	return nil
}

// putFault is fault for a write, whose target can't be missing.
func (s *Store) putFault(op, name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%s %s in %s: the store's own folder is gone; is its disk mounted? (%v)", op, name, s.path, err)
	}
	return s.fault(op, name, err)
}
