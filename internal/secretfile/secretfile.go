// Package secretfile reads files that hold secrets: those of credentials and of
// notifications. They are their owner's alone, and may change while a process runs.
package secretfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// File is one such file. It is not safe for concurrent use.
type File struct {
	path string
	what string // that it holds, for people, such as "credentials"
	seen stamp
}

// stamp tells one state of a file from another.
type stamp struct {
	at   time.Time
	size int64
	set  bool
}

// New returns the file at path, which need not be there, of what it holds, such as
// "credentials".
func New(path, what string) *File { return &File{path: path, what: what} }

// Update calls take with the content where the file has changed since take last
// returned nil, and with nil where it is absent: it may come later. A file that
// others than its owner can read or write is refused. No error quotes the file.
func (f *File) Update(take func(content []byte) error) error {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.seen = stamp{}
		return take(nil)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.what, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s file %s can be read by others than its owner (mode %#o): run chmod 600 on it", f.what, f.path, mode)
	}
	now := stamp{at: info.ModTime(), size: info.Size(), set: true}
	if now == f.seen {
		return nil
	}
	content, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.what, err)
	}
	if content == nil {
		content = []byte{}
	}
	if err := take(content); err != nil {
		return fmt.Errorf("%s file %s: %w", f.what, f.path, err)
	}
	f.seen = now
	return nil
}
