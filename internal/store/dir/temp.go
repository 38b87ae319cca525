//go:build unix

package dir

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"holdfast/internal/store"
)

const (
	tempDir  = store.Reserved + "/tmp"
	lockFile = store.Reserved + "/lock"
)

// tempFile is a file that is being written, and locked for as long: a temporary
// file that can be locked has lost its writer.
type tempFile struct {
	*os.File
	s    *Store
	name string
}

func (s *Store) newTemp() (*tempFile, error) {
	for {
		name := path.Join(tempDir, rand.Text())
		f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
		if errors.Is(err, fs.ErrNotExist) {
			if err = s.root.MkdirAll(tempDir, 0o750); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		t := &tempFile{File: f, s: s, name: name}
		// A sweeper may have been faster between the creation and the lock; it has
		// then removed the file, or is about to.
		err = flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			var fi fs.FileInfo
			if fi, err = f.Stat(); err == nil {
				if st, ok := fi.Sys().(*syscall.Stat_t); !ok || st.Nlink > 0 {
					return t, nil
				}
			}
		}
		t.discard()
		if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, err
		}
	}
}

// discard removes the temporary name, if it is still there, and closes the file.
func (t *tempFile) discard() {
	_ = t.s.root.Remove(t.name)
	_ = t.Close()
}

// sweep removes temporary files whose writers are gone. That it can't is no
// error: they take room, and show nowhere.
func (s *Store) sweep() {
	d, err := s.root.Open(tempDir)
	if err != nil {
		return
	}
	defer d.Close()
	for {
		batch, err := d.ReadDir(1024)
		for _, e := range batch {
			s.sweepOne(path.Join(tempDir, e.Name()))
		}
		if err != nil || len(batch) == 0 {
			return
		}
	}
}

func (s *Store) sweepOne(name string) {
	if fi, err := s.root.Lstat(name); err != nil || !fi.Mode().IsRegular() {
		return
	}
	f, err := s.root.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	if flock(f, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		_ = s.root.Remove(name)
	}
}

// lock takes the lock that whoever replaces or deletes an object holds while it
// looks at the generation and acts on it. It is held for a few system calls.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f, err := s.lockFile()
	for wait := time.Millisecond; err == nil; wait = min(2*wait, 20*time.Millisecond) {
		if err = flock(f, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return func() {
				_ = f.Close() // which unlocks
				<-s.busy
			}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		select { // another process has it
		case <-time.After(wait):
			err = nil
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if f != nil {
		_ = f.Close()
	}
	<-s.busy
	return nil, err
}

func (s *Store) lockFile() (*os.File, error) {
	f, err := s.root.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o640)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.root.MkdirAll(store.Reserved, 0o750); err == nil {
			f, err = s.root.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o640)
		}
	}
	return f, err
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
